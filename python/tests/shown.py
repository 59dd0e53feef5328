# SPDX-License-Identifier: LGPL-2.1-or-later
"""What poll(2) shows of a descriptor."""

import select
from typing import Any

from vpoll import Events

EVERY = Events(sum(Events))
SOCKETS = ("tcp", "socketpair")
# A socket shows these with IN or OUT (vpoll(7)).
ALIASES = Events.RDNORM | Events.WRNORM | Events.WRBAND


def shown(target: Any) -> Events:
    poll = select.poll()
    poll.register(target, int(EVERY))
    return Events(dict(poll.poll(0)).get(target if isinstance(target, int) else target.fileno(), 0))


def without_aliases(events: Events, backend: str) -> Events:
    return events & ~ALIASES if backend in SOCKETS else events
