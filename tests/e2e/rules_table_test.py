#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real containers make rules fire, and come close: see upstream_rules.txt.

usage: rules_table_test.py TABLE ACTOR RULES...
TABLE is upstream or pack, ACTOR the program tests/programs/actor, RULES are
rule files or folders of them."""
import collections
import contextlib
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import time

import jsonschema

import lives
import privileged
import replay
import rootfs
import rules_table
import runtimes
from recorder import Recorder

HERE = pathlib.Path(__file__).parent
# By number.
CAPABILITIES = [f"CAP_{name}" for name in (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID "
    "SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW "
    "IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT "
    "SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD "
    "LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG "
    "WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF "
    "CHECKPOINT_RESTORE").split()]
PATIENCE_S = 60

# Each case has a folder of its own: a program that is being copied cannot run.
PRELUDE = """PATH={bin}:/usr/sbin:/usr/bin:/sbin:/bin
named() {{
  mkdir -p {run}/$$
  program={run}/$$/$1
  cp {bin}/actor $program
  shift
  $program "$@"
}}
"""
# Cases beside each other would meet at ports; the one that waits does not.
RUN_ALL = """PATH={bin}:/usr/sbin:/usr/bin:/sbin:/bin
for case in {cases}/*; do
  if grep -q read-later "$case"; then sh "$case" & else sh "$case"; fi
done < /dev/null > /dev/null 2>&1
wait
"""
MAIN = """for address in 203.0.113.9 203.0.113.10 203.0.113.11 203.0.113.12 \\
  203.0.113.13 169.254.169.254 169.254.169.253 10.9.9.9; do
  ip addr add $address/32 dev lo
done
actor serve 22 x 80 x 443 x 10250 x 30080 x 29999 x 8081 "$(printf '\\312\\376\\272\\276')"
. /all.sh
touch /tmp/ran
while [ ! -e /tmp/end ]; do sleep 0.05; done
"""
EXISTING = ["/etc/cron.d/old", "/root/.ssh/id_rsa", "/root/.bashrc",
            "/root/.profile", "/opt/liblzma.so.5.6.1", "/opt/liblzma.so.5.4.1",
            "/etc/apt/old", "/etc/apt.old/old", "/usr/bin/old",
            "/usr/share/old", "/boot/old", "/srv/old", "/var/lib/rpm/old",
            "/var/log/syslog", "/hosts/etc/hosts", "/host/etc/old",
            "/root/.ssh/id_rsa.pub", "/root/.bash_history", "/srv/log/auth.log",
            "/root/.bash_logout", "/var/log/auth.log",
            "/var/spool/cron/old", "/etc/systemd/system/old.service",
            "/var/run/secrets/kubernetes.io/serviceaccount/token"]


def write_cases(folder, cases, place, **paths):
    """One script per case of the place."""
    folder.mkdir()
    for case in cases:
        if case.place == place:
            (folder / case.name).write_text(
                PRELUDE.format(**paths) + case.script + "\n")


def make_root(folder, cases, place, script, actor):
    paths = {"bin": "/bin", "run": "/run/x"}
    root = rootfs.make(folder, script, {path: "\n" for path in EXISTING})
    for program in (pathlib.Path(actor), pathlib.Path(actor).with_name(
            "swapped_path")):
        shutil.copy(program, root / "bin")
    (root / "run/x").mkdir()
    (root / "run/x").chmod(0o1777)
    (root / "all.sh").write_text(RUN_ALL.format(cases="/cases", **paths))
    write_cases(root / "cases", cases, place, **paths)
    return root


def change_config(bundle, change):
    path = pathlib.Path(bundle) / "config.json"
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))


def own_capabilities():
    """The names of what this process may hand on; nothing can hand on more."""
    status = pathlib.Path("/proc/self/status").read_text()
    bounding = int(re.search(r"CapBnd:\s*(\w+)", status)[1], 16)
    return [name for bit, name in enumerate(CAPABILITIES)
            if bounding >> bit & 1]


def privilege(config):
    config["process"]["capabilities"] = {
        kind: own_capabilities() for kind in (
            "bounding", "effective", "permitted")}
    config["linux"]["resources"]["devices"] = [{"allow": True,
                                                "access": "rwm"}]
    config["linux"]["maskedPaths"] = config["linux"]["readonlyPaths"] = []
    for mount in config["mounts"]:
        if mount["destination"] == "/dev/shm":
            mount["options"].remove("noexec")
    config["mounts"].append({
        "destination": "/host/etc", "type": "bind", "source": "/etc",
        "options": ["rbind", "ro"]})
    config["annotations"] = {"io.kubernetes.pod.namespace": "shop"}


def unprivilege(config):
    config["process"]["capabilities"] = {}
    config["process"]["user"] = {"uid": 1000, "gid": 1000}


@contextlib.contextmanager
def overlay(lower, folder):
    """A writable view of `lower`, as container runtimes make it."""
    parts = {name: folder / name for name in ("upper", "work", "merged")}
    for part in parts.values():
        part.mkdir()
    subprocess.run(
        ["mount", "-t", "overlay", "overlay", "-o",
         f"lowerdir={lower},upperdir={parts['upper']},workdir={parts['work']}",
         parts["merged"]], check=True)
    try:
        yield parts["merged"]
    finally:
        subprocess.run(["umount", "-l", parts["merged"]], check=True)


def wait_for(path):
    end = time.monotonic() + PATIENCE_S
    while not path.exists():
        if time.monotonic() > end:
            raise AssertionError(f"in vain: {path}")
        time.sleep(0.05)


def execute(runtime, name, case, terminal):
    """The case's words by `runc exec`, not by a shell."""
    command = ["runc", *runtime.args, "exec", *(["-t"] if terminal else []),
               name, *case.script.format(case=f"/cases/{case.name}").split()]
    if not terminal:
        subprocess.run(command, stdin=subprocess.DEVNULL, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return
    child, screen = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    with contextlib.suppress(OSError):
        while os.read(screen, 4096):
            pass
    os.close(screen)
    os.waitpid(child, 0)


def record_main(folder, cases, actor):
    folder.mkdir()
    lower = make_root(folder / "lower", cases, "main", MAIN, actor)
    with overlay(lower, folder) as merged:
        runtime = runtimes.Runc(folder, merged)
        change_config(folder, privilege)
        name = lives.unique("rules-main")
        try:
            runtime.start(name)
            recorder = Recorder(folder / "trace", "--container",
                                name).wait_ready()
            runtime.release(name)
            wait_for(merged / "tmp/ran")
            for case in cases:
                if case.place in ("exec", "terminal"):
                    execute(runtime, name, case, case.place == "terminal")
            (merged / "tmp/end").touch()
            runtime.wait(name)
        finally:
            runtime.delete(name)
        recorder.wait_end()
    return folder / "trace"


def record_plain(folder, cases, actor):
    folder.mkdir()
    root = make_root(folder / "root", cases, "plain", ". /all.sh", actor)
    runtime = runtimes.Runc(folder, root)
    change_config(folder, unprivilege)
    trace = lives.record(runtime, lives.unique("rules-plain"),
                         folder / "trace")
    return trace.path


def record_host(folder, cases, actor):
    for name in ("bin", "run"):
        (folder / name).mkdir(parents=True)
    shutil.copy(actor, folder / "bin/actor")
    paths = {"bin": folder / "bin", "run": folder / "run"}
    write_cases(folder / "cases", cases, "host", **paths)
    (folder / "all.sh").write_text(
        RUN_ALL.format(cases=folder / "cases", **paths))
    Recorder(folder / "trace", "--", "sh", folder / "all.sh").wait_end()
    return folder / "trace"


def findings(rules, trace):
    """Which rules found something, by case; "" for all of the trace."""
    done = replay.run("rules", "--json", *rules, trace)
    if done.returncode not in (0, 1):
        raise AssertionError(done.stderr)
    found = collections.defaultdict(set)
    for line in done.stdout.splitlines():
        finding = json.loads(line)
        found[""].add(finding["rule"])
        for process in finding["vestige"]["process_chain"]:
            for case in re.findall(r"cases/(\d+-\w+)", process["command"]):
                found[case].add(finding["rule"])
    return found


def broken_forms(rules, trace):
    """What in the forms of others is not as their formats demand."""
    faults = []
    for form, name, is_lines in (
            ("json", "falco", True), ("sarif", "sarif", False),
            ("navigator", "navigator", False), ("ocsf", "ocsf", True),
            ("timesketch", "timesketch", True)):
        schema = json.loads((HERE / f"schemas/{name}.json").read_text())
        done = replay.run("rules", "--as", form, *rules, trace)
        texts = done.stdout.splitlines() if is_lines else [done.stdout]
        for text in texts:
            for error in jsonschema.Draft7Validator(schema).iter_errors(
                    json.loads(text)):
                faults.append(f"{form}: {list(error.path)}: {error.message}")
        if not texts:
            faults.append(f"{form}: nothing")
    return faults


def is_as_said(case, found):
    if case.place == "start":
        return (case.rule in found[case.script][""]) == case.fires
    place = "main" if case.place in ("exec", "terminal") else case.place
    return (case.rule in found[place][case.name]) == case.fires


def main(table, actor, *files):
    privileged.require("runc", "busybox")
    rules = ["--with-disabled", *(f"--rules={file}" for file in files)]
    cases = [case for rule in rules_table.load(table)
             for case in (rule.hit, rule.miss) if case]
    places = {"main": record_main, "plain": record_plain, "host": record_host}
    with lives.work_folder() as work:
        folder = pathlib.Path(work)
        traces = {place: record(folder / place, cases, actor)
                  for place, record in places.items()}
        found = {place: findings(rules, trace)
                 for place, trace in traces.items()}
        faults = broken_forms(rules, traces["main"])
    wrong = [case for case in cases if not is_as_said(case, found)]
    for case in wrong:
        print(f"{case.rule}: {'does not fire' if case.fires else 'fires'} "
              f"for {case.name} ({case.place}: {case.script})")
    for fault in faults[:20]:
        print(fault)
    print(f"{len(cases) - len(wrong)} of {len(cases)} cases as said, "
          f"{len(faults)} faults of form")
    return 1 if wrong or faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
