#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Housekeeping of a miner: kills a rival, takes over cron, preloads a
# library, wipes logs.
# rootfs: host
# file: /var/log/auth.log login
# file: /var/log/daemon.log started
# must: exec /tmp/rival
# must: kill SIGKILL
# must: killed '/tmp/rival 30' SIGKILL
# must: delete /tmp/rival
# must: create /var/spool/cron/crontabs/root
# must: create /etc/ld.so.preload
# must: delete /etc/ld.so.preload
# must: absent /etc/ld.so.preload
# must: truncate /var/log/auth.log O_TRUNC
# must: truncate /var/log/daemon.log O_TRUNC
cp /usr/bin/sleep /tmp/rival
/tmp/rival 30 &
rival=$!
sleep 0.2
kill -9 $rival
wait $rival
rm -f /tmp/rival /tmp/none /tmp/other*
mkdir -p /var/spool/cron/crontabs
echo '* * * * * /usr/bin/true' > /var/spool/cron/crontabs/root
echo /lib/hidden.so > /etc/ld.so.preload
rm /etc/ld.so.preload
for log in /var/log/*.log; do : > "$log"; done
