# SPDX-License-Identifier: LGPL-2.1-or-later
"""See turns.h; selectors knows two events, so a hangup is told by the poll object beneath."""
import select
import selectors
import sys

print("waits", flush=True)
for name in ("EpollSelector", "PollSelector", "SelectSelector") * 8:
    with getattr(selectors, name)() as selector:
        selector.register(3, selectors.EVENT_READ | selectors.EVENT_WRITE)
        [(_, events)] = selector.select(60)
    poll = select.poll()
    poll.register(3, 0)
    hangup = poll.poll(0)
    mask = (1 if events & selectors.EVENT_READ else 0) | (4 if events & selectors.EVENT_WRITE else 0)
    mask |= hangup[0][1] & select.POLLHUP if hangup else 0
    print(f"{mask:x}", flush=True)
    if mask & select.POLLHUP or not sys.stdin.readline():
        break
