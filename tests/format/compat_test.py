#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Traces of every released version open, forever, and say what they said.

usage: compat_test.py FOLDER TRACE_DUMP VESTIGE
For each NAME.vtrace in FOLDER there is NAME.jsonl: its events; an encrypted one
has NAME.pem, the key, beside it. A trace of a newer format than there is must
be refused with a sentence.
"""
import pathlib
import struct
import subprocess
import sys
import tempfile


def run(*args):
    return subprocess.run([str(arg) for arg in args], text=True,
                          capture_output=True, check=False)


def dumped(trace, dump, vestige):
    """What TRACE_DUMP prints of it, or of what its key makes of it."""
    key = trace.with_suffix(".pem")
    if not key.exists():
        return run(dump, trace)
    done = run(vestige, "events", trace)
    assert done.returncode == 3 and "is encrypted to key" in done.stderr, done
    with tempfile.TemporaryDirectory(prefix="vestige-") as work:
        copy = pathlib.Path(work) / "copy.vtrace"
        own = pathlib.Path(work) / "key.pem"  # a checkout is for all to read
        own.touch(0o600)
        own.write_bytes(key.read_bytes())
        done = run(vestige, "decrypt", "--identity", own, trace, "-o", copy)
        assert done.returncode == 0, (trace, done.stderr)
        return run(dump, copy)


def main(folder, dump, vestige):
    traces = sorted(pathlib.Path(folder).glob("*.vtrace"))
    assert traces, folder
    for trace in traces:
        done = dumped(trace, dump, vestige)
        assert done.returncode == 0, (trace, done.stderr)
        assert done.stdout == trace.with_suffix(".jsonl").read_text(), trace
        done = run(vestige, "verify", trace)
        assert done.returncode == 0 and ": intact" in done.stdout, done
        done = run(vestige, "info", "--json", trace)
        assert done.returncode == 0, done
        print(f"{trace.name}: as it was")
    with tempfile.TemporaryDirectory(prefix="vestige-") as work:
        newer = bytearray(traces[0].read_bytes())
        assert struct.unpack_from("<8sB", newer, 8) == (b"VESTIGE\n", 1)
        newer[16] = 99
        path = pathlib.Path(work) / "newer.vtrace"
        # Whoever writes a newer format writes the hash of its marks too.
        size = struct.unpack_from("<I", newer, 4)[0] + 8
        newer[size - 8:size] = xxh64(bytes(newer[:size - 8]))
        path.write_bytes(newer)
        for command in ("info", "events", "verify"):
            done = run(vestige, command, path)
            assert done.returncode == 3, done
            assert "has format 99" in done.stderr, done
            assert done.stderr.count("\n") == 1, done


def xxh64(data):
    """XXH64, seed 0, little endian; the format's FORMAT.md names it."""
    p1, p2, p3, p4, p5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F,
                          0x165667B19E3779F9, 0x85EBCA77C2B2AE63,
                          0x27D4EB2F165667C5)
    mask = 2**64 - 1

    def rotate(x, r):
        return (x << r | x >> (64 - r)) & mask

    def mix(acc, lane):
        return rotate((acc + lane * p2) & mask, 31) * p1 & mask

    acc, at = [(p1 + p2) & mask, p2, 0, -p1 & mask], 0
    if len(data) >= 32:
        while at + 32 <= len(data):
            acc = [mix(a, lane) for a, lane in
                   zip(acc, struct.unpack_from("<4Q", data, at))]
            at += 32
        h = sum(rotate(a, r) for a, r in zip(acc, (1, 7, 12, 18))) & mask
        for a in acc:
            h = ((h ^ mix(0, a)) * p1 + p4) & mask
    else:
        h = p5
    h = (h + len(data)) & mask
    while at + 8 <= len(data):
        h ^= mix(0, struct.unpack_from("<Q", data, at)[0])
        h, at = (rotate(h, 27) * p1 + p4) & mask, at + 8
    if at + 4 <= len(data):
        h ^= struct.unpack_from("<I", data, at)[0] * p1 & mask
        h, at = (rotate(h, 23) * p2 + p3) & mask, at + 4
    for byte in data[at:]:
        h = rotate(h ^ byte * p5 & mask, 11) * p1 & mask
    for shift, prime in ((33, p2), (29, p3)):
        h = (h ^ h >> shift) * prime & mask
    return struct.pack("<Q", h ^ h >> 32)


if __name__ == "__main__":
    main(*sys.argv[1:])
