"""Workers: processes of one node that answer callers at one address, and nothing else."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.nodes import HOST, Node, a_node, bearer
from support.partners import until
from support.programs import corridor, corridor_here
from support.upstream import a_fake_upstream
from support.workers import Door, a_crew, a_node_with_workers, one_connection

from corridor.app.health import Health
from corridor.app.home import Home


@dataclass(frozen=True)
class Served:
    """A node in a process of its own, and two workers."""

    node: Node
    doors: list[Door]

    @property
    def workers(self) -> list[Door]:
        return self.doors[1:]

    def codes(self, secret: str) -> list[int]:
        """Ask at every door; return what each said."""
        return [door.ask(secret, "helpline").status_code for door in self.doors]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with ExitStack() as stack:
        upstream = stack.enter_context(a_fake_upstream())
        node = stack.enter_context(a_node(tmp_path_factory.mktemp("workers"), "in"))
        node.add_provider("vendor-small", upstream.url)
        node.offer("helpline", ["vendor-small"])
        doors = stack.enter_context(a_node_with_workers(node, 2))
        yield Served(node, doors)


def test_every_worker_answers_and_writes_into_the_one_account(served: Served) -> None:
    secret = served.node.issue_key("*", label="everywhere")
    until(lambda: served.codes(secret) == [200, 200, 200])

    asked = [door.ask(secret, "helpline") for door in served.doors]

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
            assert worker.client.get(worker.address + path).status_code == 404


def test_a_worker_says_how_old_its_knowledge_is(served: Served) -> None:
    for worker in served.workers:
        health = worker.client.get(f"{worker.address}/health").json()
        assert health["status"] == "ok"
        # A connection that was idle for long is another one now, and any worker may have it.
        assert health["pid"] in {each.pid for each in served.workers}
        assert 0 <= health["age_seconds"] < 10


def test_every_process_tells_the_same_facts_of_its_health(served: Served) -> None:
    told = [door.client.get(f"{door.address}/health").json() for door in served.doors]

    assert {frozenset(each) for each in told} == {frozenset(Health.model_fields)}
    assert told[0]["pid"] == served.doors[0].pid
    assert all(each["fresh"] and 0 <= each["age_seconds"] < 10 for each in told)
    assert all(each["in_flight"] >= 1 <= each["connections"] for each in told)


def test_any_worker_shows_what_all_of_them_counted(served: Served) -> None:
    secret = served.node.issue_key("*", label="counted")
    until(lambda: served.codes(secret) == [200, 200, 200])
    pids = {str(each.pid) for each in served.workers}
    before = {pid: requests(served.workers[0], served.node, pid) for pid in pids}

    asked = dict.fromkeys(pids, 0)
    for door, times in zip(served.workers, (2, 3), strict=True):
        for _ in range(times):
            # A connection that was idle for long is another one now, and any worker may have it.
            pid = str(door.client.get(f"{door.address}/health").json()["pid"])
            assert door.ask(secret, "helpline").status_code == 200
            asked[pid] += 1

    for door in served.workers:
        found = samples(door, served.node)
        assert {labels["worker"] for _, labels, _ in found} == pids
        ups = [value for name, _, value in found if name == "corridor_gateway_worker_up"]
        assert ups == [1, 1]
        for pid in pids:  # a request is counted once its answer is on its way
            after = before[pid] + asked[pid]
            until(lambda d=door, p=pid, n=after: requests(d, served.node, p) >= n)
            assert requests(door, served.node, pid) == after


def test_a_worker_that_hangs_is_shown_as_such_and_holds_up_no_other(served: Served) -> None:
    pids = {each.pid for each in served.workers}
    hanging = min(pids)
    os.kill(hanging, signal.SIGSTOP)
    try:
        with one_connection() as client:  # only the other one takes it
            answer = client.get(
                f"{served.workers[0].address}/metrics", headers=served.node.operator
            )
    finally:
        os.kill(hanging, signal.SIGCONT)

    families = {each.name: each for each in text_string_to_metric_families(answer.text)}
    ups = families["corridor_gateway_worker_up"].samples
    assert {int(s.labels["worker"]): s.value for s in ups} == {
        pid: float(pid != hanging) for pid in pids
    }


def test_only_the_operator_reads_what_workers_counted(served: Served) -> None:
    secret = served.node.issue_key("*", label="curious")
    for door in served.workers:
        url = f"{door.address}/metrics"
        for headers in ({}, bearer(secret)):
            refused = door.client.get(url, headers=headers)
            assert (refused.status_code, refused.json()["type"]) == (403, "NotTheOperator")


def samples(door: Door, node: Node) -> list[tuple[str, dict[str, str], float]]:
    """What a worker shows at /metrics; every family is there once."""
    answer = door.client.get(f"{door.address}/metrics", headers=node.operator)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = list(text_string_to_metric_families(answer.text))
    assert len({family.name for family in families}) == len(families)
    return [(s.name, dict(s.labels), s.value) for family in families for s in family.samples]


def requests(door: Door, node: Node, pid: str) -> float:
    """How many requests one worker counted."""
    name = "corridor_gateway_requests_total"
    found = samples(door, node)
    return sum(value for each, labels, value in found if (each, labels["worker"]) == (name, pid))


def test_workers_leave_the_folder_to_the_node(served: Served) -> None:
    assert Home(served.node.home).pid() == served.doors[0].pid


def test_workers_go_on_while_the_node_is_away_and_end_in_good_order(tmp_path: Path) -> None:
    with a_fake_upstream() as upstream, a_node(tmp_path, "in") as node:
        node.add_provider("vendor-small", upstream.url)
        node.offer("helpline", ["vendor-small"])
        secret = node.issue_key("*")
        with a_crew(node.home, 1) as crew, crew.doors() as [worker]:  # the node is not served
            answer = worker.ask(secret, "helpline")
            crew.program.process.send_signal(signal.SIGTERM)
            assert crew.program.process.wait(60) == 0

        assert answer.status_code == 200
        assert answer.headers["x-request-id"] in {each.request_id for each in node.traffic()}
        assert "Traceback" not in crew.program.said()


def test_workers_take_the_nodes_new_key(tmp_path: Path) -> None:
    with a_node(tmp_path, "in") as node, a_crew(node.home, 1) as crew:
        before = crew.pids

        rotated = corridor("--home", node.home, "node", "rotate-key")
        assert rotated.returncode == 0, rotated.stderr

        until(lambda: not before & crew.pids and bool(crew.pids))
        assert "was changed" in crew.program.said()


def test_a_port_that_is_taken_is_one_line_and_a_hint(tmp_path: Path) -> None:
    with a_node(tmp_path, "in") as node, socket.create_server((HOST, 0)) as other:
        port = str(other.getsockname()[1])
        ended = corridor_here("--home", node.home, "gateway", "serve", "--port", port)

        assert ended.returncode == 5
        assert f"Port {port} of {HOST} cannot be taken" in ended.stderr
