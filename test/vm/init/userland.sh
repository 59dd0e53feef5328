# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Goes on in the middle of qemu.sh where the host's programs don't run: the root becomes a folder of the host's, $vpoll_userland, with those parts of
# the host's files in it that /binds names, a line each: from where, as what.
new=/root
$bb mkdir -p $new
$bb mount -t tmpfs -o mode=755 root $new
$bb mkdir $new/proc $new/sys $new/dev $new/run $new/mnt $new/tmp
for path in /host"$vpoll_userland"/*; do
  name=$($bb basename "$path")
  [ -e "$new/$name" ] || $bb mkdir "$new/$name"
  $bb mount -o bind "$path" "$new/$name"
done
while read -r from to; do
  $bb mkdir -p "$new$to"
  $bb mount -o bind "/host$from" "$new$to"
done </binds
