#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the lines of flags.def next to what the installed headers say.

usage: header_flags.py FLAGS_DEF OUTPUT
"""
import re
import sys

source, output = sys.argv[1:]
HEADERS = """fcntl.h unistd.h sys/stat.h sys/mman.h linux/mman.h linux/falloc.h
linux/fs.h linux/memfd.h sys/file.h sys/eventfd.h sys/signalfd.h sys/timerfd.h
time.h sys/epoll.h poll.h sys/inotify.h linux/fanotify.h sys/socket.h
netinet/in.h netinet/tcp.h sys/wait.h linux/prctl.h sys/ptrace.h
linux/seccomp.h linux/landlock.h linux/keyctl.h linux/reboot.h linux/random.h
linux/capability.h linux/xattr.h sys/ioctl.h linux/sockios.h linux/if_tun.h
linux/userfaultfd.h linux/nsfs.h linux/perf_event.h linux/kvm.h linux/loop.h
linux/fiemap.h sys/mount.h sched.h sys/resource.h sys/personality.h
linux/io_uring.h linux/bpf.h linux/membarrier.h linux/mempolicy.h
sys/ipc.h sys/shm.h sys/sem.h sys/msg.h linux/kexec.h linux/module.h
linux/openat2.h linux/quota.h""".split()
# Names glibc gives another value than the kernel has, or none at all.
NOT_COMPARED = {"O_LARGEFILE", "F_GETLK64", "F_SETLK64", "F_SETLKW64",
                "TCGETS2", "TCSETS2"}

lines = re.findall(r"^(BIT|BIT_BY|CHOICE|FIELD)\(([^)]*)\)",
                   open(source, encoding="ascii").read(), re.M)
with open(output, "w", encoding="ascii") as out:
    out.writelines(f"#include <{header}>\n" for header in HEADERS)
    out.write('#include "tests/format/header_flags.h"\n'
              "const std::vector<HeaderFlag> header_flags = {\n")
    for macro, arguments in lines:
        words = [word.strip() for word in arguments.split(",")]
        kind, name = words[0], words[-1]
        # quotactl takes the command shifted, with the type below it.
        if name in NOT_COMPARED or kind == "kQuotactlCommand":
            continue
        out.write(f"#ifdef {name}\n"
                  f'  {{vestige::ArgKind::{kind}, "{name}", '
                  f"(unsigned)({name})}},\n#endif\n")
    out.write("};\n")
