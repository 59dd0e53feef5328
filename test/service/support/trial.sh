# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is done under systemd, part by part: test/service/systemd.test.ts says what must come of it. The working directory is the checkout; $1: python3, $2: all events, $3...: Node.
set -u
python=$1 events=$2
shift 2
say() { echo "== $1"; }
# Waits for a command to succeed; the unit's time limit ends a wait that is in vain.
wait_for() { until "$@" >/dev/null 2>&1; do sleep 0.05; done; }
main() { systemctl show -P MainPID vpoll-fuse; }
server() { tr -d ' ' <"/proc/$(main)/task/$(main)/children"; }
# A waiter in a unit of its own, as a service would be.
begin() {
  : >"/run/$1"
  systemd-run -q --unit="$1" -p StandardOutput=append:/run/"$1" -p DefaultDependencies=no "$python" "$PWD/test/service/support/waiter.py" "$events"
  wait_for grep -q waits "/run/$1"
}
ended() { wait_for sh -c "! systemctl is-active $1"; cat "/run/$1"; }
create() { "$@" test/service/support/create.mjs; }

say started
systemctl start vpoll-fuse
systemctl is-active vpoll-fuse
stat -c '%F %a' /dev/vpoll
grep -c ' /dev/vpoll fuse ' /proc/1/mounts
create "$@"

say sandbox
cut -f 1,2 "/proc/$(server)/status" | grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):'
grep CapBnd "/proc/$(main)/status"
grep -c . "/proc/$(server)/mountinfo"
ls "/proc/$(main)/ns/mnt" -l | grep -cF "$(readlink /proc/1/ns/mnt)"
ls "/proc/$(main)/ns/net" -l | grep -cF "$(readlink /proc/1/ns/net)"

say restart
begin restart
was=$(main)
systemctl restart vpoll-fuse
[ "$was" != "$(main)" ] && echo another
create "$@"
systemctl kill -s USR1 restart
ended restart

say 'server killed'
begin server
was=$(main)
kill -9 "$(server)"
ended server
wait_for sh -c "[ \"\$(systemctl show -P MainPID vpoll-fuse)\" != $was ] && systemctl is-active vpoll-fuse"
create "$@"

say 'both killed'
begin both
was=$(main)
systemctl kill -s KILL vpoll-fuse
ended both
wait_for sh -c "[ \"\$(systemctl show -P MainPID vpoll-fuse)\" != $was ] && systemctl is-active vpoll-fuse"
create "$@"

say 'main killed'
begin main
was=$(main)
kill -9 "$was"
wait_for sh -c "[ \"\$(systemctl show -P MainPID vpoll-fuse)\" != $was ] && systemctl is-active vpoll-fuse"
create "$@"
systemctl kill -s USR1 main
ended main

say 'killed often'
for i in 1 2 3 4 5 6 7 8; do
  was=$(main)
  systemctl kill -s KILL vpoll-fuse
  wait_for sh -c "[ \"\$(systemctl show -P MainPID vpoll-fuse)\" != $was ] && systemctl is-active vpoll-fuse"
done
create "$@"

say stopped
begin stopped
systemctl stop vpoll-fuse
ls /dev/vpoll 2>&1
grep -c ' /dev/vpoll ' /proc/1/mounts
systemctl is-failed vpoll-fuse
systemctl kill -s USR1 stopped
ended stopped
wait_for sh -c '! pgrep -x vpoll-fuse'
create "$@"

say module
mount -t tmpfs none /sys/class/misc
mkdir /sys/class/misc/vpoll
systemctl start vpoll-fuse
systemctl is-active vpoll-fuse
systemctl show -P ConditionResult vpoll-fuse
