#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Containers that are over before anybody could look at them.
usage: brief_test.py CASE, a function below without its "case_"."""
import contextlib
import glob
import json
import os
import pathlib
import subprocess
import sys

import lives
import privileged
import replay
import rootfs
import runtimes
from recorder import Recorder
from watcher import Watcher, triggers, wait_until

COUNT = 20


def check(claim, what):
    if not claim:
        raise AssertionError(what)


def bundle(folder, name, program, annotations):
    """For any number of containers, one after the other."""
    place = f"{folder}/{name}"
    os.mkdir(place)
    runtimes.make_bundle(place, rootfs.make(f"{place}/rootfs", ""))
    path = pathlib.Path(place) / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["process"]["args"] = program
    config["annotations"] = annotations
    path.write_text(json.dumps(config), encoding="utf-8")
    return place


def run(folder, place, name):
    """Made, run to its end and deleted by one command."""
    return subprocess.run(
        ["runc", "--root", f"{folder}/state", "run", "--bundle", place, name],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, check=False).returncode


@contextlib.contextmanager
def recording(folder, *selection):
    agent = Recorder(f"{folder}/out", "--no-sign", *selection)
    try:
        yield agent.wait_ready()
    finally:
        agent.stop()
        print(agent.messages())


def names_in(folder):
    return {os.path.basename(path)[:-len(".vtrace")]
            for path in glob.glob(f"{folder}/out/*.vtrace")}


def check_whole(path, name, program, code):
    """It has the whole life of that container, and nothing else."""
    trace = replay.Trace(path)
    info = trace.info
    check(info["complete"], info)
    missing = [one for one in info["losses"] if one["severity"] == "events" or
               one["reason"] == "not selected in time"]
    check(not missing, missing)
    check(info["container"]["name"] == name, info["container"])
    ran = [one for one in trace.processes if program in one["argv"][:2]]
    check(len(ran) == 1, trace.processes)
    check(ran[0]["exit_code"] == code, ran[0])


def case_runc():
    """Twenty that are wanted, each with its own file; others leave none."""
    tag = f"vestige.case={os.getpid()}"
    wanted = [lives.unique(f"brief_{i}") for i in range(COUNT)]
    with lives.work_folder() as folder:
        ours = bundle(folder, "ours", ["true"], dict([tag.split("=")]))
        others = bundle(folder, "others", ["false"], {})
        with recording(folder, "--label", tag) as agent:
            for i, name in enumerate(wanted):
                check(run(folder, ours, name) == 0, name)
                if i % 4 == 0:
                    run(folder, others, lives.unique(f"other_{i}"))
            wait_until(lambda: names_in(folder) >= set(wanted),
                       "a file of each")
            check(agent.stop() == 0, agent.messages())
        check(names_in(folder) == set(wanted), names_in(folder))
        for name in wanted:
            check_whole(f"{folder}/out/{name}.vtrace", name, "true", 0)


def case_docker():
    """Chosen by their image, and removed by Docker as soon as they end."""
    with lives.work_folder() as folder:
        docker = runtimes.Docker(folder, rootfs.make(f"{folder}/root", ""))
        with contextlib.closing(docker), \
                recording(folder, "--image", "scenario:*") as agent:
            wanted = {lives.unique(f"brief_docker_{i}") for i in range(5)}
            for name in wanted:
                docker.docker("run", "--rm", "--name", name, "--network",
                              "none", "scenario:1", "/bin/true")
            wait_until(lambda: names_in(folder) >= wanted, "a file of each")
            check(agent.stop() == 0, agent.messages())
        for name in wanted:
            check_whole(f"{folder}/out/{name}.vtrace", name, "/bin/true", 0)


def case_watch():
    """How one ended that nobody saw alive is a trigger all the same."""
    tag = f"vestige.case={os.getpid()}"
    name = lives.unique("brief_failure")
    with lives.work_folder() as folder:
        place = bundle(folder, "ours", ["sh", "-c", "exit 7"],
                       dict([tag.split("=")]))
        with contextlib.closing(Watcher(folder, "--label", tag)) as watcher:
            check(run(folder, place, name) == 7, name)
            trace = watcher.wait_file()
            check(triggers(trace) == [("exit", "exit code 7")],
                  triggers(trace))
            check_whole(trace.path, name, "sh", 7)


if __name__ == "__main__":
    needed = ["dockerd", "docker"] if sys.argv[1] == "docker" else ["runc"]
    privileged.require("busybox", *needed)
    globals()[f"case_{sys.argv[1]}"]()
    print(f"{sys.argv[1]}: as it should be")
