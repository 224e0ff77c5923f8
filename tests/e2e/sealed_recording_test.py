#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A recording is signed with a key made on first use, its anchors agree with
it, and what happens to the file afterwards is noticed."""
import json
import os
import pathlib
import subprocess
import sys

import lives
import privileged
from recorder import BIN, Recorder

COMMAND = ["--", "/bin/sh", "-c", "for i in 1 2 3; do ls / >/dev/null; sleep 1; done"]


def verify(*args):
    done = subprocess.run([f"{BIN}/vestige", "verify", "--json", *args],
                          text=True, capture_output=True, check=False)
    return done.returncode, json.loads(done.stdout)


def examine(folder):
    trace, key, anchors = (f"{folder}/{name}" for name in
                           ("x.vtrace", "keys/agent.key", "anchors"))
    recorder = Recorder(trace, "--key", key, "--anchor", anchors, *COMMAND)
    if recorder.wait_end() != 0:
        yield f"recording failed: {recorder.messages()}"
        return
    if os.stat(key).st_mode & 0o777 != 0o600:
        yield "others may read the key"
    code, told = verify(trace, "--key", key, "--anchor", anchors)
    if code != 0 or told["verdict"] != "intact_signed":
        yield f"untouched: {told}"
    lines = pathlib.Path(anchors).read_text().splitlines()
    if told["anchors"] != len(lines) or len(lines) < 5:
        yield f"{told['anchors']} of {len(lines)} anchors agree"

    raw = bytearray(pathlib.Path(trace).read_bytes())
    raw[len(raw) // 3] ^= 4
    forged = pathlib.Path(folder) / "forged.vtrace"
    forged.write_bytes(raw)
    code, told = verify(str(forged), "--key", key)
    if code != 1 or told["verdict"] != "altered":
        yield f"one bit changed: {told}"

    # Somebody with another key signs a copy: it is intact, but not ours.
    other = f"{folder}/other.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out",
                    other], check=True, stderr=subprocess.DEVNULL)
    os.chmod(other, 0o600)
    copy = f"{folder}/copy.vtrace"
    subprocess.run([f"{BIN}/vestige", "cut", trace, "-o", copy, "--sign",
                    other], check=True, stdout=subprocess.DEVNULL)
    code, told = verify(copy, "--key", key)
    if code != 1 or told["verdict"] != "other_key":
        yield f"another key: {told}"


def main():
    privileged.require()
    with lives.work_folder() as folder:
        failures = list(examine(folder))
    print("\n".join(failures) if failures else "sealed, and seen when touched")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
