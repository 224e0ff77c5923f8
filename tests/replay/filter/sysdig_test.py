#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do filters find the same events as Debian's sysdig?

    sysdig_test.py VESTIGE TABLES REPOSITORY CAPTURE...

Every filter of TABLES/sysdig_filters.txt is asked of sysdig and, of the trace
made of the capture, of us; sysdig_differences.tsv says for which events and
why the answers may differ, and all of that must be so. A capture numbers entry
and return of a call, a trace has one event for both: our events are numbered
by time and thread, entry and return alike. A CAPTURE that ends in .vtrace is a
trace, exported first.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
# Who says again, as an event, what a call has said.
DERIVED = ('task_fork', 'task_exec')


def lines(command, allowed=(0,)):
    done = subprocess.run(command, capture_output=True)
    if done.returncode not in allowed:
        raise RuntimeError(f'{command}: {done.stderr.decode().strip()}')
    return done.stdout.decode().split('\n')[:-1]


class Pair:
    """A capture, the trace made of it, and which event is which."""

    def __init__(self, vestige, capture, folder):
        self.vestige, self.capture = vestige, capture
        self.trace = os.path.join(folder, os.path.basename(capture) + '.vtrace')
        subprocess.run([vestige, 'import', capture, '-o', self.trace],
                       check=True, capture_output=True)
        at = {}  # (time, thread, direction) -> number of theirs
        shown = '*%evt.num %evt.rawtime %thread.tid %evt.dir'
        for line in lines(['sysdig', '-r', capture, '-p', shown]):
            number, *key = line.split()
            at[tuple(key)] = int(number)
        self.entry, self.result = {}, {}  # ours -> theirs
        shown = ('*%evt.num %evt.type %evt.abi %evt.rawtime %thread.tid '
                 '%evt.duration')
        for line in lines([vestige, 'events', self.trace, '-p', shown]):
            number, kind, abi, time, thread, duration = line.split()
            if kind in DERIVED:
                continue
            if abi == 'kernel':
                self.result[int(number)] = at.get((time, thread, '>'))
                continue
            if duration != '<NA>':
                begin = str(int(time) - int(duration))
                self.entry[int(number)] = at.get((begin, thread, '>'))
            if (time, thread, '<') in at:
                self.result[int(number)] = at[(time, thread, '<')]

    def theirs(self, text):
        out = lines(['sysdig', '-r', self.capture, '-p', '%evt.num', text])
        return {int(line) for line in out}

    def ours(self, text):
        out = lines([self.vestige, 'events', self.trace, text, '-p',
                     '%evt.num'], allowed=(0, 1))
        return {int(line) for line in out}

    def expected(self, text, either):
        """Numbers of ours that theirs stand for."""
        found = self.theirs(text)
        want = {ours for ours, number in self.result.items()
                if number in found}
        for ours, number in self.entry.items():
            if number in found and (either or ours not in self.result):
                want.add(ours)
        return want

    def known(self):
        """Numbers of ours that sysdig shows at all."""
        return {ours for table in (self.entry, self.result)
                for ours, number in table.items() if number is not None}


def read_filters(path):
    for line in open(path):
        line = line.strip()
        if line and not line.startswith('#'):
            either = line.startswith('either: ')
            yield line.removeprefix('either: '), either


class Difference:
    """One line of the table: what it allows, and what of it was needed."""

    def __init__(self, line):
        self.capture, fields, who, events, self.why = line.split('\t')
        self.fields = fields.split(',')
        self.by_us = who in ('vestige', 'either')
        self.by_them = who in ('sysdig', 'either')
        self.events = set()
        for part in events.split(','):
            first, _, last = part.partition('-')
            self.events.update(range(int(first), int(last or first) + 1))
        self.used = set()

    def explain(self, text, wrong, is_ours):
        """Those of the events that it explains."""
        if not (self.by_us if is_ours else self.by_them):
            return set()
        if not any(asks(text, field) for field in self.fields):
            return set()
        self.used |= wrong & self.events
        return wrong & self.events


def read_differences(path, capture):
    rows = [Difference(line.rstrip('\n')) for line in open(path)
            if not line.startswith('#')]
    return [row for row in rows if row.capture == capture]


def asks(text, field):
    return re.search(r'(?<![a-z.])' + re.escape(field) + r'(?![a-z0-9_.])',
                     text)


def compare(pair, filters, differences):
    name = os.path.basename(pair.capture)
    known = pair.known()
    found = explained = failed = 0
    for text, either in filters:
        want = pair.expected(text, either) & known
        ours = pair.ours(text) & known
        missing, extra = want - ours, ours - want
        for row in differences:
            missing -= row.explain(text, want - ours, False)
            extra -= row.explain(text, ours - want, True)
        found += len(want)
        explained += len(want ^ ours) - len(missing | extra)
        if missing or extra:
            failed += 1
            print(f'{name}: {text}: missing {sorted(missing)}, too many '
                  f'{sorted(extra)}')
    for row in differences:
        if row.used != row.events:
            failed += 1
            print(f'{name}: {row.fields}: {row.why}: explains nothing for '
                  f'{sorted(row.events - row.used)}')
    print(f'{name}: {len(filters)} filters, {len(known)} events, {found} '
          f'matches, {explained} explained, {failed} failures')
    return failed


def find_captures(repository):
    """The folder beside the repository, or beside one above it."""
    above = os.path.dirname(repository)
    while above != os.path.dirname(above):
        folder = os.path.join(above, 'shared', 'reference', 'scap')
        if os.path.isdir(folder):
            return folder
        above = os.path.dirname(above)
    return None


def export(vestige, trace, folder):
    capture = os.path.join(folder, os.path.basename(trace) + '.scap')
    lines([vestige, 'export', '--format', 'scap', trace, '-o', capture])
    return capture


def main(vestige, tables, repository, names):
    if not shutil.which('sysdig'):
        print('needs sysdig')
        return SKIPPED
    captures = find_captures(repository)
    if not captures and not all(name.endswith('.vtrace') for name in names):
        print('no reference captures beside the repository')
        return SKIPPED
    filters = list(read_filters(os.path.join(tables, 'sysdig_filters.txt')))
    table = os.path.join(tables, 'sysdig_differences.tsv')
    failed = 0
    with tempfile.TemporaryDirectory(prefix='vestige-sysdig-') as folder:
        for name in names:
            if name.endswith('.vtrace'):
                capture = export(vestige, name, folder)
            else:
                capture = os.path.join(captures, name + '.scap')
            name = os.path.basename(name).removesuffix('.vtrace')
            failed += compare(Pair(vestige, capture, folder), filters,
                              read_differences(table, name))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:4], sys.argv[4:]))
