#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The recorder is killed with SIGKILL in mid-capture: everything but the
last second reads back from the partial file, with a notice."""
import os
import signal
import sys
import time

import lives
import privileged
import rootfs
import runtimes
import replay
from recorder import Recorder

# One numbered file per tick, for longer than the recorder lives.
SCRIPT = """i=0
while [ $i -lt 1000 ]; do
  echo $i > /tmp/tick.$i
  i=$((i + 1))
  sleep 0.05
done
"""
RECORD_S = 4
LOST_S = 1.0


def main():
    privileged.require("runc", "busybox")
    name = lives.unique("killed")
    with lives.work_folder() as folder:
        root = rootfs.make(f"{folder}/rootfs", SCRIPT)
        runtime = runtimes.Runc(folder, root)
        path = f"{folder}/killed.vtrace"
        runtime.start(name)
        try:
            recorder = Recorder(path, "--container", name).wait_ready()
            runtime.release(name)
            time.sleep(RECORD_S)
            last = max(int(f.split(".")[1]) for f in
                       os.listdir(root / "tmp") if f.startswith("tick."))
            recorder.stop(signal.SIGKILL)
        finally:
            runtime.delete(name)
        failures = list(examine(path, last))
    print("\n".join(failures) if failures else "all but the last second")
    return 1 if failures else 0


def examine(path, last):
    if os.path.exists(path):
        yield "a killed recorder must not leave a finished file"
    partial = replay.Trace(path + ".partial")
    ticks = {int(r["path"].rsplit(".", 1)[1]) for r in partial.files
             if r["op"] == "create" and r["path"].startswith("/tmp/tick.")}
    # A tick takes 0.05 s and the start of sleep; 20 are more than a second.
    expected = set(range(last + 1 - int(LOST_S / 0.05)))
    if not expected:
        yield "the workload did not run long enough to tell"
    if expected - ticks:
        yield f"lost more than the last second: {sorted(expected - ticks)}"
    if partial.info["complete"]:
        yield "the trace claims to be complete"
    notice = replay.run("tree", path + ".partial").stderr
    if "incomplete" not in notice and "not closed" not in notice:
        yield f"no notice that the end is missing: {notice!r}"


if __name__ == "__main__":
    sys.exit(main())
