# SPDX-License-Identifier: Apache-2.0
"""What is measured: Vestige in its ways, programs that do nothing, and the
tools that others would use. A tracer is a context: it traces from enter to
exit and has then filled `told`, what it says about itself."""
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE_S = 60
MIB = 1 << 20


def cpu_seconds(pid):
    """Processor time of a process that runs, its threads included."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def resident_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0


class Tracer:
    """Nothing is traced: what everything else is compared with."""
    name = "none"
    does = "no tracing"
    program = None  # that has to be installed
    wrapper = ()  # put before the command, for those that start it

    def __init__(self, bench):
        self.bench = bench
        self.told = {}

    def why_not(self):
        if self.program and not shutil.which(self.program):
            return f"{self.program} is not installed"
        return None

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        pass


class Child(Tracer):
    """A tracer that is a process of its own, on the agent's CPU."""
    argv = ()
    is_ready_after_s = 1.0  # for those that do not say so
    stop_signal = signal.SIGINT

    def command(self):
        return [*map(str, self.argv)]

    def __enter__(self):
        self.told = {}
        self.log = self.bench.folder / f"{self.name}.log"
        began = time.monotonic()
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(
                self.command(), stdin=subprocess.PIPE, stdout=log,
                stderr=log, cwd=self.bench.folder,
                preexec_fn=lambda: os.sched_setaffinity(
                    0, self.bench.agent_cpus))
        self.wait_ready()
        self.told["start_ms"] = round((time.monotonic() - began) * 1e3)
        self.cpu_at_start = cpu_seconds(self.child.pid)
        return self

    def wait_ready(self):
        time.sleep(self.is_ready_after_s)
        if self.child.poll() is not None:
            raise RuntimeError(self.log.read_text(errors="replace").strip()
                               or f"ended with {self.child.returncode}")

    def wait_for_text(self, text):
        end = time.monotonic() + PATIENCE_S
        while text not in self.log.read_text(errors="replace"):
            if self.child.poll() is not None or time.monotonic() > end:
                raise RuntimeError(self.log.read_text(errors="replace"))
            time.sleep(0.002)

    def stop(self):
        self.child.send_signal(self.stop_signal)

    def __exit__(self, *failure):
        self.told["rss_mib"] = round(resident_mib(self.child.pid), 1)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.stop()
        self.child.wait(PATIENCE_S)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = (after.ru_utime + after.ru_stime
                 - before.ru_utime - before.ru_stime)
        self.told["cpu_s"] = spent - self.cpu_at_start
        self.read_log(self.log.read_text(errors="replace"))

    def read_log(self, text):
        pass


class Floor(Child):
    def command(self):
        return [self.bench.programs / "floor", self.name.split("-")[1]]

    def wait_ready(self):
        self.wait_for_text("ready")

    def stop(self):
        self.child.stdin.close()


class FloorExit(Floor):
    name = "floor-exit"
    does = "an empty program on the return of every call"


class FloorPair(Floor):
    name = "floor-pair"
    does = "empty programs on entry and return"


class Vestige(Child):
    name = "vestige"
    does = "everything, the default"
    options = ()
    is_selected = True

    def command(self):
        self.trace = self.bench.folder / f"{self.name}.vtrace"
        self.trace.unlink(missing_ok=True)
        group = self.bench.watched if self.is_selected else self.bench.other
        return [self.bench.programs / "vestige-capture", "record", "--no-sign",
                "--cgroup", group.path, "-o", self.trace, *self.options]

    def wait_ready(self):
        self.wait_for_text("recording to")

    def read_log(self, text):
        done = re.search(r"(\d+) events, .*, (\d+) lost", text)
        if not done:
            raise RuntimeError(text)
        events, lost = int(done[1]), int(done[2])
        self.told |= {"events": events, "lost": lost}
        if self.is_selected and events > 0:
            size = self.trace.stat().st_size
            self.told["agent_ns_per_event"] = round(
                self.told["cpu_s"] * 1e9 / (events + lost))
            self.told["bytes_per_event"] = round(size / events, 2)


class VestigeLean(Vestige):
    name = "vestige-lean"
    does = "nothing on entry (--lean)"
    options = ("--lean",)


class NotSelected(Vestige):
    name = "unselected"
    does = "another container is recorded"
    is_selected = False


class NotSelectedLean(NotSelected):
    name = "unselected-lean"
    does = "another container is recorded, --lean"
    options = ("--lean",)


class NotSelectedGrowing(NotSelected):
    name = "unselected-growing"
    does = "containers are recorded as they come, none has"
    options = ()

    def command(self):
        self.trace = self.bench.folder / self.name
        shutil.rmtree(self.trace, ignore_errors=True)
        return [self.bench.programs / "vestige-capture", "record", "--no-sign",
                "--image", "none-is-called-like-this", "-o", self.trace]

    def wait_ready(self):
        self.wait_for_text("recording")

    def read_log(self, text):
        pass


def per_call(told, calls, size):
    """What the others say about themselves, told as ours."""
    told["events"] = calls
    if calls > 0:
        if "cpu_s" in told:
            told["agent_ns_per_event"] = round(told["cpu_s"] * 1e9 / calls)
        told["bytes_per_event"] = round(size / calls, 2)


class Strace(Tracer):
    """Stops the traced program twice for each call: no part of it runs on a
    processor of its own, so what it takes is in the load's own time."""
    name = "strace"
    does = "strace -f"
    program = "strace"
    log = pathlib.Path("/tmp/strace.log")

    @property
    def wrapper(self):
        return ["strace", "-f", "-o", str(self.log)]


class PerfRecord(Child):
    name = "perf-record"
    does = "perf record -a -e raw_syscalls:*"
    program = "perf"

    def command(self):
        return ["perf", "record", "-q", "-a", "-o", "perf.data", "-e",
                "raw_syscalls:sys_enter,raw_syscalls:sys_exit"]

    def read_log(self, text):
        """Of each call two samples are kept, and a lost one is one of two."""
        data = self.bench.folder / "perf.data"
        counted = subprocess.run(
            ["perf", "report", "-i", data, "--stats", "--stdio"],
            capture_output=True, text=True).stdout
        samples = re.search(r"SAMPLE events: +(\d+)", counted)
        calls = int(samples[1]) // 2 if samples else 0
        per_call(self.told, calls, data.stat().st_size)
        told = re.search(r"lost (\d+)", text, re.I)
        lost = re.search(r"LOST_SAMPLES events: +(\d+)", counted)
        self.told["lost"] = int((told or lost or [0, 0])[1])
        data.unlink()


class PerfTrace(Child):
    name = "perf-trace"
    does = "perf trace -a -s"
    program = "perf"
    argv = ("perf", "trace", "-a", "-s")

    def read_log(self, text):
        calls = sum(map(int, re.findall(r", (\d+) events, ", text)))
        per_call(self.told, calls // 2, 0)
        del self.told["bytes_per_event"]
        self.told["lost"] = sum(map(int, re.findall(r"LOST (\d+)", text)))


class Bpftrace(Child):
    name = "bpftrace"
    does = "bpftrace printing number and result of each call"
    program = "bpftrace"

    def command(self):
        where = f"cgroup == {self.bench.watched.id}"
        return ["bpftrace", "-B", "full", "-o", "bpftrace.out", "-e", f"""
            BEGIN {{ printf("ready\\n"); }}
            tracepoint:raw_syscalls:sys_exit /{where}/ {{
              printf("%llu %d %d %d\\n", nsecs, tid, args->id, args->ret);
            }}"""]

    def wait_ready(self):
        time.sleep(2.0)
        super().wait_ready()

    def read_log(self, text):
        out = self.bench.folder / "bpftrace.out"
        lines = lost = 0
        for line in open(out, errors="replace"):
            told = re.match(r"Lost (\d+) events", line)
            lost += int(told[1]) if told else 0
            lines += not told
        lost += sum(map(int, re.findall(r"Lost (\d+) events", text)))
        per_call(self.told, lines, out.stat().st_size)
        self.told["lost"] = lost
        out.unlink()


class TraceCmd(Child):
    name = "trace-cmd"
    does = "trace-cmd record -e raw_syscalls"
    program = "trace-cmd"
    argv = ("trace-cmd", "record", "-q", "-o", "trace.dat", "-e",
            "raw_syscalls")


class Tracefs(Child):
    """As trace-cmd does it, for kernels that refuse what it asks before."""
    name = "tracefs"
    does = "raw_syscalls:* in an instance of tracefs, its pipes into files"
    instance = pathlib.Path(
        f"/sys/kernel/tracing/instances/vestige-bench-{os.getpid()}")
    buffer_kib = 8192
    is_ready_after_s = 0.2

    def why_not(self):
        if not self.instance.parent.is_dir():
            return "tracefs is not mounted at /sys/kernel/tracing"
        return None

    def command(self):
        self.instance.mkdir()
        (self.instance / "buffer_size_kb").write_text(str(self.buffer_kib))
        self.cpus = sorted(self.instance.glob("per_cpu/cpu*"))
        for event in ("sys_enter", "sys_exit"):
            (self.instance / f"events/raw_syscalls/{event}/enable"
             ).write_text("1")
        self.files = [self.bench.folder / f"tracefs.{cpu.name}"
                      for cpu in self.cpus]
        pairs = zip((cpu / "trace_pipe_raw" for cpu in self.cpus), self.files)
        return ["python3", HERE / "tracefs_pipes.py",
                *(path for pair in pairs for path in pair)]

    def stop(self):
        (self.instance / "events/enable").write_text("0")
        time.sleep(0.2)  # until the pipes are empty
        super().stop()

    def read_log(self, text):
        def sum_of(field):
            return sum(int(re.search(rf"{field}: (\d+)",
                                     (cpu / "stats").read_text())[1])
                       for cpu in self.cpus)
        size = sum(file.stat().st_size for file in self.files)
        per_call(self.told, sum_of("read events") // 2, size)
        self.told["lost"] = sum_of("overrun") + sum_of("dropped events")
        del self.told["rss_mib"]  # the buffer is the kernel's
        self.instance.rmdir()
        for file in self.files:
            file.unlink()


class Sysdig(Child):
    name = "sysdig"
    does = "sysdig -w, compressed"
    program = "sysdig"
    argv = ("sysdig", "-z", "-w", "x.scap")


OURS = [FloorExit, FloorPair, NotSelectedLean, NotSelected, NotSelectedGrowing,
        VestigeLean, Vestige]
OTHERS = [PerfRecord, PerfTrace, Bpftrace, TraceCmd, Tracefs, Sysdig, Strace]
