"""The supervisor keeps workers going, and exchanges them without a gap."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.partners import until
from support.programs import Callers, corridor_here
from support.upstream import a_fake_upstream
from support.workers import START_SECONDS, Crew, a_crew, a_free_port

WORKERS = 2


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with ExitStack() as stack:
        upstream = stack.enter_context(a_fake_upstream())
        made = stack.enter_context(a_node(tmp_path_factory.mktemp("crew"), "in"))
        made.add_provider("vendor-small", upstream.url)
        made.offer("helpline", ["vendor-small"])
        yield made


@pytest.fixture(scope="module")
def crew(node: Node) -> Iterator[Crew]:
    with a_crew(node.home, WORKERS) as made:
        yield made


def test_workers_that_are_exchanged_under_load_lose_no_request(node: Node, crew: Crew) -> None:
    secret, before = node.issue_key("*", label="steady"), crew.settled(WORKERS)
    callers = Callers(crew.address, secret, ("en-Latn",) * 4)

    until(lambda: crew.all_answer(secret))  # each worker has to read of the key first
    with callers.calling():
        until(lambda: callers.answered.total() > 20)
        reloaded = corridor_here("--home", node.home, "gateway", "reload")
        assert reloaded.returncode == 0, reloaded.stderr
        sent = callers.sent
        after = crew.settled(WORKERS)
        until(lambda: callers.sent > sent + 20)

    assert callers.failed == []
    assert not before & after


def test_a_worker_that_is_killed_is_replaced(crew: Crew) -> None:
    before = crew.settled(WORKERS)
    restarts, victim = crew.status.restarts, min(before)

    os.kill(victim, signal.SIGKILL)

    until(lambda: victim not in crew.pids, START_SECONDS)
    assert crew.settled(WORKERS) >= before - {victim}
    assert crew.status.restarts == restarts + 1


def test_a_hangup_exchanges_the_workers_too(crew: Crew) -> None:
    before, reloads = crew.settled(WORKERS), crew.status.reloads

    crew.program.process.send_signal(signal.SIGHUP)

    until(lambda: crew.status.reloads == reloads + 1, START_SECONDS)
    assert not before & crew.settled(WORKERS)


def test_if_the_new_workers_do_not_come_up_the_old_ones_go_on(node: Node, crew: Crew) -> None:
    before, toml = crew.settled(WORKERS), node.home / "corridor.toml"
    right = toml.read_text()
    toml.write_text(right + "\n[nonsense]\nx = 1\n")
    try:
        reloaded = corridor_here("--home", node.home, "gateway", "reload")
    finally:
        toml.write_text(right)

    assert reloaded.returncode == 6
    assert "the old ones go on" in reloaded.stderr
    assert crew.settled(WORKERS) == before


def test_an_operator_is_shown_the_workers(node: Node, crew: Crew) -> None:
    pids = crew.settled(WORKERS)
    shown = corridor_here("--home", node.home, "gateway", "workers")
    told = corridor_here("--home", node.home, "gateway", "workers", "--json")

    assert all(str(pid) in shown.stdout for pid in pids)
    assert {each["pid"] for each in json.loads(told.stdout)["workers"]} == pids


def test_one_supervisor_serves_a_node(node: Node, crew: Crew) -> None:
    words = ("gateway", "serve", "--port", str(a_free_port()))
    second = corridor_here("--home", node.home, *words)

    assert second.returncode == 5
    assert f"Process {crew.program.process.pid} serves workers already" in second.stderr


def test_the_socket_for_commands_is_the_operators_alone(node: Node, crew: Crew) -> None:
    assert crew.program.runs
    assert (node.home / "gateway.sock").stat().st_mode & 0o077 == 0


def test_workers_whose_supervisor_is_killed_end_and_leave_the_port(tmp_path: Path) -> None:
    with a_node(tmp_path, "in") as node:
        with a_crew(node.home, 1) as crew:
            [left], port = crew.pids, int(crew.address.rpartition(":")[2])
            crew.program.kill()
            until(lambda: not Path(f"/proc/{left}").exists())
        with a_crew(node.home, 1, port) as again:
            assert again.pids


def test_a_node_without_workers_says_so(tmp_path: Path) -> None:
    with a_node(tmp_path, "in") as node:
        ended = corridor_here("--home", node.home, "gateway", "workers")

    assert ended.returncode == 4
    assert "gateway serve" in ended.stderr


def test_if_no_worker_comes_up_the_command_ends_and_says_why(tmp_path: Path) -> None:
    with a_node(tmp_path, "in") as node:
        (node.home / "key.pem").write_text("no key")
        words = ("gateway", "serve", "--port", str(a_free_port()), "--workers", "1")
        ended = corridor_here("--home", node.home, *words)

    assert ended.returncode == 6
    assert "No worker of the gateway could be started" in ended.stderr
