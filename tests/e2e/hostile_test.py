#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A container that does what it can to whoever records it: the agent ends
well, within its memory, and every record is accounted for.
usage: hostile_test.py PROGRAM MODE"""
import os
import shutil
import sys
import threading
import time

import lives
import privileged
import replay
import rootfs
import runtimes
from recorder import Recorder

MAX_RSS_KIB = 300 * 1024
# What must be in the trace, whatever else was tried.
FACTS = {
    "argv": lambda trace: any(
        one["argv"][1:2] == ["nothing"]
        for process in trace.processes for one in process["execs"]),
    "writev": lambda trace: trace.info["types"].get("writev", 0) >= 100,
    "fds": lambda trace: trace.info["types"].get("openat", 0) > 900,
    "forks": lambda trace: trace.info["types"].get("task_fork", 0) >= 3000,
    "threads": lambda trace: trace.info["types"].get("task_fork", 0) > 500,
    "names": lambda trace: any("$(id)" in row["path"] for row in trace.files),
}


class Peak(threading.Thread):
    """The most memory a process had, in KiB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.kib = pid, 0

    def run(self):
        while True:
            try:
                with open(f"/proc/{self.pid}/status", encoding="ascii",
                          errors="replace") as status:
                    rss = [int(line.split()[1]) for line in status
                           if line.startswith("VmHWM")]
            except OSError:
                return
            if not rss:
                return
            self.kib = max([self.kib, *rss])
            time.sleep(0.1)


def examine(trace, mode):
    if not trace.info["complete"]:
        yield f"not complete: {trace.info['sentence']}"
    if not FACTS[mode](trace):
        yield f"it does not show what was done: {trace.info['types']}"
    for loss in trace.info["losses"]:
        if loss["reason"] == "bad record":
            yield f"records that nobody can explain: {loss}"
    verdict = replay.run("verify", trace.path)
    if verdict.returncode != 0:
        yield f"verify: {verdict.stdout} {verdict.stderr}"
    for command in ("tree", "files", "events"):
        shown = replay.run(command, trace.path)
        if shown.returncode != 0:
            yield f"vestige {command}: {shown.returncode} {shown.stderr}"
        if "\033" in shown.stdout or "\u202e" in shown.stdout:
            yield f"vestige {command} prints what steers a terminal"


def main(program, mode):
    privileged.require("runc", "busybox")
    name = lives.unique(f"hostile_{mode}")
    with lives.work_folder() as folder:
        root = rootfs.make(f"{folder}/rootfs", f"exec /hostile {mode}\n")
        shutil.copy(program, root / "hostile")
        runtime = runtimes.Runc(folder, root)
        runtime.start(name)
        try:
            agent = Recorder(f"{folder}/x.vtrace", "--no-sign", "--checkpoint",
                             "1", "-c", name).wait_ready()
            peak = Peak(agent.process.pid)
            peak.start()
            runtime.release(name)
            code = agent.wait_end()
        finally:
            runtime.delete(name)
        failures = list(examine(replay.Trace(f"{folder}/x.vtrace"), mode))
        if code != 0:
            failures.append(f"exit code {code}: {agent.messages()}")
        if not 0 < peak.kib < MAX_RSS_KIB:
            failures.append(f"it took {peak.kib} KiB of memory")
    print("\n".join(failures) if failures
          else f"{mode}: survived with {peak.kib} KiB")
    return 1 if failures else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main(*sys.argv[1:]))
