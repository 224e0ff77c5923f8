#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records a container that somebody enters by `runc exec`, `docker exec`,
`podman exec` or, as kubectl does, by a task of containerd; and demands that
its first process and the session are told apart from what they started.
usage: session_test.py E2E runc|docker|podman|containerd"""
import sys

sys.path.insert(0, sys.argv[1])
import lives  # noqa: E402
import privileged  # noqa: E402
import rootfs  # noqa: E402
import runtimes  # noqa: E402
from recorder import Recorder  # noqa: E402
from replay import Trace  # noqa: E402

SCRIPT = "sleep 0.1\nwhile [ ! -e /over ]; do sleep 0.05; done\n"
SESSION = "sleep 0.01; echo from-session > /by-session; : > /over"


def record(folder, kind):
    root = rootfs.make(f"{folder}/rootfs", SCRIPT, {}, False)
    runtime = runtimes.ALL[kind](folder, root)
    name = lives.unique(f"session-{kind}")
    path = f"{folder}/session.vtrace"
    recorder = None
    try:
        runtime.start(name)
        recorder = Recorder(path, "--container", name).wait_ready()
        runtime.release(name)
        runtime.enter(name, "/bin/sh", "-c", SESSION)
        runtime.wait(name)
    finally:
        runtime.delete(name)
        runtime.close()
        if recorder is not None:
            recorder.wait_end()
    return Trace(path)


def complaints(trace):
    by_id = {process["process"]: process for process in trace.processes}

    def entry_of(number):
        while number in by_id:
            if by_id[number]["entry"]:
                return by_id[number]["entry"]
            number = by_id[number]["parent"]
        return None

    def entries(argv):
        return {entry_of(process["process"]) for process in trace.processes
                if any(run["argv"][:len(argv)] == argv
                       for run in process["execs"])}

    for argv, expected in ((["/bin/sh", "/s.sh"], {"init"}),
                           (["/bin/sh", "-c", SESSION], {"session"})):
        if entries(argv) != expected:
            yield f"{argv}: came in as {entries(argv)}, not {expected}"
    writer = next((row["process"] for row in trace.files
                   if row["path"] == "/by-session" and row["op"] == "create"),
                  None)
    if entry_of(writer) != "session":
        yield f"/by-session was made by {writer}, {entry_of(writer)}"


def main(kind):
    privileged.require("busybox", *runtimes.ALL[kind].programs)
    with lives.work_folder() as folder:
        trace = record(folder, kind)
        found = list(complaints(trace))
        for complaint in found:
            print(complaint)
        for process in trace.processes if found else ():
            print(process["process"], process["parent"], process["comm"],
                  process["entry"], process["selected"], process["ns_pid"])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[2]))
