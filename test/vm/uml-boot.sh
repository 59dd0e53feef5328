#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# uml-boot.sh LINUX OUT COMMAND [ARGUMENT...]: runs a command as root of a User-Mode Linux whose files are the host's, read-only.
# /tmp and /run are empty and writable. Exits with the command's status, or 97 when the guest died before it could tell.
# The guest's kernel log is left in OUT/dmesg. BUSYBOX names a static busybox.
set -eu
linux=$1 out=$(realpath "$2") busybox=${BUSYBOX:-$(command -v busybox)}
shift 2
rm -f "$out/status" "$out/dmesg"

quoted=
for word; do
  quoted="$quoted '$(printf %s "$word" | sed "s/'/'\\\\''/g")'"
done

cat >"$out/init" <<EOF
#!$busybox sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp CI=true
bb=$busybox
\$bb mount -t proc proc /proc
\$bb mount -t sysfs sys /sys
\$bb mount -t devtmpfs dev /dev
\$bb mkdir -p /dev/pts /dev/shm
\$bb mount -t devpts pts /dev/pts
\$bb mount -t tmpfs shm /dev/shm
\$bb mount -t tmpfs run /run
\$bb mount -t hostfs -o '$out' out /mnt
\$bb ifconfig lo 127.0.0.1 up
cd '$PWD'
\$bb mount -t tmpfs tmp /tmp
VPOLL_GUEST=uml $quoted
status=\$?
\$bb dmesg >/mnt/dmesg
echo \$status >/mnt/status
\$bb poweroff -f
EOF
chmod +x "$out/init"

timeout "${SECONDS_MAX:-300}" "$linux" root=/dev/root rootfstype=hostfs rootflags=/ ro init="$out/init" mem=2G \
  con=null con0=null,fd:1 ssl=null quiet loglevel=4 rng_core.default_quality=1000 uml_dir="$out" </dev/null 2>&1 |
  sed -u '/^reboot: /d'
[ -f "$out/status" ] || exit 97
exit "$(cat "$out/status")"
