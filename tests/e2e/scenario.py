# SPDX-License-Identifier: Apache-2.0
"""Scenarios: shell scripts whose comments say what they need and what a
reconstruction must tell of them.

  # rootfs: host          programs of the host's /usr; else busybox
  # file: PATH WORD       a file that is there before
  # must: VERB ARG...     a fact; see facts.py
"""
import dataclasses
import pathlib
import re

FOLDER = pathlib.Path(__file__).parent / "scenarios"


@dataclasses.dataclass
class Scenario:
    script: str
    facts: list[str]
    files: dict[str, str]
    uses_host: bool


def load(name):
    script = (FOLDER / f"{name}.sh").read_text()

    def comments(key):
        return re.findall(rf"^# {key}: (.*)$", script, re.MULTILINE)

    files = dict(line.split(" ", 1) for line in comments("file"))
    return Scenario(
        script=script,
        facts=comments("must"),
        files={path: word + "\n" for path, word in files.items()},
        uses_host="host" in comments("rootfs"))
