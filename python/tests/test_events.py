# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is said is what poll(2) shows, and what can't be shown is refused before anything has changed."""

import errno
import random
import threading
from typing import Callable, List

import pytest
from shown import EVERY, SOCKETS, shown, without_aliases

from vpoll import Events, VPoll


def test_it_is_of_the_backend_that_was_asked_for(vp: VPoll, backend: str) -> None:
    assert vp.backend == backend


def test_initial_events_are_shown(backend: str) -> None:
    with VPoll.create(Events.IN) as vp:
        assert without_aliases(shown(vp), backend) == Events.IN
        assert vp.events == shown(vp)


@pytest.mark.parametrize("bit", list(Events), ids=lambda bit: str(bit.name))
def test_each_event_alone(vp: VPoll, backend: str, bit: Events) -> None:
    if not vp.supports(bit):
        assert backend in SOCKETS
        with pytest.raises(OSError, match=f"add {bit.name}: {backend} can't show exactly that from 0;") as refused:
            vp.add(bit)
        assert refused.value.errno == errno.EOPNOTSUPP
        assert shown(vp) == 0
        return
    vp.add(bit)
    assert without_aliases(shown(vp), backend) == bit
    vp.delete(bit)
    assert shown(vp) == 0


def test_random_changes_are_exact_or_refused(backend: str) -> None:
    """tcp and a socketpair hang up for good: then another begins."""
    chance = random.Random(7)
    refused = 0
    vp, wanted = VPoll.create(), Events(0)
    for _ in range(400):
        op = chance.choice(["add", "delete", "set"])
        events = Events(0)
        for bit in chance.sample([Events.IN, Events.OUT, Events.PRI, Events.ERR, Events.RDHUP, Events.HUP, Events.MSG], chance.randint(0, 2)):
            events |= bit
        after = {"add": wanted | events, "delete": wanted & ~events, "set": events}[op]
        try:
            getattr(vp, op)(events)
            wanted = after
        except OSError as error:
            assert error.errno == errno.EOPNOTSUPP
            refused += 1
        assert without_aliases(shown(vp), backend) == wanted, (op, events)
        if wanted & Events.HUP and backend in SOCKETS:
            vp.close()
            vp, wanted = VPoll.create(), Events(0)
    vp.close()
    assert (refused > 0) == (backend in SOCKETS)


def test_not_strict_shows_the_nearest(backend: str) -> None:
    with VPoll.create(strict=False) as vp:
        vp.add(Events.HUP)
        companions = {"tcp": Events.IN | Events.OUT | Events.RDHUP, "socketpair": Events.IN | Events.RDHUP}.get(backend, Events(0))
        assert without_aliases(shown(vp), backend) == Events.HUP | companions


def test_a_strict_create_that_is_refused_leaves_nothing_open(backend: str) -> None:
    before = VPoll.create()
    number = before.fileno()
    before.close()
    if backend in SOCKETS:
        with pytest.raises(OSError, match="create MSG"):
            VPoll.create(Events.MSG)
    with VPoll.create() as after:
        assert after.fileno() == number


@pytest.mark.parametrize("events", [0x20, 1 << 31, -1, 1 << 40])
def test_what_is_no_event_is_einval_and_changes_nothing(vp: VPoll, events: int) -> None:
    vp.add(Events.IN)
    before = shown(vp)
    calls: List[Callable[[int], object]] = [vp.add, vp.set, VPoll.create]
    for call in calls:
        with pytest.raises(OSError) as refused:
            call(events)
        assert refused.value.errno == errno.EINVAL
    assert shown(vp) == before


def test_words_are_no_events(vp: VPoll) -> None:
    with pytest.raises(TypeError):
        vp.add("IN")  # type: ignore[arg-type]


def test_supports_is_of_the_present_state(vp: VPoll, backend: str) -> None:
    assert vp.supports(Events.IN | Events.OUT)
    assert vp.supports(EVERY) == (backend not in SOCKETS)


def test_threads_change_one_vpoll(vp: VPoll) -> None:
    failed = []

    def change(bit: Events) -> None:
        try:
            for _ in range(300):
                vp.add(bit)
                assert vp.events & bit
                vp.delete(bit)
                assert not vp.events & bit
            vp.add(bit)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=change, args=(bit,)) for bit in (Events.IN, Events.OUT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert shown(vp) & (Events.IN | Events.OUT) == Events.IN | Events.OUT
