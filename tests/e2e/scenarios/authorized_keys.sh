#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# T1098.004: a key is added for logging in.
# must: mkdir /root/.ssh
# must: chmod /root/.ssh 0700
# must: create /root/.ssh/authorized_keys
# must: write /root/.ssh/authorized_keys
# must: chmod /root/.ssh/authorized_keys 0600
# must: present /root/.ssh/authorized_keys
cd /root
mkdir .ssh
chmod 700 .ssh
echo 'ssh-ed25519 AAAAexample intruder@example' >> .ssh/authorized_keys
chmod 600 .ssh/authorized_keys
