#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The first process of a guest: makes the host's folder its root, runs the
# script that the command line names, says how it ended, and turns it off.
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done </order
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro \
  host /host
mount -t tmpfs memory /memory
mkdir /memory/upper /memory/work
mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work \
  root /root

cd /root
mkdir -p proc sys dev run tmp
for place in run tmp; do mount -t tmpfs memory $place; done
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs memory /dev/shm
mount -t cgroup2 cgroup /sys/fs/cgroup
mount -t bpf bpf /sys/fs/bpf
ip link set lo up
for word in $(cat /proc/cmdline); do
  case $word in vestige_guest=*) export "$word" ;; esac
done
for place in proc sys dev; do mount --move /$place $place; done
[ -e bin/sh ] || chroot . /bin/busybox --install -s /bin
exec switch_root . /bin/sh -c 'uname -rm
  /bin/sh "$vestige_guest"
  echo "guest: ended with $?"
  echo o >/proc/sysrq-trigger
  while :; do :; done'
