#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# arm64.sh BUILD: runs the programs of BUILD, which `./dev cross` made, on an
# emulated arm64 machine with Debian's kernel.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/boot.bash"
build=$(readlink -f "$1")
root=$build/sysroot/root
export APT_CONFIG=$build/sysroot/apt.conf

kernel=$build/kernels/$(newest linux-image-arm64)
fetch "$kernel" "$(basename "$kernel")"
initramfs "$kernel" "$root/bin/busybox"
mkdir -p "$root/opt"
cp "$build"/bin/vestige{,-capture} "$here/guest_arm64.sh" "$root/opt/"
boot "$kernel" "$root" /opt/guest_arm64.sh qemu-system-aarch64 -machine virt \
  -cpu max,pauth-impdef=on || { echo "arm64.sh: failed" >&2; exit 1; }
