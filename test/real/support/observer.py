# SPDX-License-Identifier: LGPL-2.1-or-later
"""Watches descriptors that it has inherited, with python's select module.

Reads one JSON object a line, {"do": <name of a function below>, ...}, and writes one for each. A question that blocks is
answered twice: {"blocking": true} right before the system call, and the outcome.
"""
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

# No compiled copy of it beside it.
sys.dont_write_bytecode = True
from answering import answer_by, say

ANY = 0x7FFF
WAIT_S = 10.0
epolls = {}


def poll_once(fd, interest, timeout_ms):
    poller = select.poll()
    poller.register(fd, interest)
    ready = poller.poll(timeout_ms)
    return ready[0][1] if ready else 0


def poll(fd, interest=ANY):
    say(events=poll_once(fd, interest, 0))


def poll_blocking(fd, interest, timeout_s=WAIT_S):
    say(blocking=True)
    say(events=poll_once(fd, interest, timeout_s * 1000))


def select_sets(fd):
    r, w, x = select.select([fd], [fd], [fd], 0)
    say(r=bool(r), w=bool(w), x=bool(x))


def select_blocking(fd, sets, timeout_s=WAIT_S):
    say(blocking=True)
    r, w, x = select.select(*([fd] if name in sets else [] for name in "rwx"), timeout_s)
    say(r=bool(r), w=bool(w), x=bool(x))


def epoll_new(name, fd, interest):
    epolls[name] = select.epoll()
    epolls[name].register(fd, interest)
    say(ok=True)


def epoll_again(name, fd, interest):
    epolls[name].modify(fd, interest)
    say(ok=True)


def epoll_events(name, timeout_s=0.0):
    """The events of the one descriptor in the set; 0: none came."""
    ready = epolls[name].poll(timeout_s, 8)
    say(events=ready[0][1] if ready else 0)


def epoll_blocking(name, timeout_s=WAIT_S):
    say(blocking=True)
    epoll_events(name, timeout_s)


def watch(fd, interest):
    """Polls without a pause until something stands on standard input: how often each mask was seen."""
    seen = {}
    say(watching=True)
    poller = select.poll()
    poller.register(fd, interest)
    stop = select.poll()
    stop.register(0, select.POLLIN)
    while not stop.poll(0):
        for _ in range(64):
            ready = poller.poll(0)
            events = ready[0][1] if ready else 0
            seen[events] = seen.get(events, 0) + 1
    sys.stdin.readline()
    say(seen=seen)


def write(fd, size):
    say(size=os.write(fd, bytes(size)))


def receive(fd, size):
    """Through a dup, since a socket object closes its number."""
    with socket.socket(fileno=os.dup(fd)) as sock:
        say(size=len(sock.recv(size, socket.MSG_DONTWAIT)))


def close(fd):
    os.close(fd)
    say(ok=True)


def fork_and_write(fd, hidden):
    """A child by fork(2) writes into the hidden end and says by its status what it sees on `fd` then."""
    pid = os.fork()
    if pid == 0:
        try:
            os.write(hidden, b"x")
            os._exit(poll_once(fd, ANY, 0) & 0xFF)
        finally:
            os._exit(255)
    say(status=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def ask_file(fd, op, events):
    """A request of the EFD_VPOLL file ABI, by write(2)."""
    return os.write(fd, struct.pack("=II", events, op))


def request(fd, op, events):
    say(size=ask_file(fd, op, events))


def fork_and_request(fd, op, events):
    """A child by fork(2) makes the request and says by its status what it sees then."""
    pid = os.fork()
    if pid == 0:
        try:
            ask_file(fd, op, events)
            os._exit(poll_once(fd, ANY, 0) & 0xFF)
        finally:
            os._exit(255)
    say(status=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


RECEIVER = """
import os, select, socket, struct, sys
with socket.socket(fileno=0) as sock:
    _, (fd,), _, _ = socket.recv_fds(sock, 1, 1)
    os.write(fd, struct.pack("=II", int(sys.argv[2]), int(sys.argv[1])))
    os.write(fd, struct.pack("=II", select.POLLOUT, 1))
    poller = select.poll()
    poller.register(fd, 0x7FFF)
    asked = struct.unpack("=Q", os.read(fd, 8))[0]
    sock.send(struct.pack("=II", poller.poll(0)[0][1], asked))
"""


def pass_on(fd, op, events):
    """Sends `fd` over a unix socket to a process that has nothing else, which makes the request and one more, and tells what it sees."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        args = [sys.executable, "-c", RECEIVER, str(op), str(events)]
        with subprocess.Popen(args, stdin=theirs) as receiver:
            theirs.close()
            socket.send_fds(ours, [b"x"], [fd])
            seen, asked = struct.unpack("=II", ours.recv(8))
            receiver.wait()
    say(seen=seen, asked=asked)


def receive_fds(fd, count):
    with socket.socket(fileno=os.dup(fd)) as sock:
        _, fds, _, _ = socket.recv_fds(sock, 1, count)
    say(fds=list(fds))


def send_fds(fd, fds):
    with socket.socket(fileno=os.dup(fd)) as sock:
        socket.send_fds(sock, [b"x"], fds)
    say(ok=True)


def answer_edges(fd, interest, count, timeout_s=WAIT_S):
    """Waits for `count` edges of `interest`, one after the other, and says so for each."""
    with select.epoll() as edges:
        edges.register(fd, interest | select.EPOLLET)
        say(ready=True)
        for number in range(count):
            events = 0
            while not events & interest:
                found = edges.poll(timeout_s)
                if not found:
                    say(lost=number)
                    return
                events = found[0][1]
            say(edge=number)


def signals(pid, for_s):
    say(began=True)
    end = time.monotonic() + for_s
    count = 0
    while time.monotonic() < end:
        os.kill(pid, signal.SIGUSR2)
        count += 1
    say(sent=count)


answer_by(globals())
