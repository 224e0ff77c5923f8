#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# T1027, T1140: a decoded payload goes through a pipe into a shell.
# The payload is: id -u; echo done > /tmp/mark
# rootfs: host
# must: argv base64 -d
# must: argv bash
# must: argv id -u
# must: started bash 'id -u'
# must: create /tmp/mark
# must: present /tmp/mark
echo aWQgLXU7IGVjaG8gZG9uZSA+IC90bXAvbWFyawo= | base64 -d | bash
