# SPDX-License-Identifier: Apache-2.0
"""Container runtimes, each private to one test: own sockets, own data.

All speak the same verbs:
  start(name)    makes a container of the root file system given; it waits
                 and does nothing yet, so that a recorder can be attached
  identity(name) the runtime's id of it
  release(name)  lets /s.sh run
  enter(name, *command)  runs one more program inside, to its end
  wait(name)     waits for its end
  delete(name)   removes every trace of it from the runtime
  close()        stops the daemon this object started, by its pid
"""
import json
import os
import pathlib
import subprocess
import time

import rootfs

PATIENCE_S = 120
# What a container of Docker may do by default.
CAPABILITIES = [f"CAP_{name}" for name in (
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE "
    "NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT").split()]
# Runtimes without a parked state run this; release() makes /go.
WAIT_FOR_GO = ["/bin/sh", "-c",
               "while [ ! -e /go ]; do sleep 0.05; done; exec /bin/sh /s.sh"]


def _run(*command, check=True, **options):
    done = subprocess.run([*map(str, command)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=PATIENCE_S, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}")
    return done.stdout.strip()


def _wait_until(claim, what):
    end = time.monotonic() + PATIENCE_S
    while not claim():
        if time.monotonic() > end:
            raise AssertionError(f"in vain: {what}")
        time.sleep(0.05)


def make_bundle(folder, root, uses_host=False):
    """Writes config.json of an OCI bundle for the root file system."""
    _run("runc", "spec", cwd=folder)
    path = pathlib.Path(folder) / "config.json"
    config = json.loads(path.read_text())
    config["root"] = {"path": str(root), "readonly": False}
    process = config["process"]
    process["terminal"] = False
    process["args"] = ["/bin/sh", "/s.sh"]
    process["env"] = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"]
    process["capabilities"] = {
        kind: CAPABILITIES for kind in ("bounding", "effective", "permitted")}
    if uses_host:
        config["mounts"].append({
            "destination": "/usr", "type": "bind", "source": "/usr",
            "options": ["rbind", "ro"]})
    path.write_text(json.dumps(config))


class Runc:
    """No daemon. Runs the bundle in `folder`; makes it if there is none."""

    programs = ["runc"]

    def __init__(self, folder, root=None, uses_host=False):
        self.bundle = pathlib.Path(folder)
        self.args = ["--root", str(self.bundle / "state")]
        if root is not None:
            make_bundle(folder, root, uses_host)

    def start(self, name):
        # Not _run: the container's init keeps these descriptors, and a pipe
        # would never end.
        with open(self.bundle / f"{name}.out", "wb") as out:
            subprocess.run(
                ["runc", *self.args, "create", "--bundle", self.bundle, name],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=True)

    def identity(self, name):
        return name

    def release(self, name):
        _run("runc", *self.args, "start", name)

    def enter(self, name, *command):
        _run("runc", *self.args, "exec", name, *command)

    def wait(self, name):
        _wait_until(lambda: json.loads(_run(
            "runc", *self.args, "state", name))["status"] == "stopped",
            f"end of {name}")

    def delete(self, name):
        _run("runc", *self.args, "delete", "-f", name)

    def close(self):
        pass


class Docker:
    programs = ["dockerd", "docker"]

    def __init__(self, folder, root):
        self.folder = pathlib.Path(folder)
        self.host = f"unix://{self.folder}/docker.sock"
        self.daemon = subprocess.Popen(
            ["dockerd", "--host", self.host,
             "--data-root", self.folder / "data",
             "--exec-root", self.folder / "exec",
             "--pidfile", self.folder / "docker.pid",
             "--iptables=false", "--ip6tables=false", "--bridge=none",
             "--storage-driver=vfs"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.folder / "log", "wb"))
        try:
            _wait_until(lambda: "Server Version" in _run(
                "docker", "--host", self.host, "info", check=False), "dockerd")
            self.docker("import", rootfs.pack(root, self.folder / "root.tar"),
                        "scenario:1")
        except BaseException:
            self.close()  # nobody else has it yet
            raise

    def docker(self, *arguments):
        return _run("docker", "--host", self.host, *arguments)

    def start(self, name):
        self.docker("run", "--detach", "--name", name, "--network", "none",
                    "scenario:1", *WAIT_FOR_GO)

    def identity(self, name):
        return self.docker("inspect", "--format", "{{.Id}}", name)

    def release(self, name):
        self.enter(name, "/bin/touch", "/go")

    def enter(self, name, *command):
        self.docker("exec", name, *command)

    def wait(self, name):
        self.docker("wait", name)

    def delete(self, name):
        self.docker("rm", "--force", name)

    def close(self):
        self.daemon.terminate()
        self.daemon.wait(PATIENCE_S)


class Podman:
    """No daemon, but private storage. Plain cgroupfs, since systemd may not
    run; limits that a container in a container can still lower."""

    programs = ["podman"]

    def __init__(self, folder, root):
        folder = pathlib.Path(folder)
        self.args = ["--root", folder / "root", "--runroot", folder / "run",
                     "--tmpdir", folder / "tmp", "--storage-driver", "vfs",
                     "--runtime", "runc", "--cgroup-manager", "cgroupfs",
                     "--events-backend", "file"]
        self.podman("import", rootfs.pack(root, folder / "root.tar"),
                    "localhost/scenario:1")

    def podman(self, *arguments):
        return _run("podman", *self.args, *arguments)

    def start(self, name):
        self.podman("run", "--detach", "--name", name, "--network", "none",
                    "--ulimit", "nofile=1024:1024",
                    "--ulimit", "nproc=1000:1000",
                    "localhost/scenario:1", *WAIT_FOR_GO)

    def identity(self, name):
        return self.podman("inspect", "--format", "{{.Id}}", name)

    def release(self, name):
        self.enter(name, "/bin/touch", "/go")

    def enter(self, name, *command):
        self.podman("exec", name, *command)

    def wait(self, name):
        self.podman("wait", name)

    def delete(self, name):
        self.podman("rm", "--force", "--time", "0", name)

    def close(self):
        pass


class Containerd:
    """containerd driven by ctr; the name of a container is its id."""

    programs = ["containerd", "ctr"]
    CONFIG = """version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "{folder}/containerd.sock"
[ttrpc]
  address = "{folder}/containerd.sock.ttrpc"
"""

    def __init__(self, folder, root):
        self.root = root
        self.entered = 0
        self.folder = pathlib.Path(folder)
        config = self.folder / "config.toml"
        config.write_text(self.CONFIG.format(folder=folder))
        self.daemon = subprocess.Popen(
            ["containerd", "--config", config], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=open(self.folder / "log", "wb"))
        try:
            _wait_until(lambda: "Server" in self.ctr("version", check=False),
                        "containerd")
        except BaseException:
            self.close()  # nobody else has it yet
            raise

    def ctr(self, *arguments, **options):
        return _run("ctr", "--address", self.folder / "containerd.sock",
                    *arguments, **options)

    def start(self, name):
        self.ctr("run", "--detach", "--rootfs", self.root, name, *WAIT_FOR_GO)

    def identity(self, name):
        return name

    def release(self, name):
        self.enter(name, "/bin/touch", "/go")

    def enter(self, name, *command):
        self.entered += 1
        self.ctr("task", "exec", "--exec-id", f"entered-{self.entered}", name,
                 *command)

    def wait(self, name):
        _wait_until(lambda: "STOPPED" in self.ctr("task", "ls"),
                    f"end of {name}")

    def delete(self, name):
        self.ctr("task", "delete", "--force", name, check=False)
        self.ctr("container", "delete", name)

    def close(self):
        self.daemon.terminate()
        self.daemon.wait(PATIENCE_S)


ALL = {"runc": Runc, "docker": Docker, "podman": Podman,
       "containerd": Containerd}
