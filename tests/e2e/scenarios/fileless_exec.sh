#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A program that is on no disk: memfd_create, write, execve of the fd.
# rootfs: host
# must: memfd payload
# must: exec-match /proc/self/fd/[0-9]+
# must: argv kworker/0:1
# must: exit kworker/0:1 0
python3 - <<'PYTHON'
import os
program = open("/usr/bin/true", "rb").read()
fd = os.memfd_create("payload", 0)
os.write(fd, program)
child = os.fork()
if child == 0:
    os.execve(f"/proc/self/fd/{fd}", ["kworker/0:1"], {})
os.waitpid(child, 0)
PYTHON
