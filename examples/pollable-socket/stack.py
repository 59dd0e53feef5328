# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stack in Python gives its socket a descriptor that can be polled: by the package vpoll. An application waits with poll(2) for it beside a pipe.

Run: python3 examples/pollable-socket/stack.py
"""

import os
import select
import threading
from queue import SimpleQueue

from vpoll import Events, VPoll


class Socket:
    """The stack's side. What recv(2) of this stack does is receive()."""

    def __init__(self):
        self.vp = VPoll.create()
        self.messages = {Events.IN: SimpleQueue(), Events.PRI: SimpleQueue()}
        self.taken = threading.Semaphore(0)

    def fileno(self):
        return self.vp.fileno()

    def deliver(self, event, text):
        """A message has come: the descriptor shows it. Waits until the application has it."""
        self.messages[event].put(text)
        self.vp.add(event)
        self.taken.acquire()

    def receive(self, event):
        text = self.messages[event].get()
        self.vp.delete(event)
        self.taken.release()
        return text


def stack(socket, pipe):
    socket.deliver(Events.IN, "hello")
    socket.deliver(Events.PRI, "stop")
    os.write(pipe, b"!")


socket = Socket()
reader, writer = os.pipe()
thread = threading.Thread(target=stack, args=(socket, writer))
thread.start()
poll = select.poll()
poll.register(socket, select.POLLIN | select.POLLPRI)
poll.register(reader, select.POLLIN)
ready = {}
while reader not in ready:
    ready = dict(poll.poll())
    shown = ready.get(socket.fileno(), 0)
    if shown & select.POLLPRI:
        print("urgent:", socket.receive(Events.PRI))
    if shown & select.POLLIN:
        print("message:", socket.receive(Events.IN))
print("the pipe can be read")
thread.join()
socket.vp.close()
