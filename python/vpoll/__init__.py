# SPDX-License-Identifier: LGPL-2.1-or-later
"""File descriptors whose poll, select and epoll events this program decides.

    with vpoll.VPoll.create() as vp:
        vp.add(vpoll.Events.IN)  # a poller of vp wakes

It is libvpoll.so.0 through ctypes: Linux alone. Elsewhere the import works, and create() raises OSError with ENOSYS.
"""

from ._abi import Events
from ._vpoll import VPoll, prepare

__all__ = ["Events", "VPoll", "prepare"]
