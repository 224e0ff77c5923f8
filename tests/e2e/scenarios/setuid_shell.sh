#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# T1548.001, T1222.002: a hidden setuid copy of the shell.
# must: create /var/tmp/.cache
# must: read /bin/busybox
# must: chown /var/tmp/.cache
# must: chmod /var/tmp/.cache 04755
# must: mode /var/tmp/.cache 04755
# must: mkdir /var/tmp/a/b
# must: create /var/tmp/a/b/c
# must: chmod /var/tmp/a/b/c 0700
mkdir -p /var/tmp
cp /bin/busybox /var/tmp/.cache
chown 0:0 /var/tmp/.cache
chmod 4755 /var/tmp/.cache
mkdir -p /var/tmp/a/b
touch /var/tmp/a/b/c
chmod -R 700 /var/tmp/a
