#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command says in JSON what it says in words.
usage: json_test.py VESTIGE MAKE_CASE MAKE_FIELD_TRACE"""
import json
import os
import re
import shutil
import subprocess
import sys

import case_files
from case_files import RULES, SCRIPTS, SOURCE

RECORDED = SOURCE / "tests/golden/compat/0.1.0-format1.vtrace"
REFERENCE = SOURCE / "docs/replay.md"
# What is text by nature.
NO_JSON = {"completion", "manual"}
# Whose keys are what was asked for.
OWN_KEYS = {"events --fields", "sysdig", "sysdig -c"}


def documented():
    """What each kind of rows always has, by the reference."""
    section = REFERENCE.read_text().split("## For scripts")[1]
    lines = re.findall(r"^\| `([\w -]+)` \| (.*) \|$", section, re.M)
    return {what: set(re.findall(r"`(\w+)`", keys)) for what, keys in lines}


def questions(one):
    """What the reference calls it, the command line, objects at least."""
    trace, at = one.trace, ("--time", "+0.1")
    out = one.folder
    fields, much_later = out / "fields.vtrace", ("--time", "+3600")
    subprocess.run([sys.argv[3], fields], check=True)
    one.ok("export", "--format", "scap", trace, "-o", out / "j.scap")
    bundle = out / "bundle"
    event = json.loads(one.ok("events", trace, "-n", 1, "--json"))["at"]
    return [
        ("tree", [RECORDED], 2),
        ("files", [trace], 2),
        ("files --life", [RECORDED, "--life", "*"], 1),
        ("files --marks", [trace, "--marks"], 1),
        ("net", [trace], 1),
        ("net --connections", [trace, "--connections"], 1),
        ("events", [trace], 5),
        ("events --fields", [trace, "--fields", "evt.num"], 5),
        ("fields", [], 100),
        ("extract", [trace], 1),
        ("extract --streams", [trace, "--streams"], 1),
        ("follow", [trace, "-c", "1"], 1),
        ("at ps", [RECORDED, "ps", *at], 1),
        ("at fds", [RECORDED, "fds", *at], 1),
        ("at net", [fields, "net", *much_later], 1),
        ("at mounts", [fields, "mounts", *much_later], 1),
        ("at files", [fields, "files", *much_later], 1),
        ("why", [trace, "1"], 1),
        ("info", [trace], 1),
        ("rules", ["-r", RULES, trace], 0),
        ("verify", [trace], 1),
        ("prove", [trace, event], 1),
        ("prove -o", [trace, event, "-o", out / "p.json"], 1),
        ("repair", [trace, "-o", out / "repaired"], 1),
        ("decrypt", [trace, "-o", out / "decrypted"], 1),
        ("keygen", [out / "key"], 1),
        ("redact", [trace, "--profile", "secrets", "-o", out / "r"], 1),
        ("cut", [trace, "-o", out / "cut"], 1),
        ("merge", [trace, "-o", out / "merged"], 1),
        ("import", [out / "j.scap", "-o", out / "imported"], 1),
        ("sysdig", ["-r", trace], 5),
        ("sysdig -c", ["-r", trace, "-c", "topscalls"], 1),
        ("evidence", [SCRIPTS / "ioc.yaml", trace, "-o", bundle, "-r", RULES],
         1),
        ("evidence --list", ["--list"], 5),
        ("export --list", ["--list"], 11),
        ("custody", [bundle], 1),
    ]


def install(one):
    """A program finds what is installed beside it."""
    prefix = one.folder / "prefix"
    program = prefix / "bin" / "vestige"
    program.parent.mkdir(parents=True)
    try:
        os.link(one.vestige, program)
    except OSError:  # another file system
        shutil.copy(one.vestige, program)
    shutil.copytree(SCRIPTS, prefix / "share" / "vestige" / "evidence")
    one.vestige = program


def rows_of(one, what, words):
    done = one.run(what.split()[0], *words, "--json")
    assert done.returncode in (0, 1), (what, done.returncode, done.stderr)
    text = done.stdout.decode()
    return [json.loads(text)] if what.startswith("prove") else \
        [json.loads(line) for line in text.splitlines()]


def test_every_command_answers_in_json_with_the_documented_keys(one):
    install(one)
    usage = one.ok("--help").decode().split("Subcommands:")[1]
    commands = set(re.findall(r"^  (\w+)", usage, re.M))
    asked, always = questions(one), documented()
    answered = {what.split()[0] for what, _, _ in asked}
    assert commands == answered | NO_JSON, commands ^ answered
    names = {what for what, _, _ in asked}
    assert names == set(always) | OWN_KEYS, names ^ set(always)
    for what, words, least in asked:
        rows = rows_of(one, what, words)
        assert len(rows) >= least, (what, len(rows))
        for row in rows:
            assert isinstance(row, dict), (what, row)
            missing = always.get(what, set()) - set(row)
            assert not missing, (what, missing, row)


def test_lists_in_json_have_what_the_tables_have(one):
    install(one)
    for what, key in (("export", "format"), ("evidence", "script")):
        table = one.ok(what, "--list").decode().splitlines()[1:]
        rows = rows_of(one, what, ["--list"])
        assert [row[key] for row in rows] == \
            [line.split()[0] for line in table], (what, table)
    formats = {row["format"]: row for row in rows_of(one, "export",
                                                     ["--list"])}
    assert formats["bodyfile"]["rows"] == ["files"], formats
    assert formats["pcapng"]["rows"] == [], formats


def test_rows_are_no_json_unless_the_format_is(one):
    done = one.run("export", "--format", "csv", one.trace, "--json")
    assert done.returncode == 2, done


def test_copies_tell_what_they_did(one):
    told = json.loads(one.ok("redact", one.trace, "--profile",
                             "secrets,users,addresses", "-o",
                             one.folder / "r.vtrace", "--json"))
    assert told["events_read"] == told["events_written"] > 0, told
    assert told["was_complete"] and told["losses"] == [], told
    assert sum(each["places"] for each in told["taken_out"]) > 0, told


if __name__ == "__main__":
    sys.exit(case_files.main(globals()))
