# SPDX-License-Identifier: Apache-2.0
# Kernels of Debian in an emulator; to be sourced. The guest has a folder of
# this machine as its root, read-only, with what it writes in memory. Nothing
# is needed of the host but QEMU; every guest ends by itself.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# The package that a package like linux-image-amd64 stands for.
newest() {
  apt-cache depends "$1" | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p'
}

# fetch KERNEL PACKAGE: unpacked into the folder KERNEL, once.
fetch() {
  [ ! -e "$1/boot" ] || return 0
  mkdir -p "$1"
  (cd "$1" && apt-get -q download "$2" >&2 && dpkg -x ./*.deb . && rm ./*.deb)
  depmod -b "$1" "$(ls "$1/lib/modules")"
}

# module KERNEL NAME: KERNEL/NAME.ko, for a test to load.
module() {
  local found
  found=$(find "$1/lib/modules" -name "$2.ko" -o -name "$2.ko.xz")
  case $found in
    *.xz) xz -dc "$found" ;;
    *) cat "$found" ;;
  esac >"$1/$2.ko"
}

# initramfs KERNEL BUSYBOX: the modules that reach the host's files, and init.
initramfs() {
  local root version module
  root=$(mktemp -d)
  version=$(ls "$1/lib/modules")
  mkdir -p "$root"/{bin,proc,sys,dev,host,memory,root,modules}
  cp "$2" "$root/bin/busybox"
  for module in virtio_pci 9pnet_virtio 9p overlay; do
    modprobe -d "$1" -S "$version" --show-depends "$module"
  done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' |
    while read -r module; do
      case $module in
        *.xz) xz -dc "$module" ;;
        *) cat "$module" ;;
      esac >"$root/modules/$(basename "$module" .xz)"
      basename "$module" .xz
    done >"$root/order"
  cp "$here/init.sh" "$root/init"
  (cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$1/initramfs"
  rm -r "$root"
}

# boot KERNEL ROOT GUEST QEMU..: runs the script GUEST, a path below ROOT, on
# the kernel; shows the console. 0 when GUEST said that it ended with 0.
boot() {
  timeout 900 "${@:4}" -accel tcg,thread=multi -m 3G -smp 2 -nographic \
    -no-reboot -nodefaults -serial stdio -kernel "$1"/boot/vmlinuz-* \
    -initrd "$1/initramfs" \
    -append "console=ttyS0 console=ttyAMA0 quiet panic=-1 no_timer_check \
    vestige_guest=$3" \
    -virtfs "local,path=$2,mount_tag=host,security_model=none,readonly=on,\
multidevs=remap" </dev/null | tee "$1/console"
  grep -q '^guest: ended with 0' "$1/console"
}
