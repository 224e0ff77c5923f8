# SPDX-License-Identifier: Apache-2.0
"""vestige-capture watch as its user runs it, with a control socket and a
folder of its own."""
import json
import os
import pathlib
import signal
import subprocess
import time

import recorder
import replay

PATIENCE_S = 60


def wait_until(claim, what):
    end = time.monotonic() + PATIENCE_S
    while True:
        found = claim()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"in vain: {what}")
        time.sleep(0.05)


class Watcher:
    def __init__(self, folder, *options):
        self.folder = pathlib.Path(folder)
        self.evidence = self.folder / "evidence"
        self.socket = self.folder / "control.sock"
        self.log = self.folder / "watch.log"
        self.process = subprocess.Popen(
            [f"{recorder.BIN}/vestige-capture", "watch", "--control",
             self.socket, "-o", self.evidence, "--no-sign", *options],
            stdin=subprocess.DEVNULL, stderr=open(self.log, "wb"))
        try:
            wait_until(self._is_ready, "the daemon listens")
        except BaseException:
            self.close()
            raise

    def _is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"it ended: {self.log.read_text()}")
        return "watching" in self.log.read_text()

    def ask(self, *words):
        """The daemon's answer, through the program."""
        done = subprocess.run(
            [f"{recorder.BIN}/vestige-capture", *words, "--json", "--control",
             self.socket], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=PATIENCE_S)
        if not done.stdout:
            raise AssertionError(f"{words}: {done.stderr}")
        return json.loads(done.stdout)

    def watched(self, name):
        return next((one for one in self.ask("list")["containers"]
                     if one["name"] == name), None)

    def wait_watched(self, name):
        return wait_until(lambda: self.watched(name), f"{name} is watched")

    def files(self):
        """Complete ones."""
        return sorted(self.evidence.glob("*.vtrace"))

    def wait_file(self, count=1):
        wait_until(lambda: len(self.files()) >= count,
                   f"{count} evidence files; {self.log.read_text()}")
        return replay.Trace(str(self.files()[count - 1]))

    def close(self):
        """Its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


def triggers(trace):
    return [(one["source"], one["reason"])
            for one in trace.info["flight"]["triggers"]]


def created(trace):
    return {row["path"] for row in trace.files if row["op"] == "create"}


def verdict(trace):
    return replay.run("verify", trace.path).stdout.strip()


def memory_limit(bundle, limit):
    """Lets the kernel kill a container of runc that takes more."""
    path = os.path.join(bundle, "config.json")
    config = json.load(open(path, encoding="utf-8"))
    config["linux"].setdefault("resources", {})["memory"] = {
        "limit": limit, "swap": limit}
    json.dump(config, open(path, "w", encoding="utf-8"))
