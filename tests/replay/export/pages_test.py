#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual page and the completions are taken by what they are for.
usage: pages_test.py VESTIGE MAKE_CASE"""
import re
import shutil
import subprocess
import sys

import case_files


def commands(one):
    usage = one.ok("--help").decode().split("Subcommands:")[1]
    return re.findall(r"^  (\w+)", usage, re.M)


def test_bash_completes_commands_options_and_fields(one):
    def complete(*words):
        script = one.ok("completion", "bash").decode() + (
            f"COMP_WORDS=({' '.join(words)} ''); "
            f"COMP_CWORD={len(words) - 1}; _vestige; "
            "printf '%s\\n' \"${COMPREPLY[@]}\"")
        return subprocess.run(["bash", "-c", script], check=True, text=True,
                              capture_output=True).stdout.split()
    assert set(commands(one)) <= set(complete("vestige", "''"))
    assert "--explain" in complete("vestige", "events", "--e")
    assert "proc.name" in complete("vestige", "events", "proc.na")


def test_other_shells_take_theirs(one):
    for shell, check in (("zsh", "-n"), ("fish", "--no-execute")):
        text = one.ok("completion", shell)
        for command in commands(one):
            assert command.encode() in text, (shell, command)
        if shutil.which(shell):
            subprocess.run([shell, check], input=text, check=True)
        else:
            print(f"not parsed: {shell} is not installed")


def test_the_manual_page_has_every_command_and_no_mistake(one):
    page = one.ok("manual")
    for command in commands(one):
        assert f".SS {command}".encode() in page, command
    if not shutil.which("groff"):
        print("not formatted: groff is not installed")
        return
    done = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8", "-"],
                          input=page, capture_output=True, check=True)
    faults = [line for line in done.stderr.decode().splitlines()
              if "cannot adjust" not in line and "can't break" not in line]
    assert not faults, faults


if __name__ == "__main__":
    sys.exit(case_files.main(globals()))
