#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo tells the break-in: script, hashes, connection, covered tracks.
usage: demo_test.py DEMO"""
import os
import subprocess
import sys

import facts
import lives
import privileged
from recorder import BIN
from replay import Trace

FACTS = [
    "create /tmp/update.sh",
    "chmod /tmp/update.sh 0755",
    "exec /tmp/update.sh",
    "started '/bin/sh /s.sh' '/bin/sh /tmp/update.sh'",
    "read /etc/shadow",
    "connect 127.0.0.1:4444",
    "delete /tmp/update.sh",
    "delete /root/.ash_history",
]
SHOWN = ["/tmp/update.sh", "/etc/shadow", "127.0.0.1:4444",
         "/root/.ash_history", "vestige tree", "vestige files", "vestige net"]


def main(demo):
    privileged.require("runc", "busybox")
    with lives.work_folder() as folder:
        path = f"{folder}/demo.vtrace"
        done = subprocess.run([sys.executable, demo, BIN, path], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=120, check=False)
        failures = [f"not shown: {text}" for text in SHOWN
                    if text not in done.stdout]
        if done.returncode != 0:
            failures.append(f"exit code {done.returncode}: {done.stderr}")
        if os.path.exists(path):
            failures += facts.missing(Trace(path), FACTS)
        else:
            failures.append("no trace is left")
    print("\n".join(failures) if failures else "the demo tells the break-in")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
