#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The reader printed in docs/reading-traces.md reads what TraceReader reads.

usage: python_reader_test.py SOURCE_DIR TRACE_DUMP VESTIGE
TRACE_DUMP makes a random trace (--make PATH) and prints its events as JSON.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile



def interpreter():
    """A Python that has the packages of the page."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import google.protobuf, zstandard"],
                          stderr=subprocess.DEVNULL, check=False
                          ).returncode == 0:
            return python
    print("skipped: apt-get install python3-protobuf python3-zstandard")
    sys.exit(77)


def same(ours, theirs):
    """Does `vestige events --json` tell the same of an event?"""
    return (ours["type"] == theirs["name"] and
            ours["number"] == theirs["number"] and
            (ours["pid"], ours["tid"]) == (theirs["pid"], theirs["tid"]) and
            (ours["time_ns"], ours["cpu"]) == (theirs["time"], theirs["cpu"])
            and ours["duration_ns"] in (theirs["duration"], None) and
            ours["ret"] in (theirs["ret"], None) and
            [arg["value"] % 2**64 for arg in ours["args"]] == theirs["args"])


def main(source, dump, vestige):
    python = interpreter()
    source = pathlib.Path(source)
    page = (source / "docs/reading-traces.md").read_text()
    program = re.search(r"```python\n(.*?)```", page, re.DOTALL).group(1)
    assert sum(bool(line.strip()) for line in program.splitlines()) <= 60
    with tempfile.TemporaryDirectory(prefix="vestige-") as folder:
        folder = pathlib.Path(folder)
        (folder / "reader.py").write_text(program)
        subprocess.run(["protoc", f"--python_out={folder}", "-I",
                        source / "format", "trace.proto"], check=True)
        trace = folder / "x.vtrace"
        subprocess.run([dump, "--make", trace], check=True)
        ours = subprocess.run([dump, trace], check=True, text=True,
                              capture_output=True).stdout.splitlines()
        theirs = subprocess.run([python, folder / "reader.py", trace],
                                check=True, text=True,
                                capture_output=True).stdout.splitlines()
        shown = subprocess.run([vestige, "events", "--json", trace], check=True,
                               text=True, capture_output=True
                               ).stdout.splitlines()
    for a, b in zip(shown, theirs):
        assert same(json.loads(a), json.loads(b)), f"vestige {a}\nPython {b}"
    assert len(shown) == len(theirs), (len(shown), len(theirs))
    for number, (a, b) in enumerate(zip(ours, theirs)):
        assert a == b, f"event {number}:\nC++    {a}\nPython {b}"
    assert len(ours) == len(theirs) >= 1000, (len(ours), len(theirs))
    print(f"{len(ours)} events are the same")


if __name__ == "__main__":
    main(*sys.argv[1:])
