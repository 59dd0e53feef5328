#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# boot.sh FOLDER COMMAND: boots systemd as process 1 of namespaces of its own, with a copy of this machine's files that is forgotten afterwards, and has it run
# COMMAND in place of what a machine starts; its output is FOLDER/output. FOLDER/files is laid over the copy first. Takes root, and a terminal as standard input.
#
# It is in a cgroup of its own, whose name is its folder's, so that it sees and touches no other.
set -e
folder=$1 trial=$2

if [ "${3-}" != inside ]; then
  cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
  cgroup=$cgroups/$(basename "$folder")
  mkdir "$cgroup"
  trap 'echo 1 >"$cgroup/cgroup.kill"; for i in 1 2 3 4 5 6 7 8 9; do find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null && break; sleep 0.2; done' EXIT
  sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec unshare --fork --kill-child --pid --mount --uts --ipc --net --cgroup --propagation private "$@"' sh "$cgroup" sh "$0" "$folder" "$trial" inside
  exit
fi

mount -t tmpfs -o mode=755 none "$folder/system"
cd "$folder/system"
mkdir upper work root
mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root
cd root
cp -r "$folder/files/." .
mkdir -p old dev proc sys run tmp var/log
mount -t proc none proc
mount -t sysfs -o ro none sys
mount -t cgroup2 none sys/fs/cgroup
for place in dev run tmp var/log; do mount -t tmpfs -o mode=755 none $place; done
chmod 1777 tmp
mkdir dev/shm dev/pts
for device in null zero full random urandom tty; do
  : >dev/$device
  mount --bind /dev/$device dev/$device
done
: >dev/console
mount --bind "$(readlink /proc/self/fd/0)" dev/console
# As udev makes it.
mknod -m 666 dev/fuse c 10 229
: >run/output
: >"$folder/output"
mount --bind "$folder/output" run/output
printf '%s\n' "$trial" >trial.sh
cat >etc/systemd/system/trial.service <<UNIT
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
StandardOutput=append:/run/output
StandardError=append:/run/output
Environment=PATH=$PATH
TimeoutStartSec=150
ExecStart=/bin/sh /trial.sh
ExecStopPost=/bin/systemctl --no-block exit
UNIT
pivot_root . old
umount -l /old
exec env -i container=lxc PATH="$PATH" /lib/systemd/systemd --system --log-target=console --log-level=info --show-status=1 --unit=trial.service
