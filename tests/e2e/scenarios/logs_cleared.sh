#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# T1070.002: logs emptied, copied over, and rotated away.
# file: /var/log/auth.log login
# file: /var/log/lastlog last
# file: /var/log/messages message
# must: truncate /var/log/auth.log O_TRUNC
# must: truncate /var/log/lastlog O_TRUNC
# must: rename /var/log/messages /var/log/messages.0
# must: delete /var/log/messages.0
# must: absent /var/log/messages
# must: absent /var/log/messages.0
: > /var/log/auth.log
cat /dev/null > /var/log/lastlog
mv /var/log/messages /var/log/messages.0
rm /var/log/messages.0
