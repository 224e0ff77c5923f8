#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_trace.py BIN FILE [EVENTS]: records a trace of real programs for the
benches, as root: workload.sh until EVENTS (4 million) are written, for at most
six minutes. The size is bounded too, as nothing that runs is large."""

import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

SECONDS = 360
MARK = struct.Struct("<4xI8xBBHI16x3Q")  # up to the events of the chunk


class Counter:
    """Counts the events of a trace that grows, from its marks alone."""

    def __init__(self, path):
        self.path, self.at, self.events = path, 0, 0

    def update(self):
        try:
            trace = open(self.path, "rb")
        except FileNotFoundError:
            return self.events
        with trace:
            end = trace.seek(0, os.SEEK_END)
            while self.at + MARK.size <= end:
                trace.seek(self.at)
                size, _, _, frames, *_, events = MARK.unpack(
                    trace.read(MARK.size))
                trace.seek(self.at + 120)
                table = trace.read(56 * frames)
                if len(table) < 56 * frames:
                    break
                self.events += events
                self.at += 8 + size + sum(
                    struct.unpack_from("<I", table, 56 * i + 4)[0]
                    for i in range(frames))
        return self.events


def main():
    programs, trace = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 4_000_000
    workload = pathlib.Path(__file__).resolve().with_name("workload.sh")
    partial = Counter(f"{trace}.partial")
    with tempfile.TemporaryDirectory(prefix="vestige-bench-") as folder:
        recorder = subprocess.Popen(
            [programs / "vestige-capture", "record", "-o", trace,
             "--ring-size", "64MiB", "--", "/bin/sh", workload, folder])
        give_up = time.monotonic() + SECONDS
        while recorder.poll() is None:
            if partial.update() >= wanted or time.monotonic() > give_up:
                pathlib.Path(folder, "stop").touch()
            time.sleep(0.5)
    return recorder.returncode


if __name__ == "__main__":
    sys.exit(main())
