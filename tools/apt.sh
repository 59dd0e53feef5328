#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs the Debian packages that the suites use. Only what is missing, and only where that is possible: without root or
# apt-get it names what is missing and leaves the verdict to the tests, which skip by name (or fail, in CI).
set -eu

wanted='gcc gcc-aarch64-linux-gnu libc6-dev libc6-dev-arm64-cross libvpoll-dev python3 strace util-linux'

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=
for package in $wanted; do
  is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "tools/apt.sh: missing, and not root with apt-get:$missing"
  exit 0
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# One at a time: a release that lacks one of them still gets the others.
status=0
for package in $missing; do
  apt-get install -q -y --no-install-recommends "$package" </dev/null || {
    echo "tools/apt.sh: could not install $package"
    status=1
  }
done
exit "$status"
