#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files that a container makes and deletes are rebuilt byte by byte when every
byte of new files was asked for, and are called partial when bytes went into
them that no call carries."""
import json
import subprocess
import sys

import lives
import privileged
import rootfs
import runtimes
from recorder import BIN, Recorder

# Writes of one megabyte, scattered, at offsets, through a pipe, appended.
SCRIPT = """#!/bin/sh
cd /root
dd if=/dev/urandom of=seed bs=1M count=1 2>/dev/null
cat seed > whole
head -c 200000 seed | tee piped > /dev/null
head -c 70000 seed > appended; tail -c 70000 seed >> appended
python3 - <<'END'
import mmap, os
data = open("seed", "rb").read()
fd = os.open("scattered", os.O_CREAT | os.O_WRONLY, 0o600)
os.writev(fd, [data[:300000], data[300000:300007], data[300007:]])
os.pwrite(fd, b"patched", 500000)
os.close(fd)
fd = os.memfd_create("hidden")
os.write(fd, data[:90000])
fd = os.open("mapped", os.O_CREAT | os.O_RDWR, 0o600)
os.write(fd, data[:8192])
with mmap.mmap(fd, 8192) as memory:
    memory[100:107] = b"unheard"
END
sha256sum whole piped appended scattered mapped > /sums
rm whole piped appended scattered mapped seed
"""
REBUILT = ["whole", "piped", "appended", "scattered"]


def extract(trace):
    out = subprocess.run([f"{BIN}/vestige", "extract", "--json", trace],
                         check=True, text=True, capture_output=True).stdout
    return {row["path"]: row for row in map(json.loads, out.splitlines())}


def life(folder):
    """The container's own sums, and the trace."""
    root = rootfs.make(f"{folder}/rootfs", SCRIPT, uses_host=True)
    runtime = runtimes.Runc(folder, root, uses_host=True)
    name = lives.unique("dropped")
    trace = f"{folder}/x.vtrace"
    runtime.start(name)
    try:
        recorder = Recorder(trace, "--container", name, "--ring-size", "64MiB",
                            "--payload", "stdin,net=4096,new-files=all")
        recorder.wait_ready()
        runtime.release(name)
        runtime.wait(name)
    finally:
        runtime.delete(name)
    if recorder.wait_end() != 0:
        raise AssertionError(recorder.messages())
    sums = dict(reversed(line.split()) for line in
                (root / "sums").read_text().splitlines())
    return sums, trace


def examine(folder):
    sums, trace = life(folder)
    files = extract(trace)
    for name in REBUILT:
        row = files.get(f"/root/{name}")
        if row is None or row.get("sha256") != sums[name]:
            yield f"{name}: {sums[name]} came back as {row}"
    hidden = [row for path, row in files.items() if "memfd:hidden" in path]
    if len(hidden) != 1 or hidden[0].get("known_bytes") != 90000:
        yield f"memfd: {hidden}"
    mapped = files.get("/root/mapped")
    if mapped is None or mapped.get("sha256") not in (None, sums["mapped"]):
        yield f"mapped: called whole, but is not: {mapped}"


def main():
    privileged.require("runc", "python3")
    with lives.work_folder() as folder:
        failures = list(examine(folder))
    print("\n".join(failures) if failures else "every byte is back")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
