# SPDX-License-Identifier: LGPL-2.1-or-later

"""Waits for a vpoll with the events that it is told of /dev/vpoll, and says what it saw; at SIGUSR1 it adds IN, at SIGUSR2 it says what a change comes to."""

import errno
import fcntl
import os
import select
import signal
import sys

ADD = 0x5E01
ALL = int(sys.argv[1], 0)
fd = os.open('/dev/vpoll', os.O_RDWR)


def change(*_):
    try:
        fcntl.ioctl(fd, ADD, 1)
    except OSError as e:
        print('change:', errno.errorcode[e.errno], flush=True)


signal.signal(signal.SIGUSR1, change)
signal.signal(signal.SIGUSR2, change)
waits = select.poll()
waits.register(fd, ALL)
print('waits', flush=True)
print('saw', hex(waits.poll()[0][1]), flush=True)
change()
