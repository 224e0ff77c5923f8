#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# T1136.001: accounts edited by writing beside them and renaming over.
# rootfs: host
# must: read /etc/passwd
# must: renamed-to /etc/passwd
# must: read /etc/shadow
# must: create /etc/shadow-
# must: rename /etc/shadow- /etc/shadow
# must: absent /etc/shadow-
# must: present /etc/shadow
sed -i '$a backup:x:0:0::/root:/bin/sh' /etc/passwd
cp -p /etc/shadow /etc/shadow-
echo 'backup:*:19000:0:99999:7:::' >> /etc/shadow-
mv /etc/shadow- /etc/shadow
