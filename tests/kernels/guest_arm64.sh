#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In the guest, an arm64 machine that has only busybox: records a program and
# asks what it did. Ends with the number of answers that are wrong.
export PATH=/bin:/opt
failed=0
# has TEXT COMMAND..: the output of COMMAND has TEXT in it.
has() {
  text=$1
  shift
  "$@" >/tmp/answer 2>&1
  grep -qF -- "$text" /tmp/answer && return
  echo "guest: no '$text' from $*:"
  cat /tmp/answer
  failed=$((failed + 1))
}

cd /tmp || exit 1
vestige-capture record -o x.vtrace -- sh -c 'echo hello >f; cat f; mv f g
  rm g; nc -w 1 127.0.0.1 9; mkdir "" d; chmod 700 d' || exit 1
vestige tree x.vtrace
has 'verdict' vestige verify --json x.vtrace
has 'aarch64' vestige info --json x.vtrace
has 'no event is missing' vestige info x.vtrace
has 'cat f' vestige tree x.vtrace
has '/tmp/f' vestige files x.vtrace
has '"rename"' vestige files --json x.vtrace
has 'ECONNREFUSED' vestige net x.vtrace
has '127.0.0.1:9' vestige net x.vtrace
has 'unlinkat' vestige events x.vtrace
has 'mkdirat' vestige events x.vtrace
exit $failed
