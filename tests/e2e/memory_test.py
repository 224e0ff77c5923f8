#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many busy containers at once, little memory: the recorder stays within what
it was given, every trace is intact, and what was lost is counted. One busy
program, memory enough: it is used again and again, not given back and taken
anew with each chunk."""
import os
import re
import subprocess
import sys

import lives
import privileged
import replay
import rootfs
import runtimes
from recorder import BIN, Recorder

COUNT = 24
MEMORY_MIB = 32
FIXED_MIB = 24  # docs/capture.md, "Memory"
COPIES = 1000000  # of 64 bytes: two calls each
LEAST = "--memory: at least 32 MiB are needed"

LOAD = """dd if=/dev/zero of=/tmp/x bs=64 count=20000 2> /dev/null
i=0
while [ $i -lt 40 ]; do
  echo $i > /tmp/$i
  /bin/busybox true $i
  i=$((i + 1))
done
"""


def peak_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1024


def ledger(path):
    """(seen, written, lost) as `vestige info` tells them."""
    text = replay.run("info", path).stdout
    found = re.search(r"(\d+) seen = (\d+) written \+ (\d+) lost", text)
    if not found:
        raise AssertionError(f"no ledger: {text}")
    return tuple(map(int, found.groups()))


def refusals():
    done = subprocess.run(
        [f"{BIN}/vestige-capture", "record", "--memory", "31MiB", "--all",
         "-o", "/nonexistent"], capture_output=True, text=True, check=False)
    if done.returncode != 2 or LEAST not in done.stderr:
        yield f"too little: {done.returncode}: {done.stderr}"


def faults_of(path, name):
    verified = replay.run("verify", path)
    if verified.returncode != 0:
        yield f"{name}: {verified.stdout}{verified.stderr}"
    seen, written, lost = ledger(path)
    if seen != written + lost or seen < 40000:
        yield f"{name}: {seen} seen, {written} written, {lost} lost"


def page_faults(folder):
    path = f"{folder}/busy.vtrace"
    pid = os.posix_spawn(
        f"{BIN}/vestige-capture",
        ["vestige-capture", "record", "--no-sign", "-o", path, "--",
         "dd", "if=/dev/zero", "of=/dev/null", "bs=64", f"count={COPIES}"],
        os.environ)
    _, status, used = os.wait4(pid, 0)
    seen, _, _ = ledger(path)
    print(f"{seen} events, {used.ru_minflt} page faults")
    if status != 0 or seen < 2 * COPIES:
        yield f"busy program: status {status}, {seen} seen"
    # What the start takes, and what is found nowhere but in new memory.
    if used.ru_minflt > 50000 + seen / 100:
        yield f"{used.ru_minflt} page faults for {seen} events"


def main():
    privileged.require("runc", "busybox")
    failures = list(refusals())
    names = [lives.unique(f"memory_{i}_") for i in range(COUNT)]
    with lives.work_folder() as folder:
        failures += page_faults(folder)
        os.mkdir(f"{folder}/traces")
        containers = []
        recorder = None
        try:
            for name in names:
                os.mkdir(f"{folder}/{name}")
                root = rootfs.make(f"{folder}/{name}/rootfs", LOAD)
                containers.append(runtimes.Runc(f"{folder}/{name}", root))
                containers[-1].start(name)
            recorder = Recorder(f"{folder}/traces", "--all", "--memory",
                                f"{MEMORY_MIB}MiB").wait_ready()
            for container, name in zip(containers, names):
                container.release(name)
            for container, name in zip(containers, names):
                container.wait(name)
            peak = peak_mib(recorder.process.pid)
        finally:
            for container, name in zip(containers, names):
                container.delete(name)
            if recorder:
                recorder.stop()
        if peak > MEMORY_MIB + FIXED_MIB:
            failures.append(f"{peak:.1f} MiB of memory")
        lost = 0
        for name in names:
            path = f"{folder}/traces/{name}.vtrace"
            failures += faults_of(path, name)
            lost += ledger(path)[2]
    print(f"{COUNT} traces, {peak:.1f} MiB, {lost} events lost")
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
