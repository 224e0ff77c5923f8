#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bundle is whole, sealed, the same when made twice, and its record cannot
be changed unseen.  usage: evidence_test.py VESTIGE MAKE_CASE"""
import hashlib
import json
import os
import subprocess
import sys

import case_files
from case_files import RULES, SCRIPTS, tool

AT = "2026-11-23T10:00:00Z"
SMALL = """
name: small
lists:
  ops: [create]
macros:
  is_wanted: file.op in (ops)
outputs:
  - name: made
    rows: files
    where: is_wanted
    columns: [file.op, file.path]
    formats: [csv, jsonl]
"""


def evidence(case, script, out, *args, at=AT):
    return case.run("evidence", script, case.trace, "-o", case.folder / out,
                    "--at", at, "-r", RULES, "--case", "2026-17", "--examiner",
                    "E. Xaminer", "--exhibit", "A1", *args)


def make(case, script, out, *args, at=AT):
    done = evidence(case, script, out, *args, at=at)
    assert done.returncode == 0, done.stderr.decode()
    return case.folder / out


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes()
            for p in sorted(folder.rglob("*")) if p.is_file()}


def script(case, text):
    path = case.folder / "s.yaml"
    path.write_text(text)
    return path


def test_five_scripts_make_bundles_that_stock_tools_check(case):
    scripts = sorted(SCRIPTS.glob("*.yaml"))
    assert len(scripts) == 5
    for one in scripts:
        folder = make(case, one, one.stem)
        done = subprocess.run(["sha256sum", "-c", "--strict", "--quiet",
                               "MANIFEST.sha256"], cwd=folder,
                              capture_output=True, check=False)
        assert done.returncode == 0, done
        listed = {line.split("  ", 1)[1] for line in
                  (folder / "MANIFEST.sha256").read_text().splitlines()}
        assert listed | {"MANIFEST.sha256", "custody.jsonl"} == \
            set(tree(folder)), one
        for database in folder.glob("*.sqlite"):
            assert tool("sqlite3", database, "PRAGMA foreign_key_check;"
                        "PRAGMA integrity_check;") == "ok\n"


def test_outputs_hold_what_the_script_asks_for(case):
    folder = make(case, SCRIPTS / "persistence.yaml", "p")
    assert "/etc/cron.d/again" in (folder / "places.csv").read_text()
    assert "/tmp/" in (folder / "privileged_files.csv").read_text()
    folder = make(case, SCRIPTS / "ioc.yaml", "i")
    assert "203.0.113.7" in (folder / "addresses.csv").read_text()
    assert "evil.example" in (folder / "names.csv").read_text()
    folder = make(case, SCRIPTS / "timeline.yaml", "t", "--set", "suspects=",
                  "--set", "pids=2")
    rows = (folder / "processes.csv").read_text().splitlines()
    assert len(rows) == 2, rows
    folder = make(case, SCRIPTS / "network.yaml", "n")
    assert (folder / "packets.pcapng").exists()


def test_case_json_tells_what_and_from_what(case):
    told = json.loads((make(case, SCRIPTS / "ioc.yaml", "b") /
                       "case.json").read_text())
    assert (told["case"], told["examiner"], told["exhibit"]) == \
        ("2026-17", "E. Xaminer", "A1")
    assert told["made_by"].startswith("vestige ")
    trace = told["traces"][0]
    digest = hashlib.sha256(case.trace.read_bytes()).hexdigest()
    assert trace["sha256"] == digest
    assert trace["host"]["name"] == "node1"
    assert trace["host"]["kernel"] == "6.1.0"
    assert trace["command"] == ["vestige-capture", "record"]
    assert trace["selection"] == "container shop"
    assert trace["clock"] == {"boottime_ns": 1000000000, "utc":
                              "2023-11-14T22:13:20.000000000Z",
                              "utc_ns": 1700000000000000000}
    assert {o["name"] for o in told["outputs"]} == \
        {"programs", "executed", "files", "addresses", "names", "findings"}


def test_made_twice_it_is_the_same(case):
    for one in sorted(SCRIPTS.glob("*.yaml")):
        first = tree(make(case, one, f"{one.stem}-1"))
        second = tree(make(case, one, f"{one.stem}-2"))
        assert first == second, [k for k in first if first[k] != second.get(k)]


def test_only_the_record_tells_the_time(case):
    first = tree(make(case, SCRIPTS / "ioc.yaml", "a"))
    second = tree(make(case, SCRIPTS / "ioc.yaml", "b",
                       at="2027-01-01T00:00:00Z"))
    assert [k for k in first if first[k] != second[k]] == ["custody.jsonl"]


def test_the_trace_is_not_touched(case):
    before = os.stat(case.trace)
    content = case.trace.read_bytes()
    os.utime(case.trace, ns=(1, 2))
    make(case, SCRIPTS / "ioc.yaml", "b")
    after = os.stat(case.trace)
    assert (after.st_atime_ns, after.st_mtime_ns) == (1, 2)
    assert after.st_size == before.st_size
    assert case.trace.read_bytes() == content


def test_nothing_is_overwritten(case):
    folder = make(case, SCRIPTS / "ioc.yaml", "b")
    before = tree(folder)
    assert evidence(case, SCRIPTS / "ioc.yaml", "b").returncode == 2
    assert tree(folder) == before
    assert not (case.folder / "b.partial").exists()


def test_a_failure_leaves_nothing(case):
    raw = case.trace.read_bytes()
    case.trace.write_bytes(b"no trace at all, but long enough for one" * 9)
    assert evidence(case, SCRIPTS / "ioc.yaml", "b").returncode == 3
    assert not list(case.folder.glob("b*"))
    case.trace.write_bytes(raw)


def test_openssl_checks_the_signature(case):
    key = case.folder / "k.pem"
    tool("openssl", "genpkey", "-algorithm", "ed25519", "-out", key)
    os.chmod(key, 0o600)
    folder = make(case, SCRIPTS / "ioc.yaml", "b", "--sign", key)
    check = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey",
             folder / "MANIFEST.pem", "-sigfile",
             folder / "MANIFEST.sha256.sig", "-in", folder / "MANIFEST.sha256"]
    assert "Success" in tool(*check)
    case.ok("custody", folder, "--key", key)
    other = case.folder / "other.pem"
    tool("openssl", "genpkey", "-algorithm", "ed25519", "-out", other)
    os.chmod(other, 0o600)
    assert case.run("custody", folder, "--key", other).returncode == 1
    with open(folder / "MANIFEST.sha256", "a", encoding="utf-8") as out:
        out.write("0" * 64 + "  more\n")
    tool(*check, code=1)
    assert case.run("custody", folder).returncode == 1


def test_custody_is_a_chain(case):
    folder = make(case, SCRIPTS / "ioc.yaml", "b")
    record = folder / "custody.jsonl"
    case.ok("custody", folder, "--add", "handed to the court", "--by", "E. X.")
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert [line["action"] for line in lines] == \
        ["opened", "made", "handed to the court"]
    for before, after in zip(record.read_text().splitlines(), lines[1:]):
        assert after["previous"] == \
            hashlib.sha256(before.encode()).hexdigest()
    text = record.read_text()
    record.write_text(text.replace("E. Xaminer", "N. Obody", 1))
    assert case.run("custody", folder).returncode == 3
    record.write_text("".join(text.splitlines(True)[1:]))
    assert case.run("custody", folder).returncode == 3


def test_custody_sees_changed_added_and_removed_files(case):
    folder = make(case, SCRIPTS / "ioc.yaml", "b")
    (folder / "more.txt").write_text("x")
    assert b"more.txt" in case.run("custody", folder).stderr
    (folder / "more.txt").unlink()
    text = (folder / "files.csv").read_text()
    (folder / "files.csv").write_text(text + "x")
    assert case.run("custody", folder).returncode == 1
    (folder / "files.csv").unlink()
    assert case.run("custody", folder).returncode == 1
    (folder / "files.csv").write_text(text)
    case.ok("custody", folder)


def test_an_interval_leaves_out_the_rest(case):
    one = script(case, SMALL)
    folder = make(case, one, "b", "--from", "2023-11-14T22:13:21Z")
    assert (folder / "made.csv").read_text() == "file.op,file.path\n"
    folder = make(case, one, "c", "--from", "2023-11-14T22:13:20Z",
                  "--to", "2023-11-14T22:13:21Z")
    assert len((folder / "made.csv").read_text().splitlines()) == 3


def test_bookmarks_go_along(case):
    notes = b'{"key":"k","time_ns":1,"title":"t","note":"n"}\n'
    (case.folder / "x.vtrace.notes.jsonl").write_bytes(notes)
    folder = make(case, script(case, SMALL), "b")
    assert (folder / "notes-1.jsonl").read_bytes() == notes


def test_mistakes_in_scripts_are_pointed_at(case):
    for old, new, where, what in (
            ("rows: files", "rows: fils", ":9:11:", "fils"),
            ("file.op, file.path", "file.op, file.pth", ":11:14:", "file.pth"),
            ("where: is_wanted", "where: is_wonted", ":10:12:", "is_wonted"),
            ("[csv, jsonl]", "[csv, xls]", ":12:14:", "xls"),
            ("name: made\n", "name: losses\n", ":8:11:", "losses"),
            ("[csv, jsonl]", "[csv, pcapng]", ":12:14:", "pcapng"),
            ("name: made", "name: ../made", ":8:11:", "../made"),
            ("name: made", "name: case", ":8:11:", "case"),
            ("    where:", "    were:", ":10:5:", "were"),
            ("outputs:", "outputs: [", ":", "")):
        assert old in SMALL, old
        done = evidence(case, script(case, SMALL.replace(old, new)), "b")
        told = done.stderr.decode()
        assert done.returncode == 3 and f"s.yaml{where}" in told and \
            what in told, (new, done.returncode, told)
        assert not list(case.folder.glob("b*"))


def test_given_lists_must_be_in_the_script(case):
    one = script(case, SMALL)
    assert evidence(case, one, "b", "--set", "opps=x").returncode == 2
    folder = make(case, one, "c", "--set", "ops=delete,unlink")
    assert "delete" in (folder / "made.csv").read_text()
    # Items are values, whatever they look like.
    folder = make(case, one, "d", "--set", "ops=x) or (file.op exists")
    assert (folder / "made.csv").read_text() == "file.op,file.path\n"


def test_losses_are_in_the_bundle(case):
    raw = bytearray(case.trace.read_bytes())
    raw[len(raw) // 2] ^= 0xff
    case.trace.write_bytes(raw)
    done = evidence(case, script(case, SMALL), "b")
    assert done.returncode == 0, done
    folder = case.folder / "b"
    losses = (folder / "losses.jsonl").read_text()
    assert "chunk corrupt" in losses, losses
    ledger = json.loads((folder / "case.json").read_text())["traces"][0]
    assert ledger["ledger"], ledger


def test_losses_without_a_time_say_so(case):
    raw = case.trace.read_bytes()
    case.trace.write_bytes(raw[:-40])
    folder = make(case, script(case, SMALL), "b", "--from",
                  "2023-11-14T22:13:20Z", "--to", "2023-11-14T22:13:21Z")
    losses = [json.loads(line) for line in
              (folder / "losses.jsonl").read_text().splitlines()]
    assert losses and all((loss["from"] is None) == (loss.get("when") ==
                          "unknown") for loss in losses), losses


def test_several_traces_are_one_case(case):
    other = case.folder / "y.vtrace"
    other.write_bytes(case.trace.read_bytes())
    done = case.run("evidence", SCRIPTS / "ioc.yaml", case.trace, other, "-o",
                    case.folder / "b", "--at", AT, "-r", RULES)
    assert done.returncode == 0, done.stderr.decode()
    folder = case.folder / "b"
    told = json.loads((folder / "case.json").read_text())["traces"]
    assert [(t["number"], t["file"]) for t in told] == \
        [(1, "x.vtrace"), (2, "y.vtrace")]
    one = make(case, SCRIPTS / "ioc.yaml", "one")
    for name in ("files.csv", "addresses.csv"):
        rows = (one / name).read_text().splitlines()[1:]
        both = (folder / name).read_text().splitlines()[1:]
        assert len(both) == 2 * len(rows) > 0, (name, rows, both)
    case.ok("custody", folder)


if __name__ == "__main__":
    case_files.require("sqlite3", "openssl", "sha256sum")
    sys.exit(case_files.main(globals()))
