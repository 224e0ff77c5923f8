#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a reconstruction against what strace saw of the same recipe.

usage: recipe_test.py FOLDER ID
FOLDER holds scenarios.py (recipes with facts), run_all.py (makes bundles)
and truth/ID.truth.json (made from strace's log of another run), as in the
folder that the CMake variable VESTIGE_RECIPES names. What depends on the
host's /usr, on pids and on random names is not compared."""
import collections
import importlib
import json
import os
import pathlib
import re
import shlex
import sys

import facts
import lives
import privileged
import runtimes

# Verbs of the recipes -> facts of ours; the others have the same name.
VERBS = {"execpath": "exec", "execpathre": "exec-match", "trunc": "truncate",
         "renameto": "renamed-to", "sendto": "send"}
# Operations of the truth -> operations of ours.
FILE_OPS = {"unlink": "delete", "rmdir": "rmdir", "mkdir": "mkdir",
            "chmod": "chmod", "chown": "chown", "truncate": "truncate",
            "open": "open", "symlink": "symlink"}
# Only what lies here is the same on every host.
COMPARED = re.compile(r"/(tmp|etc|root|home|var|mnt|s\.sh)\b")
VOLATILE = re.compile(r"/etc/(ld\.so|sed\w{6}|nsswitch|locale)|/var/run/nscd"
                      r"|/tmp/recon\.txt")  # what it found in /proc


def as_fact(must):
    verb, *arguments = must
    if verb == "argv":
        arguments = arguments[0]
    elif verb == "symlink":
        arguments = reversed(arguments)  # ours: link, then target
    elif verb == "connect":
        arguments = [arguments[0], arguments[1] or "ok"]
    elif verb == "kill":
        arguments = ["SIGKILL"]
    elif verb == "mode":
        arguments = [arguments[0], arguments[1].rjust(5, "0")]
    return shlex.join([VERBS.get(verb, verb), *map(str, arguments)])


def holds(trace, must):
    """Recipes call `create` an open with O_CREAT, `write` and `read` an open
    for that purpose too; their regular expressions match at the start."""
    if must[0] == "execpathre":
        must = (must[0], must[1].strip("^$"))
    return not facts.missing(trace, [as_fact(must)])


def is_compared(path):
    return path and COMPARED.match(path) and not VOLATILE.match(path)


def tree_of_truth(truth):
    children = collections.defaultdict(list)
    for pid, process in truth["processes"].items():
        if process["kind"] != "thread":
            children[str(process["ppid"])].append(pid)

    def shape(pid):
        runs = tuple((e["path"], tuple(e["argv"]))
                     for e in truth["processes"][pid]["execs"])
        return (runs, tuple(sorted(map(shape, children[pid]))))

    return shape(str(truth["init_host_pid"]))


def tree_of_trace(trace):
    children = collections.defaultdict(list)
    for process in trace.processes:
        children[process["parent"]].append(process)

    def shape(process):
        runs = tuple((e["filename"], as_passed(e))
                     for e in process["execs"] if not e["error"])
        return (runs, tuple(sorted(map(shape,
                                       children[process["process"]]))))

    init = next(p for p in trace.processes
                if any(e["argv"] == ["/bin/sh", "/s.sh"] for e in p["execs"]))
    return shape(init)


def as_passed(run):
    """argv before the kernel put a script's interpreter in front."""
    argv = run["argv"]
    if run["filename"] in argv[1:] and run["filename"] != argv[0]:
        argv = argv[argv.index(run["filename"]):]
    return tuple(argv)


def file_differences(truth, trace):
    ours = {(r["op"], r["path"], r["result"]) for r in trace.files}
    # The truth joins the paths of these to a directory it applied twice.
    moved = {e["pid"] for e in truth["events"] if e["op"] == "chdir"}
    for event in truth["events"]:
        op = FILE_OPS.get(event["op"])
        path = event.get("resolved") or event.get("path")
        if op is None or not is_compared(path) or event["pid"] in moved:
            continue
        if (op, path, event.get("err", "ok")) not in ours:
            yield f"{op} {path} {event.get('err', 'ok')}"


def byte_differences(truth, trace):
    expected = collections.Counter()
    for event in truth["events"]:
        path = event.get("to") or event.get("path")  # "to": of a copy
        if event["op"] in ("write", "copy") and is_compared(path):
            expected[path] += event["n"]
    for path, count in expected.items():
        got = sum(r["bytes"] for r in trace.files
                  if r["op"] == "write" and r["path"] == path)
        if got != count:
            yield f"{count} bytes written to {path}, ours {got}"


def net_differences(truth, trace):
    ours = {(r["op"], r["remote"] if r["op"] == "connect" else r["local"],
             r["result"]) for r in trace.net}
    for event in truth["events"]:
        if event["op"] in ("connect", "bind") and \
                not VOLATILE.match(event["addr"]):
            row = (event["op"], event["addr"], event.get("err", "ok"))
            if row not in ours:
                yield " ".join(row)


def differences(recipe, truth, trace):
    for must in recipe["must"]:
        if not holds(trace, must):
            yield f"the trace does not tell: {must}"
    if not trace.info["complete"]:
        yield f"the trace is not complete: {trace.info['sentence']}"
    if truth is None:
        return
    ours, theirs = tree_of_trace(trace), tree_of_truth(truth)
    if ours != theirs:
        yield f"strace's tree: {theirs}\nours:          {ours}"
    for what in (file_differences, byte_differences, net_differences):
        for difference in what(truth, trace):
            yield f"strace saw: {difference}"


def main(folder, identity):
    privileged.require("runc", "busybox")
    with lives.work_folder() as work:
        os.environ["SCENARIO_WORK"] = work
        sys.path.insert(0, folder)
        recipe = next(s for s in importlib.import_module("scenarios").S
                      if s["id"] == identity)
        importlib.import_module("run_all").mkbundle(recipe, f"{work}/bundle")
        trace = lives.record(runtimes.Runc(f"{work}/bundle"),
                             lives.unique(identity.lower()),
                             f"{work}/{identity}.vtrace")
        path = pathlib.Path(folder, "truth", f"{identity}.truth.json")
        truth = json.loads(path.read_text()) if path.exists() else None
        found = sorted(set(differences(recipe, truth, trace)))
    print("\n".join(found) if found else f"{identity}: as strace saw it")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
