#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What escape tools look at first, and calls that are denied.
# rootfs: host
# must: read /proc/1/cgroup
# must: read /proc/self/mountinfo
# must: read /proc/sys/kernel/core_pattern
# must: fail unshare EPERM
# must: fail mount EPERM
# must: fail setns EPERM
# must: fail umount2 EPERM
# must: create /tmp/recon
cat /proc/1/cgroup /proc/self/mountinfo /proc/sys/kernel/core_pattern \
  > /tmp/recon
test -S /run/docker.sock
ls /dev /sys/fs/cgroup > /dev/null 2>&1
python3 - <<'PYTHON'
import ctypes
import os
libc = ctypes.CDLL(None)
libc.unshare(0x20000)
libc.mount(b"none", b"/mnt", b"tmpfs", 0, None)
libc.setns(os.open("/proc/1/ns/mnt", os.O_RDONLY), 0)
libc.umount2(b"/proc", 2)
PYTHON
