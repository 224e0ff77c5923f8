#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is what the program says of itself current and well-formed?
usage: cli_pages_test.py VESTIGE REPOSITORY

docs/fields.md is what `vestige fields --markdown` prints; man finds nothing
wrong with the manual page; shells that are installed take the completions.
"""
import os
import shutil
import subprocess
import sys
import tempfile


def run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True,
                          check=False)


def check_fields(vestige, repository):
    with open(os.path.join(repository, "docs", "fields.md"),
              encoding="utf-8") as page:
        if page.read() != run(vestige, "fields", "--markdown").stdout:
            return "docs/fields.md is old: vestige fields --markdown"
    return ""


def check_manual(vestige):
    page = run(vestige, "manual").stdout
    if ".SS events" not in page or "explain" not in page:
        return "the manual does not tell of events"
    with tempfile.NamedTemporaryFile("w", suffix=".1") as file:
        file.write(page)
        file.flush()
        if shutil.which("mandoc"):
            found = run("mandoc", "-T", "lint", "-W", "warning", file.name)
        elif shutil.which("groff"):
            found = run("groff", "-man", "-ww", "-Tutf8", "-z", file.name)
        else:
            return ""
    return found.stderr if found.stderr or found.returncode else ""


def check_completion(vestige, shell):
    script = run(vestige, "completion", shell).stdout
    if "--explain" not in script and "-l explain" not in script:
        return f"{shell}: no option of events"
    if not shutil.which(shell):
        return ""
    done = run(shell, "-n", text=script)
    return f"{shell}: {done.stderr}" if done.returncode else ""


def check_bash_completes(vestige):
    script = run(vestige, "completion", "bash").stdout
    asked = ("COMP_WORDS=(vestige events x.vtrace proc.na); COMP_CWORD=3; "
             '_vestige; echo "${COMPREPLY[@]}"')
    done = run("bash", "-c", script + asked)
    return "" if "proc.name" in done.stdout else f"bash: {done}"


def main(vestige, repository):
    failures = [check_fields(vestige, repository), check_manual(vestige),
                check_bash_completes(vestige)]
    failures += [check_completion(vestige, shell)
                 for shell in ("bash", "zsh", "fish")]
    failures = [failure for failure in failures if failure]
    print("\n".join(failures) if failures else "all current")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
