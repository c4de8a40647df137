"""The look at what is lost in earnest, once a second: cheap while nothing changes, and never late."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from support.clocks import StoppedClock
from support.foretold import a_world
from support.nodes import Node
from support.partners import a_note

from corridor.core.store import Store
from corridor.drills import Losing
from corridor.gateway import Extent

HOUR = 3600.0


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_world(tmp_path) as node:
        yield node


@contextmanager
def queries(store: Store) -> Generator[list[str]]:
    """Note what the database is asked."""
    asked: list[str] = []

    def note(*words: object) -> None:
        if str(words[2]).startswith("SELECT"):
            asked.append(str(words[2]))

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def ends(node: Node) -> list[bool]:
    """Return for each incident whether it is over."""
    with node.runtime.store.view() as view:
        found = node.runtime.service(Losing).incidents(view)
        return [ended is not None for _, ended in found]


def test_while_the_log_has_not_grown_a_look_asks_for_its_head_and_nothing_else(node: Node) -> None:
    losing, store = node.runtime.service(Losing), node.runtime.store
    with queries(store) as asked:
        last = losing.look(store)
        first = len(asked)
        asked.clear()
        assert losing.look(store, last) is last
        assert len(asked) == 1 < first
        assert "max(records.seq)" in asked[0]

        with store.transaction("test") as tx:
            tx.append(a_note("news"))
        asked.clear()
        assert losing.look(store, last) is not last
        assert len(asked) > 1


def test_what_begins_and_ends_by_the_clock_is_noticed_though_the_log_has_not_grown(
    node: Node,
) -> None:
    losing, store, clock = node.runtime.service(Losing), node.runtime.store, node.clock
    assert isinstance(clock, StoppedClock)
    begins = clock() + timedelta(seconds=HOUR)
    node.suspend("vendor", HOUR, Extent(starts=begins))
    last = losing.look(store)
    assert ends(node) == []

    clock.advance(HOUR)
    last = losing.look(store, last)
    assert ends(node) == [False]
    last = losing.look(store, last)  # what the look itself wrote is news once, and no more
    assert losing.look(store, last) is last

    clock.advance(HOUR)
    losing.look(store, last)
    assert ends(node) == [True]


def test_a_clock_that_is_put_back_behind_a_beginning_is_noticed(node: Node) -> None:
    losing, store, clock = node.runtime.service(Losing), node.runtime.store, node.clock
    assert isinstance(clock, StoppedClock)
    node.suspend("vendor", HOUR, Extent(starts=clock() + timedelta(seconds=HOUR)))
    clock.advance(1.5 * HOUR)
    last = losing.look(store, losing.look(store))
    assert ends(node) == [False]

    clock.advance(-HOUR)
    losing.look(store, last)

    assert ends(node) == [True]
