#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records pid_reuse.py and demands that each child is a process of its own,
killed by the one that did it. usage: pid_reuse_test.py E2E"""
import collections
import os
import pathlib
import platform
import subprocess
import sys

sys.path.insert(0, sys.argv[1])
import lives  # noqa: E402
import privileged  # noqa: E402
from recorder import BIN  # noqa: E402
from replay import Trace  # noqa: E402

WORKLOAD = pathlib.Path(__file__).with_name("pid_reuse.py")
COUNT = 700
PER_NAMESPACE = (6, 14)  # since then pid_max is that of a namespace


def kernel():
    return tuple(int(part) for part in platform.release().split(".")[:2])


def complaints(trace, folder):
    writers = {row["path"]: row["process"] for row in trace.files
               if row["op"] == "write" and row["path"].startswith(folder)}
    if len(writers) != COUNT or len(set(writers.values())) != COUNT:
        yield (f"{len(writers)} files of {len(set(writers.values()))} "
               f"processes instead of {COUNT}")
    by_id = {process["process"]: process for process in trace.processes}
    uses = collections.Counter(by_id[number]["ns_pid"]
                               for number in writers.values())
    if max(uses.values()) < 2:
        yield "no pid was used twice"
    parents = {by_id[number]["parent"] for number in writers.values()}
    if len(parents) != 1:
        yield f"{len(parents)} parents instead of one"
    for path, number in writers.items():
        signal = "SIGTERM" if int(os.path.basename(path)) % 2 else "SIGKILL"
        child = by_id[number]
        if child["exit_signal"] != signal or child["killed_by"] not in parents:
            yield (f"{path}: {child['exit_signal']} by {child['killed_by']}, "
                   f"not {signal} by its parent")


def main():
    privileged.require("unshare")
    if kernel() < PER_NAMESPACE:
        print("skipped: pid_max of a namespace needs Linux 6.14")
        return 1 if os.environ.get("REQUIRE_PRIVILEGED") == "1" else \
            privileged.SKIPPED
    with lives.work_folder() as work:
        folder = f"{work}/reuse"
        os.mkdir(folder)
        path = f"{work}/reuse.vtrace"
        done = subprocess.run(
            [f"{BIN}/vestige-capture", "record", "-o", path, "--", "unshare",
             "--pid", "--fork", "--mount-proc", sys.executable, WORKLOAD,
             folder, str(COUNT)], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=240, check=False)
        if done.returncode != 0:
            print(done.stderr)
            return 1
        found = list(complaints(Trace(path), folder))
    for complaint in found[:20]:
        print(complaint)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
