# SPDX-License-Identifier: Apache-2.0
"""vestige-capture as a user runs it."""
import os
import signal
import subprocess
import tempfile
import time

BIN = os.environ.get("VESTIGE_BIN", "build/bin")
PATIENCE_S = 120


class Recorder:
    """One running `vestige-capture record`; stop it or wait for its end."""

    def __init__(self, trace, *selection):
        self.trace = trace
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [f"{BIN}/vestige-capture", "record", "-o", trace, *selection],
            stdin=subprocess.DEVNULL, stderr=self.errors)

    def wait_ready(self):
        """Returns once the kernel programs are attached."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.process.poll() is None:
            if "recording" in self.messages():
                return self
            time.sleep(0.01)
        raise AssertionError(f"no recording: {self.messages()}")

    def messages(self):
        self.errors.seek(0)
        return self.errors.read()

    def wait_end(self):
        """Waits until the recorder ends by itself; returns its exit code."""
        return self.process.wait(PATIENCE_S)

    def stop(self, signal_number=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.wait_end()
