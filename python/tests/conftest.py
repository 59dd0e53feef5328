# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each test runs over each backend that this machine has; the suite's runner says which these are (test/python/python.test.ts)."""

import os
from typing import Iterator

import pytest

import vpoll

BACKENDS = os.environ.get("VPOLL_TEST_BACKENDS", "fuse,tcp,socketpair").split(",")


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name: str = request.param
    monkeypatch.setenv("VPOLL_BACKEND", name)
    return name


@pytest.fixture
def vp(backend: str) -> Iterator[vpoll.VPoll]:
    with vpoll.VPoll.create() as it:
        yield it
