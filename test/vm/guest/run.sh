#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run.sh FOLDER: in a guest, runs each scenario of FOLDER/scenarios and the library's demo over each backend that the kernel has:
# eventfd where it is patched, device by FOLDER/vpoll.ko. Ends with `N passed, N failed`.
folder=$1 passed=0 failed=0

add() {
  passed=$((passed + $1)) failed=$((failed + $2))
  [ "$2" = 0 ] || echo "FAILED: $3"
}

# scenario BACKEND PROGRAM
scenario() {
  name="$1 ${2##*/}"
  timeout 120 "$2" "$1" >/tmp/output 2>&1
  status=$?
  sed "s/^/$name: /" /tmp/output
  set -- $(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' /tmp/output)
  # One that died or said nothing failed, whatever it counted before.
  if [ $# = 2 ] && { [ "$2" -gt 0 ] || [ $status = 0 ]; }; then add "$1" "$2" "$name"; else add 0 1 "$name (status $status)"; fi
}

# The last event of the seed's demo is HUP alone, which no emulator shows; it prints 2011.
demo() {
  last=$(VPOLL_BACKEND=$1 timeout 120 node build/cli.js demo --fast 2>&1 | tail -n 1)
  echo "$1 demo: $last"
  if [ "$last" = 'GOT event 10' ]; then add 1 0; else add 0 1 "$1 demo"; fi
}

suite() {
  for program in "$folder"/scenarios/*; do scenario "$1" "$program"; done
  demo "$1"
}

# is WHAT COMMAND...
is() {
  what=$1
  shift
  if "$@"; then add 1 0; else add 0 1 "$what"; fi
}

uname -a
if [ "$VPOLL_GUEST" = uml ]; then
  suite eventfd
  is 'the series brings its own test' sh -c "'$folder/eventfd_vpoll_test' >/tmp/output || { cat /tmp/output; exit 1; }"
fi
is 'insmod' insmod "$folder/vpoll.ko"
suite device
exec 3<>/dev/vpoll
is 'no rmmod while a file is open' sh -c '! rmmod vpoll 2>/dev/null'
exec 3>&-
is 'rmmod' rmmod vpoll
is 'the device is gone' [ ! -e /dev/vpoll ]
dmesg | grep -E 'BUG|WARNING|Oops|Call Trace|possible recursive|KASAN|KCSAN|UBSAN' >/tmp/output && cat /tmp/output
is 'a quiet kernel log' [ ! -s /tmp/output ]
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
