#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# T1059.004: a script is dropped, made executable, run and removed.
# must: create /tmp/run.sh
# must: write /tmp/run.sh
# must: chmod /tmp/run.sh 0755
# must: exec /tmp/run.sh
# must: started '/bin/sh /s.sh' '/bin/sh /tmp/run.sh one two'
# must: exit '/bin/sh /tmp/run.sh one two' 3
# must: create /tmp/run.out
# must: write /tmp/run.out
# must: delete /tmp/run.sh
# must: absent /tmp/run.sh
# must: present /tmp/run.out
cat > /tmp/run.sh <<'SCRIPT'
#!/bin/sh
echo "$@"
id -u
exit 3
SCRIPT
chmod 755 /tmp/run.sh
/tmp/run.sh one two > /tmp/run.out
rm /tmp/run.sh
