# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes descriptors of every kind that epoll knows, and makes things happen to them, for a test that takes them by pidfd_getfd(2).

Reads one JSON object a line, {"do": <name of a function below>, ...}, and answers each by one.
"""
import ctypes
import os
import socket
import struct
import sys
import tempfile

# No compiled copy of it beside it.
sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(__file__), "../../real/support"))
from answering import answer_by, say

libc = ctypes.CDLL(None, use_errno=True)
CLOEXEC_NONBLOCK = 0o2004000
CLOCK_MONOTONIC = 1
IN_CREATE = 0x100
kept = {}


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "libc")
    return result


def keep(name, thing, fd):
    kept[name] = thing
    say(fd=fd)


def tcp(name):
    """A connected pair; the test gets one end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    keep(name, (ours, theirs), theirs.fileno())


def send(name, text, urgent=False):
    kept[name][0].send(text.encode(), socket.MSG_OOB if urgent else 0)
    say(ok=True)


def shut(name):
    kept[name][0].shutdown(socket.SHUT_WR)
    say(ok=True)


def reset(name):
    """Closes our end so that the other gets a RST."""
    ours = kept[name][0]
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    ours.close()
    say(ok=True)


def receive(name):
    kept[name][1].recv(1 << 16, socket.MSG_DONTWAIT)
    say(ok=True)


def pipe(name, end):
    ends = os.pipe()
    keep(name, ends, ends[0 if end == "read" else 1])


def pty(name, end):
    ends = os.openpty()
    keep(name, ends, ends[0 if end == "master" else 1])


def write(name, text, index=1):
    os.write(kept[name][index], text.encode())
    say(ok=True)


def read(name, index=0):
    os.read(kept[name][index], 1 << 16)
    say(ok=True)


def close(name, index):
    os.close(kept[name][index])
    say(ok=True)


def timerfd(name, delay_ns):
    fd = checked(libc.timerfd_create(CLOCK_MONOTONIC, CLOEXEC_NONBLOCK))
    when = struct.pack("qqqq", 0, 0, delay_ns // 10**9, delay_ns % 10**9)
    checked(libc.timerfd_settime(fd, 0, when, None))
    keep(name, (fd,), fd)


def signalfd(name, signal):
    room = (ctypes.c_uint64 * 16)(1 << (signal - 1))
    fd = checked(libc.signalfd(-1, room, CLOEXEC_NONBLOCK))
    keep(name, (fd,), fd)


def inotify(name):
    fd = checked(libc.inotify_init1(CLOEXEC_NONBLOCK))
    folder = tempfile.TemporaryDirectory()
    checked(libc.inotify_add_watch(fd, folder.name.encode(), IN_CREATE))
    keep(name, (fd, folder), fd)


def touch(name):
    with open(os.path.join(kept[name][1].name, "file"), "w"):
        pass
    say(ok=True)


answer_by(globals())
