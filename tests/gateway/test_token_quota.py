"""A served node keeps to a grant's quota of tokens, by what providers count."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.partners import until
from support.stages import SERVICE, Seen, Stage, a_stage

from corridor.access import Conditions, Decider, Grant, Quota
from corridor.core.records import new_id
from corridor.gateway import Guarding, Proxy
from corridor.gateway.records import PiiGuard

TOKENS = 6
"""What the suppliers of tests count for an answer, in and out."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_stage(tmp_path) as stage:
        yield stage


def limit(stage: Stage, tokens: int) -> None:
    """Put a grant of so many tokens a day in the place of the one that opens all."""
    runtime = stage.node.runtime
    with runtime.store.transaction("test") as tx:
        [whole] = tx.own(Grant)
        conditions = Conditions(quota=Quota(tokens=tokens))
        tx.withdraw(str(whole.id), "another takes its place")
        tx.append(whole.model_copy(update={"id": new_id(), "conditions": conditions}))
        head = tx.head()
    until(lambda: runtime.service(Decider).state.head >= head)


def is_used_up(seen: Seen) -> bool:
    if seen.status == 200:
        return False
    assert (seen.status, seen.error["code"]) == (403, "access_denied")
    assert "quota_used_up" in str(seen.error["message"])
    return True


@pytest.mark.parametrize("stream", [False, True])
def test_a_grant_serves_until_its_tokens_are_used_up(stage: Stage, stream: bool) -> None:
    limit(stage, 3 * TOKENS)
    counting = {"include_usage": True} if stream else None

    seen = [stage.ask(stream=stream, stream_options=counting) for _ in range(5)]

    assert [is_used_up(each) for each in seen] == [False] * 3 + [True] * 2


@pytest.mark.parametrize("mode", ["answer", "cut"])
def test_an_answer_whose_tokens_nobody_counted_closes_the_grant(stage: Stage, mode: str) -> None:
    limit(stage, 1_000_000)
    stage.alpha.mode = mode

    seen = [stage.ask(stream=True) for _ in range(3)]

    assert [is_used_up(each) for each in seen] == [False, True, True]


def test_what_a_provider_refused_took_nothing(stage: Stage) -> None:
    limit(stage, TOKENS)
    stage.alpha.mode = "plain_refusal"
    assert [stage.ask().status for _ in range(3)] == [422] * 3
    stage.alpha.mode = "answer"

    seen = [stage.ask() for _ in range(2)]

    assert [is_used_up(each) for each in seen] == [False, True]


def test_another_provider_that_failed_before_took_nothing_of_the_quota(stage: Stage) -> None:
    limit(stage, 2 * TOKENS)
    stage.alpha.mode = "500"

    seen = [stage.ask() for _ in range(3)]

    assert [each.status for each in seen] == [200, 200, 403]
    assert {each.provider for each in seen[:2]} == {"beta"}


def test_who_asks_while_an_answer_is_under_way_is_counted_by_what_that_may_take(
    stage: Stage,
) -> None:
    limit(stage, 50)
    stage.alpha.mode = "hold_in_the_middle"

    with stage.reading(max_tokens=100, stream_options={"include_usage": True}) as events:
        next(events)
        assert is_used_up(stage.ask())
        stage.alpha.release()
        list(events)
    stage.alpha.mode = "answer"

    until(lambda: not is_used_up(stage.ask()))


def test_the_quota_holds_after_a_restart(stage: Stage) -> None:
    limit(stage, 2 * TOKENS)
    assert [stage.ask().status for _ in range(2)] == [200, 200]

    stage.node.stop()
    stage.node.start()

    assert is_used_up(stage.ask())


def test_an_answer_that_a_guard_refuses_took_what_it_took(stage: Stage) -> None:
    limit(stage, 2 * TOKENS)
    runtime, address = stage.node.runtime, "someone@example.org"
    with runtime.store.transaction("test") as tx:
        step = PiiGuard(guard="pii", action="refuse", kinds=("email",), direction="after")
        runtime.service(Guarding).guard(tx, SERVICE, (step,))
        head = tx.head()
    until(lambda: runtime.service(Proxy).snapshot.head >= head)
    stage.alpha.mode = "echo"

    seen = [stage.ask(messages=[{"role": "user", "content": address}]) for _ in range(3)]

    codes = [each.error["code"] for each in seen]
    assert codes == ["guard_refused", "guard_refused", "access_denied"]
