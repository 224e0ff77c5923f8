#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A disk that fills up while recording: the trace ends in time, complete,
with the reason and an exact account, on a real file system.
usage: disk_full_test.py CASE, a function below without its "case_"."""
import contextlib
import os
import subprocess
import sys

import lives
import privileged
import replay
import watcher
from recorder import Recorder

SIZE = 24 << 20
RESERVE = 8 << 20
# Random bytes, which nothing can compress: 64 MiB of them, as fast as it goes.
FLOOD = ["--snaplen", "16384", "--ring-size", "32MiB", "--",
         "dd", "if=/dev/urandom", "of=/dev/null", "bs=16k", "count=4096",
         "status=none"]


def check(claim, what):
    if not claim:
        raise AssertionError(what)


@contextlib.contextmanager
def small_disk():
    """A file system of its own, of SIZE bytes."""
    with lives.work_folder() as folder:
        place = f"{folder}/disk"
        os.mkdir(place)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}",
                        "vestige-test", place], check=True)
        try:
            yield place
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)


def free_bytes(place):
    disk = os.statvfs(place)
    return disk.f_bavail * disk.f_frsize


def check_whole(path, reason):
    """It is intact, says why it ended, and accounts for every record."""
    trace = replay.Trace(path)
    info = trace.info
    check(info["complete"] and info["end_reason"] == reason, info)
    check("intact" in watcher.verdict(trace), watcher.verdict(trace))
    lost = {one["reason"]: one["count"] for one in info["losses"]
            if one["severity"] == "events"}
    check(set(lost) <= {"write failed", "ring full"}, lost)
    check(info["seen"] == info["events"] + sum(lost.values()), info)
    check(not os.path.exists(path + ".partial"), "a part is left")
    return info, lost


def record(path, *options):
    """What the recorder says; it must end by itself, as one that failed."""
    recorder = Recorder(path, "--no-sign", *options)
    code = recorder.wait_end()
    check(code == 4, f"{code}, {recorder.messages()}")
    return recorder.messages()


def case_reserve():
    """However fast it fills, the reserve stays free."""
    with small_disk() as disk:
        path = f"{disk}/x.vtrace"
        said = record(path, "--reserve", str(RESERVE), *FLOOD)
        check("--reserve" in said, said)
        check(free_bytes(disk) >= RESERVE, free_bytes(disk))
        info, lost = check_whole(path, "disk nearly full")
        check(info["bytes"] > 1 << 20, "it gave up at once")
        print(info["sentence"], lost)


def case_no_space():
    """Without a reserve, there is room for the end all the same."""
    with small_disk() as disk:
        path = f"{disk}/x.vtrace"
        said = record(path, "--reserve", "0", *FLOOD)
        check("No space left on device" in said, said)
        info, lost = check_whole(path, "error")
        check("No space left" in info["end_detail"], info["end_detail"])
        check(lost.get("write failed", 0) > 0, lost)


def case_others():
    """Somebody else takes all there is, in the middle of a recording."""
    with small_disk() as disk:
        path = f"{disk}/x.vtrace"
        recorder = Recorder(path, "--no-sign", "--reserve", "0", "--", "sh",
                            "-c", "while kill -0 $PPID; do : < /etc/passwd; "
                            "done 2>/dev/null")
        watcher.wait_until(lambda: os.path.exists(path + ".partial") and
                           os.path.getsize(path + ".partial") > 100_000,
                           "some of a trace")
        with contextlib.suppress(OSError), \
                open(f"{disk}/other", "wb", buffering=0) as other:
            while True:
                other.write(bytes(4096))
        check(recorder.wait_end() == 4, recorder.messages())
        check("No space left on device" in recorder.messages(),
              recorder.messages())
        check_whole(path, "error")


if __name__ == "__main__":
    privileged.require("mount", "umount")
    globals()[f"case_{sys.argv[1]}"]()
    print(f"{sys.argv[1]}: as it should be")
