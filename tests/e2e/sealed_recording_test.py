#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A recording is signed with a key made on first use, its anchors agree with
it, and what happens to the file afterwards is noticed."""
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading

import lives
import privileged
from recorder import BIN, Recorder

COMMAND = ["--", "/bin/sh", "-c", "for i in 1 2 3; do ls / >/dev/null; sleep 1; done"]


class Server:
    """Keeps what is posted to it."""

    def __init__(self):
        self.lines = []
        lines = self.lines

        class Keep(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                size = int(self.headers["Content-Length"])
                lines.append(self.rfile.read(size).decode().rstrip("\n"))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.http = http.server.HTTPServer(("127.0.0.1", 0), Keep)
        self.port = self.http.server_port
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def stop(self):
        self.http.shutdown()


class Syslog:
    """The socket of a syslog daemon."""

    def __init__(self, path):
        self.lines = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.thread = threading.Thread(target=self._keep, daemon=True)
        self.thread.start()

    def _keep(self):
        while message := self.socket.recv(4096).decode():
            self.lines.append(message)

    def stop(self):
        # The recorder has sent all it had; an empty one ends the thread.
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.socket.getsockname())
        self.thread.join()


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def verify(*args):
    done = subprocess.run([f"{BIN}/vestige", "verify", "--json", *args],
                          text=True, capture_output=True, check=False)
    return done.returncode, json.loads(done.stdout)


def examine(folder):
    trace, key, anchors = (f"{folder}/{name}" for name in
                           ("x.vtrace", "keys/agent.key", "anchors"))
    server = Server()
    url = f"http://127.0.0.1:{server.port}/anchors"
    syslog = Syslog(f"{folder}/log")
    recorder = Recorder(trace, "--key", key, "--anchor", anchors, "--anchor",
                        url, "--anchor", f"syslog:{folder}/log", *COMMAND)
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

    server.stop()
    if server.lines != lines:
        yield f"{len(server.lines)} of {len(lines)} anchors were posted"
    syslog.stop()
    log = f"{folder}/auth.log"
    pathlib.Path(log).write_text("\n".join(syslog.lines))
    code, told = verify(trace, "--anchor", log)
    if code != 0 or told["anchors"] != len(lines):
        yield f"anchors in the log of syslog: {told}, {syslog.lines[:2]}"

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


def examine_failing_anchor(folder):
    """Nobody listens: the trace is whole, what is missing is counted."""
    trace, anchors = f"{folder}/y.vtrace", f"{folder}/anchors-y"
    url = f"http://127.0.0.1:{closed_port()}/"
    recorder = Recorder(trace, "--no-sign", "--anchor", url, "--anchor",
                        anchors, *COMMAND)
    code = recorder.wait_end()
    count = len(pathlib.Path(anchors).read_text().splitlines())
    told = recorder.messages()
    if code != 4 or f"anchors do not reach {url}" not in told or \
            f"{count} of {count} anchors did not reach {url}" not in told:
        yield f"a server that is not there: {code}, {count}, {told}"
    code, told = verify(trace, "--anchor", anchors)
    if code != 0 or told["anchors"] != count:
        yield f"the trace all the same: {told}"


def main():
    privileged.require()
    with lives.work_folder() as folder:
        failures = list(examine(folder))
        failures += examine_failing_anchor(folder)
    print("\n".join(failures) if failures else "sealed, and seen when touched")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
