#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A process with more descriptors than a snapshot keeps of one: the trace
tells how many are not in it."""
import json
import os
import resource
import subprocess
import sys

import lives
import privileged
import replay
from recorder import Recorder
from selection_test import cgroup_mount

KEPT = 65536
BEYOND = 1000

PROGRAM = f"""
import os
while os.dup(0) < {KEPT + BEYOND - 1}: pass
print("ready", flush=True)
input()
"""


def main():
    privileged.require()
    limit = KEPT + BEYOND
    hard = max(limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    except (ValueError, PermissionError):
        print(f"skipped: no process can have {limit} descriptors here")
        return privileged.SKIPPED
    cgroup = f"{cgroup_mount()}/{lives.unique('descriptors')}"
    os.mkdir(cgroup)

    def enter():
        with open(f"{cgroup}/cgroup.procs", "w", encoding="ascii") as procs:
            procs.write(str(os.getpid()))

    with lives.work_folder() as folder:
        trace = f"{folder}/x.vtrace"
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], preexec_fn=enter,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            program.stdout.readline()
            Recorder(trace, "--cgroup",
                     os.path.basename(cgroup)).wait_ready().stop()
        finally:
            program.communicate(b"\n")
            os.rmdir(cgroup)
        losses = json.loads(replay.run("info", "--json", trace).stdout)["losses"]
    if [BEYOND] != [one["count"] for one in losses
                    if one["reason"] == "snapshot too large"]:
        print(losses)
        return 1
    print(f"{BEYOND} descriptors told as missing")
    return 0


if __name__ == "__main__":
    sys.exit(main())
