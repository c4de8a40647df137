"""Parts of a node's own work that wait until there is something for them to do."""

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from support.builders import NOON

from corridor.app import background
from corridor.app.assembly import open_node
from corridor.app.home import Home
from corridor.app.kinds import KINDS
from corridor.app.taking_in import taken_in
from corridor.app.wanted import LATER, Later, Waiting
from corridor.app.worker import Works
from corridor.core.jobs import Worker, job_by_id
from corridor.core.records import Record
from corridor.edge.runtime import Runtime


class Watched(Record):
    """As little as a record of this kind can be: only its kind is looked at."""

    kind: ClassVar[str] = "gateway.guard_watch"


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    Home(tmp_path / "in").create("in", "127.0.0.1", 8800)
    runtime = open_node(tmp_path / "in", lambda: NOON)
    yield runtime
    runtime.store.close()


@pytest.mark.parametrize("part", LATER, ids=lambda part: part.name)
def test_a_part_waits_for_kinds_that_there_are_and_is_where_it_is_said_to_be(part: Later) -> None:
    assert set(part.kinds) <= {kind.kind for kind in KINDS}
    assert inspect.iscoroutinefunction(taken_in(part.place))


def test_nothing_waits_for_nothing() -> None:
    assert all(part.kinds or part.folder or part.with_peers for part in LATER)


def test_a_new_node_wants_none_of_them(runtime: Runtime) -> None:
    assert Waiting(runtime).look() == []


def test_a_record_makes_those_wanted_that_are_about_it_once(runtime: Runtime) -> None:
    waiting = Waiting(runtime)
    waiting.look()

    with runtime.store.transaction("test") as tx:
        tx.append(Watched(made_at=NOON))

    assert [each.name for each in waiting.look()] == ["incidents"]
    assert waiting.look() == []


def test_a_folder_does_so_though_no_record_arrives(runtime: Runtime) -> None:
    waiting = Waiting(runtime)
    waiting.look()

    (runtime.home / "evaluation").mkdir()

    assert [each.name for each in waiting.look()] == ["journals"]


def test_a_log_that_is_held_is_looked_after_though_there_is_no_partner(runtime: Runtime) -> None:
    with runtime.store.transaction("test") as tx:
        tx.hold("put back")

    assert {each.name for each in Waiting(runtime).look()} == {"witness", "recovery"}


def test_what_comes_to_be_wanted_while_a_node_is_served_is_begun(runtime: Runtime) -> None:
    async def served() -> None:
        async with background.at_work(runtime):
            with runtime.store.transaction("test") as tx:
                tx.append(Watched(made_at=NOON))
            while "incidents" not in _begun():
                await asyncio.sleep(0.02)

    asyncio.run(asyncio.wait_for(served(), 120))


def test_the_worker_finds_the_jobs_of_every_capability_by_name(runtime: Runtime) -> None:
    works = Works(runtime)

    assert {name.partition(".")[0] for name in works} == {"evaluation", "supply_chain"}
    assert all(callable(works[name]) for name in works)


def test_a_job_that_no_capability_knows_fails_and_is_not_tried_again(runtime: Runtime) -> None:
    with runtime.store.transaction("test") as tx:
        job_id = tx.enqueue("talent.train", {})

    assert Worker(runtime.store, Works(runtime)).step()

    with runtime.store.view() as view:
        job = job_by_id(view, job_id)
    assert (job.state, job.attempts) == ("failed", 1)


def _begun() -> list[object]:
    """The parts that are kept going now."""
    frames = [each.get_stack(limit=1) for each in asyncio.all_tasks()]
    return [frame[0].f_locals.get("name") for frame in frames if frame]
