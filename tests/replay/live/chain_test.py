#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One container under three recorders at once: into one file, into a series of
files, and by the flight recorder, which writes when the container fails. What
the series tells, merged, and what the flight recorder kept must be what the one
file tells: same processes, files, connections. usage: chain_test.py E2E, the
folder whose helpers are used."""
import collections
import glob
import json
import os
import sys

sys.path.insert(0, sys.argv[1])
import lives  # noqa: E402
import privileged  # noqa: E402
import rootfs  # noqa: E402
import runtimes  # noqa: E402
import watcher  # noqa: E402
from recorder import Recorder  # noqa: E402
from replay import run  # noqa: E402

ROUNDS = 10
# Across all files of the series: a descriptor, a working directory, a child
# and a renamed file that began in the first.
SCRIPT = f"""exec 5>/held
cd /tmp
sleep 1000 & child=$!
: > /began
i=0
while [ $i -lt {ROUNDS} ]; do
  echo $i >> log
  echo held >&5
  cp log copy.$i
  mv copy.$i kept.$i
  (exit $i)
  ln -s kept.$i link.$i
  cat link.$i > /dev/null
  rm -f link.$i
  nc 127.0.0.1 9 < /dev/null
  sleep 0.5
  i=$((i + 1))
done
mv /began /ended
kill $child
wait $child
exit 3
"""


def rows(command, path, *arguments):
    done = run(command, path, "--all", "--json", *arguments)
    if done.returncode != 0:
        raise AssertionError(f"vestige {command} {path}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def facts(path):
    """What must be equal, as a multiset of texts. Inside the container only:
    who started it was seen by each recorder in its own way. Too little happens
    for a pid to be used again; numbers of rows tell nothing."""
    found = rows("tree", path)
    pids = {row["process"]: row["pid"] for row in found if row["selected"]}
    out = collections.Counter()

    def add(kind, row, *keys):
        if row["process"] in pids:
            out[json.dumps([kind, pids[row["process"]],
                            *(row.get(key) for key in keys)])] += 1

    for row in found:
        row["parent"] = pids.get(row["parent"])
        row["programs"] = [[one["filename"], one["exe"], one["argv"]]
                           for one in row["execs"]]
        add("process", row, "parent", "comm", "exit_code", "exit_signal",
            "cwd", "programs")
    for row in rows("files", path):
        add("file", row, "op", "path", "to", "result", "count", "bytes",
            "inode", "deleted")
    for row in rows("net", path):
        add("net", row, "op", "result", "remote", "count", "bytes")
    return out


def record(folder):
    """The one file, the series, and what the flight recorder wrote."""
    root = rootfs.make(f"{folder}/rootfs", SCRIPT)
    runtime = runtimes.Runc(folder, root)
    name = lives.unique("chain")
    runtime.start(name)
    flight = None
    try:
        recorders = [
            Recorder(f"{folder}/one.vtrace", "--container", name),
            Recorder(f"{folder}/part.vtrace", "--container", name, "--rotate",
                     "1GiB,1s")]
        for recorder in recorders:
            recorder.wait_ready()
        flight = watcher.Watcher(folder, "-c", name, "--before", "600")
        flight.wait_watched(name)
        runtime.release(name)
        runtime.wait(name)
        kept = flight.wait_file().path
    finally:
        runtime.delete(name)
        if flight:
            flight.close()
    for recorder in recorders:
        code = recorder.wait_end()
        if code != 0:
            raise AssertionError(f"{code}: {recorder.messages()}")
    return (f"{folder}/one.vtrace", sorted(glob.glob(f"{folder}/part.*")),
            kept)


def differences(what, expected, found):
    for fact, count in (expected - found).items():
        yield f"{what} does not tell {count} times: {fact}"
    for fact, count in (found - expected).items():
        yield f"only {what} tells {count} times: {fact}"


def main():
    privileged.require("runc", "busybox")
    with lives.work_folder() as folder:
        one, series, kept = record(folder)
        expected = facts(one)
        failures = []
        if len(series) < 3 or len(expected) < 10 * ROUNDS:
            failures.append(f"{series}, {len(expected)} facts")
        chain = os.path.join(folder, "chain.vtrace")
        merged = run("merge", *series, "-o", chain)
        if merged.returncode != 0:
            raise AssertionError(merged.stderr)
        failures += differences("the series", expected, facts(chain))
        failures += differences("the flight recorder", expected, facts(kept))
    print("\n".join(failures[:40]) if failures else
          f"{len(series)} files in a row tell the same {len(expected)} facts "
          "as one")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
