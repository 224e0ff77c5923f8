#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is installed runs: every program tells its version from a prefix.
usage: install_test.py CMAKE BUILD PROGRAM..."""
import subprocess
import sys
import tempfile


def main(cmake, build, *programs):
    failures = []
    with tempfile.TemporaryDirectory(prefix="vestige-install-") as prefix:
        subprocess.run([cmake, "--install", build, "--prefix", prefix],
                       check=True, stdout=subprocess.DEVNULL)
        for program in programs:
            done = subprocess.run([f"{prefix}/bin/{program}", "--version"],
                                  stdin=subprocess.DEVNULL, text=True,
                                  capture_output=True, check=False)
            if done.returncode != 0 or program not in done.stdout:
                failures.append(f"{program} --version: {done.returncode}, "
                                f"{done.stdout!r} {done.stderr!r}")
    print("\n".join(failures) if failures else f"{len(programs)} programs run")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
