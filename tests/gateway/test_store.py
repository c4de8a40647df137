from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders import NOON, a_store

from corridor.core.store import Store
from corridor.gateway import Handled
from corridor.gateway.store import MIGRATIONS, handled_between, keep


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path, migrations=MIGRATIONS)
    yield store
    store.close()


def a_line(request_id: str, seconds: float = 0.0, **fields: object) -> Handled:
    defaults: dict[str, object] = {
        "caller": "app",
        "target": "helpline",
        "language": "hi-Deva",
        "provider": "alpha",
        "outcome": "served",
        "status": 200,
        "seconds": 0.25,
    }
    at = (NOON + timedelta(seconds=seconds)).timestamp()
    return Handled.model_validate({"request_id": request_id, "at": at, **defaults, **fields})


def test_what_is_kept_is_read_back_as_it_was(store: Store) -> None:
    lines = [a_line("a"), a_line("b", provider=None, outcome="failed", status=503)]
    with store.transaction("test") as tx:
        keep(tx, lines)

    with store.view() as view:
        assert handled_between(view, NOON, NOON) == lines


def test_a_stretch_of_time_includes_both_its_ends_and_is_in_order(store: Store) -> None:
    with store.transaction("test") as tx:
        keep(tx, [a_line(str(at), at) for at in (3, 1, 0, 2, 1)])

    with store.view() as view:
        found = handled_between(view, NOON + timedelta(seconds=1), NOON + timedelta(seconds=2))

    assert [line.request_id for line in found] == ["1", "1", "2"]


def test_the_account_is_no_part_of_the_log(store: Store) -> None:
    with store.transaction("test") as tx:
        keep(tx, [a_line("a")])

    with store.view() as view:
        assert (view.head(), view.log_size()) == (0, 0)


def test_a_line_of_the_account_has_no_room_for_what_was_said() -> None:
    assert set(Handled.model_fields) == {
        "request_id",
        "at",
        "caller",
        "target",
        "language",
        "provider",
        "outcome",
        "status",
        "seconds",
        "project",
        "key_id",
        "model",
        "model_sha256",
        "tokens_in",
        "tokens_out",
        "cost",
        "currency",
        "price_id",
        "first_byte_seconds",
        "attempts",
        "stream",
        "guard",
        "guard_act",
        "first_choice",
    }
