#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Filters asked of a trace by vestige, and of the same events by sysdig, in
turns: what each takes at best, warm and cold. Prints JSON lines.

    bench_filter TRACE SCAP [ROUNDS]

SCAP is the trace exported (vestige export --format scap), so that both have
the same events. Cold: the pages of the file were dropped from memory before.
"""
import json
import os
import subprocess
import sys
import time

FILTERS = (
    ('selective, rare', 'proc.name=python3 and evt.type=openat'),
    ('selective', 'proc.name=gcc and evt.type=openat'),
    ('selective, common', 'proc.name=curl and evt.type=openat'),
    ('full scan', 'evt.buffer contains libz.so'),
    ('full scan, absent', 'evt.buffer contains no-such-words'),
)


def drop(path):
    with open(path, 'rb') as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def run(command):
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, check=False)
    seconds = time.monotonic() - start
    if done.returncode not in (0, 1):
        sys.exit(f'bench_filter: {command}: {done.stderr.decode()}')
    return seconds, done.stdout.count(b'\n')


def measure(vestige, trace, scap, text, cold, rounds):
    asked = {
        'vestige': (trace, [vestige, 'events', trace, text, '-p', '%evt.num']),
        'sysdig': (scap, ['sysdig', '-r', scap, '-p', '%evt.num', text]),
    }
    best, lines = {}, {}
    for _ in range(rounds):
        for who, (path, command) in asked.items():
            if cold:
                drop(path)
            seconds, lines[who] = run(command)
            best[who] = min(best.get(who, seconds), seconds)
    return best, lines


def main(folder, trace, scap, rounds='3'):
    vestige = os.path.join(folder, 'vestige')
    for what, text in FILTERS:
        for cold in (False, True):
            best, lines = measure(vestige, trace, scap, text, cold, int(rounds))
            print(json.dumps({
                'bench': 'filter', 'what': what, 'filter': text,
                'cache': 'cold' if cold else 'warm',
                'vestige_ms': round(best['vestige'] * 1e3, 1),
                'sysdig_ms': round(best['sysdig'] * 1e3, 1),
                'times': round(best['sysdig'] / best['vestige'], 1),
                'vestige_lines': lines['vestige'],
                'sysdig_lines': lines['sysdig']}), flush=True)


if __name__ == '__main__':
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
