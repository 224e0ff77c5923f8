#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Moves whole pages from per-CPU pipes of tracefs into files until it is
interrupted, without copying them, as trace-cmd does.

usage: tracefs_pipes.py PIPE FILE [PIPE FILE]..."""
import os
import signal
import sys

PAGES_BYTES = 1 << 16


def move(source, target):
    source = os.open(source, os.O_RDONLY)
    target = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    output, into = os.pipe()
    while True:
        count = os.splice(source, into, PAGES_BYTES)
        while count > 0:
            count -= os.splice(output, target, count)


def main():
    children = []
    for source, target in zip(sys.argv[1::2], sys.argv[2::2]):
        child = os.fork()
        if child == 0:
            move(source, target)
        children.append(child)

    def stop(*_):
        for child in children:
            os.kill(child, signal.SIGKILL)
    signal.signal(signal.SIGINT, stop)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
