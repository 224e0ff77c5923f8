#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An investigator opens the trace of a broken-into container, deleted since,
and finds who dropped the script, what it read and whom it called, in at most
twelve keys. The program runs in tmux; the container is real.
usage: investigation_test.py VESTIGE_TUI DEMO"""
import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import lives  # noqa: E402
import privileged  # noqa: E402
from recorder import BIN  # noqa: E402

# Keys, and what the screen shows then.
STORY = [
    ([], ["What stands out", "dropped and run", "/tmp/update.sh",
          "127.0.0.1:4444", "/root/.ash_history"]),
    (["j", "Enter"], ["Life of /tmp/update.sh", "create", "chmod", "exec",
                      "delete"]),
    (["p"], ["/bin/sh /s.sh", "/bin/sh /tmp/update.sh",
             "grep root /etc/shadow", "nc 127.0.0.1 4444"]),
    (["m"], ["marked"]),
    (["1"], ["What stands out"]),
    (["j", "j", "Enter"], ["of connection 127.0.0.1:4444", "connect"]),
    (["m"], ["marked"]),
    (["9"], ["Bookmarks", "127.0.0.1:4444"]),
]
MOST_KEYS = 12


class Terminal:
    """A tmux server of this test alone."""

    def __init__(self, command):
        self.socket = f"vestige-investigation-{os.getpid()}"
        self.run("new-session", "-d", "-x", "140", "-y", "45",
                 f"env LANG=C.UTF-8 {command}")

    def run(self, *words):
        return subprocess.run(
            ["tmux", "-f", "/dev/null", "-L", self.socket, *words], text=True,
            capture_output=True, check=True).stdout

    def press(self, key):
        self.run("send-keys", key)

    def wait_for(self, texts):
        """The screen as soon as it shows them all; None when it never does."""
        for _ in range(300):
            screen = self.run("capture-pane", "-p")
            if all(text in screen for text in texts):
                return screen
            time.sleep(0.05)
        missing = [text for text in texts if text not in screen]
        print(f"not on the screen: {missing}\n{screen}")
        return None

    def close(self):
        subprocess.run(["tmux", "-L", self.socket, "kill-server"],
                       capture_output=True, check=False)


def investigate(terminal):
    keys = 0
    for pressed, texts in STORY:
        for key in pressed:
            terminal.press(key)
            keys += 1
        if terminal.wait_for(texts) is None:
            return False
    print(f"{keys} keys")
    return keys <= MOST_KEYS


def main(program, demo):
    privileged.require("runc", "busybox", "tmux")
    with lives.work_folder() as folder:
        trace = f"{folder}/demo.vtrace"
        subprocess.run([sys.executable, demo, BIN, trace], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       timeout=120)
        terminal = Terminal(f"{program} {trace}")
        try:
            found = investigate(terminal)
        finally:
            terminal.close()
        with open(f"{trace}.notes.jsonl", encoding="utf-8") as notes:
            marks = [json.loads(line)["key"] for line in notes]
    print(f"bookmarks: {marks}")
    return 0 if found and len(marks) == 2 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
