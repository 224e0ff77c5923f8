#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records torture.py and demands what it did. usage: torture_test.py E2E,
the folder whose helpers are used."""
import hashlib
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, sys.argv[1])
import lives  # noqa: E402
import privileged  # noqa: E402
from recorder import BIN  # noqa: E402
from replay import Trace, run  # noqa: E402

WORKLOAD = pathlib.Path(__file__).with_name("torture.py")

# op, path below the folder, what else the row must say
EXPECTED = [
    ("write", "passed", {"bytes": 7}),
    ("write", "named", {"bytes": 4}),
    ("rename", "over_from", {"to": "over_to"}),
    ("exchange", "left", {"to": "right"}),
    ("write", "left", {"bytes": 10}),  # 1 before, 9 after the exchange
    ("write", "gone", {"deleted": True}),
    ("create", "bad\\xff\x1b[31m", {}),
    ("symlink", "link", {"to": "real"}),
    ("create", "beside", {}),
    ("create", "real/inside", {}),
    ("create", "real/jailed", {}),
    ("delete", "real/inside", {}),
    ("write", "daemon", {}),
    ("write", "first", {"bytes": 8}),
    ("map-write", "mapped", {}),
    ("write", "copy", {"bytes": 50}),
    ("write", "race0", {"count": 100}),
    ("write", "race1", {"count": 100}),
    ("write", "race2", {"count": 100}),
]


def rows(command, *arguments):
    done = run(command, *arguments, "--json")
    return [json.loads(line) for line in done.stdout.splitlines()]


def missing_files(trace, folder):
    for op, name, more in EXPECTED:
        more = {key: f"{folder}/{value}" if key == "to" and op != "symlink"
                else value for key, value in more.items()}
        if not any(row["op"] == op and row["path"] == f"{folder}/{name}" and
                   row["result"] == "ok" and
                   all(row.get(key) == value for key, value in more.items())
                   for row in trace.files):
            yield f"{op} {name} {more}"


def missing_programs(trace):
    for argument in ("spawned", "from-thread"):
        if not any(run["argv"][-1:] == [argument]
                   for process in trace.processes
                   for run in process["execs"]):
            yield f"exec {argument}"


MARKS = [("run-then-deleted", "dropped"), ("timestomped", "first"),
         ("history-wiped", ".bash_history")]
CONTENTS = [("within", b"23456"), ("through", b"0123456789"),
            ("known", b"0123456789")]


def missing_marks(path, folder):
    marks = rows("files", "--marks", path)
    for kind, name in MARKS:
        if not any(mark["mark"] == kind and mark["path"] == f"{folder}/{name}"
                   for mark in marks):
            yield f"{kind} {name}"


def missing_connections(path):
    results = {row["result"] for row in rows("net", "--connections", path)
               if row["direction"] == "outgoing"}
    for result in ("in progress, then connected",
                   "in progress, then ECONNREFUSED"):
        if result not in results:
            yield f"connection {result}: {results}"
    rows_of = {row["connection"]: row
               for row in rows("net", "--connections", path)}
    if not any(row["peer"] and rows_of[row["peer"]]["direction"] == "incoming"
               for row in rows_of.values() if row["direction"] == "outgoing"):
        yield "both ends of a local connection"


def missing_rights(trace):
    if not any(change["call"] == "capset" and
               change["cap_effective"] == f"{0x400:016x}"
               for process in trace.processes
               for change in process["credentials"]):
        yield "capset"


def missing_contents(path, folder):
    known = {row["path"]: row for row in rows("extract", path)}
    for name, content in CONTENTS:
        row = known.get(f"{folder}/{name}")
        if not row or row["sha256"] != hashlib.sha256(content).hexdigest():
            yield f"content of {name}: {row}"


def missing_lives(path, folder):
    lives_of = rows("files", "--life", f"{folder}/over_*", path)
    fates = {life["names"][0]["path"]: life["fate"] for life in lives_of}
    if fates != {f"{folder}/over_from": "there",
                 f"{folder}/over_to": "replaced"}:
        yield f"lives of over_*: {fates}"


def main():
    privileged.require("true")
    with lives.work_folder() as work:
        folder = f"{work}/torture"
        os.mkdir(folder)
        path = f"{work}/torture.vtrace"
        done = subprocess.run(
            [f"{BIN}/vestige-capture", "record", "-o", path, "--",
             sys.executable, WORKLOAD, folder], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            print(done.stderr)
            return 1
        trace = Trace(path)
        missing = [*missing_files(trace, folder), *missing_programs(trace),
                   *missing_marks(path, folder), *missing_connections(path),
                   *missing_rights(trace), *missing_contents(path, folder),
                   *missing_lives(path, folder)]
    for fact in missing:
        print(f"the trace does not tell: {fact}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
