# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Goes on where uml.sh and qemu.sh end: /proc, /sys, /dev and /run are mounted, /mnt is a folder of the host that can be written to,
# and all else is the host's, read-only. Runs /mnt/command, and leaves its status and the kernel's log in /mnt.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp CI=true
bb=/run/busybox
$bb mkdir -p /dev/pts /dev/shm /run/kept
$bb mount -t devpts pts /dev/pts
$bb mount -t tmpfs shm /dev/shm
$bb ifconfig lo 127.0.0.1 up
[ ! -d /sys/kernel/debug ] || $bb mount -t debugfs debug /sys/kernel/debug
# /tmp is the guest's own, but for the folders in it that the guest is made of.
for path in $(cat /mnt/kept); do
  $bb mkdir -p "/run/kept$path"
  $bb mount -o bind "$path" "/run/kept$path"
done
$bb mount -t tmpfs -o mode=1777 tmp /tmp
for path in $(cat /mnt/kept); do
  $bb mkdir -p "$path"
  $bb mount -o bind "/run/kept$path" "$path"
done
echo 1 >/mnt/started
/bin/sh /mnt/command
echo $? >/mnt/status
$bb dmesg >/mnt/dmesg
$bb sync
# Each machine has one way to end at once, and it is not the same.
case $(cat /proc/cmdline) in
  *reboot=t*) $bb reboot -f ;;
  *) $bb poweroff -f ;;
esac
