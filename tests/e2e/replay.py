# SPDX-License-Identifier: Apache-2.0
"""A trace as `vestige ... --json` tells it."""
import functools
import json
import subprocess

from recorder import BIN


def run(*arguments):
    return subprocess.run([f"{BIN}/vestige", *map(str, arguments)],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)


class Trace:
    def __init__(self, path):
        self.path = path

    def _rows(self, command):
        done = run(command, self.path, "--json")
        if done.returncode != 0:
            raise AssertionError(f"vestige {command}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    @functools.cached_property
    def processes(self):
        return self._rows("tree")

    @functools.cached_property
    def files(self):
        return self._rows("files")

    @functools.cached_property
    def net(self):
        return self._rows("net")

    @functools.cached_property
    def events(self):
        return self._rows("events")

    @functools.cached_property
    def info(self):
        return self._rows("info")[0]

    def process(self, number):
        return next(p for p in self.processes if p["process"] == number)
