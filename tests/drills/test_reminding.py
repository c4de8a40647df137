"""Reminders: what changed since it was last rehearsed, by places in the log."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from support.builders import NOON
from support.drilled import a_line, a_result
from support.nodes import Node, a_node
from support.supply import a_model, a_provider, a_supplier
from typer.testing import CliRunner

from corridor.catalogue import Catalogue
from corridor.core.records import RecordId, new_id
from corridor.core.store import Transaction
from corridor.drills import Reminding
from corridor.drills.commands import commands
from corridor.drills.records import Ending, Reminder
from corridor.drills.rules.reminding import Rehearsal, Stated, Subject, reminders
from corridor.gateway import Gateway

OTHER = "ef" * 32


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as made:
        made.add_provider("vendor-small", "http://127.0.0.1:9/v1")
        made.add_provider("spare", "http://127.0.0.1:9/v1", supplier="spare-inc", model="other")
        made.offer("helpline", ["vendor-small", "spare"])
        yield made


def drill(node: Node, supplier: str = "vendor", how: Ending = "finished") -> str:
    """Keep the result of a drill of the helpline; return its id."""
    result = a_result(a_line(), id=new_id(), supplier=supplier, how=how)
    with node.runtime.store.transaction("test") as tx:
        tx.append(result)
    return result.id


def reminded(node: Node) -> list[Reminder]:
    with node.runtime.store.view() as view:
        return node.runtime.service(Reminding).reminders(view)


def named(found: list[Reminder]) -> set[tuple[str, str]]:
    return {(each.what, each.name) for each in found}


def test_what_was_never_rehearsed_is_told_by_service_and_supplier_with_a_drill_that_shows_it(
    node: Node,
) -> None:
    found = reminded(node)

    assert named(found) == {
        ("service", "helpline"),
        ("supplier", "vendor"),
        ("supplier", "spare-inc"),
    }
    assert all(each.last_drill is None and each.changed == () for each in found)
    commands_ = {each.name: each.command for each in found}
    assert commands_["helpline"].startswith(
        "corridor drill run --withdraw vendor --service helpline"
    )
    assert commands_["spare-inc"].startswith(
        "corridor drill run --withdraw spare-inc --stages shadow"
    )


def test_after_drills_nothing_is_left_to_remind_of(node: Node) -> None:
    drill(node)
    assert named(reminded(node)) == {("supplier", "spare-inc")}
    drill(node, "spare-inc")
    assert reminded(node) == []


def test_a_drill_that_was_cut_off_rehearsed_nothing(node: Node) -> None:
    drill(node, how="aborted")

    assert ("service", "helpline") in named(reminded(node))


def of_service(node: Node, tx: Transaction) -> None:
    node.runtime.service(Gateway).offer(tx, "helpline", "Helpline", ["en-Latn", "hi-Deva"])


def of_route(node: Node, tx: Transaction) -> None:
    node.runtime.service(Gateway).route(tx, "helpline", ["spare", "vendor-small"])


def of_provider(node: Node, tx: Transaction) -> None:
    changed = a_provider(
        "spare",
        "http://127.0.0.1:10/v1",
        supplier="spare-inc",
        model="other",
        served="upstream-model",
    )
    node.runtime.service(Catalogue).register(tx, changed)


def of_model(node: Node, tx: Transaction) -> None:
    changed = a_model("other", supplier="spare-inc", title="Another title")
    node.runtime.service(Catalogue).register(tx, changed)


def of_supplier(node: Node, tx: Transaction) -> None:
    node.runtime.service(Catalogue).register(tx, a_supplier("vendor", role="runs more than before"))


def of_new_provider(node: Node, tx: Transaction) -> None:
    catalogue = node.runtime.service(Catalogue)
    made = a_provider("late", "http://127.0.0.1:9/v1", supplier="spare-inc", model="other")
    catalogue.register(tx, made)
    node.runtime.service(Gateway).route(tx, "helpline", ["vendor-small", "spare", "late"])


Change = Callable[[Node, Transaction], None]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (of_service, {("service", "helpline"): ("languages",)}),
        (of_route, {("route", "helpline"): ("providers",)}),
        (of_provider, {("provider", "spare"): ("endpoint",)}),
        (of_model, {("model", "other"): ("title",)}),
        (of_supplier, {("supplier", "vendor"): ("role",)}),
        (of_new_provider, {("route", "helpline"): ("providers",), ("provider", "late"): ("new",)}),
    ],
)
def test_each_kind_of_change_is_named_with_what_changed_and_the_last_drill(
    node: Node, change: Change, expected: dict[tuple[str, str], tuple[str, ...]]
) -> None:
    last = {"vendor": drill(node), "spare-inc": drill(node, "spare-inc")}
    with node.runtime.store.transaction("test") as tx:
        change(node, tx)

    found = reminded(node)

    assert {(each.what, each.name): each.changed for each in found} == expected
    for each in found:
        rehearsed = "vendor" if each.what == "supplier" else "spare-inc"
        assert each.last_drill == last[rehearsed]
        assert each.services == ("helpline",)
        assert each.command.startswith("corridor drill run --withdraw ")


def test_what_is_changed_back_is_as_it_was_rehearsed(node: Node) -> None:
    drill(node)
    drill(node, "spare-inc")
    gateway = node.runtime.service(Gateway)
    for providers in (["spare"], ["vendor-small", "spare"]):
        with node.runtime.store.transaction("test") as tx:
            gateway.route(tx, "helpline", providers)

    assert reminded(node) == []


def test_what_no_route_leads_to_is_no_matter(node: Node) -> None:
    drill(node)
    drill(node, "spare-inc")
    node.add_provider("idle", "http://127.0.0.1:9/v1", supplier="idle-inc", model="idle-model")

    assert reminded(node) == []


def test_the_log_says_each_change_once(node: Node) -> None:
    reminding, store = node.runtime.service(Reminding), node.runtime.store
    with capture_logs() as logs:
        head = reminding.look(store)
        reminding.look(store)
        reminding.look(store, head)
    first = [each["reason"] for each in logs if each["event"] == "drill.to_be_rehearsed"]
    drill(node)
    drill(node, "spare-inc")
    with store.transaction("test") as tx:
        of_model(node, tx)
    with capture_logs() as logs:
        reminding.look(store, head)
        reminding.look(store)
    second = [each["reason"] for each in logs if each["event"] == "drill.to_be_rehearsed"]

    assert sorted(first) == [
        "service helpline was never rehearsed",
        "supplier spare-inc was never rehearsed",
        "supplier vendor was never rehearsed",
    ]
    assert second == [f"model other changed (title) since it was last rehearsed on {NOON:%Y-%m-%d}"]


def test_reminders_are_shown_in_the_terminal_and_over_http(node: Node) -> None:
    drill(node)
    runner = CliRunner(env={"COLUMNS": "200"})
    shown = runner.invoke(commands, ["reminders"], obj=node.runtime).output
    as_json = json.loads(runner.invoke(commands, ["reminders", "--json"], obj=node.runtime).output)
    listed = runner.invoke(commands, ["list"], obj=node.runtime).output

    assert "supplier spare-inc" in shown
    assert "corridor drill run --withdraw spare-inc" in shown
    assert "To be rehearsed: supplier spare-inc was never rehearsed." in listed
    node.start()
    answer = httpx2.get(
        f"{node.address}/drills/reminders", headers=node.operator, trust_env=False, timeout=60
    )
    assert answer.json() == as_json
    drill(node, "spare-inc")
    assert (
        "waits to be rehearsed" in runner.invoke(commands, ["reminders"], obj=node.runtime).output
    )


def subject(changes: list[tuple[int, int]]) -> Subject:
    states = tuple(
        Stated(place, NOON + timedelta(seconds=place), {"value": value}) for place, value in changes
    )
    return Subject("service", "helpline", ("helpline",), states, "")


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=6),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_a_reminder_stands_exactly_where_the_last_drill_met_another_state(
    values: list[int], drills: list[int]
) -> None:
    changes = [(10 * place + 5, value) for place, value in enumerate(values)]
    rehearsals = [
        Rehearsal(RecordId(f"{place:032x}"), place, NOON, frozenset({"helpline"}), frozenset())
        for place in drills
    ]

    found = reminders([subject(changes)], rehearsals)

    if not drills:
        assert [each.last_drill for each in found] == [None]
        return
    met = [value for place, value in changes if place < max(drills)]
    assert bool(found) == (not met or met[-1] != values[-1])
