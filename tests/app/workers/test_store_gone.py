"""Workers whose store is gone, or whose disk is full: whom they answer meanwhile, and what is kept."""

import os
import resource
import signal
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from support.nodes import Node, a_node
from support.partners import until
from support.postgres import PostgresServer, a_postgres_server, why_not
from support.upstream import FakeUpstream, a_fake_upstream
from support.workers import START_SECONDS, Crew, Door, a_crew

from corridor.access import Account
from corridor.gateway import Gateway

WORKERS = 2
NO_ROOM_BYTES = 100
"""No file may become larger: as on a full disk, every write fails, that of the log too."""
SNAPSHOT_SECONDS = 6.0


@dataclass
class Served:
    """A node of whose two services one is accounted for strictly, and its workers."""

    node: Node
    upstream: FakeUpstream
    secret: str
    crew: Crew
    doors: list[Door]

    def ask(self, service: str) -> list[httpx2.Response]:
        """Ask at every worker."""
        return [door.ask(self.secret, service) for door in self.doors]

    def codes(self, service: str) -> set[int]:
        return {answer.status_code for answer in self.ask(service)}


@contextmanager
def served(
    folder: Path, store: str | None = None, seconds: float = SNAPSHOT_SECONDS
) -> Generator[Served]:
    gateway = {"keep_alive_seconds": 120.0, "snapshot_seconds": seconds}
    kept = {"url": store or f"sqlite:///{folder / 'store.db'}"}
    with ExitStack() as stack:
        upstream = stack.enter_context(a_fake_upstream())
        node = stack.enter_context(a_node(folder, "in", gateway=gateway, store=kept))
        node.add_provider("vendor-small", upstream.url)
        node.offer("helpline", ["vendor-small"])
        node.offer("ledger", ["vendor-small"])
        with node.runtime.store.transaction("test") as tx:
            node.runtime.service(Gateway).route(tx, "ledger", ["vendor-small"], audit="strict")
        secret = node.issue_key("*")
        crew = stack.enter_context(a_crew(node.home, WORKERS))
        doors = stack.enter_context(crew.doors())
        yield Served(node, upstream, secret, crew, doors)


@contextmanager
def a_full_disk(pids: set[int]) -> Generator[None]:
    """Let some processes write no more while the block runs."""
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (NO_ROOM_BYTES, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for pid in pids:
            no_limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, no_limit)


@pytest.fixture
def database() -> Iterator[PostgresServer]:
    """A server of the test's own: it is stopped in the middle."""
    if missing := why_not():
        assert "CI" not in os.environ, missing
        pytest.skip(missing)
    with a_postgres_server() as server:
        yield server


def test_on_a_full_disk_workers_answer_all_but_strictly_and_lose_no_line(tmp_path: Path) -> None:
    with served(tmp_path) as here:
        assert (here.codes("helpline"), here.codes("ledger")) == ({200}, {200})
        before = here.crew.pids
        with a_full_disk(before):
            during = [answer for _ in range(3) for answer in here.ask("helpline")]
            refused = here.ask("ledger")
            asked = here.upstream.asked
            refused += here.ask("ledger")
            assert here.upstream.asked == asked
            wait_longer_than_the_snapshot_holds()
            during += here.ask("helpline")  # what is there can be read, so nothing is out of date

        assert [answer.text for answer in during if answer.status_code != 200] == []
        assert {answer.json()["error"]["code"] for answer in refused} == {"not_accounted"}
        until(lambda: here.codes("ledger") == {200}, START_SECONDS)
        accounted_for(here.node, during)
        assert here.crew.settled(len(before)) == before
        assert "Traceback" not in here.crew.program.said()


def test_without_the_database_workers_go_on_for_a_stated_time_and_come_back_by_themselves(
    tmp_path: Path, database: PostgresServer
) -> None:
    with served(tmp_path, database.a_database()) as here:
        assert (here.codes("helpline"), here.codes("ledger")) == ({200}, {200})
        before = here.crew.pids
        database.stop()
        during = here.ask("helpline")
        refused = here.ask("ledger")

        assert {answer.status_code for answer in during} == {200}
        assert {answer.json()["error"]["code"] for answer in refused} == {"not_accounted"}
        until(lambda: here.codes("helpline") == {503}, START_SECONDS)
        old = here.ask("helpline")
        assert {answer.json()["error"]["code"] for answer in old} == {"snapshot_too_old"}
        until(lambda: {each.state for each in here.crew.status.workers} == {"stale"})

        database.start()
        until(lambda: here.codes("helpline") == here.codes("ledger") == {200}, START_SECONDS)
        accounted_for(here.node, during)
        assert here.crew.settled(len(before)) == before
        assert "Traceback" not in here.crew.program.said()


def test_a_worker_that_is_killed_without_the_database_is_replaced_when_it_is_back(
    tmp_path: Path, database: PostgresServer
) -> None:
    with served(tmp_path, database.a_database(), seconds=600.0) as here:
        database.stop()
        victim, stays = here.doors
        os.kill(victim.pid, signal.SIGKILL)
        until(lambda: here.crew.status.restarts >= 2, START_SECONDS)  # the first came up to nothing
        assert stays.ask(here.secret, "helpline").status_code == 200

        database.start()
        assert stays.pid in here.crew.settled(WORKERS)


def wait_longer_than_the_snapshot_holds() -> None:

    time.sleep(SNAPSHOT_SECONDS + 0.5)


def accounted_for(node: Node, answers: list[httpx2.Response]) -> None:
    """Wait until some requests are in the account of requests, and the account of decisions holds."""
    asked = {answer.headers["x-request-id"] for answer in answers}
    until(lambda: asked <= {line.request_id for line in node.traffic()}, START_SECONDS)
    account = node.runtime.service(Account)
    with node.runtime.store.view() as view:
        assert all(account.of_request(view, each) for each in asked)
        assert not any(checked.faults for checked in account.checked(view))
