#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Containers selected by what they are, those that come later too.
usage: selection_test.py CASE, a function below without its "case_"."""
import contextlib
import glob
import json
import os
import subprocess
import sys
import time

import lives
import privileged
import replay
import rootfs
import runtimes
from recorder import Recorder
from watcher import wait_until

SCRIPT = """: > /tmp/{marker}
sleep {seconds}
"""


def configure(place, annotation, cgroup):
    """runc keeps an OCI bundle's annotations as labels."""
    path = f"{place}/config.json"
    config = json.load(open(path, encoding="utf-8"))
    if annotation:
        config["annotations"] = dict([annotation.split("=")])
    if cgroup:
        config["linux"]["cgroupsPath"] = cgroup
    json.dump(config, open(path, "w", encoding="utf-8"))


@contextlib.contextmanager
def container(folder, name, annotation=None, seconds=2, cgroup=None):
    place = f"{folder}/{name}"
    os.mkdir(place)
    root = rootfs.make(f"{place}/rootfs", SCRIPT.format(
        marker=f"mark-{name}", seconds=seconds))
    runtime = runtimes.Runc(place, root)
    # One place for all, so that the agent can be told it.
    runtime.args = ["--root", f"{folder}/state"]
    configure(place, annotation, cgroup)
    runtime.start(name)
    try:
        yield runtime
    finally:
        runtime.delete(name)


def check(claim, what):
    if not claim:
        raise AssertionError(what)


def marks(path):
    trace = replay.Trace(path)
    check(trace.info["complete"], trace.info["sentence"])
    return {row["path"] for row in trace.files
            if row["op"] == "create" and row["path"].startswith("/tmp/mark-")}


def expect(folder, names):
    """One file for each, with what that container did and no other."""
    found = {os.path.basename(path)[:-len(".vtrace")]: marks(path)
             for path in glob.glob(f"{folder}/out/*.vtrace")}
    check(found == {name: {f"/tmp/mark-{name}"} for name in names}, found)


def recorder(folder, *selection):
    return Recorder(f"{folder}/out", "--no-sign", "--runc-root",
                    f"{folder}/state", *selection).wait_ready()


def case_label():
    """Some run already, some come, some are excluded, some are others."""
    tag = f"vestige.case={os.getpid()}"
    names = [lives.unique(f"label_{i}") for i in range(4)]
    before, later, excluded, other = names
    with lives.work_folder() as folder, contextlib.ExitStack() as stack:
        first = stack.enter_context(container(folder, before, tag))
        agent = recorder(folder, "--label", tag, "--exclude", excluded)
        first.release(before)
        for name, annotation in ((later, tag), (excluded, tag), (other, None)):
            created = stack.enter_context(container(folder, name, annotation))
            if name == later:
                wait_until(lambda: glob.glob(f"{folder}/out/{later}*"),
                           f"the trace of {later}")
            created.release(name)
        for name in (before, later):
            wait_until(lambda path=f"{folder}/out/{name}.vtrace":
                       os.path.exists(path), f"the trace of {name}")
        check(agent.process.poll() is None, "it does not wait for more")
        check(agent.stop() == 0, agent.messages())
        expect(folder, [before, later])


def case_same_name():
    """Two containers of one name, one after the other, are two files."""
    tag = f"vestige.case={os.getpid()}"
    name = lives.unique("twice")
    with lives.work_folder() as folder:
        agent = recorder(folder, "--label", tag)
        paths = [f"{folder}/out/{name}.vtrace", f"{folder}/out/{name}-2.vtrace"]
        for path in paths:
            with container(folder, name, tag, 0.5) as runtime:
                wait_until(lambda path=path: glob.glob(path + "*"),
                           f"the beginning of {path}")
                runtime.release(name)
                wait_until(lambda path=path: os.path.exists(path), path)
            os.rename(f"{folder}/{name}", path + ".bundle")
        check(agent.stop() == 0, agent.messages())
        for path in paths:
            check(marks(path) == {f"/tmp/mark-{name}"}, marks(path))


def case_pid():
    """One of its processes stands for a container."""
    name = lives.unique("by_pid")
    with lives.work_folder() as folder:
        path = f"{folder}/x.vtrace"
        with container(folder, name) as runtime:
            pid = str(json.loads(subprocess.run(
                ["runc", *runtime.args, "state", name], capture_output=True,
                check=True).stdout)["pid"])
            agent = Recorder(path, "--no-sign", "--pid", pid).wait_ready()
            runtime.release(name)
            check(agent.wait_end() == 0, agent.messages())
        check(marks(path) == {f"/tmp/mark-{name}"}, marks(path))
        known = replay.Trace(path).info["container"]
        check(known["name"] == name and known["runtime"] == "runc", known)
        refused = Recorder(f"{folder}/y.vtrace", "--no-sign", "--pid", pid)
        check(refused.wait_end() == 4, refused.messages())


def case_host():
    """Everything is recorded but what the agent itself does."""
    with lives.work_folder() as folder:
        path = f"{folder}/x.vtrace"
        agent = Recorder(path, "--no-sign", "--host").wait_ready()
        for _ in range(20):
            subprocess.run(["touch", f"{folder}/mark-host"], check=True)
        check(agent.stop() == 0, agent.messages())
        trace = replay.Trace(path)
        check(any(row["path"] == f"{folder}/mark-host" for row in trace.files),
              "nothing of what was done")
        own = [row for row in trace.files if row["path"].startswith(path) and
               row["op"] == "write"]
        check(not own, f"it recorded itself: {own[:3]}")
        check(trace.info["container"]["name"] == "host", trace.info)


def cgroup_mount():
    mount = "/sys/fs/cgroup/unified"
    if os.path.exists(f"{mount}/cgroup.procs"):
        return mount
    return "/sys/fs/cgroup"


def case_slice():
    """A cgroup with a container in it is not that container."""
    name, above = lives.unique("inner"), lives.unique("slice")
    with lives.work_folder() as folder:
        path = f"{folder}/x.vtrace"
        with container(folder, name, cgroup=f"/{above}/{name}") as runtime:
            agent = Recorder(path, "--no-sign", "--runc-root",
                             f"{folder}/state", "--cgroup",
                             f"/{above}").wait_ready()
            runtime.release(name)
            wait_until(lambda: os.path.exists(
                f"{folder}/{name}/rootfs/tmp/mark-{name}"), "its mark")
            check(agent.stop() == 0, agent.messages())
        os.rmdir(f"{cgroup_mount()}/{above}")
        check(marks(path) == {f"/tmp/mark-{name}"}, marks(path))
        known = replay.Trace(path).info["container"]
        check(known["name"] == above and known["runtime"] == "none", known)


def case_empty_cgroup():
    """A cgroup may be selected before any process is in it."""
    mount = cgroup_mount()
    name = lives.unique("empty")
    os.mkdir(f"{mount}/{name}")
    try:
        with lives.work_folder() as folder:
            path = f"{folder}/x.vtrace"
            agent = Recorder(path, "--no-sign", "--cgroup",
                             f"/{name}").wait_ready()
            time.sleep(0.5)
            check(agent.process.poll() is None, "it did not wait")
            if os.fork() == 0:
                with open(f"{mount}/{name}/cgroup.procs", "w",
                          encoding="ascii") as procs:
                    procs.write(str(os.getpid()))
                os.execlp("touch", "touch", f"/tmp/mark-{name}")
            os.wait()
            check(agent.wait_end() == 0, agent.messages())
            check(marks(path) == {f"/tmp/mark-{name}"}, marks(path))
    finally:
        os.rmdir(f"{mount}/{name}")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"/tmp/mark-{name}")


if __name__ == "__main__":
    privileged.require("runc", "busybox")
    globals()[f"case_{sys.argv[1]}"]()
    print(f"{sys.argv[1]}: as it should be")
