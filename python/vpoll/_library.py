# SPDX-License-Identifier: LGPL-2.1-or-later
"""libvpoll.so.0: where it is, its functions, and their errors as OSError."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import Optional

SONAME = "libvpoll.so.0"

# Of vpoll(3), ERRORS: what each means here, and what helps. Others have strerror(3) alone.
_WORDS = {
    errno.EBADF: "no vpoll, or not any more: closed, or another file by now",
    errno.EDEADLK: "a signal handler has interrupted a call of libvpoll",
    errno.ENOBUFS: "a program that holds the descriptor has written to it until its buffer was full, and nobody reads that",
    errno.EMFILE: "no more descriptors in this process (ulimit -n)",
    errno.ENOTCONN: "the helper of this vpoll has died; close it and make another",
    errno.ENOTRECOVERABLE: "the change is half made, since taking it back failed as well; close this vpoll",
}

_SETTINGS = ("VPOLL_BACKEND", "VPOLL_STRICT", "VPOLL_ORDER", "VPOLL_FUSE", "VPOLL_NEEDS")


def refusal(code: int, what: str, why: Optional[str] = None) -> OSError:
    """An error with `code`: what was asked, and why not."""
    return OSError(code, f"{what}: {why or _WORDS.get(code) or os.strerror(code)}")


def _paths() -> list[str]:
    """Where the library may be, best first. The loader has the last word: it knows LD_LIBRARY_PATH and ldconfig(8)'s folders.

    Not ctypes.util.find_library(): that starts ldconfig and a compiler, and finds nothing that the loader doesn't.
    """
    own = os.environ.get("VPOLL_LIBRARY", "")
    if own and not sys.flags.ignore_environment:
        return [own]
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), SONAME)
    return [beside] if os.path.exists(beside) else [SONAME]


_loaded: Optional[ctypes.CDLL] = None


def _load() -> ctypes.CDLL:
    global _loaded
    if _loaded is not None:
        return _loaded
    if sys.platform != "linux":
        raise refusal(errno.ENOSYS, SONAME, f"vpoll needs Linux, and this is {sys.platform}")
    (path,) = _paths()
    help_ = "install the wheel or the package libvpoll0, or set VPOLL_LIBRARY to the path of libvpoll.so.0"
    try:
        library = ctypes.CDLL(path, use_errno=True)
        for name in ("create", "ctl", "close", "events", "supports", "set_strict", "prepare"):
            getattr(library, f"vpoll_{name}").restype = ctypes.c_int
        library.vpoll_backend.restype = ctypes.c_char_p
    except AttributeError as error:
        raise refusal(errno.ELIBACC, path, f"too old, it is libvpoll 0.1 ({error}); {help_}") from None
    except OSError as error:
        raise refusal(errno.ELIBACC, path, f"{error}; {help_}") from None
    _loaded = library
    return library


def word(value: int, what: str) -> ctypes.c_uint32:
    """32 bits. ctypes itself would cut off what doesn't fit."""
    if not 0 <= value <= 0xFFFFFFFF:
        raise refusal(errno.EINVAL, what, f"{value:#x} is no mask of events")
    return ctypes.c_uint32(value)


def call(function: str, what: str, *arguments: object) -> int:
    """Calls vpoll_`function`. Raises OSError, with `what` in its text, where that returns -1."""
    status: int = getattr(_load(), f"vpoll_{function}")(*arguments)
    if status == -1:
        code = ctypes.get_errno()
        raise refusal(code, what, _wrong_settings() if function == "create" and code == errno.EINVAL else None)
    return status


def _wrong_settings() -> Optional[str]:
    """The environment is all that the library refuses of a create whose events are right."""
    said = [f"{name}={os.environ[name]}" for name in _SETTINGS if os.environ.get(name)]
    return f"vpoll(3) knows no such {' or '.join(said)}" if said else None


def backend_of(fd: int) -> str:
    name: Optional[bytes] = _load().vpoll_backend(fd)
    if name is None:
        raise refusal(ctypes.get_errno(), "backend")
    return name.decode()
