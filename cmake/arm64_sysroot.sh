#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# arm64_sysroot.sh DIR PACKAGE..: Debian's arm64 packages with all they depend
# on, unpacked into DIR/root. Nothing is installed on this machine: apt works
# in DIR alone. DIR/apt.conf, as APT_CONFIG, makes it do so again.
set -euo pipefail
mkdir -p "$1"/{lists,archives}/partial "$1/root"
dir=$(readlink -f "$1")
wanted="${*:2}"
[ "$(cat "$dir/packages" 2>/dev/null)" != "$wanted" ] || exit 0

: >"$dir/status"
cat >"$dir/sources.list" <<EOF
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \
http://deb.debian.org/debian bookworm main
EOF
cat >"$dir/apt.conf" <<EOF
Dir::State "$dir";
Dir::State::status "$dir/status";
Dir::State::lists "$dir/lists";
Dir::Cache "$dir";
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "/dev/null";
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Acquire::Retries "3";
EOF
export APT_CONFIG=$dir/apt.conf
apt-get -q update </dev/null >&2
apt-get -q -y install --no-install-recommends --download-only "${@:2}" \
  </dev/null >&2
for package in "$dir"/archives/*.deb; do dpkg -x "$package" "$dir/root"; done
rm "$dir"/archives/*.deb
echo "$wanted" >"$dir/packages"
