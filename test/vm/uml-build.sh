#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds a User-Mode Linux 6.1 with linux_patch/v6.1, and prints the folder that then holds `linux`, `busybox` and the tree of
# objects `build` that modules are built against. The folder is in the user's cache, one for each state of the patch and of
# uml.config; when it is there already, this takes no time. All else that is said goes to stderr.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
patches=$here/../../linux_patch/v6.1
cores=$(nproc)

packages='bc bison flex gcc kmod libc6-dev make patch xz-utils'
missing=$(for package in $packages; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
done)
if [ -n "$missing" ]; then
  [ "$(id -u)" = 0 ] || { echo "uml-build.sh: needs" $missing >&2 && exit 1; }
  apt-get install -y -qq --no-install-recommends $missing >&2
fi

state=$(cat "$patches"/*.patch "$here/uml.config" "$0" | sha256sum | cut -c1-12)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/vpoll/uml-6.1-$state
mkdir -p "$cache"
cd "$cache"
exec 9>lock
flock 9 # two runs at once build once
if [ -e done ]; then
  echo "$cache"
  exit
fi

rm -rf deb linux-source-6.1 build
mkdir deb build
(cd deb && apt-get download -qq linux-source-6.1 busybox-static) >&2
for package in deb/*.deb; do dpkg -x "$package" deb; done
tar xf deb/usr/src/linux-source-6.1.tar.xz
cp deb/bin/busybox busybox
rm -r deb

(
  cd linux-source-6.1
  cat "$patches"/*.patch | patch -s -p1 --fuzz=0
  export ARCH=um KBUILD_OUTPUT="$cache/build"
  make -s tinyconfig
  scripts/kconfig/merge_config.sh -m -O "$KBUILD_OUTPUT" "$KBUILD_OUTPUT/.config" "$here/uml.config"
  make -s olddefconfig
  # A name that this kernel doesn't know, or whose needs are not met, vanishes in silence.
  grep '^CONFIG' "$here/uml.config" | while read -r line; do
    grep -qxF "$line" "$KBUILD_OUTPUT/.config" || { echo "uml-build.sh: not in .config: $line" && exit 1; }
  done
  make -s -j"$cores" linux modules
) >&2 9>&-
mv build/linux linux
touch done
echo "$cache"
