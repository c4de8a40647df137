"""The processes of the demonstration: started apart, found again, and ended by their id."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.partners import until
from support.programs import a_node_process

from corridor.app.demo.processes import Actor, DidNotStart, node_actor, peak_mib, vendor_actor
from corridor.app.demo.roles import Stage
from corridor.app.home import Home
from corridor.app.serve import PortInUse, bound_socket
from corridor.app.serve_model import LOCK

# An actor outlives the program that started it: nobody waits for it.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


@pytest.fixture
def actor(tmp_path: Path) -> Iterator[Actor]:
    with bound_socket("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    home = Home(tmp_path / "in")
    home.create("in", "127.0.0.1", port)
    actor = node_actor(home.path)
    try:
        yield actor
    finally:
        actor.stop()


def answers(actor: Actor) -> bool:
    with contextlib.suppress(httpx2.HTTPError):
        address = f"http://{actor.host}:{actor.port}/health"
        return httpx2.get(address, trust_env=False, timeout=5).is_success
    return False


def test_an_actor_starts_once_is_started_anew_when_it_was_killed_and_ends(actor: Actor) -> None:
    assert actor.pid() is None
    assert actor.start()

    pid = actor.pid()
    assert pid is not None
    assert answers(actor)
    assert os.getsid(pid) == pid  # it outlives the terminal of whoever started it
    assert (actor.peak_mib() or 0) > 10
    assert not actor.start()
    assert actor.pid() == pid

    os.kill(pid, signal.SIGKILL)
    until(lambda: actor.pid() is None)
    assert actor.start()
    assert actor.pid() not in {None, pid}

    assert actor.stop()
    assert actor.pid() is None
    assert not answers(actor)
    assert not actor.stop()


def test_a_node_that_somebody_else_started_is_used_and_can_be_ended(actor: Actor) -> None:
    with a_node_process(actor.folder, f"http://{actor.host}:{actor.port}") as process:
        assert not actor.start()
        assert actor.pid() == process.process.pid
        assert actor.stop()
        assert process.process.wait(60) is not None


def test_where_another_program_has_the_port_nothing_is_started(actor: Actor) -> None:
    with socket.create_server((actor.host, actor.port)), pytest.raises(PortInUse):
        actor.start()
    assert actor.pid() is None


def test_one_that_ends_at_once_is_told_with_its_last_words(actor: Actor) -> None:
    (actor.folder / "store.db").mkdir()

    with pytest.raises(DidNotStart, match="The store at") as refusal:
        actor.start()
    assert str(actor.log) in refusal.value.message
    assert refusal.value.hint


def test_a_stale_number_of_another_programs_process_ends_nobody(tmp_path: Path) -> None:
    stage = Stage(tmp_path, 18_961)
    stage.vendor.mkdir()
    bystander = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    with bystander:
        for name in (LOCK, "pid"):
            (stage.vendor / name).write_text(str(bystander.pid))

        assert vendor_actor(stage).pid() is None
        assert not vendor_actor(stage).stop()
        assert bystander.poll() is None
        bystander.kill()


def test_memory_is_told_where_the_system_tells_it() -> None:
    assert (peak_mib("self") or 0) > 10
    assert peak_mib(None) is None
    assert peak_mib(2**22 + 1) is None
