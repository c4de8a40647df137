"""What a change of policies would have meant: who would gain, and who would lose."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders import NOON, a_store, an_identity
from support.clocks import StoppedClock

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.adapters.policy_cases import shipped_case_file
from corridor.access.ports import PolicySet
from corridor.access.records import Facts, Principal
from corridor.access.records.account import Decided
from corridor.access.rules.policy_replay import Change, Past, replayed
from corridor.access.rules.secrets import Secrets
from corridor.access.service.policy_replay import Replay
from corridor.access.store import MIGRATIONS, account
from corridor.core.store import Store

BASE = shipped_case_file()[1]
ENGINE = CedarEngine()
SECRETS = Secrets.of(bytes(32))
DIGEST = "ab" * 32
NOW = ENGINE.policies({})


def with_policy(text: str) -> PolicySet:
    return ENGINE.policies({"own": text})


NO_NIGHT = with_policy(
    '@id("n") @reason("too_late") forbid(principal, action, resource) when { context.hour == 3 };'
)
NO_ALICE = with_policy('@id("a") forbid(principal == Principal::"alice", action, resource);')


def past(who: str = "p1", **facts: object) -> Past:
    return Past(who, who, DIGEST, replace(BASE, **facts))  # pyright: ignore[reportArgumentType]


def test_the_same_policies_change_nothing() -> None:
    found = replayed([past(), past(hour=3), past(active=False)], NO_NIGHT, NO_NIGHT)
    assert (found.gain, found.lose, found.same, found.decisions) == ((), (), 3, 3)


def test_decisions_that_would_be_denied_are_lost_with_the_reasons() -> None:
    asked = [
        past(hour=3),
        past(hour=3),
        past("p2", hour=3),
        past(hour=4),
        past(active=False, hour=3),
    ]
    found = replayed(asked, NOW, NO_NIGHT)

    assert [(each.who, each.decisions, each.before, each.after) for each in found.lose] == [
        ("p1", 2, (), ("too_late",)),
        ("p2", 1, (), ("too_late",)),
    ]
    assert (found.gain, found.same) == ((), 2)
    assert (found.reasons_new, found.reasons_gone) == ({"too_late": 3}, {})


def test_decisions_that_would_be_allowed_are_gained_with_the_reasons_that_closed_them() -> None:
    found = replayed([past(hour=3), past(hour=4)], NO_NIGHT, NOW)
    assert found.gain == (
        Change(
            who="p1",
            home="in",
            organisation="aisi",
            model="small",
            model_sha256=DIGEST,
            purpose="public-service",
            surface="api",
            before=("too_late",),
            after=(),
            decisions=1,
        ),
    )
    assert (found.lose, found.reasons_gone) == ((), {"too_late": 1})


def test_what_differs_is_told_apart_by_who_what_and_what_for() -> None:
    asked = [past(hour=3), past(hour=3, purpose="research"), past(hour=3, evidence_days=1)]
    found = replayed(asked, NOW, NO_NIGHT)
    assert [(each.purpose, each.decisions) for each in found.lose] == [
        ("public-service", 2),
        ("research", 1),
    ]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path, an_identity("in"), migrations=MIGRATIONS)
    with store.transaction("test") as tx:
        tx.append(Principal(made_at=NOON, name="alice", type="person", organisation="aisi"))
    yield store
    store.close()


def decided(who: str, days_ago: float, facts: Facts = BASE) -> Decided:
    return Decided(
        request_id=f"{who}-{days_ago}",
        at=(NOON - timedelta(days=days_ago)).timestamp(),
        who=who,
        home=facts.home,
        organisation=facts.organisation,
        project=facts.project,
        model=facts.model,
        model_sha256=DIGEST,
        purpose=facts.purpose,
        language=facts.language,
        surface=facts.surface,
        grant_id="",
        allowed=True,
        reasons=("granted",),
        policies=("granted-use",),
        policy_version=NOW.version,
        evidence_ids=(),
        revocation_ids=(),
        facts=facts,
    )


def keep(store: Store, found: Sequence[Decided]) -> None:
    with store.transaction("test") as tx:
        account.keep(tx, tx.audit_log, list(enumerate(found)))


def test_the_account_of_late_is_replayed_and_no_more(store: Store) -> None:
    keep(store, [decided("p1", 1, replace(BASE, hour=3)), decided("p1", 8, replace(BASE, hour=3))])
    replay = Replay(StoppedClock(), SECRETS)
    with store.view() as view:
        week = replay.changes(view, NOW, NO_NIGHT, timedelta(days=7))
        month = replay.changes(view, NOW, NO_NIGHT, timedelta(days=30))
        newest = replay.changes(view, NOW, NO_NIGHT, timedelta(days=30), most=1)
    assert [sum(each.decisions for each in found.lose) for found in (week, month, newest)] == [
        1,
        2,
        1,
    ]


def test_a_policy_that_names_somebody_here_finds_them_behind_their_pseudonym(store: Store) -> None:
    alice = SECRETS.pseudonym("alice", "in")
    abroad = replace(BASE, home="jp", here=False, lease="held")
    keep(store, [decided(alice, 1), decided("someone", 2), decided(alice, 3, abroad)])
    with store.view() as view:
        found = Replay(StoppedClock(), SECRETS).changes(view, NOW, NO_ALICE, timedelta(days=7))
    assert [(each.who, each.home, each.decisions) for each in found.lose] == [(alice, "in", 1)]
    assert found.same == 2
