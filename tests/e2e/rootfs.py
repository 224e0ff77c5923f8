# SPDX-License-Identifier: Apache-2.0
"""Root file systems of test containers."""
import os
import pathlib
import shutil
import subprocess
import tarfile

FOLDERS = ["proc", "sys", "dev", "tmp", "etc", "root", "var/log", "run",
           "home", "mnt"]
FILES = {
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "/etc/group": "root:x:0:\n",
    "/etc/shadow": "root:*:19000:0:99999:7:::\n",
    "/etc/hosts": "127.0.0.1 localhost\n",
}


def make(root, script, files=(), uses_host=False):
    """Makes a root file system in folder `root` whose /s.sh is `script`.

    Its programs are busybox's applets, or with `uses_host` the host's /usr,
    which the container then has to mount there, read-only."""
    root = pathlib.Path(root)
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    if uses_host:
        (root / "usr").mkdir()
        for folder in ("bin", "sbin", "lib", "lib64"):
            (root / folder).symlink_to(f"usr/{folder}")
    else:
        _install_busybox(root / "bin")
    for path, text in {**FILES, **dict(files), "/s.sh": script}.items():
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (root / "etc/shadow").chmod(0o600)
    (root / "s.sh").chmod(0o755)
    return root


def _install_busybox(folder):
    folder.mkdir()
    busybox = shutil.which("busybox")
    shutil.copy(busybox, folder / "busybox")
    names = subprocess.run([busybox, "--list"], check=True, text=True,
                           capture_output=True).stdout.split()
    for name in names:
        if name != "busybox":
            (folder / name).symlink_to("busybox")


def pack(root, archive):
    """An archive that Docker, Podman and others import as an image."""
    with tarfile.open(archive, "w") as tar:
        for name in sorted(os.listdir(root)):
            tar.add(os.path.join(root, name), arcname=name)
    return archive
