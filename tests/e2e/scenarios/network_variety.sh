#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Datagrams, a refused and a pending connection, IPv6, a Unix socket.
# rootfs: host
# must: bind 127.0.0.1:5300
# must: send 127.0.0.1:5300
# must: receive 127.0.0.1:5300
# must: connect 127.0.0.1:11 ECONNREFUSED
# must: bind [::1]:6600
# must: listen [::1]:6600
# must: connect [::1]:6600 ok
# must: accept [::1]:6600
# must: connect 127.0.0.1:7700 EINPROGRESS
# must: bind @signal
# must: connect @signal ok
python3 - <<'PYTHON'
import select
import socket

home = "127.0.0.1"
sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sink.bind((home, 5300))
source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
source.sendto(b"ping", (home, 5300))
sink.recvfrom(100)

try:
    socket.socket().connect((home, 11))
except ConnectionRefusedError:
    pass

server = socket.socket(socket.AF_INET6)
server.bind(("::1", 6600))
server.listen(1)
client = socket.socket(socket.AF_INET6)
client.connect(("::1", 6600))
peer, _ = server.accept()
client.sendall(b"hello")
peer.recv(10)

backlog = socket.socket()
backlog.bind((home, 7700))
backlog.listen(1)
pending = socket.socket()
pending.setblocking(False)
pending.connect_ex((home, 7700))
select.select([], [pending], [], 1)

local = socket.socket(socket.AF_UNIX)
local.bind("\0signal")
local.listen(1)
caller = socket.socket(socket.AF_UNIX)
caller.connect("\0signal")
PYTHON
