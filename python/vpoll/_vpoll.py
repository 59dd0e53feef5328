# SPDX-License-Identifier: LGPL-2.1-or-later
"""A vpoll as an object: what sockets of Python's are, without data."""

from __future__ import annotations

import errno
import os
import warnings
from types import TracebackType
from typing import Callable, NoReturn, Optional, Type

from ._abi import ADD, DEL, SET, Events
from ._library import backend_of, call, refusal, word

_ALL = int(sum(Events))


def prepare() -> None:
    """Makes sure that vpolls made from now on show every event; starts the helper of `fuse` where it must.

    Raises OSError where that can't be: EOPNOTSUPP. See vpoll_prepare in vpoll(3).
    """
    call("prepare", "prepare")


def _text(events: int) -> str:
    known = [bit.name or "" for bit in Events if bit & events]
    rest = events & ~_ALL
    return "|".join(known + ([hex(rest)] if rest else [])) or "0"


def _check(events: int, what: str) -> None:
    if events & ~_ALL:
        raise refusal(errno.EINVAL, what, f"{events & ~_ALL:#x} can't be asserted: {'|'.join(bit.name or '' for bit in Events)} can")


class VPoll:
    """A file descriptor that shows the events that its program says. Make one with create() or attach().

    Methods raise OSError, with errno as of vpoll(3); nothing has changed then. Any thread may call them. After close() they raise EBADF, and fileno()
    is -1. One that is collected unclosed says so by ResourceWarning and stays open: its number may live on in a child or in a library.
    """

    __slots__ = ("__weakref__", "_fd")
    _fd: int

    def __init__(self) -> None:
        raise TypeError("a VPoll is made by VPoll.create() or VPoll.attach()")

    @classmethod
    def _of(cls, fd: int) -> VPoll:
        self = cls.__new__(cls)
        self._fd = fd
        return self

    @classmethod
    def create(cls, events: int = 0, *, strict: bool = True) -> VPoll:
        """A new one that shows `events`, closed in a program that is executed (PEP 446).

        strict: what can't be shown exactly is refused with EOPNOTSUPP. Otherwise the nearest is shown, as of libvpoll: vpoll(7) has each case.
        VPOLL_BACKEND, VPOLL_NEEDS and the other variables of vpoll(3) choose what it is made of.
        """
        what = f"create {_text(events)}"
        _check(events, what)
        self = cls._of(call("create", what, word(0 if strict else events, what), os.O_CLOEXEC))
        try:
            if strict:
                call("set_strict", what, self._fd, 1)
                if events:
                    self._change(SET, "create", events)
        except BaseException:
            self.close()
            raise
        return self

    @classmethod
    def attach(cls, fd: int, *, strict: bool = True) -> VPoll:
        """The vpoll that a descriptor is: one that was inherited, or came over a unix socket. close() closes it.

        EBADF where it is none, or where its backend is `tcp` or `socketpair` and another program has made it: the hidden end is missing here.
        """
        call("set_strict", f"attach {fd}", fd, int(strict))
        return cls._of(fd)

    def add(self, events: int) -> None:
        """Shows these as well. Wakes who waits for one of them, even one that was shown already."""
        self._change(ADD, "add", events)

    def delete(self, events: int) -> None:
        """Shows these no more. Wakes nobody."""
        self._change(DEL, "delete", events)

    def set(self, events: int) -> None:
        """Shows these and no others."""
        self._change(SET, "set", events)

    def _change(self, op: int, name: str, events: int) -> None:
        what = f"{name} {_text(events)}"
        mask = word(events, what)
        if op != DEL:
            _check(events, what)
        try:
            call("ctl", what, self._fd, op, mask)
        except OSError as error:
            if error.errno == errno.EOPNOTSUPP:
                raise self._refusal(what) from None
            raise

    def _refusal(self, what: str) -> OSError:
        why = f"{self.backend} can't show exactly that from {_text(self.events)}; prepare() before create() makes vpolls that can"
        return refusal(errno.EOPNOTSUPP, what, why)

    def supports(self, events: int) -> bool:
        """Whether exactly `events` can be shown from now on: by set(), or by add() and delete()."""
        what = f"supports {_text(events)}"
        return call("supports", what, self._fd, word(events, what)) == 1

    @property
    def events(self) -> Events:
        """What poll(2) shows now."""
        return Events(call("events", "events", self._fd))

    @property
    def backend(self) -> str:
        """What makes it work: `eventfd`, `device`, `fuse`, `tcp` or `socketpair`."""
        return backend_of(self._fd)

    @property
    def closed(self) -> bool:
        return self._fd == -1

    def fileno(self) -> int:
        """The descriptor, so that select, selectors and asyncio take the object itself; -1 when it is closed."""
        return self._fd

    def detach(self) -> int:
        """The descriptor, which isn't this object's any more, and stays open."""
        fd, self._fd = self._fd, -1
        return fd

    def close(self) -> None:
        """Closes it, in this process: a child that was forked has its own. May be called twice."""
        fd = self.detach()
        if fd != -1:
            call("close", "close", fd)

    def __enter__(self) -> VPoll:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<vpoll.VPoll closed>" if self.closed else f"<vpoll.VPoll fd={self._fd}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("cannot pickle or copy a VPoll: pass its descriptor to another process, and attach() it there")

    # The function as a default: at the interpreter's end the module's names may be gone.
    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        if getattr(self, "_fd", -1) != -1:
            _warn(f"unclosed {self!r}", ResourceWarning, source=self)
