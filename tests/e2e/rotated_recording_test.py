#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A container recorded into a series of files, by size and by time: each file
stands for itself, begins with a snapshot and names the one before; nothing is
lost in between; a file that is missing or in the wrong place is noticed. One
series is encrypted: the machine that recorded it cannot read it."""
import contextlib
import glob
import json
import os
import re
import sys

import lives
import privileged
import replay
import rootfs
import runtimes
from recorder import Recorder

COUNT = 3000
# Numbered names, so that what is missing shows, and random bytes, which
# nothing can compress.
SCRIPT = f"""i=0
while [ $i -lt {COUNT} ]; do
  [ -e /n$i ]
  i=$((i + 1))
  if [ $((i % 500)) = 0 ]; then
    dd if=/dev/urandom of=/dev/null bs=128 count=600 2>/dev/null
    sleep 1.1
  fi
done
"""


def record(folder, name, *options):
    """The files of the series, in their order."""
    root = rootfs.make(f"{folder}/rootfs", SCRIPT)
    runtime = runtimes.Runc(folder, root)
    container = lives.unique(f"rotated-{name}")
    runtime.start(container)
    try:
        recorder = Recorder(f"{folder}/{name}.vtrace", "--container", container,
                            "--key", f"{folder}/agent.key", *options)
        recorder.wait_ready()
        runtime.release(container)
        runtime.wait(container)
    finally:
        runtime.delete(container)
    code = recorder.wait_end()
    if code != 0:
        raise AssertionError(f"recording: {code}, {recorder.messages()}")
    return recorder.messages(), sorted(glob.glob(f"{folder}/{name}.*.vtrace"))


def numbers_in(traces, identity):
    for trace in traces:
        done = replay.run("events", trace, "--json", *identity)
        for line in done.stdout.splitlines():
            for arg in json.loads(line)["args"]:
                # Random bytes may begin like a name, too.
                if name := re.fullmatch(r"/n(\d+)", arg["text"]):
                    yield int(name[1])


def examine_series(name, messages, traces, identity=()):
    if len(traces) < 3 or not traces[0].endswith(f"{name}.0001.vtrace"):
        yield f"files: {traces}"
        return
    if f"{name}.0001.vtrace to " not in messages:
        yield f"what the recorder says of the series: {messages}"
    done = replay.run("verify", *traces)
    whole = f"one recording without a gap: files 1 to {len(traces)} of it\n"
    if done.returncode != 0 or not done.stdout.endswith(whole) or \
            done.stdout.count("intact and signed") != len(traces):
        yield f"the series: {done}"
    done = replay.run("verify", *traces[:-1])
    if done.returncode != 0 or "goes on in a file that is not here" not in \
            done.stdout:
        yield f"without the last: {done}"
    done = replay.run("verify", traces[0], *traces[2:])
    if done.returncode != 1 or "does not go on" not in done.stdout or \
            "not one recording without a gap" not in done.stdout:
        yield f"a missing file: {done}"
    done = replay.run("verify", traces[1], traces[0], *traces[2:])
    if done.returncode != 1 or done.stdout.count("does not go on") != 2:
        yield f"two swapped: {done}"
    for trace in traces[:-1]:  # the last may begin when the container is gone
        done = replay.run("tree", trace, "--json", *identity)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        if not any(row["comm"] == "sh" and row["argv"] for row in rows):
            yield f"{trace} does not know its processes: {done}"
    found = list(numbers_in(traces, identity))
    if found != list(range(COUNT)):
        yield f"{len(found)} of {COUNT} names in their order"


def examine_secrecy(traces):
    done = replay.run("info", traces[-1])
    if done.returncode != 0 or "encrypted to key" not in done.stdout or \
            os.path.basename(traces[-2]) not in done.stdout:
        yield f"from outside: {done}"
    done = replay.run("tree", traces[-1])
    if done.returncode != 3 or "is encrypted" not in done.stderr:
        yield f"without a key: {done}"


@contextlib.contextmanager
def folder_of(name):
    with lives.work_folder() as folder:
        os.mkdir(f"{folder}/{name}")
        yield f"{folder}/{name}"


def main():
    privileged.require("runc", "busybox")
    failures = []
    with folder_of("size") as folder:
        failures += examine_series(
            "size", *record(folder, "size", "--rotate", "100KiB"))
    with folder_of("time") as folder:
        reader = f"{folder}/reader"
        replay.run("keygen", reader)
        messages, traces = record(folder, "time", "--rotate", "1GiB,1s",
                                  "--encrypt-to", f"{reader}.pub")
        failures += examine_series("time", messages, traces,
                                   ("--identity", reader))
        failures += examine_secrecy(traces)
    print("\n".join(failures) if failures else "two series without a gap")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
