#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A container of one runtime, started by this test, selected by name and a
second one by a prefix of its id; both deleted, then reconstructed.
usage: runtime_test.py runc|docker|podman|containerd"""
import sys

import facts
import lives
import privileged
import rootfs
import runtimes
import scenario

RECIPE = "dropped_script"


def by_name(name, _identity):
    return name


def by_id_prefix(_name, identity):
    return identity[:12] if len(identity) == 64 else identity[:-1]


def main(kind):
    privileged.require("busybox", *runtimes.ALL[kind].programs)
    recipe = scenario.load(RECIPE)
    failures = []
    for select in (by_name, by_id_prefix):
        with lives.work_folder() as folder:
            root = rootfs.make(f"{folder}/rootfs", recipe.script)
            runtime = runtimes.ALL[kind](folder, root)
            try:
                name = lives.unique(f"{kind}_{select.__name__}")
                trace = lives.record(runtime, name, f"{folder}/x.vtrace",
                                     select)
                failures += describe(trace, recipe, kind, name, select)
            finally:
                runtime.close()
    print("\n".join(failures) if failures else f"{kind}: all facts, twice")
    return 1 if failures else 0


def describe(trace, recipe, kind, name, select):
    where = f"{kind}, selected {select.__name__}"
    for fact in facts.missing(trace, recipe.facts):
        yield f"{where}: the trace does not tell: {fact}"
    container = trace.info["container"]
    if container["name"] != name:
        yield f"{where}: the trace names it {container['name']!r}"
    if container["runtime"] != kind:
        yield f"{where}: the trace says runtime {container['runtime']!r}"
    destinations = {one["destination"] for one in container["mounts"]}
    if kind in ("docker", "podman") and "/etc/hosts" not in destinations:
        yield f"{where}: the trace tells mounts {container['mounts']!r}"
    if container["privileged"] is not False:
        yield f"{where}: privileged is {container['privileged']!r}"
    if "CAP_CHOWN" not in container["capabilities"] or \
            "CAP_SYS_ADMIN" in container["capabilities"]:
        yield f"{where}: capabilities {container['capabilities']!r}"
    if not trace.info["complete"]:
        yield f"{where}: not complete: {trace.info['sentence']}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
