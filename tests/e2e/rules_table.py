#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules and what makes each fire: upstream_rules.txt, pack_rules.txt.

usage: rules_table.py [--write]
Says whether docs/rules.md shows the upstream rules as they are there, or
makes it so."""
import dataclasses
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parents[1] / "docs/rules.md"
BEGIN = "<!-- rules_table.py writes this table -->\n"
END = "<!-- end of the table -->\n"
PLACES = ("main", "plain", "host", "exec", "terminal", "start")


@dataclasses.dataclass
class Case:
    """One script; `place` is where it runs."""
    rule: str
    number: int
    fires: bool
    place: str
    script: str

    @property
    def name(self):
        return f"{self.number:02}-{'hit' if self.fires else 'miss'}"


@dataclasses.dataclass
class Rule:
    name: str
    hit: Case = None
    miss: Case = None
    reason: str = ""  # why it cannot fire


def _case(rule, number, sign, text):
    place, script = "main", text
    first, _, rest = text.partition(":")
    if first in PLACES and rest.startswith(" "):
        place, script = first, rest.strip()
    elif text == "start":
        place, script = "start", "main"
    return Case(rule, number, sign == "+", place, script)


def load(name):
    rules = []
    for line in (HERE / f"{name}_rules.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        sign, text = line[0], line[2:]
        if sign == "=":
            rules.append(Rule(text))
        elif sign == "!":
            rules[-1].reason = text
        else:
            case = _case(rules[-1].name, len(rules), sign, text)
            setattr(rules[-1], "hit" if case.fires else "miss", case)
    return rules


def _cell(case):
    if case.place == "start":
        return f"start of {case.script}"
    code = f"`{case.script}`".replace("|", "\\|")
    return code if case.place == "main" else f"{case.place}: {code}"


def markdown(rules):
    lines = ["| rule | fires | near miss |", "|---|---|---|"]
    for rule in rules:
        cells = (("cannot: " + rule.reason, "") if rule.reason
                 else (_cell(rule.hit), _cell(rule.miss)))
        lines.append(f"| {rule.name} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines) + "\n"


def main(arguments):
    page = PAGE.read_text()
    wanted = BEGIN + markdown(load("upstream")) + END
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    found = re.search(pattern, page, re.DOTALL)
    if found and found[0] == wanted:
        return 0
    if arguments == ["--write"] and found:
        PAGE.write_text(page.replace(found[0], wanted))
        return 0
    print(f"{PAGE} does not show upstream_rules.txt; run {sys.argv[0]} --write")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
