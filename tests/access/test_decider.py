"""The decider: what it remembers and until when, quotas, and what it says would open a door."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.clocks import StoppedClock
from support.nodes import a_node
from support.opening import PROJECT
from support.quiz import a_taken
from support.standing import (
    HERE,
    MODEL,
    SECRETS,
    THERE,
    USER,
    World,
    a_world,
    outcome_of,
    shipped_policies,
)
from support.supply import DIGEST

from corridor.access import (
    Account,
    Answered,
    ApiKeys,
    Decider,
    Decision,
    Grant,
    NotKnown,
    Query,
    decided,
)
from corridor.access.adapters.cedar import CedarEngine
from corridor.access.records import Conditions, Facts
from corridor.access.records.requests import Hours, Quota
from corridor.access.rules.quotas import Uses
from corridor.access.rules.remedies import remedied, remedies
from corridor.access.service.policies import Policies
from corridor.app.assembly import open_node
from corridor.core.records import new_id
from corridor.edge.runtime import Runtime
from corridor.evaluation import Evaluation

CASES = cast(
    "list[dict[str, object]]",
    yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8")),
)
DENIED = [case for case in CASES if case["expect"] != "allow"]
POLICIES = shipped_policies()
CALLER = "tester"
QUERY = Query(CALLER, PROJECT, MODEL, DIGEST, language="en-Latn")


def a_decider(world: World, clock: Callable[[], datetime]) -> Decider:
    policies = Policies(clock, CedarEngine())
    decider = Decider.at(world.finder.settings, clock, SECRETS, policies, HERE)
    decider.learn(world.state, POLICIES)
    return decider


# --- what is remembered -------------------------------------------------------------------------


def test_a_decision_is_remembered_until_something_is_learned() -> None:
    world = a_world({}, POLICIES)
    decider = a_decider(world, StoppedClock(NOON))

    first = decider.decide(world.query)
    assert decider.decide(replace(world.query)) is first

    decider.learn(replace(world.state, head=2), POLICIES)
    again = decider.decide(world.query)
    assert again is not first
    assert again == first


def test_a_decision_is_remembered_no_longer_than_its_facts_hold() -> None:
    world = a_world({"grant": {"ends_days": 0.01}}, POLICIES)
    clock = StoppedClock(NOON)
    decider = a_decider(world, clock)

    first = decider.decide(world.query)
    clock.advance(timedelta(days=0.01).total_seconds() - 1)
    assert decider.decide(world.query) is first
    clock.advance(1)

    assert outcome_of(decider.decide(world.query)) == ("deny", ("grant_ended",))


def test_the_hour_of_the_day_is_a_fact_that_passes() -> None:
    hours = {"hours": {"start": NOON.hour, "end": NOON.hour + 1}}
    world = a_world({"grant": {"conditions": hours}}, POLICIES)
    clock = StoppedClock(NOON)
    decider = a_decider(world, clock)
    assert decider.decide(world.query).allowed

    clock.advance(3600)

    assert outcome_of(decider.decide(world.query)) == ("deny", ("outside_hours",))


def test_nothing_is_allowed_before_anything_is_learned() -> None:
    clock = StoppedClock(NOON)
    decider = Decider.at(
        a_world({}, POLICIES).finder.settings, clock, SECRETS, Policies(clock, CedarEngine()), HERE
    )
    assert not decider.decide(a_world({}, POLICIES).query).allowed


def test_a_caller_of_a_partner_is_not_sent_on_to_a_third_node() -> None:
    world = a_world({"home": THERE, "grant": {"node": "us"}}, POLICIES)
    decider = a_decider(world, StoppedClock(NOON))

    outcome, reasons = outcome_of(decider.decide(world.query, "us"))

    assert outcome == "deny"
    assert "issuer_may_not_grant" in reasons


# --- what would open it -------------------------------------------------------------------------


@given(st.lists(st.sampled_from(DENIED), min_size=1, max_size=3))
def test_all_remedies_together_open_what_was_closed(cases: list[dict[str, object]]) -> None:
    words: dict[str, object] = {}
    for case in cases:
        words |= cast("Mapping[str, object]", case.get("with") or {})
    world = a_world(words, POLICIES)
    facts = world.found().facts

    wanted = remedies(facts, POLICIES.remedies, lambda facts: _ruled(world, facts))

    for remedy in wanted:
        assert remedy.what == POLICIES.remedies[remedy.reason]
        facts = remedied(facts, remedy.reason)
    assert _ruled(world, facts).allowed, wanted


@pytest.mark.parametrize("case", DENIED, ids=lambda case: str(case["case"]))
def test_the_remedies_of_a_case_name_its_reasons(case: dict[str, object]) -> None:
    world = a_world(cast("dict[str, object]", case.get("with") or {}), POLICIES)
    explained = a_decider(world, lambda: world.now).explain(world.query)

    reasons = {remedy.reason for remedy in explained.remedies}

    assert set(cast("list[str]", case["expect"])) <= reasons


def test_what_is_open_needs_no_remedy() -> None:
    world = a_world({}, POLICIES)
    assert a_decider(world, StoppedClock(NOON)).explain(world.query).remedies == ()


def _ruled(world: World, facts: Facts):  # noqa: ANN202  the port's own type
    return POLICIES.rule(world.query.principal, world.query.model_sha256, facts)


# --- quotas -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Limited:
    """A node on which one caller has a grant with conditions, and its processes."""

    runtime: Runtime
    clock: StoppedClock
    grant: Grant

    def process(self) -> "Process":
        """Open the folder anew, as another worker or the process after a restart does."""
        return Process(open_node(self.runtime.home, self.clock))


@dataclass(frozen=True)
class Process:
    """A process of a node, which looks at the store when told to."""

    runtime: Runtime

    @property
    def decider(self) -> Decider:
        return self.runtime.service(Decider)

    def look(self) -> None:
        with self.runtime.store.view() as view:
            self.decider.refresh(view)

    def ask(self) -> Decision:
        """Decide as the gateway does."""
        decision = self.decider.decide(QUERY)
        self.decider.note_use(decision)
        return decision

    def write(self, *decisions: Decision) -> None:
        """Put decisions into the account."""
        now = self.decider.clock().timestamp()
        who = self.decider.secrets.pseudonym(CALLER, self.decider.own)
        items = [decided(QUERY, each, who, new_id(), now, None) for each in decisions]
        with self.runtime.store.transaction("test") as tx:
            self.runtime.service(Account).write(tx, items)

    def spend(self, tokens: int | None) -> str:
        """Decide, answer with so many tokens, and put both into the account; return the reason."""
        decision = self.ask()
        held = self.decider.hold(decision, lambda: 0)
        if held is not None:
            self.decider.settle(held, tokens)
            self.write(decision)
            answer = Answered(
                request_id=new_id(),
                at=self.decider.clock().timestamp(),
                who="x",
                answer_sha256="ab" * 32,
                grant_id=decision.grant_id,
                tokens=tokens,
            )
            with self.runtime.store.transaction("test") as tx:
                self.runtime.service(Account).write(tx, [answer])
        return decision.reasons[0]

    def close(self) -> None:
        self.runtime.store.close()


@contextmanager
def a_limited(folder: Path, quota: Quota) -> Generator[Limited]:
    clock = StoppedClock(NOON)
    with a_node(folder, "in", clock=clock) as node:
        node.add_provider("own-small", "http://127.0.0.1:9")
        node.issue_key("*", label=CALLER)
        with node.runtime.store.transaction("test") as tx:
            [whole] = tx.own(Grant)
            conditions = Conditions(quota=quota)
            grant = whole.model_copy(update={"id": new_id(), "conditions": conditions})
            tx.withdraw(str(whole.id), "another takes its place")
            tx.append(grant)
        yield Limited(node.runtime, clock, grant)


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Limited]:
    with a_limited(tmp_path, Quota(requests=3)) as limited:
        yield limited


@pytest.fixture
def in_tokens(tmp_path: Path) -> Iterator[Limited]:
    with a_limited(tmp_path, Quota(requests=5, tokens=100)) as limited:
        yield limited


@pytest.fixture
def token_process(in_tokens: Limited) -> Iterator[Process]:
    process = in_tokens.process()
    process.look()
    yield process
    process.close()


@pytest.fixture
def process(limited: Limited) -> Iterator[Process]:
    process = limited.process()
    process.look()
    yield process
    process.close()


def outcomes(process: Process, times: int) -> list[str]:
    return [process.ask().reasons[0] for _ in range(times)]


def test_a_quota_is_counted_request_by_request(process: Process) -> None:
    assert outcomes(process, 5) == ["granted"] * 3 + ["quota_used_up"] * 2


def test_looking_up_what_is_written_counts_nothing_twice(
    limited: Limited, process: Process
) -> None:
    first, second = process.ask(), process.ask()
    process.write(first, second)
    for _ in range(3):
        limited.clock.advance(1)
        process.look()

    assert outcomes(process, 2) == ["granted", "quota_used_up"]


def test_a_quota_holds_across_workers_and_restarts(limited: Limited, process: Process) -> None:
    process.write(process.ask(), process.ask())

    other = limited.process()
    try:
        other.look()
        assert outcomes(other, 2) == ["granted", "quota_used_up"]
        other.write(process.decider.decide(QUERY))
    finally:
        other.close()
    limited.clock.advance(1)
    process.look()

    assert outcomes(process, 1) == ["quota_used_up"]


def test_a_quota_begins_anew_with_the_day(limited: Limited, process: Process) -> None:
    process.write(*(process.ask() for _ in range(3)))
    assert outcomes(process, 1) == ["quota_used_up"]

    limited.clock.advance(12 * 3600)
    process.look()

    assert outcomes(process, 4) == ["granted"] * 3 + ["quota_used_up"]


def test_explaining_uses_up_nothing(process: Process) -> None:
    for _ in range(5):
        assert process.decider.explain(QUERY).decision.allowed


def test_what_was_denied_uses_up_nothing(process: Process) -> None:
    elsewhere = replace(QUERY, language="ta-Latn")
    for _ in range(5):
        process.decider.note_use(process.decider.decide(elsewhere))
    assert outcomes(process, 4) == ["granted"] * 3 + ["quota_used_up"]


def test_a_quota_of_tokens_is_used_up_by_what_answers_took(token_process: Process) -> None:
    process = token_process

    for tokens in (40, 50, 30):
        assert process.spend(tokens) == "granted"

    assert process.spend(1) == "quota_used_up"


def test_what_is_under_way_counts_with_what_it_may_take_until_it_is_over(
    token_process: Process,
) -> None:
    process = token_process
    decision = process.ask()
    held = process.decider.hold(decision, lambda: 100)
    assert held is not None
    assert outcomes(process, 1) == ["quota_used_up"]

    process.decider.settle(held, 60)
    assert outcomes(process, 1) == ["granted"]

    given_up = process.decider.hold(decision, lambda: 40)
    assert outcomes(process, 1) == ["quota_used_up"]
    del given_up
    assert outcomes(process, 1) == ["granted"]


def test_an_answer_whose_tokens_nobody_counted_closes_for_the_day(
    in_tokens: Limited, token_process: Process
) -> None:
    process = token_process
    assert process.spend(None) == "granted"
    assert process.spend(1) == "quota_used_up"
    restarted = in_tokens.process()
    try:
        restarted.look()
        assert outcomes(restarted, 1) == ["quota_used_up"]
        in_tokens.clock.advance(12 * 3600)
        restarted.look()
        assert outcomes(restarted, 1) == ["granted"]
    finally:
        restarted.close()


def test_a_quota_of_tokens_holds_across_workers(in_tokens: Limited, token_process: Process) -> None:
    other = in_tokens.process()
    try:
        other.look()
        assert other.spend(60) == "granted"
        assert token_process.spend(60) == "granted"
        in_tokens.clock.advance(1)
        token_process.look()
        other.look()

        assert outcomes(other, 1) == outcomes(token_process, 1) == ["quota_used_up"]
    finally:
        other.close()


def test_tokens_and_requests_are_both_kept_to(token_process: Process) -> None:
    assert [token_process.spend(1) for _ in range(6)] == ["granted"] * 5 + ["quota_used_up"]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("ask"), st.integers(0, 1), st.integers(0, 9)),
            st.tuples(st.just("write"), st.integers(0, 1), st.just(0)),
            st.tuples(st.just("look"), st.integers(0, 1), st.just(0)),
        ),
        max_size=40,
    )
)
def test_no_process_counts_less_than_it_allowed_or_more_than_all_did(
    acts: list[tuple[str, int, int]],
) -> None:
    day = date(2026, 11, 22)
    processes = Uses(), Uses()
    allowed, unwritten, written = [0, 0], [0, 0], 0
    for uses in processes:
        uses.learn({"g": 0}, {}, day)
    for act, number, amount in acts:
        uses = processes[number]
        if act == "ask":
            uses.note("g", day, amount)
            allowed[number] += amount
            unwritten[number] += amount
        elif act == "write":
            written += unwritten[number]
            unwritten[number] = 0
        else:
            uses.learn({"g": written}, uses.counted(day), day)
            assert uses.of("g", day) >= written
        assert allowed[number] <= uses.of("g", day) <= sum(allowed)


# --- what the store says ------------------------------------------------------------------------


def test_evidence_that_is_withdrawn_closes_at_once(process: Process) -> None:
    assert process.ask().allowed
    with process.runtime.store.transaction("test") as tx:
        for evaluation in tx.own(Evaluation):
            if evaluation.language == QUERY.language:
                tx.withdraw(str(evaluation.id), "the data was wrong")
    assert process.decider.decide(QUERY).allowed  # nothing was looked at yet

    process.look()

    assert outcome_of(process.decider.decide(QUERY)) == ("deny", ("evidence_withdrawn",))


@pytest.mark.parametrize("asked", [True, False])
def test_evidence_that_is_weaker_does_not_open_what_a_withdrawal_closed(
    process: Process, asked: bool
) -> None:
    with process.runtime.store.transaction("test") as tx:
        for evaluation in list(tx.own(Evaluation)):
            tx.withdraw(str(evaluation.id), "the data was wrong")
            told = {"id": new_id(), "taken": a_taken(asked=asked), "made_at": tx.clock()}
            tx.append(evaluation.model_copy(update=told))

    process.look()

    assert outcome_of(process.decider.decide(QUERY)) == ("deny", ("evidence_withdrawn",))


def test_a_look_that_finds_nothing_new_keeps_what_is_remembered(limited: Limited) -> None:
    hours = Conditions(hours=Hours(start=0, end=0))
    with limited.runtime.store.transaction("test") as tx:
        tx.append(limited.grant.model_copy(update={"id": new_id(), "conditions": hours}))
        tx.withdraw(str(limited.grant.id), "another takes its place")
    process = limited.process()
    try:
        process.look()
        first = process.decider.decide(QUERY)
        process.look()
        assert process.decider.decide(QUERY) is first
    finally:
        process.close()


def test_somebody_else_is_somebody_else(process: Process) -> None:
    assert not process.decider.decide(replace(QUERY, principal=USER)).allowed


def test_a_key_that_was_shown_before_is_found_sooner_and_ends_all_the_same(tmp_path: Path) -> None:
    with a_node(tmp_path) as node:
        secret = node.issue_key("*")
        decider = node.runtime.service(Decider)
        with node.runtime.store.view() as view:
            decider.refresh(view)
        first = decider.admitted(secret)
        assert decider.admitted(secret) is first

        with node.runtime.store.transaction("test") as tx:
            node.runtime.service(ApiKeys).revoke(tx, first.prefix, "lost")
            decider.refresh(tx)

        for _ in range(2):
            with pytest.raises(NotKnown):
                decider.admitted(secret)
        assert secret not in repr(decider)
