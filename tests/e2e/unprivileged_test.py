#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Without root every privileged test is skipped and says why.
usage: unprivileged_test.py CTEST BUILD"""
import json
import os
import re
import subprocess
import sys

import privileged

# Nobody of another user namespace: no rights, but it can read the build even
# where that lies in root's home.
NOBODY = ["unshare", "--user"]
# Without root or an explanation a test must not run, pass or fail.
SAYS_WHY = re.compile(r"^skipped: |needs root", re.MULTILINE)


def privileged_tests(ctest, build):
    listing = subprocess.run(
        [ctest, "--test-dir", build, "-L", "^privileged$",
         "--show-only=json-v1"], check=True, capture_output=True, text=True)
    for test in json.loads(listing.stdout)["tests"]:
        if "unprivileged" not in test["name"]:
            yield test["name"], test["command"]


def judge(name, command):
    environment = {k: v for k, v in os.environ.items()
                   if k != "REQUIRE_PRIVILEGED"}
    done = subprocess.run(NOBODY + command, text=True, env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=60, check=False)
    if done.returncode not in (0, privileged.SKIPPED):
        yield f"{name}: exit code {done.returncode}: {done.stderr}"
    if not SAYS_WHY.search(done.stdout):
        yield f"{name}: does not say why it is skipped: {done.stdout}"


def main(ctest, build):
    privileged.require("unshare")
    tests = list(privileged_tests(ctest, build))
    failures = [f for test in tests for f in judge(*test)]
    print("\n".join(failures) if failures else f"{len(tests)} skipped")
    return 1 if failures or not tests else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
