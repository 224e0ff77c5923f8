#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules and what makes each fire: upstream_rules.txt, pack_rules.txt.

usage: rules_table.py [--write] | TABLE RULES...
Says whether docs/rules.md shows the upstream rules as they are there and the
rules of vestige as they are, or makes it so. With arguments: whether the
table, upstream or pack, has exactly the rules of the files."""
import dataclasses
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parents[1] / "docs/rules.md"
PACK = HERE.parents[1] / "replay/rules/pack"
BEGIN = "<!-- rules_table.py writes this table: {} -->\n"
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


def rules_in(files):
    """(name, kind, lines below it) of all rules and sequences."""
    for file in files:
        items = re.split(r"^- ", pathlib.Path(file).read_text(), flags=re.M)
        for item in items:
            found = re.match(r"(rule|sequence): *(.*)\n", item)
            if found:
                yield found[2], found[1], item


def _value(item, key):
    found = re.search(rf"^  {key}: *(.*)$", item, re.M)
    return found[1] if found else ""


def pack_markdown():
    lines = ["| name | kind | priority | ATT&CK |", "|---|---|---|---|"]
    for name, kind, item in rules_in(sorted(PACK.glob("*.yaml"))):
        techniques = re.findall(r"\bT\d{4}[.\d]*", _value(item, "tags"))
        lines.append(f"| {name} | {kind} | "
                     f"{_value(item, 'priority').capitalize()} | "
                     f"{' '.join(techniques)} |")
    return "\n".join(lines) + "\n"


def with_table(page, name, table):
    begin = BEGIN.format(name)
    pattern = re.escape(begin) + ".*?" + re.escape(END)
    return re.sub(pattern, lambda _: begin + table + END, page, flags=re.S)


def is_whole(table, files):
    """Every rule of the files stands in the table, and no other."""
    there = [rule.name for rule in load(table)]
    wanted = [name for name, _, _ in rules_in(files)]
    for name in sorted(set(wanted) ^ set(there)):
        print(f"{name}: only in {'the files' if name in wanted else table}")
    for rule in load(table):
        if not rule.reason and not (rule.hit and rule.miss):
            print(f"{rule.name}: needs + and -, or a reason")
            return False
    print(f"{len(there)} rules")
    return sorted(there) == sorted(set(wanted))


def main(arguments):
    if arguments and arguments != ["--write"]:
        return 0 if is_whole(arguments[0], arguments[1:]) else 1
    page = PAGE.read_text()
    wanted = with_table(page, "upstream", markdown(load("upstream")))
    wanted = with_table(wanted, "pack", pack_markdown())
    if page == wanted:
        return 0
    if arguments:
        PAGE.write_text(wanted)
        return 0
    print(f"{PAGE} does not show the rules; run {sys.argv[0]} --write")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
