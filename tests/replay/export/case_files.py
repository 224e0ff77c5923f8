# SPDX-License-Identifier: Apache-2.0
"""A folder with the trace of make_case, and vestige to ask it."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
RULES = SOURCE / "replay" / "rules" / "pack"
SCRIPTS = SOURCE / "replay" / "evidence" / "scripts"
PLANTED = b"planted-t0ken-4711"
# What tools say must not depend on who asks, where.
PLAIN = {"PATH": os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin",
         "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent"}


class Case:
    def __init__(self, vestige, folder):
        self.vestige = vestige
        self.folder = pathlib.Path(folder)
        self.trace = self.folder / "x.vtrace"

    def run(self, *args):
        return subprocess.run([self.vestige, *map(str, args)],
                              stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)

    def ok(self, *args):
        done = self.run(*args)
        if done.returncode != 0:
            raise AssertionError(f"vestige {args}: {done.stderr.decode()}")
        return done.stdout

    def export(self, name, out, *args):
        path = self.folder / out
        self.ok("export", "--format", name, self.trace, "-o", path, "-q",
                *args)
        return path


def tool(*command, code=0):
    """What a stock tool says; fails unless it is content."""
    done = subprocess.run([*map(str, command)], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False, env=PLAIN)
    if done.returncode != code:
        raise AssertionError(f"{command}: {done.returncode}, "
                             f"{done.stderr.decode(errors='replace')}")
    return done.stdout.decode()


@contextlib.contextmanager
def case(vestige, make_case):
    with tempfile.TemporaryDirectory(prefix="vestige-export-") as folder:
        one = Case(vestige, folder)
        subprocess.run([make_case, one.trace], check=True)
        yield one


def main(tests):
    """Runs all test_* of a module; prints what failed."""
    failures = 0
    for name, test in sorted(tests.items()):
        if not name.startswith("test_"):
            continue
        with case(*sys.argv[1:3]) as one:
            try:
                test(one)
                print(f"ok      {name}")
            except Exception as error:  # a broken export raises anything
                failures += 1
                print(f"FAILED  {name}: {type(error).__name__}: {error}")
    return 1 if failures else 0


def require(*programs):
    missing = [each for each in programs if not shutil.which(each)]
    if missing:
        print("skipped: not installed:", *missing)
        sys.exit(77)
