#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command says in JSON what it says in words.
usage: json_test.py VESTIGE MAKE_CASE"""
import json
import re
import sys

import case_files
from case_files import RULES, SCRIPTS, SOURCE

RECORDED = SOURCE / "tests/golden/compat/0.1.0-format1.vtrace"
# What is text by nature, and whose data is in the format asked for.
NO_JSON = {"completion", "manual", "export"}


def questions(one):
    """Per command: command lines, and how many objects at least."""
    trace, at = one.trace, ("--time", "+0.1")
    out = one.folder
    one.ok("export", "--format", "scap", trace, "-o", out / "j.scap")
    bundle = out / "bundle"
    event = json.loads(one.ok("events", trace, "-n", 1, "--json"))["at"]
    return {
        "tree": [([RECORDED], 2)],
        "files": [([trace], 2), ([RECORDED, "--life", "*"], 1),
                  ([RECORDED, "--marks"], 0)],
        "net": [([trace], 1), ([trace, "--connections"], 1)],
        "events": [([trace], 5), ([trace, "--fields", "evt.num"], 5)],
        "fields": [([], 100)],
        "extract": [([trace], 1), ([trace, "--streams"], 1)],
        "follow": [([trace, "-c", "1"], 1)],
        "at": [([RECORDED, part, *at], least) for part, least in (
            ("ps", 1), ("fds", 1), ("net", 0), ("mounts", 0), ("files", 0))],
        "why": [([trace, "1"], 1)],
        "info": [([trace], 1)],
        "rules": [(["-r", RULES, trace], 0)],
        "verify": [([trace], 1)],
        "prove": [([trace, event], 1),
                  ([trace, event, "-o", out / "p.json"], 1)],
        "repair": [([trace, "-o", out / "repaired"], 1)],
        "decrypt": [([trace, "-o", out / "decrypted"], 1)],
        "keygen": [([out / "key"], 1)],
        "redact": [([trace, "--profile", "secrets", "-o", out / "r"], 1)],
        "cut": [([trace, "-o", out / "cut"], 1)],
        "merge": [([trace, "-o", out / "merged"], 1)],
        "import": [([out / "j.scap", "-o", out / "imported"], 1)],
        "sysdig": [(["-r", trace], 5), (["-r", trace, "-c", "topscalls"], 1)],
        "evidence": [([SCRIPTS / "ioc.yaml", trace, "-o", bundle, "-r",
                       RULES], 1)],
        "custody": [([bundle], 1)],
    }


def test_every_command_answers_in_json(one):
    usage = one.ok("--help").decode().split("Subcommands:")[1]
    commands = set(re.findall(r"^  (\w+)", usage, re.M))
    asked = questions(one)
    assert commands == set(asked) | NO_JSON, commands ^ set(asked)
    for command, lines in asked.items():
        for words, least in lines:
            done = one.run(command, *words, "--json")
            said = (command, words, done.returncode, done.stderr)
            assert done.returncode in (0, 1), said
            text = done.stdout.decode()
            rows = [json.loads(text)] if command == "prove" else \
                [json.loads(line) for line in text.splitlines()]
            assert len(rows) >= least, said
            assert all(isinstance(row, dict) for row in rows), said


def test_copies_tell_what_they_did(one):
    told = json.loads(one.ok("redact", one.trace, "--profile",
                             "secrets,users,addresses", "-o",
                             one.folder / "r.vtrace", "--json"))
    assert told["events_read"] == told["events_written"] > 0, told
    assert told["was_complete"] and told["losses"] == [], told
    assert sum(each["places"] for each in told["taken_out"]) > 0, told


if __name__ == "__main__":
    sys.exit(case_files.main(globals()))
