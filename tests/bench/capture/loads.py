# SPDX-License-Identifier: Apache-2.0
"""What is traced: each load runs in the watched group and tells one number,
of which `unit` says what it is."""
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "e2e"))
import rootfs  # noqa: E402
import runtimes  # noqa: E402

PATIENCE_S = 120


class Loop:
    """A few system calls again and again, alone on a CPU."""
    unit = "ns/call"
    is_more_better = False

    def __init__(self, bench, kind, seconds=0.4):
        self.bench, self.name, self.seconds = bench, kind, seconds

    def run(self, tracer):
        child = self.bench.watched.popen(
            [*tracer.wrapper, self.bench.programs / "syscall_loops", self.name,
             self.seconds], cpu=self.bench.load_cpu, stdout=subprocess.PIPE)
        out, _ = child.communicate(timeout=PATIENCE_S)
        return float(out)

    def close(self):
        pass


# A shell that starts a compiler, which starts an assembler: many short lives.
BUILD = """#!/bin/sh
cd /tmp && mkdir -p o && i=0
while [ $i -lt 40 ]; do
  i=$((i+1))
  echo "int f$i(int x) { return x + $i; }" > o/$i.c
  gcc -c -o o/$i.o o/$i.c
  [ "$(basename o/$i.o)" = $i.o ] || exit 1
  test -s o/$i.o && cat o/$i.o | wc -c > o/$i.size
done
ar rc o/all.a o/*.o
"""


class Build:
    """A build in a container of runc."""
    name, unit, is_more_better = "build", "s", False

    def __init__(self, bench):
        self.bench, self.runs = bench, 0
        self.folder = bench.folder / "build"
        self.folder.mkdir()
        root = rootfs.make(self.folder / "root", BUILD, uses_host=True)
        self.runc = runtimes.Runc(self.folder, root, uses_host=True)

    def _command(self, argv):
        path = self.folder / "config.json"
        config = json.loads(path.read_text())
        config["process"]["args"] = argv
        path.write_text(json.dumps(config))

    def _init_of(self, name):
        state = subprocess.run(
            ["runc", *self.runc.args, "state", name], check=True,
            capture_output=True, text=True).stdout
        return json.loads(state)["pid"]

    def run(self, tracer):
        name = f"vestige-bench-{os.getpid()}-{self.runs}"
        self.runs += 1
        self._command([*tracer.wrapper, "/bin/sh", "/s.sh"])
        self.runc.start(name)
        try:
            init = self._init_of(name)
            end = os.pidfd_open(init)
            self.bench.watched.enter(init)
            began = time.monotonic()
            self.runc.release(name)
            if not select.select([end], [], [], PATIENCE_S)[0]:
                raise RuntimeError("the build does not end")
            os.close(end)
            return time.monotonic() - began
        finally:
            self.runc.delete(name)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile off; keepalive_requests 1000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


class Http:
    """Requests per second that nginx in the watched group answers to wrk."""
    name, unit, is_more_better = "http", "requests/s", True

    def __init__(self, bench, seconds=1):
        self.bench, self.seconds = bench, seconds
        self.folder = bench.folder / "http"
        (self.folder / "www").mkdir(parents=True)
        self.folder.chmod(0o755)
        (self.folder / "www/index.html").write_text("x" * 1024)
        self.port = 20000 + os.getpid() % 20000
        (self.folder / "nginx.conf").write_text(
            NGINX.format(folder=self.folder, port=self.port))

    def run(self, tracer):
        with open(self.folder / "out", "wb") as out:
            server = self.bench.watched.popen(
                [*tracer.wrapper, "nginx", "-c", self.folder / "nginx.conf"],
                stdout=out, stderr=out)
        try:
            self._ask(0.2)
            return self._ask(self.seconds)
        finally:
            pid = int((self.folder / "nginx.pid").read_text())
            os.kill(pid, 15)
            server.wait(PATIENCE_S)

    def _ask(self, seconds):
        url = f"http://127.0.0.1:{self.port}/index.html"
        for _ in range(50):
            told = subprocess.run(
                ["wrk", "-t1", "-c16", f"-d{max(1, seconds)}s", url],
                capture_output=True, text=True).stdout
            rate = re.search(r"Requests/sec: +([\d.]+)", told)
            if rate and float(rate[1]) > 0:
                return float(rate[1])
            time.sleep(0.1)
        raise RuntimeError(f"nginx does not answer: "
                           f"{(self.folder / 'out').read_text()}")

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


LOADS = {"getppid": lambda bench: Loop(bench, "getppid"),
         "file": lambda bench: Loop(bench, "file"),
         "pipe": lambda bench: Loop(bench, "pipe"),
         "build": Build, "http": Http}
