#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# workload.sh FOLDER: what real programs do, over and over until FOLDER/stop
# exists: builds, find, fork and exec, HTTP on loopback, git, sqlite, reads and
# writes. What is not installed is left out. make_trace.py records it.
set -u
cd "$1" || exit 4
PORT=${PORT:-8731}

has() { command -v "$1" >/dev/null 2>&1; }

build() {
  has gcc || return
  mkdir -p src
  i=0
  while [ $i -lt 12 ]; do
    cat >"src/f$i.c" <<END
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
int f$i(int argc, char** argv) { return printf("%d %s\n", argc, argv[0]); }
END
    i=$((i + 1))
  done
  for file in src/f*.c; do gcc -O1 -c "$file" -o "${file%.c}.o"; done
  ar rc src/all.a src/f*.o
}

forks() {
  i=0
  while [ $i -lt 120 ]; do
    /bin/true "$i"
    : "$(echo "line $i" | sed s/line/row/ | cut -d' ' -f2)"
    i=$((i + 1))
  done
}

finds() {
  find /usr/include /usr/share/doc /etc -type f -name '*.h' 2>/dev/null |
    head -n 4000 | xargs cat | grep -c define
  find /usr/lib -ls 2>/dev/null | sort | tail -n 1
}

requests() {
  has curl || return
  i=0
  while [ $i -lt 60 ]; do
    curl -s -o /dev/null "http://127.0.0.1:$PORT/src/f1.c?n=$i"
    curl -s -d "user=u$i&amount=$((i * 7))" "http://127.0.0.1:$PORT/" \
      >/dev/null
    i=$((i + 1))
  done
}

repository() {
  has git || return
  rm -rf repo
  git init -q repo
  cp -r src repo/
  for n in 1 2 3 4 5; do
    echo "change $n" >>repo/notes
    git -C repo add . &&
      git -C repo -c user.name=w -c user.email=w@localhost commit -qm "c $n"
  done
  git -C repo log --stat | tail -n 2
}

database() {
  has sqlite3 || return
  rm -f shop.db
  {
    echo 'CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, price INT);'
    i=0
    while [ $i -lt 300 ]; do
      echo "INSERT INTO item VALUES($i, 'item $i', $((i * 31 % 997)));"
      i=$((i + 1))
    done
    echo 'SELECT count(*), sum(price) FROM item WHERE price > 500;'
  } | sqlite3 shop.db
}

copies() {
  cat /usr/bin/gcc /usr/include/*.h >blob
  dd if=blob of=blob.copy bs=512 2>/dev/null
  gzip -c blob.copy | gzip -dc | cmp - blob
  rm -f blob blob.copy
}

threads() {
  has python3 || return
  python3 - <<'END'
import concurrent.futures, json, os, threading
def work(n):
    with open(f"t{n}.json", "w") as out:
        for i in range(200):
            out.write(json.dumps({"n": n, "i": i}) + "\n")
            out.flush()
    return sum(len(line) for line in open(f"t{n}.json"))
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(work, range(16))))
END
}

if has python3; then
  python3 -m http.server --bind 127.0.0.1 "$PORT" >/dev/null 2>&1 &
  SERVER=$!
  trap 'kill $SERVER' EXIT
  sleep 1
fi
while [ ! -e stop ]; do
  build &
  forks
  requests
  repository
  wait $!
  finds &
  database
  threads
  copies
  wait $!
done >/dev/null 2>&1
