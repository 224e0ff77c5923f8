#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The first process of the guest: mounts the host's files, hands over to
# guest.sh in them.
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
for place in proc sys dev; do mount --move /$place /root/$place; done
for word in $(cat /root/proc/cmdline); do
  case $word in vestige_*) export "$word" ;; esac
done
source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' \
  "/root$vestige_build/CMakeCache.txt")
exec switch_root /root /bin/sh "$source/tests/kernels/guest.sh"
