#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A container makes more cgroups in its own than there is room for unknown
ones. One that comes later is recorded from its first process on all the same,
and every ledger adds up."""
import contextlib
import json
import os
import subprocess
import sys
import time

import lives
import privileged
import replay
import rootfs
import runtimes
from memory_test import ledger
from recorder import Recorder

NESTED = 220  # there are 192 seats
PATIENCE_S = 60
TRY_S = 5  # one for which there was no seat may leave no trace
LATE = "not selected in time"


def cgroup_of(pid):
    with open(f"/proc/{pid}/cgroup", encoding="ascii") as lines:
        path = next(line for line in lines if line.startswith("0::"))
    for mount in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
        folder = mount + path.strip()[3:]
        if os.path.exists(f"{folder}/cgroup.procs"):
            return folder
    raise AssertionError(f"no cgroup v2 at {path}")


def pid_of(container, name):
    state = subprocess.run(["runc", *container.args, "state", name],
                           capture_output=True, check=True)
    return json.loads(state.stdout)["pid"]


def main():
    privileged.require("runc", "busybox")
    with lives.work_folder() as folder, contextlib.ExitStack() as undo:
        os.mkdir(f"{folder}/traces")

        def start(name):
            os.mkdir(f"{folder}/{name}")
            root = rootfs.make(f"{folder}/{name}/rootfs", "echo x > /tmp/x\n")
            container = runtimes.Runc(f"{folder}/{name}", root)
            container.start(name)
            undo.callback(container.delete, name)
            return container

        first = lives.unique("nested_")
        container = start(first)
        recorder = Recorder(f"{folder}/traces", "--all").wait_ready()
        undo.callback(recorder.stop)
        inside = cgroup_of(pid_of(container, first))
        for i in range(NESTED):
            os.mkdir(f"{inside}/n{i}")
            undo.callback(os.rmdir, f"{inside}/n{i}")
        end = time.monotonic() + PATIENCE_S
        names = []
        is_whole = False
        while not is_whole and time.monotonic() < end:
            names.append(lives.unique(f"later_{len(names)}_"))
            later = start(names[-1])
            later.release(names[-1])
            later.wait(names[-1])
            path = f"{folder}/traces/{names[-1]}.vtrace"
            soon = time.monotonic() + TRY_S
            while not os.path.exists(path) and time.monotonic() < soon:
                time.sleep(0.05)
            text = replay.run("info", path).stdout
            is_whole = "ledger" in text and LATE not in text
        container.release(first)
        container.wait(first)
        recorder.stop()
        failures = [] if is_whole else [f"{len(names)} came, none whole"]
        for name in [first, *names[-1:]] if is_whole else []:
            path = f"{folder}/traces/{name}.vtrace"
            seen, written, lost = ledger(path)
            if seen != written + lost:
                failures.append(f"{name}: {seen} {written} {lost}")
    print("\n".join(failures) if failures else f"whole: {names[-1]}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
