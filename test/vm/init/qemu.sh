#!/bin/busybox sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The first process of a guest in qemu, from its initial RAM disk: makes the host's files the root, and goes on there.
bb=/bin/busybox
for module in $($bb cat /order); do $bb insmod "/modules/$module"; done
options=trans=virtio,version=9p2000.L,msize=512000
$bb mount -t 9p -o $options,cache=loose,ro host /host || $bb poweroff -f
new=/host
# shellcheck disable=SC1091
[ -z "$vpoll_userland" ] || . /userland
$bb mount -t proc proc $new/proc
$bb mount -t sysfs sys $new/sys
$bb mount -t devtmpfs dev $new/dev
$bb mount -t tmpfs run $new/run
$bb mount -t 9p -o $options out $new/mnt
$bb cp $bb $new/run/busybox
# Not chroot(8): who is in one may make no user namespace (current_chrooted()).
exec $bb switch_root $new /bin/sh /mnt/guest
