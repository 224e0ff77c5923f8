#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is redacted is nowhere in the copy, which verifies, names its parent
and tells what was taken out.  usage: redact_test.py VESTIGE MAKE_CASE"""
import json
import re
import subprocess
import sys

import case_files
from case_files import PLANTED, RULES, SCRIPTS, tool

ADDRESS = bytes([203, 0, 113, 7])


def redact(case, *args, profile="secrets,users,addresses", out="r.vtrace"):
    path = case.folder / out
    told = case.ok("redact", case.trace, "--profile", profile, "-o", path,
                   *args)
    return path, told.decode()


def plain(path):
    """All bytes of a trace: as they stand, and decompressed."""
    done = subprocess.run(["zstd", "-dc", path], capture_output=True,
                          check=True)
    return path.read_bytes() + done.stdout


def events(case, path, *args):
    out = case.ok("events", path, "--json", *args)
    return [json.loads(line) for line in out.splitlines()]


def test_the_planted_is_there_before(case):
    raw = plain(case.trace)
    for text in (PLANTED, b"alice", b"203.0.113.7", ADDRESS):
        assert text in raw, text


def test_no_planted_byte_is_left(case):
    path, _ = redact(case)
    raw = plain(path)
    for text in (PLANTED, PLANTED[:9], PLANTED[9:], b"alice", b"203.0.113.7",
                 ADDRESS, b"10.1.2.3", bytes([10, 1, 2, 3])):
        assert text not in raw, text


def test_nothing_is_left_in_any_export(case):
    path, _ = redact(case)
    for name in ("jsonl", "sqlite", "pcapng", "scap", "ecs"):
        out = case.folder / f"r.{name}"
        rules = ["-r", RULES] if name == "sqlite" else []
        case.ok("export", "--format", name, path, "-o", out, *rules)
        raw = out.read_bytes()
        if name == "scap":
            raw = subprocess.run(["zcat", "-f", out], capture_output=True,
                                 check=True).stdout
        for text in (PLANTED, b"alice", b"203.0.113.7", ADDRESS):
            assert text not in raw, (name, text)


def test_the_copy_verifies_and_names_its_parent(case):
    parent = json.loads(case.ok("verify", case.trace, "--json"))
    path, _ = redact(case)
    assert json.loads(case.ok("verify", path, "--json"))["verdict"] == \
        "intact_unsigned"
    folder = case.folder / "bundle"
    case.ok("evidence", SCRIPTS / "network.yaml", path, "-o", folder)
    trace = json.loads((folder / "case.json").read_text())["traces"][0]
    assert trace["parents"][0]["operation"] == "redacted"
    assert trace["parents"][0]["trace_id"] == parent["trace_id"]
    assert trace["parents"][0]["root"]
    assert "secrets" in trace["parents"][0]["detail"]


def test_what_was_taken_out_is_counted_and_marked(case):
    path, told = redact(case)
    assert re.search(r"[1-9]\d* places: addresses", told), told
    assert re.search(r"[1-9]\d* places: secrets: ", told), told
    assert re.search(r"[1-9]\d* places: users", told), told
    folder = case.folder / "bundle"
    case.ok("evidence", SCRIPTS / "network.yaml", path, "-o", folder)
    ledger = json.loads((folder / "case.json").read_text())["traces"][0]
    taken = {loss["where"]: loss["count"] for loss in ledger["ledger"]
             if loss["reason"] == "redacted"}
    assert taken["users"] > 0 and taken["addresses"] > 0, taken
    marked = events(case, path, "evt.redacted = true")
    assert marked
    assert any(part.get("redacted") for event in marked
               for part in event["parts"])
    assert not events_match(case, case.trace, "evt.redacted = true")


def events_match(case, path, text):
    return case.run("events", path, text).returncode == 0


def test_the_same_is_always_the_same(case):
    path, _ = redact(case)
    ends = case.ok("export", "--format", "jsonl", "--rows", "connections",
                   path).decode()
    remotes = {json.loads(line)["conn.remote"] for line in ends.splitlines()}
    home = next(r for r in remotes if r.endswith(":4444")).split(":")[0]
    assert home.startswith("240."), home
    # In the DNS answer, in the text of the request and in the socket.
    answers = case.ok("export", "--format", "jsonl", "--rows", "messages",
                      path, "msg.kind = dns-answer").decode()
    assert home in json.loads(answers)["msg.text"], answers
    sent = case.ok("events", path, "evt.type = write and fd.rport = 4444",
                   "--json", "--fields", "evt.buffer").decode()
    assert f"X-From: {home}" in sent, sent
    assert case.run("events", path,
                    "proc.env contains user-1").returncode == 0


def test_the_story_stays(case):
    path, _ = redact(case)
    before = events(case, case.trace)
    after = events(case, path)
    assert [e["type"] for e in before] == [e["type"] for e in after]
    assert [e["ret"] for e in before] == [e["ret"] for e in after]
    def sizes(rows):
        return [(p["kind"], p["size"]) for e in rows for p in e["parts"]
                if p["kind"] == "payload"]
    assert sizes(before) == sizes(after)


def test_a_profile_takes_only_its_own(case):
    path, _ = redact(case, profile="users")
    raw = plain(path)
    assert b"alice" not in raw
    assert PLANTED in raw and ADDRESS in raw
    path, _ = redact(case, profile="addresses", out="a.vtrace")
    raw = plain(path)
    assert ADDRESS not in raw and b"203.0.113.7" not in raw
    assert PLANTED in raw and b"alice" in raw


def test_own_patterns_and_values(case):
    values = case.folder / "values"
    values.write_text("evil.example\n")
    path, told = redact(case, "--values", values, "--pattern",
                        "BEGIN-([a-z]+)|-(secret)", profile="users")
    assert b"evil.example" not in plain(path)
    assert "secrets: value" in told
    assert case.run("redact", case.trace, "--profile", "users", "--pattern",
                    "(", "-o", case.folder / "x").returncode == 2


def test_a_bundle_can_refer_to_another(case):
    script = SCRIPTS / "network.yaml"
    case.ok("evidence", script, case.trace, "-o", case.folder / "full")
    path, _ = redact(case)
    folder = case.folder / "shown"
    case.ok("evidence", script, path, "-o", folder, "--refers-to",
            case.folder / "full")
    told = json.loads((folder / "case.json").read_text())["refers_to"]
    digest = tool("sha256sum", case.folder / "full" / "MANIFEST.sha256")
    assert told["manifest_sha256"] == digest.split()[0]
    for file in folder.rglob("*"):
        assert not file.is_file() or PLANTED not in file.read_bytes(), file


if __name__ == "__main__":
    case_files.require("zstd", "zcat", "sha256sum")
    sys.exit(case_files.main(globals()))
