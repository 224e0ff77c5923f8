#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one scenario under runc, deletes it, and demands its facts of the
trace. usage: scenario_test.py NAME (a file of scenarios/ without .sh)"""
import sys

import facts
import lives
import privileged
import rootfs
import runtimes
import scenario


def main(name):
    privileged.require("runc", "busybox")
    recipe = scenario.load(name)
    with lives.work_folder() as folder:
        root = rootfs.make(f"{folder}/rootfs", recipe.script, recipe.files,
                           recipe.uses_host)
        runtime = runtimes.Runc(folder, root, recipe.uses_host)
        trace = lives.record(runtime, lives.unique(name),
                             f"{folder}/{name}.vtrace")
        missing = facts.missing(trace, recipe.facts)
        for fact in missing:
            print(f"the trace does not tell: {fact}")
        if not trace.info["complete"]:
            print(f"the trace is not complete: {trace.info['sentence']}")
        print(f"{len(recipe.facts) - len(missing)} of {len(recipe.facts)} "
              f"facts, {len(trace.events)} events")
        return 1 if missing or not trace.info["complete"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
