#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an exec tells of the program: that it has no name, is deleted, gives
other rights; and what calls tell that change rights or load into the kernel.
usage: exec_test.py VESTIGE_CAPTURE DUMP_TRACE"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, f"{os.path.dirname(__file__)}/../e2e")
import privileged  # noqa: E402

CAP_NET_RAW = 13
NOBODY = 65534
# Part kinds of format/part_kinds.def, kTaskArg.
PATH, FILE, TASK, CREDENTIALS, STRUCT, THE_TASK = 6, 7, 10, 11, 3, 7

ACTS = """
import ctypes, os, sys
folder = sys.argv[1]
true = open("/bin/true", "rb").read()
libc = ctypes.CDLL(None, use_errno=True)

def child(act):
    pid = os.fork()
    if pid == 0:
        try:
            act()
        finally:
            os._exit(1)
    os.waitpid(pid, 0)

def without_a_name():
    fd = os.memfd_create("fileless")
    os.write(fd, true)
    os.execve(fd, ["fileless"], {})

def deleted():
    fd = os.open(folder + "/gone", os.O_RDONLY)
    os.unlink(folder + "/gone")
    os.execve(fd, ["gone"], {})

def as_nobody(program):
    def act():
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        os.execve(program, [program], {})
    return act

def fewer_capabilities():
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)(0x400, 0x400, 0, 0, 0, 0)
    libc.capset(header, data)

def other_namespaces():
    libc.unshare(0x04000000)  # CLONE_NEWUTS

child(without_a_name)
child(deleted)
child(as_nobody(folder + "/setuid"))
child(as_nobody(folder + "/capable"))
child(fewer_capabilities)
child(other_namespaces)
libc.syscall(313, -1, b"debug=1", 0)  # finit_module
attributes = (ctypes.c_uint32 * 16)(1)
libc.syscall(321, 5, attributes, 64)  # bpf(BPF_PROG_LOAD)
"""


def programs(folder):
    for name, mode in (("gone", 0o755), ("setuid", 0o4755),
                       ("capable", 0o755)):
        shutil.copy("/bin/true", f"{folder}/{name}")
        os.chmod(f"{folder}/{name}", mode)
    # struct vfs_cap_data, version 2, effective.
    os.setxattr(f"{folder}/capable", "security.capability",
                struct.pack("<5I", 0x02000001, 1 << CAP_NET_RAW, 0, 0, 0))


def part(event, kind, arg=THE_TASK):
    for one in event["parts"]:
        if one["kind"] == kind and one["arg"] == arg:
            return bytes.fromhex(one["hex"])
    return b""


def nlink(event):
    return struct.unpack_from("<I", part(event, FILE), 44)[0]


def mode(event):
    return struct.unpack_from("<I", part(event, FILE), 20)[0]


def euid(event):
    return struct.unpack_from("<I", part(event, CREDENTIALS), 8)[0]


def permitted(event):
    return struct.unpack_from("<Q", part(event, CREDENTIALS), 40)[0]


def check(events, folder):
    execs = {part(e, PATH).decode().removesuffix(" (deleted)"): e
             for e in events if e["name"] == "task_exec"}
    calls = {e["name"]: e for e in events}

    def exec_of(name):
        return next((e for path, e in execs.items() if name in path), None)

    fileless, gone = exec_of("memfd:fileless"), exec_of("gone")
    if not fileless or nlink(fileless) != 0:
        yield f"memfd: {fileless}"
    if not gone or nlink(gone) != 0:
        yield f"deleted: {gone}"
    raised = execs.get(f"{folder}/setuid")
    if not raised or not mode(raised) & 0o4000 or euid(raised) != 0:
        yield f"setuid: {raised}"
    if euid(calls["setresuid"]) != NOBODY:
        yield f"before: {calls['setresuid']}"
    capable = execs.get(f"{folder}/capable")
    if not capable or permitted(capable) != 1 << CAP_NET_RAW or \
            euid(capable) != NOBODY:
        yield f"file capabilities: {capable}"
    if permitted(calls["capset"]) != 0x400:
        yield f"capset: {calls['capset']}"
    if not part(calls["unshare"], TASK):
        yield f"unshare: {calls['unshare']}"
    if not any(bytes.fromhex(p["hex"]) == b"debug=1"
               for p in calls["finit_module"]["parts"]):
        yield f"module: {calls['finit_module']}"
    if not part(calls["bpf"], STRUCT, 1).startswith(b"\1\0\0\0"):
        yield f"bpf: {calls['bpf']}"


def main(capture, dump):
    privileged.require()
    folder = tempfile.mkdtemp(prefix=f"vestige-exec-{os.getpid()}-")
    os.chmod(folder, 0o755)
    try:
        programs(folder)
        trace = f"{folder}/x.vtrace"
        subprocess.run([capture, "record", "--no-sign", "-o", trace, "--",
                        "python3", "-c", ACTS, folder], check=True,
                       stdin=subprocess.DEVNULL, timeout=60)
        lines = subprocess.run([dump, trace], check=True, text=True,
                               capture_output=True).stdout.splitlines()
        failures = list(check([json.loads(line) for line in lines], folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(failures) if failures else "every exec tells what ran")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
