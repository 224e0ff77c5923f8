#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# T1552.001, T1552.004, T1074.001: keys are searched for and collected.
# must: read /home/ann/.ssh/id_ed25519
# must: read /home/ann/.aws/credentials
# must: create /dev/shm/.k/id_ed25519
# must: write /dev/shm/.k/id_ed25519
# must: create /dev/shm/.k/list
# must: write /dev/shm/.k/list
mkdir -p /home/ann/.aws /home/ann/.ssh /dev/shm/.k
echo 'aws_secret_access_key = EXAMPLE' > /home/ann/.aws/credentials
echo 'EXAMPLE PRIVATE KEY' > /home/ann/.ssh/id_ed25519
find /home -name 'id_*' -exec cp {} /dev/shm/.k/ ';'
grep -rl aws_secret /home > /dev/shm/.k/list
