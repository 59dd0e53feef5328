#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# apt.sh [GROUP...]: installs the Debian packages that the suites use, by group:
#
#   suites   what `npm test` needs; the default
#   module   builds and loads vpoll.ko
#   kernel   builds kernels
#   qemu     boots kernels in qemu
#   arm64    boots those of that architecture
#   series   checks the patches by what the kernel checks its own by
#   peers    builds the tests of liburing and libuv from Debian's sources
#   pages    renders manual pages
#   guests   programs that run in them: of 32 bits, Python's own tests, libvpoll
#
# Only what is missing, and only where that is possible: without root or apt-get it names what is missing and leaves the verdict to
# the tests, which skip by name (or fail, in CI).
set -eu

group() {
  case $1 in
    suites)
      echo 'abigail-tools cmake fuse3 g++ gcc gcc-aarch64-linux-gnu groff-base libc6-dev libc6-dev-arm64-cross liburing-dev libuv1-dev lua-luv lua5.4'
      echo 'debhelper dh-dkms dkms dpkg-dev e2fsprogs gpg gpg-agent libpurelibc-dev libvpoll-dev lintian make man-db mount musl-tools pkg-config python3 python3-uvloop reuse socat systemd'
      echo 'fish strace util-linux valgrind zsh'
      # Python's package: its tests, its types, its Debian package.
      echo 'dh-python mypy pybuild-plugin-pyproject python3-pytest python3-venv'
      # The examples in other languages: 136 MB to get, 740 MB unpacked.
      echo 'golang-go rustc'
      # A browser, and a C compiler for WASI.
      echo 'chromium clang libclang-rt-dev-wasm32 lld wasi-libc'
      ;;
    module) echo 'debian-archive-keyring dkms gcc kmod libc6-dev make pahole util-linux' ;;
    kernel) echo 'bc bison flex gcc libc6-dev libelf-dev make patch perl xz-utils' ;;
    qemu) echo 'cpio qemu-system-x86 xz-utils' ;;
    arm64) echo 'cpio kmod qemu-system-arm xz-utils' ;;
    # Not gcc-multilib: it conflicts with the compiler for arm64.
    series) echo 'bc bison flex gcc git libc6-dev libelf-dev make patch perl sparse' ;;
    peers) echo 'cmake dpkg-dev gcc libc6-dev make' ;;
    pages) echo 'groff-base man-db' ;;
    guests) echo 'gcc-12-multilib libc6-dev-i386 libpython3.11-testsuite libvpoll-dev python3' ;;
    *) echo "tools/apt.sh: no group $1" >&2 && return 1 ;;
  esac
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

[ $# -gt 0 ] || set -- suites
missing=
for name; do
  wanted=$(group "$name")
  for package in $wanted; do
    is_installed "$package" || missing="$missing $package"
  done
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
