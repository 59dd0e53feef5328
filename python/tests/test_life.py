# SPDX-License-Identifier: LGPL-2.1-or-later
"""Closing, collecting, forking, and where the library is found."""

import copy
import errno
import gc
import os
import pickle
import select
import subprocess
import sys
import threading
import warnings
from typing import Any, Callable, Dict, List

import pytest
from shown import shown

from vpoll import Events, VPoll, prepare


def wait_for(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def in_child(body: Callable[[], None]) -> None:
    """Runs it in a child of fork(2), and looks that it ended well."""
    pid = os.fork()
    if pid == 0:
        try:
            body()
            os._exit(0)
        finally:
            os._exit(1)
    assert wait_for(pid) == 0


def run(program: str, *options: str, **env: str) -> "subprocess.CompletedProcess[str]":
    everything: Dict[str, Any] = {"env": {**os.environ, **env}, "capture_output": True, "text": True, "timeout": 60}
    return subprocess.run([sys.executable, *options, "-c", program], check=False, **everything)


def test_close_may_be_called_twice_and_then_all_is_ebadf(vp: VPoll) -> None:
    number = vp.fileno()
    vp.close()
    vp.close()
    assert (vp.closed, vp.fileno(), repr(vp)) == (True, -1, "<vpoll.VPoll closed>")
    with pytest.raises(OSError) as gone:
        os.fstat(number)
    assert gone.value.errno == errno.EBADF
    calls: Dict[str, Callable[[], object]] = {
        "add IN": lambda: vp.add(Events.IN),
        "delete IN": lambda: vp.delete(Events.IN),
        "set IN": lambda: vp.set(Events.IN),
        "supports IN": lambda: vp.supports(Events.IN),
        "events": lambda: vp.events,
        "backend": lambda: vp.backend,
    }
    for what, call in calls.items():
        with pytest.raises(OSError, match=f"{what}: no vpoll") as refused:
            call()
        assert refused.value.errno == errno.EBADF


def test_with_closes_it(backend: str) -> None:
    with pytest.raises(ZeroDivisionError), VPoll.create() as vp:
        raise ZeroDivisionError
    assert vp.closed


def test_a_foreign_descriptor_is_refused_and_left_alone(backend: str) -> None:
    reader, writer = os.pipe()
    with pytest.raises(OSError, match=f"attach {reader}: no vpoll") as refused:
        VPoll.attach(reader)
    assert refused.value.errno == errno.EBADF
    os.close(writer)
    os.close(reader)


def test_what_is_detached_stays_open_and_can_be_attached(vp: VPoll) -> None:
    number = vp.detach()
    assert vp.closed
    with VPoll.attach(number) as again:
        again.add(Events.IN)
        assert shown(number) & Events.IN
    with pytest.raises(OSError):
        os.fstat(number)


def test_it_is_made_in_two_ways_only_and_never_copied(vp: VPoll) -> None:
    with pytest.raises(TypeError, match="VPoll.create"):
        VPoll()
    ways: List[Callable[[VPoll], object]] = [pickle.dumps, copy.copy, copy.deepcopy]
    for copying in ways:
        with pytest.raises(TypeError, match="attach"):
            copying(vp)


def test_one_that_is_collected_warns_and_stays_open(backend: str) -> None:
    vp = VPoll.create(Events.IN)
    number = vp.fileno()
    with pytest.warns(ResourceWarning, match=f"unclosed <vpoll.VPoll fd={number}>"):
        del vp
        gc.collect()
    assert shown(number) & Events.IN
    VPoll.attach(number).close()


def test_one_that_is_closed_says_nothing(backend: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        VPoll.create().close()
        gc.collect()


def test_at_the_end_of_the_interpreter_one_line_and_no_traceback(backend: str) -> None:
    program = "import sys, vpoll\nsys.kept = vp = vpoll.VPoll.create()\nsys.cycle = [vp]\nsys.cycle.append(sys.cycle)\n"
    said = run(program, "-W", "always::ResourceWarning")
    assert said.returncode == 0
    assert "Traceback" not in said.stderr and "Exception ignored" not in said.stderr
    assert run(program).stderr == ""


def test_a_child_controls_the_same_vpoll(vp: VPoll) -> None:
    in_child(lambda: vp.add(Events.IN))
    assert shown(vp) & Events.IN
    vp.delete(Events.IN)
    in_child(lambda: vp.add(Events.OUT))
    assert shown(vp) & (Events.IN | Events.OUT) == Events.OUT


def test_a_child_that_closes_its_own_takes_nothing_from_the_parent(vp: VPoll) -> None:
    vp.add(Events.IN)
    before = shown(vp)
    in_child(vp.close)
    assert not vp.closed
    assert shown(vp) == before
    vp.delete(Events.IN)
    assert shown(vp) == 0


def test_a_child_isnt_held_up_by_threads_that_it_doesnt_have(vp: VPoll) -> None:
    """libvpoll takes its lock for the fork: pthread_atfork(3)."""
    ended = threading.Event()

    def change() -> None:
        while not ended.is_set():
            vp.add(Events.OUT)

    threads = [threading.Thread(target=change) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            in_child(lambda: vp.add(Events.IN))
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert shown(vp) & Events.IN


def test_a_program_that_is_executed_polls_what_it_was_given(vp: VPoll) -> None:
    program = f"import select; p = select.poll(); p.register({vp.fileno()}, select.POLLIN); print(p.poll(60000)[0][1])"
    child = subprocess.Popen([sys.executable, "-c", program], pass_fds=[vp.fileno()], stdout=subprocess.PIPE, text=True)
    vp.add(Events.IN)
    assert child.communicate()[0] == f"{select.POLLIN}\n"
    assert not os.get_inheritable(vp.fileno())


def test_prepare_makes_vpolls_that_show_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VPOLL_BACKEND", raising=False)
    try:
        prepare()
    except OSError as error:
        assert error.errno == errno.EOPNOTSUPP
        return
    with VPoll.create() as vp:
        vp.set(Events.MSG | Events.ERR)
        assert shown(vp) == Events.MSG | Events.ERR


CREATE = "import vpoll\ntry: vpoll.VPoll.create().close()\nexcept OSError as error: print(error.errno, error.strerror)"


def test_no_library_is_elibacc_with_what_helps() -> None:
    said = run(CREATE, VPOLL_LIBRARY="/nowhere/libvpoll.so.0").stdout
    assert said.startswith(f"{errno.ELIBACC} /nowhere/libvpoll.so.0: ")
    assert "set VPOLL_LIBRARY" in said


def test_the_environment_can_be_ignored() -> None:
    program = "import os, vpoll._library as it; print(it._paths())"
    assert run(program, "-E", VPOLL_LIBRARY="/nowhere").stdout != "['/nowhere']\n"
    assert run(program, VPOLL_LIBRARY="/nowhere").stdout == "['/nowhere']\n"


def test_libvpoll_of_before_is_refused_by_its_age() -> None:
    old = os.environ.get("VPOLL_TEST_OLD", "")
    if not old:
        pytest.skip("needs Debian's libvpoll0 0.1")
    assert "too old" in run(CREATE, VPOLL_LIBRARY=old).stdout


def test_a_wrong_word_of_the_environment_is_einval_and_named() -> None:
    said = run(CREATE, VPOLL_BACKEND="zzz").stdout
    assert said.startswith(f"{errno.EINVAL} create 0: ")
    assert "VPOLL_BACKEND=zzz" in said
