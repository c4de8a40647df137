"""Workers: further processes of one node that answer callers, and nothing else."""

import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from support.nodes import HOST, Node, a_node
from support.partners import until
from support.programs import corridor, corridor_here
from support.upstream import a_fake_upstream
from support.workers import Door, a_node_with_workers, a_worker

from corridor.app.home import Home


@dataclass(frozen=True)
class Served:
    """A node in a process of its own, and two workers."""

    node: Node
    doors: list[Door]
    client: httpx2.Client

    @property
    def workers(self) -> list[Door]:
        return self.doors[1:]

    def codes(self, secret: str) -> list[int]:
        """Ask at every door; return what each said."""
        return [door.ask(self.client, secret, "helpline").status_code for door in self.doors]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with ExitStack() as stack:
        upstream = stack.enter_context(a_fake_upstream())
        node = stack.enter_context(a_node(tmp_path_factory.mktemp("workers"), "in"))
        node.add_provider("vendor-small", upstream.url)
        node.offer("helpline", ["vendor-small"])
        client = stack.enter_context(httpx2.Client(trust_env=False, timeout=20))
        doors = stack.enter_context(a_node_with_workers(node, 2))
        yield Served(node, doors, client)


def test_every_worker_answers_and_writes_into_the_one_account(served: Served) -> None:
    secret = served.node.issue_key("*", label="everywhere")
    until(lambda: served.codes(secret) == [200, 200, 200])

    asked = [door.ask(served.client, secret, "helpline") for door in served.doors]

    ids = {answer.headers["x-request-id"] for answer in asked}
    until(lambda: ids <= {each.request_id for each in served.node.traffic()})
    shown = corridor_here("--home", served.node.home, "log", "audit", "--check")
    assert shown.returncode == 0, shown.stderr


def test_a_key_that_the_nodes_command_revokes_is_refused_by_every_worker(served: Served) -> None:
    secret = served.node.issue_key("*", label="lost")
    until(lambda: served.codes(secret) == [200, 200, 200])

    prefix = served.node.key_of(secret).prefix
    words = ("access", "key", "revoke", prefix, "--reason", "lost")
    assert corridor_here("--home", served.node.home, *words).returncode == 0

    until(lambda: served.codes(secret) == [401, 401, 401])


def test_a_worker_serves_callers_and_nothing_else(served: Served) -> None:
    for worker in served.workers:
        for path in ("/openapi.json", "/node", "/federation/log/checkpoint", "/access/me"):
            assert served.client.get(worker.address + path).status_code == 404


def test_a_worker_leaves_the_folder_to_the_node(served: Served) -> None:
    assert Home(served.node.home).pid() == served.doors[0].program.process.pid


def test_a_worker_goes_on_while_the_node_is_away_and_ends_in_good_order(tmp_path: Path) -> None:
    with (
        a_fake_upstream() as upstream,
        a_node(tmp_path, "in") as node,
        httpx2.Client(trust_env=False, timeout=20) as client,
    ):
        node.add_provider("vendor-small", upstream.url)
        node.offer("helpline", ["vendor-small"])
        secret = node.issue_key("*")
        with a_worker(node.home) as worker:  # the node itself is not served
            answer = worker.ask(client, secret, "helpline")
            worker.program.process.send_signal(signal.SIGTERM)
            worker.program.process.wait(20)

        assert answer.status_code == 200
        assert answer.headers["x-request-id"] in {each.request_id for each in node.traffic()}
        assert "Traceback" not in worker.program.said()


def test_a_worker_ends_when_the_nodes_key_is_changed(tmp_path: Path) -> None:
    with a_node(tmp_path, "in") as node, a_worker(node.home) as worker:
        rotated = corridor("--home", node.home, "node", "rotate-key")
        assert rotated.returncode == 0, rotated.stderr

        assert worker.program.process.wait(20) == 5
        assert "was changed" in worker.program.said()


def test_a_workers_port_that_is_taken_is_one_line_and_a_hint(tmp_path: Path) -> None:
    with a_node(tmp_path, "in") as node, socket.create_server((HOST, 0)) as other:
        port = str(other.getsockname()[1])
        ended = corridor_here("--home", node.home, "node", "worker", "--port", port)

        assert ended.returncode == 5
        assert f"Port {port} of {HOST} cannot be taken" in ended.stderr
