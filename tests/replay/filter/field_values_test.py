#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does every field say what it should?

    field_values_test.py VESTIGE MAKE_CASE MAKE_FIELD_TRACE REPOSITORY

field_values.tsv says what a field is in one row of one of three traces; each
field that a trace can answer must have a line. With REWRITE_GOLDEN=1 the lines
there are get the values of today and fields without a line get one: to be
reviewed.
"""
import json
import os
import subprocess
import sys
import tempfile

KINDS = ('events', 'processes', 'files', 'connections', 'messages', 'findings')
# What stands in brackets behind fields that need it.
ARGUMENTS = {'evt.type.is': 'socket', 'proc.aenv': 'USER',
             'evt.arg': 'flags', 'evt.rawarg': 'flags', 'proc.env': 'USER',
             'container.label': 'tier', 'container.mount.source': '/host/etc',
             'container.mount.dest': '/etc'}
# Only `vestige rules` has them: tests/replay/rules/rule_files_test.cc.
ELSEWHERE = ('finding.suppressed', 'finding.why')
HEAD = '''# SPDX-License-Identifier: Apache-2.0
# FIELD	TRACE	KIND	ROW	VALUE: what the field is in that row, counted from 0,
# as JSON. Traces: case (make_case), fields (make_field_trace), recorded (the
# trace of tests/golden/compat).
'''


class Traces:
    def __init__(self, vestige, paths, rules):
        self.vestige, self.paths, self.rules = vestige, paths, rules
        self.rows = {}

    def ask(self, trace, kind, names):
        """The rows of that kind, each with all names."""
        key = trace, kind
        if key not in self.rows:
            done = subprocess.run(
                [self.vestige, 'export', '--format', 'jsonl', '-q', '-r',
                 self.rules, self.paths[trace], '--rows', kind, '--fields',
                 ','.join(names)], capture_output=True, text=True, check=True)
            self.rows[key] = [json.loads(line)
                              for line in done.stdout.splitlines()]
        return self.rows[key]


def answered(vestige):
    """Names, with an argument where one is needed."""
    out = subprocess.run([vestige, 'fields', '--json'], capture_output=True,
                         text=True, check=True).stdout
    for field in map(json.loads, out.splitlines()):
        if not field['is_answered'] or field['name'] in ELSEWHERE:
            continue
        name = field['name']
        needs = field['needs_argument'] or name in ARGUMENTS
        yield f'{name}[{ARGUMENTS.get(name, 0)}]' if needs else name


def says_something(value):
    is_negative = isinstance(value, int) and value < 0  # before the trace
    return not is_negative and value not in (None, '', 0, False, [])


def find(traces, names, name):
    """Where a field says something, or at least has a value."""
    found = None
    for trace in traces.paths:
        for kind in KINDS:
            for row, cells in enumerate(traces.ask(trace, kind, names)):
                value = cells.get(name)
                if says_something(value):
                    return trace, kind, row
                if found is None and value is not None:
                    found = trace, kind, row
    return found


def main(vestige, make_case, make_field_trace, repository):
    table = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                         'field_values.tsv')
    names = list(answered(vestige))
    lines = [line.rstrip('\n').split('\t') for line in open(table)
             if not line.startswith('#')] if os.path.exists(table) else []
    failed = 0
    with tempfile.TemporaryDirectory(prefix='vestige-fields-') as folder:
        paths = {name: os.path.join(folder, name + '.vtrace')
                 for name in ('fields', 'case')}
        subprocess.run([make_field_trace, paths['fields']], check=True)
        subprocess.run([make_case, paths['case']], check=True)
        paths['recorded'] = os.path.join(
            repository, 'tests/golden/compat/0.1.0-format1.vtrace')
        traces = Traces(vestige, paths,
                        os.path.join(repository, 'replay/rules/pack'))
        told = {}
        for name, trace, kind, row, value in lines:
            rows = traces.ask(trace, kind, names)
            now = rows[int(row)].get(name) if int(row) < len(rows) else None
            told[name] = trace, kind, row, now
            if now != json.loads(value):
                failed += 1
                print(f'{name}: {trace} {kind} {row}: {json.dumps(now)} '
                      f'instead of {value}')
        for name in names:
            if name in told:
                continue
            failed += 1
            print(f'{name}: nobody says what it should be')
            place = find(traces, names, name)
            if place:
                trace, kind, row = place
                told[name] = *place, traces.ask(trace, kind, names)[row][name]
        for name in set(told) - set(names):
            failed += 1
            print(f'{name}: there is no such field')
    if os.environ.get('REWRITE_GOLDEN') == '1':
        with open(table, 'w') as file:
            file.write(HEAD)
            for name in names:
                if name in told:
                    *place, value = told[name]
                    file.write('\t'.join([name, *map(str, place),
                                          json.dumps(value)]) + '\n')
    print(f'{len(names)} fields, {failed} failures')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
