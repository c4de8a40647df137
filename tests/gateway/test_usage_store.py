"""The account's sums by the hour stay, say what is unknown, and are those of the single requests."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, inspect
from support.builders import NOON, a_store

from corridor.core.store import Store
from corridor.gateway import Handled
from corridor.gateway.store import MIGRATIONS, handled_between, keep, prune, roll_up, sums
from corridor.gateway.store.requests import add_columns
from corridor.gateway.store.usage import By

FOREVER = timedelta(days=3650)


@pytest.fixture
def store(tmp_path: Path, store_url: str) -> Iterator[Store]:
    store = a_store(tmp_path, migrations=MIGRATIONS, url=store_url)
    yield store
    store.close()


def a_line(seconds: float = 0.0, **fields: object) -> Handled:
    defaults: dict[str, object] = {
        "request_id": "a",
        "caller": "app",
        "target": "helpline",
        "language": "hi-Deva",
        "provider": "alpha",
        "outcome": "served",
        "status": 200,
        "seconds": 0.25,
        "project": "helpdesk",
    }
    at = (NOON + timedelta(seconds=seconds)).timestamp()
    return Handled.model_validate({"at": at, **defaults, **fields})


def written(store: Store, *lines: Handled) -> None:
    with store.transaction("test") as tx:
        keep(tx, lines)
        roll_up(tx, lines)


def test_sums_are_of_whole_hours_and_outlast_single_requests(store: Store) -> None:
    known: dict[str, Any] = {
        "tokens_in": 10,
        "tokens_out": 5,
        "cost": 2_500_000,
        "currency": "INR",
    }
    written(store, a_line(**known), a_line(10, **known))
    written(store, a_line(3600, **known))

    with store.transaction("test") as tx:
        assert prune(tx, NOON + timedelta(minutes=30)) == 2

    with store.view() as view:
        assert len(handled_between(view, NOON, NOON + FOREVER)) == 1
        [of_both] = sums(view, "project", NOON + timedelta(minutes=59), NOON + FOREVER)
        [of_later] = sums(view, "service", NOON + timedelta(minutes=60), NOON + FOREVER)
    assert (of_both.name, of_both.requests, of_both.answered) == ("helpdesk", 3, 3)
    assert (of_both.tokens_in, of_both.tokens_out, of_both.untold) == (30, 15, 0)
    assert (of_both.cost, of_both.currency, of_both.unpriced) == (7_500_000, "INR", 0)
    assert (of_later.name, of_later.requests) == ("helpline", 1)


def test_what_is_unknown_is_counted_as_unknown_and_not_as_nothing(store: Store) -> None:
    lines = (
        a_line(),
        a_line(tokens_in=1, tokens_out=2),
        a_line(outcome="failed", status=503, provider=None),
        a_line(outcome="refused", status=400),
    )
    written(store, *lines)

    with store.view() as view:
        [found] = sums(view, "project", NOON, NOON + FOREVER)
    assert (found.requests, found.answered, found.untold, found.unpriced) == (4, 2, 1, 2)
    assert found.currency is None


def test_a_language_that_a_caller_made_up_makes_no_row_of_its_own(store: Store) -> None:
    written(store, *(a_line(language=f"x{number}") for number in range(20)))

    with store.view() as view:
        assert [each.name for each in sums(view, "language", NOON, NOON + FOREVER)] == ["und"]


LINES = st.lists(
    st.builds(
        a_line,
        seconds=st.floats(0, 20_000),
        project=st.sampled_from(["a", "b", None]),
        provider=st.sampled_from(["alpha", "beta", None]),
        key_id=st.sampled_from(["k", None]),
        tokens_in=st.none() | st.integers(0, 10**9),
        tokens_out=st.none() | st.integers(0, 10**9),
        cost=st.none() | st.integers(0, 10**15),
        currency=st.sampled_from(["INR", "JPY", None]),
    ),
    max_size=20,
)


@settings(deadline=None, max_examples=25)  # each opens a store
@given(lines=LINES, by=st.sampled_from(["key", "project", "service", "provider", "language"]))
def test_the_sums_are_those_of_the_single_requests(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Handled], by: By
) -> None:
    store = a_store(tmp_path_factory.mktemp("sums"), migrations=MIGRATIONS)
    for line in lines:
        written(store, line)
    with store.view() as view:
        found = sums(view, by, NOON, NOON + FOREVER)
    store.close()

    assert sum(each.requests for each in found) == len(lines)
    assert sum(each.tokens_in for each in found) == sum(each.tokens_in or 0 for each in lines)
    for currency in ("INR", "JPY"):
        mine = [each.cost or 0 for each in lines if each.currency == currency]
        assert sum(each.cost for each in found if each.currency == currency) == sum(mine)


def test_the_account_of_an_older_node_gets_the_new_columns_and_keeps_its_lines() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE gateway_requests (seq INTEGER PRIMARY KEY, request_id TEXT NOT NULL, "
            "at FLOAT NOT NULL, caller TEXT NOT NULL, target TEXT NOT NULL, language TEXT NOT NULL, "
            "provider TEXT, outcome TEXT NOT NULL, status INTEGER NOT NULL, seconds FLOAT NOT NULL)"
        )
        connection.exec_driver_sql(
            "INSERT INTO gateway_requests VALUES (1, 'a', 1.0, 'app', 'x', 'und', NULL, 'failed', 503, 0.5)"
        )
        add_columns(connection)
        add_columns(connection)
        names = {column["name"] for column in inspect(connection).get_columns("gateway_requests")}
        assert names == {"seq", *Handled.model_fields}
        row = connection.exec_driver_sql("SELECT * FROM gateway_requests").mappings().one()
        assert Handled.model_validate({n: row[n] for n in Handled.model_fields}).tokens_in is None
    engine.dispose()
