#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh BUILD [PACKAGE..]: runs tests of the build folder on Debian's kernels,
# or on those in the given packages.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/boot.bash"
build=$(readlink -f "$1")
kernels=$build/kernels

[ $# -gt 1 ] || set -- "$1" "$(newest linux-image-amd64)" \
  "$(newest linux-image-6.12-amd64)"
failed=()
mkdir -p "$kernels"
for package in "${@:2}"; do
  fetch "$kernels/$package" "$package"
  initramfs "$kernels/$package" /bin/busybox
  module "$kernels/$package" dummy
  sed "s|@BUILD@|$build|; s|@MODULE@|$kernels/$package/dummy.ko|" \
    "$here/guest.sh" >"$kernels/guest.sh"
  boot "$kernels/$package" / "$kernels/guest.sh" qemu-system-x86_64 -cpu max ||
    failed+=("$package")
done
[ ${#failed[@]} = 0 ] || { echo "run.sh: failed on ${failed[*]}" >&2; exit 1; }
