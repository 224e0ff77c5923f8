#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does in a folder what fools reconstructions. usage: torture.py FOLDER"""
import array
import ctypes
import mmap
import os
import select
import shutil
import socket
import struct
import sys
import threading
import time

RENAME_EXCHANGE = 2
AT_FDCWD = -100
AT_SYMLINK_FOLLOW = 0x400
libc = ctypes.CDLL(None)


def child(work):
    """Runs work in a forked child and waits for it."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    os.waitpid(pid, 0)


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def passed_descriptor():
    ours, theirs = socket.socketpair()
    fd = os.open("passed", os.O_RDWR | os.O_CREAT)

    def receive():
        os.close(fd)
        _, ancillary, _, _ = theirs.recvmsg(10, socket.CMSG_LEN(4))
        fds = array.array("i")
        fds.frombytes(ancillary[0][2])
        os.write(fds[0], b"via scm")

    ours.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                           array.array("i", [fd]))])
    child(receive)
    os.close(fd)


def named_later():
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR)
    libc.linkat(AT_FDCWD, f"/proc/self/fd/{fd}".encode(), AT_FDCWD, b"named",
                AT_SYMLINK_FOLLOW)
    os.write(fd, b"more")
    os.close(fd)


def renames():
    write("over_from", "1")
    write("over_to", "22")
    os.rename("over_from", "over_to")
    write("left", "1")
    with open("right", "w") as right:
        libc.renameat2(AT_FDCWD, b"left", AT_FDCWD, b"right",
                       RENAME_EXCHANGE)
        right.write("exchanged")


def deleted_and_odd_names():
    with open("gone", "w") as gone:
        os.unlink("gone")
        gone.write("after")
    write(b"bad\xff\x1b[31m", "n")


def directories():
    home = os.getcwd()
    os.mkdir("real")
    os.symlink("real", "link")
    os.chdir("link")
    write("../beside", "c")
    write("inside", "r")
    os.chdir(home)

    def jailed():
        os.chroot("real")
        os.chdir("/")
        write("/jailed", "j")
        os.unlink("../inside")

    child(jailed)


def daemon():
    def leave():
        os.setsid()
        if os.fork() == 0:
            time.sleep(0.05)
            write("daemon", "d")
        os._exit(0)

    child(leave)
    time.sleep(0.2)


def programs():
    os.waitpid(os.posix_spawn("/usr/bin/true", ["true", "spawned"], {}), 0)

    def exec_from_thread():
        threading.Thread(target=lambda: os.execv(
            "/usr/bin/true", ["true", "from-thread"])).start()
        time.sleep(10)

    child(exec_from_thread)


def descriptors():
    first = os.open("first", os.O_WRONLY | os.O_CREAT)
    second = os.open("second", os.O_WRONLY | os.O_CREAT)
    os.dup2(first, second)
    os.closerange(first, first + 1)
    os.write(second, b"to first")


def mapped_and_copied():
    with open("mapped", "w+b") as file:
        file.truncate(4096)
        with mmap.mmap(file.fileno(), 4096) as memory:
            memory[0:4] = b"abcd"
    source = os.open("/etc/passwd", os.O_RDONLY)
    copy = os.open("copy", os.O_WRONLY | os.O_CREAT)
    os.sendfile(copy, source, 0, 50)


def racing_descriptors():
    def work(number):
        for _ in range(100):
            fd = os.open(f"race{number}",
                         os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(fd, b"x")
            os.close(fd)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def hidden():
    shutil.copy("/usr/bin/true", "dropped")
    os.waitpid(os.posix_spawn("./dropped", ["dropped"], {}), 0)
    os.unlink("dropped")
    child(lambda: os.utime("first", (1e9, 1e9)))
    write(".bash_history", "secret")
    child(lambda: os.truncate(".bash_history", 0))


def connects():
    listener = socket.create_server(("127.0.0.1", 0))
    for port in (listener.getsockname()[1], 1):  # nobody listens on 1
        ours = socket.socket()
        ours.setblocking(False)
        ours.connect_ex(("127.0.0.1", port))
        poll = select.poll()
        poll.register(ours, select.POLLOUT)
        poll.poll(2000)
        ours.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        ours.close()
    accepted, _ = listener.accept()
    accepted.close()
    listener.close()


def fewer_rights():
    def drop():
        header = struct.pack("Ii", 0x20080522, 0)
        libc.capset(header, struct.pack("6I", 0x400, 0x400, 0, 0, 0, 0))
        os._exit(0)

    child(drop)


def splice(source, target, size):
    libc.splice(source, None, target, None, ctypes.c_size_t(size), 0)


def copied_within():
    known = os.open("known", os.O_RDWR | os.O_CREAT)
    os.write(known, b"0123456789")
    os.lseek(known, 2, os.SEEK_SET)
    target = os.open("within", os.O_WRONLY | os.O_CREAT)
    os.copy_file_range(known, target, 5)
    os.lseek(known, 0, os.SEEK_SET)
    through = os.open("through", os.O_WRONLY | os.O_CREAT)
    read_end, write_end = os.pipe()
    splice(known, write_end, 10)
    splice(read_end, through, 10)


os.chdir(sys.argv[1])
for step in (passed_descriptor, named_later, renames, deleted_and_odd_names,
             directories, daemon, programs, descriptors, mapped_and_copied,
             racing_descriptors, hidden, connects, fewer_rights,
             copied_within):
    step()
