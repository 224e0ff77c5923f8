#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the __NR_* of one kernel header as a C++ table.

usage: header_numbers.py COMPILER HEADER OUTPUT
HEADER: unistd_64, unistd_32, unistd_x32 or unistd_generic (arm64).
"""
import re
import subprocess
import sys

compiler, header, output = sys.argv[1:]
# What arch/arm64/include/uapi/asm/unistd.h asks of the generic header.
GENERIC = """#define __BITS_PER_LONG 64
#define __ARCH_WANT_RENAMEAT
#define __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_SET_GET_RLIMIT
#define __ARCH_WANT_TIME32_SYSCALLS
#define __ARCH_WANT_SYS_CLONE3
#define __ARCH_WANT_MEMFD_SECRET
#include <asm-generic/unistd.h>
"""
NOT_CALLS = {"__NR_syscalls", "__NR_arch_specific_syscall"}

include = (GENERIC if header == "unistd_generic"
           else f"#ifndef __X32_SYSCALL_BIT\n#define __X32_SYSCALL_BIT 0\n"
                f"#endif\n#include <asm/{header}.h>\n")
# asm/*.h of this machine exist on x86 only; elsewhere the table is empty.
macros = subprocess.run([compiler, "-E", "-dM", "-"], input=include,
                        capture_output=True, text=True)
names = re.findall(r"^#define (__NR_\w+)", macros.stdout, re.M)
names = [name for name in names if name not in NOT_CALLS]

with open(output, "w", encoding="ascii") as out:
    if names:
        out.write(include)
    out.write('#include "tests/format/header_numbers.h"\n'
              f"const std::vector<HeaderNumber> {header}_numbers = {{\n")
    for name in sorted(names):
        out.write(f'  {{"{name[5:]}", {name}}},\n')
    out.write("};\n")
