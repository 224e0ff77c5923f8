#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An investigator opens the trace of a broken-into container, deleted since,
and finds who dropped the script, what it read and whom it called, marks that
and exports it, in at most twelve keys. The program runs in tmux; the container
is real.
usage: investigation_test.py VESTIGE_TUI DEMO"""
import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
RULES = HERE.parent.parent / "replay" / "rules" / "pack"
sys.path.insert(0, str(HERE.parent / "e2e"))

import lives  # noqa: E402
import privileged  # noqa: E402
from recorder import BIN  # noqa: E402

# Keys, and what the screen shows then.
STORY = [
    ([], ["dropped and run", "/tmp/update.sh", "127.0.0.1:4444",
          "/root/.ash_history"]),
    (["0"], ["Dropped script executed, deleted"]),
    (["Enter"], ["Why it matched", "/tmp/update.sh"]),
    (["p"], ["/bin/sh /s.sh", "/bin/sh /tmp/update.sh",
             "grep root /etc/shadow", "nc 127.0.0.1 4444"]),
    (["m"], ["marked"]),
    (["4", "G", "s"], ["Stream of connection", "root:"]),
    (["m"], ["marked"]),
    # Escape and a letter at once would be one key, Alt with it.
    (["Escape"], ["of 3 connections"]),
    (["x", "Enter"], [".jsonl: 3 connections"]),
]
MOST_KEYS = 12
# What else a real capture shows; nobody counts these keys.
MORE = [
    (["9"], ["Bookmarks", "sh"]),
    (["1"], ["What the rules found", "What stands out"]),
    (["3", "/", *"update", "Enter", "Enter"],
     ["Life of /tmp/update.sh", "create", "chmod", "exec", "delete"]),
    (["2", "C", "a", *"proc.vpid", "Enter", "q"], ["proc.vpid"]),
    (["o"], ["Top programs", "update.sh"]),
    (["t"], ["Top files", "/tmp/update.sh"]),
    # The name of its process is in the second cell.
    (["4", "L", "L", "="], ["proc.name = "]),
    (["q"], ["of 3 connections"]),
    (["5", "F4", *"proc.name=nc", "Enter"], ["filter: proc.name=nc"]),
]


class Terminal:
    """A tmux server of this test alone."""

    def __init__(self, command, folder):
        self.socket = f"vestige-investigation-{os.getpid()}"
        self.run("new-session", "-d", "-x", "140", "-y", "45", "-c", folder,
                 f"env LANG=C.UTF-8 XDG_CONFIG_HOME={folder} {command}")

    def run(self, *words):
        return subprocess.run(
            ["tmux", "-f", "/dev/null", "-L", self.socket, *words], text=True,
            capture_output=True, check=True).stdout

    def press(self, key):
        self.run("send-keys", key)

    def wait_for(self, texts):
        """The screen as soon as it shows them all; None when it never does."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
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


def follow(terminal, story):
    """How many keys it took; None when the screen did not show the story."""
    keys = 0
    for pressed, texts in story:
        for key in pressed:
            terminal.press(key)
            keys += 1
        if terminal.wait_for(texts) is None:
            return None
    return keys


def investigate(terminal):
    keys = follow(terminal, STORY)
    print(f"{keys} keys")
    return keys is not None and keys <= MOST_KEYS


def look_on(terminal):
    return follow(terminal, MORE) is not None


def main(program, demo):
    privileged.require("runc", "busybox", "tmux")
    with lives.work_folder() as folder:
        trace = f"{folder}/demo.vtrace"
        subprocess.run([sys.executable, demo, BIN, trace], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       timeout=120)
        terminal = Terminal(f"{program} -r {RULES} {trace}", folder)
        try:
            found = investigate(terminal) and look_on(terminal)
        finally:
            terminal.close()
        exported = list(pathlib.Path(folder).glob("*.jsonl"))
        print(f"exported: {exported}")
        rows = [json.loads(line) for path in exported
                if not path.name.endswith(".notes.jsonl")
                for line in path.read_text(encoding="utf-8").splitlines()]
        found = found and any("127.0.0.1:4444" in str(row) for row in rows)
        with open(f"{trace}.notes.jsonl", encoding="utf-8") as notes:
            marks = [json.loads(line)["key"] for line in notes]
    print(f"bookmarks: {marks}")
    return 0 if found and len(marks) == 2 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
