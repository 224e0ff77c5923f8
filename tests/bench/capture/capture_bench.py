#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What recording costs, side by side in one run. Each round measures every
load under every tracer, in turn, so that what the machine does besides hits
all of them; what is told are medians over the rounds, and costs are taken
against the same round's untraced figure.

usage: capture_bench.py PROGRAM_FOLDER [--quick] [--rounds N]
                        [--peer-rounds N] [--loads A,B] [--only A,B]
Prints JSON lines. Needs root and two CPUs. Takes under ten minutes; --quick
measures loops of calls only, once, in about one."""
import argparse
import collections
import json
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

import cgroups
import loads
import tracers


QUICK = ("getppid", "file", "pipe")


class Bench:
    def __init__(self, programs):
        cpus = sorted(os.sched_getaffinity(0))
        self.load_cpu, self.agent_cpus = cpus[0], set(cpus[1:] or cpus)
        self.programs = pathlib.Path(programs).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vestige-bench-"))
        self.folder.chmod(0o755)
        self.watched = cgroups.Cgroup("watched")
        self.other = cgroups.Cgroup("other")
        # A group is recorded as long as somebody is in it.
        self.sleepers = [group.popen(["sleep", "3600"])
                         for group in (self.watched, self.other)]

    def close(self):
        for sleeper in self.sleepers:
            sleeper.kill()
            sleeper.wait()
        self.watched.remove()
        self.other.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def tell(**fields):
    print(json.dumps({"bench": "capture", **fields}), flush=True)


def measure(bench, chosen, names, given):
    """{(load, tracer): [one dictionary per round]}"""
    results = collections.defaultdict(list)
    for name in names:
        load = loads.LOADS[name](bench)
        try:
            for at in range(given.rounds):
                for tracer in list(chosen):
                    if at < given.peer_rounds or not is_peer(tracer):
                        run_once(load, tracer, results, chosen)
        finally:
            load.close()
    return results


def is_peer(tracer):
    return type(tracer) in tracers.OTHERS


def run_once(load, tracer, results, chosen):
    try:
        with tracer:
            value = load.run(tracer)
    except RuntimeError as error:
        chosen.remove(tracer)
        first = [*str(error).splitlines(), "no reason given"][0]
        tell(tracer=tracer.name, does=tracer.does, not_run=first)
        return
    results[load.name, tracer.name].append({"value": value, **tracer.told})


def medians(rounds):
    return {key: statistics.median(one[key] for one in rounds)
            for key in rounds[-1]}


def report(results, chosen, names):
    units = {"build": ("s", False), "http": ("requests/s", True)}
    for name in names:
        unit, is_more_better = units.get(name, ("ns/call", False))
        base = [one["value"] for one in results[name, "none"]]
        floor = [one["value"] for one in results[name, "floor-exit"]]
        added_floor = (statistics.median(f - b for f, b in zip(floor, base))
                       if floor and unit == "ns/call" else None)
        for tracer in chosen:
            rounds = results[name, tracer.name]
            if not rounds:
                continue
            told = medians(rounds)
            told.pop("cpu_s", None)
            value = told.pop("value")
            line = {"load": name, "tracer": tracer.name, unit: round(value, 3)}
            pairs = list(zip((one["value"] for one in rounds), base))
            if unit == "ns/call":
                added = statistics.median(v - b for v, b in pairs)
                line["added_ns"] = round(added, 1)
                if added_floor:
                    line["floors"] = round(added / added_floor, 2)
            slower = statistics.median(
                b / v if is_more_better else v / b for v, b in pairs)
            line["slowdown"] = round(slower, 3)
            tell(**line, **told)


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("programs")
    options.add_argument("--quick", action="store_true")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--peer-rounds", type=int, default=1)
    options.add_argument("--loads")
    options.add_argument("--only", help="tracers, besides none and floor-exit")
    given = options.parse_args()
    if given.quick:
        given.rounds = 1
    if not given.loads:
        given.loads = ",".join(QUICK if given.quick else loads.LOADS)
    if os.geteuid() != 0:
        sys.exit("capture_bench: needs root")
    bench = Bench(given.programs)
    try:
        chosen = []
        for kind in [tracers.Tracer, *tracers.OURS, *tracers.OTHERS]:
            tracer = kind(bench)
            if given.only and tracer.name not in (
                    "none", "floor-exit", *given.only.split(",")):
                continue
            why = tracer.why_not()
            if why:
                tell(tracer=tracer.name, does=tracer.does, not_run=why)
            else:
                chosen.append(tracer)
        names = given.loads.split(",")
        results = measure(bench, chosen, names, given)
        report(results, chosen, names)
    finally:
        bench.close()


if __name__ == "__main__":
    main()
