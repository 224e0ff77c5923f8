#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Uses pids again and again: children that each write a file of their own and
are killed by their pid. usage: pid_reuse.py FOLDER COUNT, as the first process
of a pid namespace whose /proc is mounted."""
import os
import signal
import sys

PID_MAX = "301"  # the least the kernel takes


def wait_and_be_killed(path, ready):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.write(fd, b"here")
    os.write(ready, b"x")
    while True:
        signal.pause()


def main(folder, count):
    with open("/proc/sys/kernel/pid_max", "w") as limit:
        limit.write(PID_MAX)
    done, ready = os.pipe()
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            wait_and_be_killed(f"{folder}/{number}", ready)
        os.read(done, 1)
        os.kill(pid, signal.SIGTERM if number % 2 else signal.SIGKILL)
        os.waitpid(pid, 0)


main(sys.argv[1], int(sys.argv[2]))
