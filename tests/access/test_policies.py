"""Policies are records: checked before they take effect, versioned, retired; and so are purposes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.builders import a_store
from support.clocks import StoppedClock

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.adapters.policy_cases import shipped_case_file
from corridor.access.adapters.shipped import shipped_purposes
from corridor.access.errors import BadPolicy, Incomplete, NoSuchPolicy, NoSuchPurpose
from corridor.access.records import Policy, Purpose
from corridor.access.service.policies import Policies
from corridor.core.errors import Invalid
from corridor.core.store import Store, View

BASE = shipped_case_file()[1]
NIGHT = '@id("night") @reason("too_late") forbid(principal, action, resource) when { context.hour == 3 };'
NOON = '@id("noon") forbid(principal, action, resource) when { context.hour == 12 };'
WHY = "as the board decided"
POLICIES = Policies(StoppedClock(), CedarEngine())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    yield store
    store.close()


def publish(store: Store, name: str, text: str) -> Policy:
    with store.transaction("operator") as tx:
        return POLICIES.publish(tx, name, text, WHY)


def reasons(view: View, hour: int) -> tuple[str, ...]:
    return POLICIES.in_force(view).rule("alice", "m", replace(BASE, hour=hour)).reasons


def test_without_any_of_its_own_a_node_decides_by_the_shipped_ones(store: Store) -> None:
    with store.view() as view:
        assert POLICIES.policies(view) == {}
        assert POLICIES.in_force(view).version == POLICIES.version(view)
        assert POLICIES.version(view) == POLICIES.shipped().version


def test_what_is_published_is_in_force_beside_the_shipped_ones(store: Store) -> None:
    publish(store, "hours", NIGHT)
    with store.view() as view:
        assert reasons(view, 3) == ("too_late",)
        assert reasons(view, 4) == ()
        assert POLICIES.version(view) == POLICIES.in_force(view).version
        assert POLICIES.version(view) != POLICIES.shipped().version
        (line,) = view.audited(act="policy.publish")
    assert (line.actor, line.subject, line.facts["version"]) == (
        "operator",
        "hours",
        POLICIES.engine.policies({"hours": NIGHT}).version,
    )


def test_a_name_has_one_text_at_a_time_and_all_that_it_had(store: Store) -> None:
    publish(store, "hours", NIGHT)
    publish(store, "hours", NOON)
    with store.view() as view:
        assert (reasons(view, 3), reasons(view, 12)) == ((), ("node_rule",))
        assert [each.text for each in POLICIES.history(view, "hours")] == [NIGHT, NOON]


def test_the_same_text_again_changes_nothing(store: Store) -> None:
    first = publish(store, "hours", NIGHT)
    assert publish(store, "hours", NIGHT) == first
    with store.view() as view:
        assert len(POLICIES.history(view, "hours")) == 1
        assert len(view.audited(act="policy.publish")) == 1


def test_lines_that_end_as_on_windows_are_the_same_text(store: Store) -> None:
    first = publish(store, "hours", f"{NIGHT}\n{NOON}\n")
    assert publish(store, "hours", f"{NIGHT}\r\n{NOON}\r\n") == first


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("hours", "forbid(", "hours, line 1: unexpected end of input."),
        ("hours", NIGHT.replace("hour", "huor"), "hours, line 1, policy night: attribute `huor`"),
        ("other", NIGHT, "other, line 1, policy night: there is a policy of this id already"),
        ("shipped", NIGHT, "shipped: this name is that of the shipped rules"),
        ("hours", "forbid(principal,action,resource);forbid(", "(and 1 more faults)."),
    ],
)
def test_what_has_a_fault_is_refused_and_what_was_in_force_stays(
    store: Store, name: str, text: str, message: str
) -> None:
    publish(store, "hours", NIGHT)
    with pytest.raises(BadPolicy) as refused:
        publish(store, name, text)
    assert message in refused.value.message
    with store.view() as view:
        assert [each.text for each in POLICIES.policies(view).values()] == [NIGHT]
        assert reasons(view, 3) == ("too_late",)


def test_a_name_that_is_no_name_is_refused_with_the_field(store: Store) -> None:
    with pytest.raises(Incomplete, match="^name: "):
        publish(store, "../night", NIGHT)


def test_what_is_retired_is_not_in_force_and_can_come_back(store: Store) -> None:
    publish(store, "hours", NIGHT)
    with store.transaction("operator") as tx:
        POLICIES.retire(tx, "hours", WHY)
        with pytest.raises(NoSuchPolicy):
            POLICIES.retire(tx, "hours", WHY)
    with store.view() as view:
        assert POLICIES.policies(view) == {}
        assert POLICIES.version(view) == POLICIES.shipped().version
        assert [each.text for each in POLICIES.history(view, "hours")] == [NIGHT, ""]
    publish(store, "hours", NIGHT)
    with store.view() as view:
        assert reasons(view, 3) == ("too_late",)


def test_a_record_that_is_withdrawn_is_not_in_force(store: Store) -> None:
    policy = publish(store, "hours", NIGHT)
    with store.transaction("operator") as tx:
        tx.withdraw(policy.id, "a mistake")
    with store.view() as view:
        assert reasons(view, 3) == ()


def test_policies_of_the_past_are_found_by_the_beginning_of_their_version(store: Store) -> None:
    publish(store, "hours", NIGHT)
    publish(store, "hours", NOON)
    with store.view() as view:
        (_, first), (_, second) = POLICIES.versions(view)
        assert second == POLICIES.version(view)
        found = POLICIES.at_version(view, first[:12])
        assert found.version == first
        assert found.rule("alice", "m", replace(BASE, hour=3)).reasons == ("too_late",)
        assert (
            POLICIES.at_version(view, POLICIES.shipped().version)
            .texts.keys()
            .isdisjoint({"night", "noon"})
        )
        with pytest.raises(NoSuchPolicy):
            POLICIES.at_version(view, "0" * 64)
        with pytest.raises(Invalid):
            POLICIES.at_version(view, first[:4])
        with pytest.raises(NoSuchPolicy):
            POLICIES.history(view, "never")


def test_the_texts_of_policies_that_decided_are_found_by_their_ids(store: Store) -> None:
    publish(store, "hours", NIGHT)
    with store.view() as view:
        found = POLICIES.texts(POLICIES.in_force(view), ["night", "not-revoked", "gone"])
    assert [name for name, _ in found] == ["night", "not-revoked"]
    assert found[0][1] == NIGHT
    assert "context.closed.isEmpty()" in found[1][1]


def test_purposes_are_listed_from_the_start_and_can_be_added_changed_and_retired(
    store: Store,
) -> None:
    with store.transaction("operator") as tx:
        assert POLICIES.purposes(tx) == dict(sorted(shipped_purposes().items()))
        added = POLICIES.list_purpose(tx, "tax-advice", "Advise taxpayers", "general")
        assert POLICIES.list_purpose(tx, "tax-advice", "Advise taxpayers", "general") == added
        POLICIES.list_purpose(tx, "research", "Any research", "dual_use")
        POLICIES.retire_purpose(tx, "red-teaming", WHY)
        with pytest.raises(NoSuchPurpose):
            POLICIES.retire_purpose(tx, "red-teaming", WHY)
        with pytest.raises(Incomplete, match="^use_class: "):
            POLICIES.list_purpose(tx, "odd", "Odd", "harmless")  # pyright: ignore[reportArgumentType]
    with store.view() as view:
        found = POLICIES.purposes(view)
        assert len(list(view.own(Purpose))) == 3
    assert found["tax-advice"] == added
    assert found["research"].use_class == "dual_use"
    assert "red-teaming" not in found


def test_the_shipped_purposes_are_the_same_records_each_time() -> None:
    first, second = shipped_purposes(), shipped_purposes()
    assert first == second
    assert len({purpose.id for purpose in first.values()}) == len(first) >= 12
    assert {each.use_class for each in first.values()} == {
        "general",
        "defensive",
        "dual_use",
        "offensive",
    }
