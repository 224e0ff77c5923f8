#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In the guest: runs the tests and turns it off. $vestige_build is the build
# folder, $vestige_tests the names of the tests, in base64.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root REQUIRE_PRIVILEGED=1
for place in /run /tmp; do mount -t tmpfs memory $place; done
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs memory /dev/shm
mount -t cgroup2 cgroup /sys/fs/cgroup
mount -t bpf bpf /sys/fs/bpf
ip link set lo up
echo "guest: Linux $(uname -r)"
cd "$vestige_build" &&
  ctest -R "$(echo "$vestige_tests" | base64 -d)" --output-on-failure
echo "guest: tests ended with $?"
echo o >/proc/sysrq-trigger
while :; do :; done
