#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The flight recorder on real containers.
usage: watch_test.py CASE, a function below without its "case_"."""
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time

import lives
import privileged
import replay
import rootfs
import runtimes
import watcher

# A numbered file every so often, for as long as anybody looks.
TICKS = """i=0
while [ $i -lt 2000 ]; do
  : > /tmp/tick.$i
  i=$((i + 1))
  sleep 0.05
done
"""
# Fills rings: many different names, as fast as it goes.
NOISE = """i=0
while [ $i -lt 3000000 ]; do
  [ -e /tmp/no.$i.$$ ]
  i=$((i + 1))
done
"""


@contextlib.contextmanager
def container(folder, name, script, change=None, root=None):
    """Not yet started: `release` lets it run. `root`: where runc keeps what
    it knows, if not in a place of its own."""
    place = f"{folder}/{name}"
    os.mkdir(place)
    runtime = runtimes.Runc(place, rootfs.make(f"{place}/rootfs", script))
    if root:
        runtime.args = ["--root", root]
    if change:
        change(place)
    runtime.start(name)
    try:
        yield runtime
    finally:
        runtime.delete(name)


@contextlib.contextmanager
def watching(folder, *options):
    made = watcher.Watcher(folder, *options)
    try:
        yield made
    finally:
        made.close()


def check(claim, what):
    if not claim:
        raise AssertionError(what)


def ticks_of(trace):
    return sorted(int(path.rsplit(".", 1)[1])
                  for path in watcher.created(trace) if "/tick." in path)


def run_one(script, options, act, change=None):
    """Watches one container that runs `script`; returns what `act` does."""
    name = lives.unique("watched")
    with lives.work_folder() as folder, \
            container(folder, name, script, change) as runtime, \
            watching(folder, "-c", name, *options) as daemon:
        daemon.wait_watched(name)
        runtime.release(name)
        return act(daemon, name, folder)


def case_past_and_future():
    """On command, one intact file with what was before and after."""
    def act(daemon, name, folder):
        time.sleep(6)
        root = f"{folder}/{name}/rootfs/tmp"
        now = max(int(f.split(".")[1]) for f in os.listdir(root)
                  if f.startswith("tick."))
        answer = daemon.ask("trigger", name, "--reason", "case 17")
        check(answer["outcome"] == "begun", answer)
        again = daemon.ask("trigger", name, "--reason", "and again")
        check(again["outcome"] == "joined", again)
        trace = daemon.wait_file()
        ticks = ticks_of(trace)
        check(ticks == list(range(ticks[0], ticks[-1] + 1)), f"gaps: {ticks}")
        check(ticks[0] > 0, "it holds more than it was to keep")
        check(now - ticks[0] >= 2 / 0.06 / 2, f"the past is short: {ticks}")
        check(ticks[-1] - now > 5, f"the future is short: {now}, {ticks}")
        check(watcher.triggers(trace) == [("command", "case 17"),
                                          ("command", "and again")],
              trace.info["flight"])
        check(trace.info["flight"]["released_events"] > 0, "nothing let go?")
        check("intact" in watcher.verdict(trace), watcher.verdict(trace))
        check(trace.info["complete"] and not [
            one for one in trace.info["losses"] if one["severity"] == "events"],
            trace.info["losses"])
        mode = os.stat(trace.path).st_mode & 0o777
        check(mode == 0o600, oct(mode))
    run_one(TICKS, ["--before", "2", "--after", "1"], act)


def case_signal():
    def act(daemon, _name, _folder):
        daemon.process.send_signal(signal.SIGUSR1)
        check(watcher.triggers(daemon.wait_file()) == [("signal", "SIGUSR1")],
              "SIGUSR1 is not told")
    run_one(TICKS, ["--after", "0.5"], act)


def case_rule():
    """A condition on events, checked in the agent."""
    rule = "openat path=/etc/shadow result=ok"

    def act(daemon, _name, _folder):
        trace = daemon.wait_file()
        check(watcher.triggers(trace) == [("rule", rule)],
              trace.info["flight"])
        detail = trace.info["flight"]["triggers"][0]["detail"]
        check("/etc/shadow" in detail, detail)
        check("/tmp/before" in watcher.created(trace), "the past is missing")
    run_one(": > /tmp/before\ncat /etc/shadow /etc/nothing\nsleep 30\n",
            ["--after", "0.5", "--trigger-on", rule], act)


def case_exit():
    """A container that fails leaves its last words; one that does not, no
    file."""
    def act(daemon, _name, _folder):
        trace = daemon.wait_file()
        check(watcher.triggers(trace) == [("exit", "exit code 3")],
              trace.info["flight"])
        check(trace.info["end_reason"] == "container gone", trace.info)
        check("/tmp/last" in watcher.created(trace), "the past is missing")
    run_one("sleep 1\n: > /tmp/last\nexit 3\n", [], act)

    def act_well(daemon, name, _folder):
        watcher.wait_until(lambda: not daemon.watched(name)["running"], "end")
        # What it did can still be asked for.
        check(daemon.ask("trigger", name)["outcome"] == "begun", "too late")
        trace = daemon.wait_file()
        check(watcher.triggers(trace) == [("command", None)],
              trace.info["flight"])
    run_one("sleep 1\nexit 0\n", [], act_well)


def case_oom():
    """The kernel kills a child for want of memory; the container goes on."""
    script = """sh -c 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done'
sleep 30
"""

    def act(daemon, _name, _folder):
        trace = daemon.wait_file()
        check([one[0] for one in watcher.triggers(trace)] == ["oom"],
              trace.info["flight"])
    run_one(script, ["--after", "0.5"], act,
            lambda place: watcher.memory_limit(place, 32 << 20))


def case_storm():
    """Many triggers, few files; none goes unmentioned."""
    def act(daemon, name, _folder):
        for _ in range(20):
            daemon.process.send_signal(signal.SIGUSR1)
            time.sleep(0.03)
        daemon.wait_file()
        for _ in range(5):
            check(daemon.ask("trigger", name)["outcome"] == "muted", "a storm")
        time.sleep(3)
        check(daemon.ask("trigger", name)["outcome"] == "begun", "still muted")
        trace = daemon.wait_file(2)
        check(trace.info["flight"]["muted_triggers"] == 5,
              trace.info["flight"])
        check(daemon.ask("status")["muted_triggers"] == 5, "status differs")
    run_one(TICKS, ["--after", "0.5", "--cooldown", "3"], act)


def case_pid():
    """One of its processes stands for a container."""
    name = lives.unique("watched_pid")
    with lives.work_folder() as folder, \
            container(folder, name, TICKS) as runtime:
        pid = json.loads(subprocess.run(
            ["runc", *runtime.args, "state", name], capture_output=True,
            check=True).stdout)["pid"]
        with watching(folder, "--pid", str(pid), "--after", "0.5") as daemon:
            daemon.wait_watched(name)
            runtime.release(name)
            watcher.wait_until(lambda: os.path.exists(
                f"{folder}/{name}/rootfs/tmp/tick.3"), "a few ticks")
            daemon.ask("trigger", name)
            trace = daemon.wait_file()
            check(ticks_of(trace)[:3] == [0, 1, 2], ticks_of(trace))
            check(trace.info["container"]["runtime"] == "runc", trace.info)


def case_host():
    """Everything but the daemon itself, as one ring."""
    with lives.work_folder() as folder, \
            watching(folder, "--host", "--after", "0.5") as daemon:
        daemon.wait_watched("host")
        for i in range(5):
            subprocess.run(["touch", f"{folder}/mark.{i}"], check=True)
        daemon.ask("trigger", "host", "--reason", "all of it")
        trace = daemon.wait_file()
        made = watcher.created(trace)
        check({f"{folder}/mark.{i}" for i in range(5)} <= made, made)
        own = [row for row in trace.files if row["op"] == "write" and
               str(daemon.evidence) in row["path"]]
        check(not own, f"it watched itself: {own[:3]}")


def case_encrypted():
    """What it writes opens only for whom it is meant."""
    name = lives.unique("watched_secret")
    with lives.work_folder() as folder, \
            container(folder, name, TICKS) as runtime:
        for key in ("reader", "stranger"):
            replay.run("keygen", f"{folder}/{key}")
        with watching(folder, "-c", name, "--after", "0.5", "--encrypt-to",
                      f"{folder}/reader.pub") as daemon:
            daemon.wait_watched(name)
            runtime.release(name)
            watcher.wait_until(lambda: os.path.exists(
                f"{folder}/{name}/rootfs/tmp/tick.3"), "a few ticks")
            daemon.ask("trigger", name, "--reason", "case 18")
            path = daemon.wait_file().path
        done = replay.run("tree", path)
        check(done.returncode == 3 and "is encrypted" in done.stderr, done)
        done = replay.run("tree", path, "--identity", f"{folder}/stranger")
        check(done.returncode == 3, done)
        done = replay.run("verify", path)
        check(done.returncode == 0 and "intact" in done.stdout, done)
        done = replay.run("info", path)
        check("case 18" in done.stdout, done)
        done = replay.run("files", path, "--identity", f"{folder}/reader")
        check("/tmp/tick.0" in done.stdout and "/tmp/tick.3" in done.stdout,
              done)


def case_noisy_neighbour():
    """A container that makes noise cannot push out what a quiet one did."""
    quiet, noisy = lives.unique("quiet"), lives.unique("noisy")
    with lives.work_folder() as folder, \
            container(folder, quiet, TICKS) as calm, \
            container(folder, noisy, NOISE) as loud, \
            watching(folder, "-c", quiet, "-c", noisy, "--memory", "2MiB",
                     "--ring-memory", "64MiB", "--after", "0.5") as daemon:
        daemon.wait_watched(quiet)
        daemon.wait_watched(noisy)
        calm.release(quiet)
        loud.release(noisy)
        watcher.wait_until(
            lambda: daemon.watched(noisy)["evicted_events"] > 0, "eviction")
        check(daemon.watched(quiet)["evicted_events"] == 0, "it was pushed out")
        status = daemon.ask("status")
        check(status["ring_bytes"] <= 2 << 20, status)
        daemon.ask("trigger", noisy)
        daemon.ask("trigger", quiet)
        watcher.wait_until(lambda: len(daemon.files()) == 2, "two files")
        by_name = {one.info["container"]["name"]: one for one in (
            daemon.wait_file(1), daemon.wait_file(2))}
        ticks = ticks_of(by_name[quiet])
        check(ticks == list(range(len(ticks))), f"not from the start: {ticks}")
        losses = {one["reason"]: one["count"]
                  for one in by_name[noisy].info["losses"]}
        check(losses.get("evicted from memory", 0) > 0,
              f"the file does not tell what is missing: {losses}")
        check("intact" in watcher.verdict(by_name[noisy]), "not intact")


def post(port, body, token):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/falco", body,
                       {"Authorization": f"Bearer {token}"})
    return connection.getresponse().status


def case_falco():
    """An alert of Falco, with the token, asks for evidence."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = "0123456789abcdef0123456789abcdef"
    with lives.work_folder() as tokens:
        path = f"{tokens}/token"
        with open(path, "w", encoding="utf-8", opener=lambda name, flags:
                  os.open(name, flags, 0o600)) as file:
            file.write(token + "\n")

        def act(daemon, name, _folder):
            alert = json.dumps({
                "rule": "Terminal shell in container", "priority": "Notice",
                "output": "A shell was spawned \u202e\x1b[31m",
                "output_fields": {"container.id": name[:-1]}})
            check(post(port, alert, "wrong") == 401, "a wrong token is taken")
            check(post(port, "{}", token) == 400, "no alert is taken")
            check(post(port, "x" * 200_000, token) == 413, "any size is taken")
            check(post(port, alert, token) == 202, "the alert is refused")
            trace = daemon.wait_file()
            check(watcher.triggers(trace) == [
                ("http", "Terminal shell in container")], trace.info["flight"])
            detail = trace.info["flight"]["triggers"][0]["detail"]
            check(json.loads(detail) == json.loads(alert), detail)
        run_one(TICKS, ["--after", "0.5", "--http", str(port),
                        "--http-token", path], act)


def case_control():
    """The socket is the owner's alone and takes no nonsense."""
    def act(daemon, name, _folder):
        check(os.stat(daemon.socket).st_mode & 0o777 == 0o600, "its mode")
        for line in (b"\n", b"nonsense\n", b"[]\n", b'{"command": 7}\n',
                     b'{"command": "trigger"}\n', b"[" * 60000 + b"\n",
                     b'{"command": "trigger", "container": "\xff\\u0000"}\n'):
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(30)
                peer.connect(str(daemon.socket))
                peer.sendall(line)
                answer = json.loads(peer.makefile().readline())
                check(not answer["ok"] and answer["error"], answer)
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(30)
            peer.connect(str(daemon.socket))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                peer.sendall(b"x" * 1_000_000)
        check(daemon.watched(name)["running"], "it forgot the container")
        check(daemon.ask("stop")["ok"], "it does not stop")
        check(daemon.process.wait(30) == 0, "its exit code")
        check(not daemon.socket.exists(), "it leaves its socket behind")
    run_one(TICKS, [], act)


def case_later_containers():
    """Containers that start while it watches are watched from the start."""
    names = [lives.unique(f"later_{i}") for i in range(3)]
    excluded = names[0]
    with lives.work_folder() as folder, contextlib.ExitStack() as stack:
        root = f"{folder}/state"
        daemon = stack.enter_context(
            watching(folder, "--all", "--exclude", excluded, "--after", "0.5",
                     "--runc-root", root))
        for name in names:
            made = stack.enter_context(container(folder, name, TICKS,
                                                 root=root))
            if name != excluded:
                daemon.wait_watched(name)
            made.release(name)
        check(not daemon.watched(excluded), "excluded, but watched")
        daemon.ask("trigger", names[1])
        trace = daemon.wait_file()
        check(trace.info["container"]["runtime"] == "runc", trace.info)
        check(ticks_of(trace)[0] <= 1, ticks_of(trace))


if __name__ == "__main__":
    privileged.require("runc", "busybox")
    globals()[f"case_{sys.argv[1]}"]()
    print(f"{sys.argv[1]}: as it should be")
