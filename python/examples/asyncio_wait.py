# SPDX-License-Identifier: LGPL-2.1-or-later
"""asyncio waits for a vpoll: for IN and OUT by add_reader() and add_writer(), for every other event by an epoll that it watches.

Run: python3 python/examples/asyncio_wait.py
"""

import asyncio
import select

from vpoll import Events, VPoll


async def readable(vp: VPoll) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(vp, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(vp)


async def shows(vp: VPoll, interest: Events) -> Events:
    """asyncio knows no PRI. An epoll can be polled itself: it shows IN when it has something to tell."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    with select.epoll() as epoll:
        epoll.register(vp, interest)
        loop.add_reader(epoll, ready.set)
        try:
            await ready.wait()
            return Events(epoll.poll(0)[0][1])
        finally:
            loop.remove_reader(epoll)


async def main() -> None:
    loop = asyncio.get_running_loop()
    with VPoll.create() as vp:
        loop.call_later(0.05, vp.add, Events.IN)
        await readable(vp)
        print("IN came")
        vp.set(0)
        loop.call_later(0.05, vp.add, Events.PRI)
        print(f"{(await shows(vp, Events.PRI)).name} came")


asyncio.run(main())
