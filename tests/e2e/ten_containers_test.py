#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ten containers at once, one file each; none holds another's events."""
import os
import sys

import lives
import privileged
import rootfs
import runtimes
from recorder import Recorder
from replay import Trace

COUNT = 10
ROUNDS = 20


def script(marker):
    return f"""i=0
while [ $i -lt {ROUNDS} ]; do
  echo {marker} > /tmp/{marker}.$i
  cat /tmp/{marker}.$i
  /bin/busybox true {marker}
  i=$((i + 1))
done
"""


def main():
    privileged.require("runc", "busybox")
    names = [lives.unique(f"ten_{i}_") for i in range(COUNT)]
    markers = [f"marker-{chr(ord('a') + i)}" for i in range(COUNT)]
    with lives.work_folder() as folder:
        containers, recorders = [], []
        try:
            for name, marker in zip(names, markers):
                os.mkdir(f"{folder}/{name}")
                root = rootfs.make(f"{folder}/{name}/rootfs", script(marker))
                containers.append(runtimes.Runc(f"{folder}/{name}", root))
                containers[-1].start(name)
            recorders = [Recorder(f"{folder}/{name}.vtrace", "--container",
                                  name) for name in names]
            for recorder in recorders:
                recorder.wait_ready()
            for container, name in zip(containers, names):
                container.release(name)
            for container, name in zip(containers, names):
                container.wait(name)
        finally:
            for container, name in zip(containers, names):
                container.delete(name)
            codes = [recorder.wait_end() for recorder in recorders]
        failures = [f"recorder {i}: exit code {code}"
                    for i, code in enumerate(codes) if code != 0]
        for name, marker in zip(names, markers):
            failures += foreign(Trace(f"{folder}/{name}.vtrace"), marker,
                                markers)
    print("\n".join(failures) if failures else f"{COUNT} traces, none mixed")
    return 1 if failures else 0


def foreign(trace, marker, markers):
    if not trace.info["complete"]:
        yield f"{marker}: not complete: {trace.info['sentence']}"
    for i in range(ROUNDS):
        path = f"/tmp/{marker}.{i}"
        for op in ("create", "write", "read"):
            if not any(r["op"] == op and r["path"] == path
                       for r in trace.files):
                yield f"{marker}: lacks {op} {path}"
    own = ["/bin/busybox", "true", marker]
    count = sum(e["argv"] == own for p in trace.processes for e in p["execs"])
    if count != ROUNDS:
        yield f"{marker}: {count} of {ROUNDS} programs run"
    text = f"{trace.processes}{trace.files}{trace.events}"
    for other in markers:
        if other != marker and other in text:
            yield f"{marker}: its trace mentions {other}"


if __name__ == "__main__":
    sys.exit(main())
