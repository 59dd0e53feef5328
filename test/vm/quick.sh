#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Boots a User-Mode Linux 6.1 with our patch, and runs the scenarios of guest/ and the library's demo in it, over the patched
# eventfd and then over vpoll.ko. Needs the package built (`npm run build`). Ends with `N passed, N failed`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
[ -e build/cli.js ] || { echo 'quick.sh: run `npm run build` first' && exit 1; }

kernel=$("$here/uml-build.sh")
# Not in /tmp: a guest has its own.
run=$(mktemp -d "$kernel/run.XXXXXX")
trap 'rm -rf "$run"' EXIT

mkdir "$run/scenarios" "$run/out"
for source in "$here"/guest/*.c; do
  gcc -std=gnu11 -O2 -Wall -Wextra -Werror -pthread -o "$run/scenarios/$(basename "$source" .c)" "$source"
done
# The series' own test. Of the kernel's headers it needs the one that is new, and that needs no mending for user space.
source=$kernel/linux-source-6.1
mkdir -p "$run/include/linux"
cp "$source/include/uapi/linux/eventfd.h" "$run/include/linux"
gcc -O2 -Wall -isystem "$run/include" -pthread -o "$run/eventfd_vpoll_test" \
  "$source/tools/testing/selftests/filesystems/eventfd/eventfd_vpoll_test.c"

cp -r linux_module "$run/module"
make -s -C "$run/module" ARCH=um KDIR="$kernel/build"
mv "$run/module/vpoll.ko" "$run"

BUSYBOX=$kernel/busybox "$here/uml-boot.sh" "$kernel/linux" "$run/out" sh "$here/guest/run.sh" "$run"
