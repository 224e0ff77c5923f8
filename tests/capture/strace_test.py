#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One run of a program seen by strace and by vestige-capture at once: every
syscall, result and string that strace prints must be in the trace.
usage: strace_test.py VESTIGE_CAPTURE DUMP_TRACE PROGRAM_FOLDER"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, f"{os.path.dirname(__file__)}/../e2e")
import privileged  # noqa: E402

SNAPLEN = 128
LINE = re.compile(r"^(\d+) +(?:(\w+)\(|<\.\.\. (\w+) resumed>)")
RESULT = re.compile(r"\)? += (0x[0-9a-f]+|-?\d+|\?)[^\"]*$")
# Not the ones that strace makes of numbers: inet_addr("127.0.0.1").
STRING = re.compile(r'(?<!inet_addr\()"((?:\\x[0-9a-f]{2})*)"')
ERRNO = re.compile(r"= -1 E(\w+)")
# strace's name -> ours, where they differ.
NAMES = {"umount": "umount2"}
# Printed by strace, kept as a struct here: nobody's payload.
SKIP_STRINGS = {"uname", "getdents64", "statfs", "prlimit64"}


def parse_strace(path):
    """Finished calls by tid, in order: (name, result, strings)."""
    calls = collections.defaultdict(list)
    begun = {}
    for line in open(path, encoding="latin-1"):
        match = LINE.match(line)
        if not match:
            continue
        tid, name = int(match[1]), match[2] or match[3]
        strings = [bytes.fromhex(s.replace("\\x", ""))
                   for s in STRING.findall(line)]
        if "<unfinished ...>" in line:
            begun[tid] = (name, strings)
            continue
        if match[3] and tid in begun:
            strings = begun.pop(tid)[1] + strings
        result = RESULT.search(line)
        value = None
        if result and result[1] != "?":
            # umask's is octal: a zero in front.
            octal = re.fullmatch("0[0-7]+", result[1])
            value = int(result[1], 8 if octal else 0)
        if ERRNO.search(line):
            value = "error"
        calls[tid].append((NAMES.get(name, name), value, strings))
    return calls


def parse_trace(dump, path):
    calls = collections.defaultdict(list)
    out = subprocess.run([dump, path], check=True, capture_output=True,
                         text=True).stdout
    for line in out.splitlines():
        event = json.loads(line)
        if event["abi"] != "kernel":
            calls[event["tid"]].append(event)
    return calls


def same_result(ours, told):
    if told is None:
        return True
    if told == "error":
        return ours["ret"] < 0
    return ours["ret"] & (2**64 - 1) == told & (2**64 - 1)


def holds_string(ours, string):
    """A part that begins with it, or parts that do so together."""
    parts = [bytes.fromhex(p["hex"]) for p in ours["parts"]]
    joined = b"".join(parts)
    return any(string[:SNAPLEN] in p for p in [*parts, joined])


def compare(told, ours):
    """Yields (kind, is_met, what) for each thing strace says."""
    for tid, lines in told.items():
        events = ours.get(tid, [])
        # The first execve happened before strace watched, in the trace too.
        at = 0
        for name, value, strings in lines:
            found = next((i for i in range(at, len(events))
                          if events[i]["name"] == name
                          and same_result(events[i], value)), None)
            yield "calls", found is not None, f"{tid} {name} = {value}"
            if found is None:
                continue
            at = found + 1
            if name in SKIP_STRINGS:
                continue
            for string in strings:
                yield ("strings", holds_string(events[found], string),
                       f"{tid} {name} {string!r}")


SHELL = """
mkdir -p a/b && cd a
i=0; while [ $i -lt 20 ]; do echo line $i >> text; i=$((i+1)); done
cp text b/copy; mv b/copy b/moved; ln -s ../text b/link; ln text b/hard
sed s/line/word/ text | sort -r | uniq -c | head -n 3 > b/sorted
grep -r word b; find . -type f -exec wc -l {} +
tar -cf all.tar b; gzip all.tar; gunzip -c all.tar.gz | tar -tf -
chmod 600 text; touch -d 2001-01-01 text; stat text; df . ; id; ps
(sleep 0.01; exit 3) & wait $!; kill -0 $$; rm -r b
"""
PYTHON = """
import json, os, select, signal, socket, sqlite3, struct, subprocess, sys
import tempfile, threading
folder = tempfile.mkdtemp(dir=sys.argv[1])
with sqlite3.connect(folder + "/db") as base:
    base.execute("create table t (a, b)")
    base.executemany("insert into t values (?, ?)", [(i, "x" * i) for i in range(50)])
server = socket.create_server(("127.0.0.1", 0))
def serve():
    peer, _ = server.accept()
    peer.sendall(peer.recv(1000).upper())
    peer.close()
thread = threading.Thread(target=serve)
thread.start()
client = socket.create_connection(server.getsockname())
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
client.sendall(b"spoken by the client")
select.select([client], [], [], 5)
client.recvmsg(1000)
thread.join()
a, b = socket.socketpair()
socket.send_fds(a, [b"descriptors"], [0, 1])
socket.recv_fds(b, 100, 4)
local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
local.bind(folder + "/local")
local.sendto(b"to myself", folder + "/local")
local.recvfrom(100)
subprocess.run(["sh", "-c", "echo $ONE"], env={"ONE": "two", "PATH": os.environ["PATH"]})
os.setxattr(folder, "user.a", b"value"); os.listxattr(folder)
signal.setitimer(signal.ITIMER_REAL, 100); signal.alarm(0)
os.posix_spawn("/bin/true", ["true"], {})
os.wait()
threads = [threading.Thread(target=os.stat, args=(f"{folder}/{i}/../db",)) for i in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
"""


def workloads(programs, work):
    """Name and command line of each."""
    return [
        ("varied_calls", [f"{programs}/varied_calls", work]),
        ("shell", ["sh", "-c", f"cd {work}; {SHELL}"]),
        ("busybox", ["busybox", "sh", "-c",
                     f"mkdir {work}/bb; cd {work}/bb; {SHELL}"]),
        ("python", ["python3", "-c", PYTHON, work]),
    ]


def watch(capture, dump, work, name, command):
    """Runs it under both; yields as compare()."""
    trace, log = f"{work}/{name}.vtrace", f"{work}/{name}.log"
    subprocess.run(
        [capture, "record", "-o", trace, "--no-sign", "--snaplen",
         str(SNAPLEN), "--", "strace", "-f", "-qq", "-xx", "-v", "-s",
         str(SNAPLEN), "-o", log, *command],
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, timeout=100)
    yield from compare(parse_strace(log), parse_trace(dump, trace))


def main(capture, dump, programs):
    privileged.require("strace")
    work = tempfile.mkdtemp(prefix=f"vestige-strace-{os.getpid()}-")
    missing = []
    try:
        for name, command in workloads(programs, work):
            total, met = collections.Counter(), collections.Counter()
            for kind, is_met, what in watch(capture, dump, work, name,
                                            command):
                total[kind] += 1
                met[kind] += is_met
                if not is_met:
                    missing.append(f"{name}: {kind}: {what}")
            for kind in total:
                print(f"{name}: {kind}: {met[kind]} of {total[kind]} "
                      f"({100 * met[kind] / total[kind]:.1f} %)")
            if total["calls"] < 50:
                missing.append(f"{name}: {total['calls']} calls only")
        print("\n".join(missing))
        return 1 if missing else 0
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
