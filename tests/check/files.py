#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Enforces on every source file: the SPDX line, at most 500 lines (tables
exempt), LF and a final newline. clang-format sees to the rest."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["bpf", "capture", "cmake", "format", "replay", "tests", "tui"]
SUFFIXES = {".h", ".c", ".cc", ".def", ".proto", ".py", ".sh", ".cmake"}
DATA = {"corpus", "golden"}
MAX_LINES = 500


def is_source(path):
    if DATA & set(path.parts):
        return False
    return path.suffix in SUFFIXES or path.name == "CMakeLists.txt"


def licence(name):
    is_kernel_side = name.parts[0] == "bpf" and name.suffix in {".c", ".h"}
    return "GPL-2.0 OR Apache-2.0" if is_kernel_side else "Apache-2.0"


def faults(path):
    text = path.read_bytes()
    head = text.split(b"\n", 2)[:2]
    spdx = f"SPDX-License-Identifier: {licence(path.relative_to(ROOT))}"
    if not any(spdx.encode() in line for line in head):
        yield f"its first lines lack '{spdx}'"
    if b"\r" in text:
        yield "has carriage returns"
    if not text.endswith(b"\n"):
        yield "does not end with a newline"
    if path.suffix != ".def" and text.count(b"\n") > MAX_LINES:
        yield f"has more than {MAX_LINES} lines"


def main():
    broken = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT)
            if path.is_file() and is_source(name):
                broken += [f"{name}: {fault}" for fault in faults(path)]
    print("\n".join(broken) if broken else "files: as they should be")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
