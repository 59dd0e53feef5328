#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The first process of a User-Mode Linux. The kernel's command line gives it vpoll_busybox, and vpoll_out: the folder of the host
# that becomes /mnt.
bb=$vpoll_busybox
$bb mount -t proc proc /proc
$bb mount -t sysfs sys /sys
$bb mount -t devtmpfs dev /dev
$bb mount -t tmpfs run /run
# Before anything covers it: the folder may be below /tmp.
$bb mount -t hostfs -o "$vpoll_out" out /mnt
$bb cp "$bb" /run/busybox
exec /bin/sh /mnt/guest
