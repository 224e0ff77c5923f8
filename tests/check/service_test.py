#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""systemd takes the unit of the flight recorder as it is meant, and finds it
confined. usage: service_test.py UNIT"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
MAX_EXPOSURE = 4.0  # of 10; "OK" ends at 5


def run(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, check=False, timeout=60)


def faults(unit):
    verified = run("systemd-analyze", "verify", unit)
    if verified.returncode != 0 or verified.stderr.strip():
        yield f"verify: {verified.returncode} {verified.stderr.strip()}"
    told = run("systemd-analyze", "security", "--offline=true", unit).stdout
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", told)
    if not exposure:
        yield f"no exposure is told: {told[-200:]}"
    elif float(exposure[1]) > MAX_EXPOSURE:
        yield f"exposure {exposure[1]} is more than {MAX_EXPOSURE}"


def main(template):
    if shutil.which("systemd-analyze") is None:
        print("skipped: needs systemd-analyze")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="vestige-unit-") as folder:
        # The program need not be installed for its unit to be right.
        text = re.sub(r"@CMAKE_INSTALL_FULL_BINDIR@/\S+", "/bin/true",
                      pathlib.Path(template).read_text(encoding="utf-8"))
        unit = pathlib.Path(folder) / pathlib.Path(template).name
        unit.write_text(text, encoding="utf-8")
        found = list(faults(unit))
    print("\n".join(found) if found else "the unit is as it should be")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
