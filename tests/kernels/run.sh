#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh BUILD [PACKAGE..]: boots kernels of Debian in an emulator and runs the
# tests below in each. The guest has this machine's files, read-only, with what
# it writes in memory. Nothing is needed of the host but QEMU; ends by itself.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "$1")
kernels=$build/kernels
seconds=900 # a kernel; emulated, so far slower than what it takes here
tests='^(capture\.Record\.(HoldsACommandFromExecToExit|AccountsForEveryRecord'
tests+='BeyondItsCapacity|LeanLeavesOutDurationsButNoCalls|ShowsAProgramThat'
tests+='OnlyUsesIoUring|TellsTheNewNameOfATask|TellsCallsThatHadNotReturned|'
tests+='KeepsTenContainersApart|TakesTheCgroupsMadeInsideASelectedOne|'
tests+='TellsHowATaskEndedThatNeverReturned)|capture\.exec|e2e\.runtime\.runc|'
tests+='e2e\.scenario\.(dropped_script|network_variety|setuid_shell))$'

# The package that a package like linux-image-amd64 stands for.
newest() {
  apt-cache depends "$1" | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p'
}

# fetch PACKAGE: unpacked into $kernels/PACKAGE, once.
fetch() {
  local to=$kernels/$1
  [ ! -e "$to/boot" ] || return 0
  mkdir -p "$to"
  (cd "$to" && apt-get -q download "$1" >&2 && dpkg -x ./*.deb . && rm ./*.deb)
  depmod -b "$to" "$(ls "$to/lib/modules")"
}

# initramfs PACKAGE: busybox, the modules that reach the host's files, init.
initramfs() {
  local to=$kernels/$1 root version module
  root=$(mktemp -d)
  version=$(ls "$to/lib/modules")
  mkdir -p "$root"/{bin,proc,sys,dev,host,memory,root,modules}
  cp /bin/busybox "$root/bin/"
  for module in virtio_pci 9pnet_virtio 9p overlay; do
    modprobe -d "$to" -S "$version" --show-depends "$module"
  done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' |
    while read -r module; do
      case $module in
        *.xz) xz -dc "$module" ;;
        *) cat "$module" ;;
      esac >"$root/modules/$(basename "$module" .xz)"
      basename "$module" .xz
    done >"$root/order"
  cp "$here/init.sh" "$root/init"
  (cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$to/initramfs"
  rm -r "$root"
}

# boot PACKAGE: the guest's console; 0 when its tests passed.
boot() {
  local to=$kernels/$1
  timeout "$seconds" qemu-system-x86_64 -accel tcg,thread=multi -cpu max \
    -m 3G -smp 2 -nographic -no-reboot -nodefaults -serial stdio \
    -kernel "$to"/boot/vmlinuz-* -initrd "$to/initramfs" \
    -append "console=ttyS0 quiet panic=-1 vestige_build=$build \
vestige_tests=$(printf %s "$tests" | base64 -w0)" \
    -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
    </dev/null | tee "$to/console"
  grep -q '^guest: tests ended with 0' "$to/console"
}

failed=()
[ $# -gt 1 ] || set -- "$1" "$(newest linux-image-amd64)" \
  "$(newest linux-image-6.12-amd64)"
for package in "${@:2}"; do
  fetch "$package"
  initramfs "$package"
  boot "$package" || failed+=("$package")
done
[ ${#failed[@]} = 0 ] || { echo "run.sh: failed on ${failed[*]}" >&2; exit 1; }
