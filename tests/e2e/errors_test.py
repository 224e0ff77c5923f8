#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Errors read well: one line that says what, why and what to do, and the
documented exit code. One case per way to go wrong."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import lives
import privileged
from recorder import BIN

USAGE, BAD_INPUT, SYSTEM = 2, 3, 4
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]

# name, exit code, what the line must match, command; {bin} holds the
# programs, {work} is a folder of the test, both readable by anyone.
CASES = [
    ("unknown container", SYSTEM, r"no container .*no-such-container",
     "{bin}/vestige-capture record -o {work}/x --container no-such-container"),
    ("no such cgroup", SYSTEM, r"/no/such/cgroup.*No such file",
     "{bin}/vestige-capture record -o {work}/x --cgroup /no/such/cgroup"),
    ("not root", SYSTEM, r"root|CAP_BPF",
     "AS_NOBODY {bin}/vestige-capture record -o /tmp/x -- true"),
    ("no BTF", SYSTEM, r"BTF",
     "PRIVATELY mount -t tmpfs none /sys/kernel/btf && "
     "{bin}/vestige-capture record -o {work}/x -- true"),
    ("full disk", SYSTEM, r"No space left on device",
     "PRIVATELY mount -t tmpfs -o size=64k none {work}/small && "
     "{bin}/vestige-capture record --reserve 0 -o {work}/small/x -- "
     "dd if=/dev/urandom of=/dev/null bs=64 count=5000 status=none"),
    ("nearly full disk", SYSTEM, r"kept free \(--reserve\)",
     "PRIVATELY mount -t tmpfs -o size=4m none {work}/small && "
     "{bin}/vestige-capture record -o {work}/small/x -- true"),
    ("folder does not exist", SYSTEM, r"{work}/none.*No such file",
     "{bin}/vestige-capture record -o {work}/none/x -- true"),
    ("nothing selected", USAGE, r"--container|--cgroup",
     "{bin}/vestige-capture record -o {work}/x"),
    ("no such command", USAGE, r"frobnicate", "{bin}/vestige frobnicate"),
    ("no such option", USAGE, r"--frobnicate",
     "{bin}/vestige tree --frobnicate {work}/foreign"),
    ("no such file", SYSTEM, r"{work}/missing.*No such file",
     "{bin}/vestige tree {work}/missing"),
    ("unreadable file", SYSTEM, r"{work}/secret.*Permission denied",
     "AS_NOBODY {bin}/vestige tree {work}/secret"),
    ("foreign file", BAD_INPUT, r"{work}/foreign.*not a .*trace",
     "{bin}/vestige tree {work}/foreign"),
    ("empty file", BAD_INPUT, r"{work}/empty", "{bin}/vestige tree {work}/empty"),
    ("an empty folder", USAGE, r"{work}/small: no traces",
     "{bin}/vestige tree {work}/small"),
]


def prepare(work):
    work.chmod(0o755)
    for program in ("vestige", "vestige-capture"):
        shutil.copy(f"{BIN}/{program}", work)
    (work / "small").mkdir()
    (work / "foreign").write_text("root:x:0:0:root:/root:/bin/sh\n" * 10)
    (work / "empty").write_text("")
    (work / "secret").write_text("secret")
    (work / "secret").chmod(0o600)


def run(command):
    prefix = []
    if command.startswith("AS_NOBODY "):
        prefix, command = NOBODY, command.removeprefix("AS_NOBODY ")
    elif command.startswith("PRIVATELY "):
        # Mounts inside are seen by nobody else and end with it.
        prefix = ["unshare", "--mount"]
        command = command.removeprefix("PRIVATELY ")
    return subprocess.run([*prefix, "sh", "-c", command], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=60, check=False)


def judge(name, code, pattern, command):
    done = run(command)
    lines = done.stderr.splitlines()
    if done.returncode != code:
        yield f"{name}: exit code {done.returncode}, not {code}"
    if len(lines) != 1:
        yield f"{name}: {len(lines)} lines, not one: {done.stderr!r}"
    elif not lines[0].startswith("vestige"):
        yield f"{name}: the line does not say who speaks: {lines[0]!r}"
    if not re.search(pattern, done.stderr, re.DOTALL):
        yield f"{name}: does not say {pattern!r}: {done.stderr!r}"


def main():
    privileged.require("setpriv", "unshare")
    failures = []
    with lives.work_folder() as folder:
        work = pathlib.Path(folder)
        prepare(work)
        for name, code, pattern, command in CASES:
            names = {"bin": work, "work": work}
            failures += judge(name, code, pattern.format(**names),
                              command.format(**names))
        leftovers = [f for f in os.listdir(work) if f.startswith("x")]
        if leftovers:
            failures.append(f"a refused capture left {leftovers}")
    print("\n".join(failures) if failures else f"{len(CASES)} errors, clear")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
