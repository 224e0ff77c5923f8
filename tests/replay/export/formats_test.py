#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every format is read by the tool or fits the schema it is for, hostile
names and all.  usage: formats_test.py VESTIGE MAKE_CASE"""
import csv
import io
import json
import re
import sqlite3
import subprocess
import sys

import jsonschema

import case_files
from case_files import HERE, PLANTED, RULES, tool

ALL = "events,processes,files,connections,messages,findings"


def lines(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def check_schema(name, items):
    schema = json.loads((HERE / "schemas" / f"{name}.schema.json").read_text())
    validator = jsonschema.Draft7Validator(schema)
    for item in items:
        validator.validate(item)


def no_control(text):
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]",
                         re.sub(rb"[\xc2-\xf4][\x80-\xbf]+", b"", text)), \
        "control characters"


def test_every_command_reads_standard_input(one):
    data = one.trace.read_bytes()
    for command in (["tree"], ["files"], ["net"], ["events"], ["info"],
                    ["verify"], ["export", "--format", "jsonl", "-q"]):
        done = subprocess.run([one.vestige, *command, "-"], input=data,
                              capture_output=True, check=False)
        assert done.returncode == 0 and done.stdout, (command, done.stderr)


def test_copies_of_traces_go_through_pipes(one):
    def through(*command, stdin=b""):
        done = subprocess.run([one.vestige, *map(str, command)], input=stdin,
                              capture_output=True, check=False,
                              env={"TMPDIR": str(one.folder)})
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    def shown(trace, *question):
        return through("events", "-", *question, "--fields",
                       "evt.type,evt.res,fd.name", stdin=trace)

    events = shown(one.trace.read_bytes())
    reads = shown(one.trace.read_bytes(), "evt.type=read")
    assert 1 < reads.count(b"\n") < events.count(b"\n")
    cut = through("cut", one.trace, "--filter", "evt.type=read", "-o", "-")
    assert shown(cut).count(b"\n") == reads.count(b"\n")
    whole = one.trace.read_bytes()
    for copy in (["cut", "-", "-o", "-"], ["repair", "-", "-o", "-"],
                 ["merge", "-", "-o", "-"],
                 ["redact", "-", "--profile", "secrets", "-o", "-"]):
        assert shown(through(*copy, stdin=whole)).count(b"\n") == \
            events.count(b"\n"), copy
    scap = through("export", "--format", "scap", "-", "-o", "-", stdin=whole)
    back = through("import", "-", "-o", "-", stdin=scap)
    assert shown(back, "evt.type=read").count(b"\n") == reads.count(b"\n")
    assert not list(one.folder.glob("vestige-*")), "a scratch file stays"


def test_scap_holds_what_matches(one):
    path = one.export("scap", "reads.scap", "evt.type=read")
    shown = tool("sysdig", "-r", path, "-p", "%evt.type")
    types = {line.strip() for line in shown.splitlines()}
    assert types == {"read"}, types


def test_stopping_early_is_not_taken_for_a_trace_without_an_end(one):
    done = one.run("events", one.trace, "-n", "1")
    assert done.returncode == 0 and done.stdout.count(b"\n") == 1
    assert b"no end" not in done.stderr, done.stderr


def test_jsonl(case):
    rows = lines(case.export("jsonl", "a.jsonl", "--rows", ALL, "-r", RULES))
    kinds = {row["row.kind"] for row in rows}
    assert kinds == set(ALL.split(",")), kinds
    row = next(r for r in rows if r.get("file.op") == "create")
    assert row["file.path"].startswith("/tmp/a|b")
    exact = __import__("base64").b64decode(row["file.path_b64"])
    assert exact == b"/tmp/a|b\"'\\N;\x1b[2J\n=1+1\xff--.sh", exact


def test_jsonl_goes_to_stdout_and_no_row_is_no_error(case):
    out = case.ok("export", "--format", "jsonl", case.trace, "evt.type=never")
    assert out == b""


def test_csv(case):
    text = case.export("csv", "a.csv", "--rows", "files").read_bytes()
    no_control(text)
    rows = list(csv.DictReader(io.StringIO(text.decode())))
    assert any(row["file.op"] == "unlink" or row["file.op"] == "delete"
               for row in rows)
    assert not any(cell[:1] in tuple("=+@") for row in rows
                   for cell in row.values()), "a formula"
    assert any(row["proc.name"].startswith("'=sh") for row in rows)


def test_csv_holds_one_kind(case):
    done = case.run("export", "--format", "csv", case.trace, "--rows",
                    "files,processes")
    assert done.returncode == 2, done


def test_sqlite(case):
    path = case.export("sqlite", "a.db", "-r", RULES)
    ask = lambda sql: tool("sqlite3", "-readonly", path, sql).splitlines()
    assert ask("PRAGMA integrity_check") == ["ok"]
    assert ask("PRAGMA foreign_key_check") == []
    assert ask("SELECT count(*) FROM processes") == ["2"]
    assert ask("SELECT count(*) FROM connections JOIN processes "
               "USING (trace, proc_id)") == ["2"]
    assert ask("SELECT file FROM traces") == ["x.vtrace"]
    assert "203.0.113.7:4444" in ask("SELECT remote FROM contacts")
    assert len(ask("SELECT * FROM process_tree")) >= 2
    assert len(ask("SELECT * FROM timeline")) > 4
    assert len(ask("SELECT path FROM changed_files")) >= 2
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        for table in ALL.split(","):
            db.execute(f"SELECT * FROM {table}").fetchall()
        path_of = db.execute("SELECT file_path FROM files WHERE file_op = "
                             "'create' ORDER BY row_first_iso8601").fetchone()
        assert path_of[0].startswith("/tmp/a|b\"'"), path_of


def test_sqlite_wants_a_file(case):
    assert case.run("export", "--format", "sqlite", case.trace).returncode == 2


def test_nothing_is_overwritten(case):
    for name in ("jsonl", "sqlite", "pcapng", "dot"):
        path = case.folder / f"old.{name}"
        path.write_text("old")
        done = case.run("export", "--format", name, case.trace, "-o", path)
        assert done.returncode == 4, (name, done)
        assert path.read_text() == "old", name


def test_timesketch(case):
    rows = lines(case.export("timesketch", "a.jsonl", "--rows", ALL,
                             "-r", RULES))
    check_schema("timesketch", rows)
    assert not any("\x1b" in str(value) and key == "message"
                   for row in rows for key, value in row.items())


def test_ecs(case):
    rows = lines(case.export("ecs", "a.jsonl", "--rows", ALL, "-r", RULES))
    check_schema("ecs", rows)
    alert = next(r for r in rows if r["event"]["kind"] == "alert")
    assert alert["rule"]["name"]
    assert any(r.get("destination", {}).get("ip") == "203.0.113.7"
               for r in rows)


def test_ocsf(case):
    rows = lines(case.export("ocsf", "a.jsonl", "--rows",
                             "processes,files,connections,findings",
                             "-r", RULES))
    check_schema("ocsf", rows)
    assert {r["class_uid"] for r in rows} == {1001, 1007, 2004, 4001}
    assert all(r["type_uid"] == r["class_uid"] * 100 + r["activity_id"]
               for r in rows)


def test_ocsf_of_events(case):
    rows = lines(case.export("ocsf", "a.jsonl", "--rows", "events"))
    check_schema("ocsf", rows)
    events = case.ok("events", case.trace, "-p", "%evt.num").splitlines()
    assert len(rows) == len(events), (len(rows), len(events))
    assert {r["class_uid"] for r in rows} == {1001, 1007, 4001}
    assert all("activity_name" in r for r in rows if r["activity_id"] == 99)
    assert any(r["class_uid"] == 4001 and
               r["dst_endpoint"].get("ip") == "203.0.113.7" for r in rows)


def test_bodyfile(case):
    body = case.export("bodyfile", "a.body")
    rows = [line.split("|") for line in body.read_text().splitlines()]
    assert rows and all(len(row) == 11 for row in rows), rows
    out = tool("mactime", "-b", body, "-d", "-y")
    assert "/etc/cron.d/again" in out
    made = [line for line in out.splitlines() if "/etc/cron.d/again" in line]
    assert any("macb" in line for line in made), made
    assert any("(deleted)" in line for line in out.splitlines())
    assert "2023-11-14" in out or "Tue Nov 14 2023" in out, out


def test_pcapng(case):
    path = case.export("pcapng", "a.pcapng")
    shark = lambda *args: tool("tshark", "-n", "-r", path, *args)
    follow = shark("-q", "-z", "follow,tcp,raw,0")
    sent = bytes.fromhex("".join(re.findall(r"^([0-9a-f]+)$", follow, re.M)))
    received = bytes.fromhex("".join(re.findall(r"^\t([0-9a-f]+)$", follow,
                                                re.M)))
    assert sent.startswith(b"GET /?token=" + PLANTED + b" HTTP/1.1\r\n"), sent
    assert received.startswith(b"z" * 5000), received[:20]
    bad = shark("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
                "-o", "udp.check_checksum:TRUE", "-Y",
                "tcp.checksum.status == 0 || ip.checksum.status == 0 || "
                "udp.checksum.status == 0 || _ws.malformed")
    assert bad == "", bad
    # Only the bytes that were not captured are missing.
    flagged = shark("-Y", "tcp.analysis.retransmission || "
                    "tcp.analysis.out_of_order")
    assert flagged == "", flagged
    names = shark("-Y", "dns", "-T", "fields", "-e", "dns.qry.name", "-e",
                  "dns.a").splitlines()
    assert names == ["evil.example\t", "evil.example\t203.0.113.7"], names
    assert "SYNTHETIC" in tool("capinfos", "-k", path)
    assert "vestige-synthetic" in tool("capinfos", path)


def test_pcapng_takes_a_filter(case):
    path = case.export("pcapng", "a.pcapng", "fd.rport = 53")
    assert tool("tshark", "-n", "-r", path, "-Y", "tcp") == ""
    assert tool("tshark", "-n", "-r", path, "-Y", "dns").count("\n") == 2


def test_chrome(case):
    text = case.export("chrome", "a.json").read_text()
    trace = json.loads(text)
    check_schema("chrome", [trace])
    assert any(e["ph"] == "M" for e in trace["traceEvents"])


def test_dot(case):
    path = case.export("dot", "a.dot")
    nodes = json.loads(tool("dot", "-Tdot_json", path))["objects"]
    assert len(nodes) == 2
    svg = tool("dot", "-Tsvg", path)
    assert "\\N;" in svg.replace("\\\\", "\\"), svg  # not the node's name
    assert "\x1b" not in svg


def test_scap(case):
    path = case.export("scap", "a.scap")
    out = tool("sysdig", "-r", path, "-p", "%evt.type", "evt.type=connect")
    assert "connect" in out


def test_the_list_names_every_format(case):
    out = case.ok("export", "--list").decode()
    for name in ("jsonl", "csv", "sqlite", "timesketch", "ecs", "ocsf",
                 "bodyfile", "chrome", "pcapng", "dot", "scap"):
        assert name in out, name


def test_every_field_answers_for_every_kind_of_row(case):
    fields = [json.loads(line)
              for line in case.ok("fields", "--json").splitlines()]
    names = [f["name"] for f in fields if not f["needs_argument"]]
    for kind in ALL.split(","):
        out = case.ok("export", "--format", "jsonl", case.trace, "--rows",
                      kind, "-r", RULES, "--fields", ",".join(names))
        rows = [json.loads(line) for line in out.splitlines()]
        assert rows and all(set(names) <= set(row) for row in rows), kind


if __name__ == "__main__":
    case_files.require("sqlite3", "tshark", "capinfos", "mactime", "dot",
                       "sysdig")
    sys.exit(case_files.main(globals()))
