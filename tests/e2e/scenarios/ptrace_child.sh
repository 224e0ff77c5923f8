#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A child is traced, its memory read, and killed.
# rootfs: host
# must: call ptrace PTRACE_SEIZE
# must: call process_vm_readv
# must: open-match /proc/[0-9]+/mem
# must: call ptrace PTRACE_DETACH
# must: kill SIGKILL
python3 - <<'PYTHON'
import ctypes
import os
import time
libc = ctypes.CDLL(None)
child = os.fork()
if child == 0:
    time.sleep(10)
    os._exit(0)


class Span(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
libc.ptrace(PTRACE_SEIZE, child, 0, 0)
libc.ptrace(PTRACE_INTERRUPT, child, 0, 0)
os.waitpid(child, 0x40000000)
text = ctypes.create_string_buffer(b"0123456789abcdef")
copy = ctypes.create_string_buffer(16)
libc.process_vm_readv(child, ctypes.byref(Span(ctypes.addressof(copy), 16)),
                      1, ctypes.byref(Span(ctypes.addressof(text), 16)), 1, 0)
with open(f"/proc/{child}/mem", "rb") as memory:
    memory.seek(ctypes.addressof(text))
    memory.read(8)
libc.ptrace(PTRACE_DETACH, child, 0, 0)
os.kill(child, 9)
os.waitpid(child, 0)
PYTHON
