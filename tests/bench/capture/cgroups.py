# SPDX-License-Identifier: Apache-2.0
"""Control groups of the bench."""
import os
import pathlib
import subprocess


def mount():
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return pathlib.Path(where)
    raise SystemExit("bench: no cgroup v2 hierarchy is mounted")


class Cgroup:
    def __init__(self, name):
        self.path = f"/vestige-bench-{os.getpid()}-{name}"
        self.folder = mount() / self.path[1:]
        self.folder.mkdir()
        self.id = self.folder.stat().st_ino

    def enter(self, pid):
        (self.folder / "cgroup.procs").write_text(str(pid))

    def popen(self, argv, cpu=None, **options):
        """Starts argv in here, on one CPU when told which."""
        def prepare():
            self.enter(os.getpid())
            if cpu is not None:
                os.sched_setaffinity(0, {cpu})
        return subprocess.Popen([*map(str, argv)], preexec_fn=prepare,
                                stdin=subprocess.DEVNULL, **options)

    def remove(self):
        self.folder.rmdir()
