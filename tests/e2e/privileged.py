# SPDX-License-Identifier: Apache-2.0
"""Whether containers can be recorded here; the Python side of
tests/support/privileged.h."""
import os
import shutil
import sys

SKIPPED = 77  # SKIP_RETURN_CODE of these tests

# Debian keeps runc and dockerd where plain users do not look.
os.environ["PATH"] += ":/usr/sbin:/sbin"


def _why_not(programs):
    if os.geteuid() != 0:
        return "needs root"
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        return "needs a kernel with BTF (/sys/kernel/btf/vmlinux)"
    if not os.access("/sys/fs/cgroup", os.W_OK):
        return "needs a writable cgroup file system"
    for program in programs:
        if shutil.which(program) is None:
            return f"needs {program}"
    return None


def require(*programs):
    """Ends the test, skipped with a reason, where it cannot run; with
    REQUIRE_PRIVILEGED=1 that is a failure."""
    reason = _why_not(programs)
    if reason is None:
        return
    if os.environ.get("REQUIRE_PRIVILEGED") == "1":
        print(f"REQUIRE_PRIVILEGED=1, but: {reason}")
        sys.exit(1)
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)
