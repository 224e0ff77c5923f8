# SPDX-License-Identifier: Apache-2.0
"""The whole life of a container under the recorder, up to its deletion."""
import contextlib
import os
import shutil
import tempfile

from recorder import Recorder
from replay import Trace


@contextlib.contextmanager
def work_folder():
    """A folder of this test alone, gone afterwards."""
    folder = tempfile.mkdtemp(prefix=f"vestige-e2e-{os.getpid()}-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unique(name):
    """A container name nobody else on this machine uses."""
    return f"vestige-{name.replace('_', '-')}-{os.getpid()}"


def record(runtime, name, path, select=lambda name, identity: name):
    """Starts, records, runs and deletes container `name`; returns its Trace.

    `select` chooses what the recorder is told: name or part of the id."""
    runtime.start(name)
    recorder = None
    try:
        selector = select(name, runtime.identity(name))
        recorder = Recorder(path, "--container", selector).wait_ready()
        runtime.release(name)
        runtime.wait(name)
    finally:
        runtime.delete(name)
        if recorder is not None:
            code = recorder.wait_end()
    if code != 0:
        raise AssertionError(f"vestige-capture: {code}, {recorder.messages()}")
    return Trace(path)
