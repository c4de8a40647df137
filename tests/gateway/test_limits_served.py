"""A served node keeps to its limits, and accounts for what was used."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.partners import until
from support.stages import HELLO, SERVICE, Stage, a_stage

from corridor.catalogue import Catalogue, HttpEndpoint
from corridor.gateway import Limits, Metering, Proxy
from corridor.gateway.records import Price


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_stage(tmp_path) as stage:
        yield stage


def set_limit(stage: Stage, subject: str = "model", name: str = SERVICE, **bounds: object) -> None:
    runtime = stage.node.runtime
    with runtime.store.transaction("test") as tx:
        runtime.service(Metering).set_limit(tx, subject, name, **bounds)
        head = tx.head()
    until(lambda: runtime.service(Proxy).snapshot.head >= head)


def set_price(stage: Stage, currency: str = "INR") -> None:
    runtime = stage.node.runtime
    with runtime.store.transaction("test") as tx:
        prices = [
            Price.model_validate(
                {
                    "of": "provider",
                    "name": name,
                    "per_million_in": 1000,
                    "per_million_out": 2000,
                    "currency": currency,
                }
            )
            for name in runtime.service(Catalogue).providers(tx)
        ]
        runtime.service(Metering).set_prices(tx, prices)
        head = tx.head()
    until(lambda: runtime.service(Proxy).snapshot.head >= head)


def tell_usage(stage: Stage) -> None:
    """Say of every provider that it takes `stream_options.include_usage`."""
    runtime = stage.node.runtime
    catalogue = runtime.service(Catalogue)
    with runtime.store.transaction("test") as tx:
        for provider in list(catalogue.providers(tx).values()):
            assert isinstance(provider.endpoint, HttpEndpoint)
            endpoint = provider.endpoint.model_copy(update={"stream_usage": True})
            fields = provider.model_dump(exclude={"id", "endpoint"})
            catalogue.register(tx, type(provider).model_validate({**fields, "endpoint": endpoint}))
        head = tx.head()
    until(lambda: runtime.service(Proxy).snapshot.head >= head)


def test_a_caller_over_its_limit_is_told_why_in_the_shape_that_clients_know(stage: Stage) -> None:
    set_limit(stage, requests_per_minute=2)
    first = stage.ask()
    assert (first.status, first.headers["x-ratelimit-remaining-requests"]) == (200, "1")
    assert stage.ask(stream=True).headers["x-ratelimit-remaining-requests"] == "0"

    refused = stage.ask()
    assert (refused.status, refused.error["code"]) == (429, "rate_limit_exceeded")
    assert refused.error["type"] == "invalid_request_error"
    assert 0 < int(refused.headers["retry-after"]) <= 61
    assert refused.headers["x-ratelimit-limit-requests"] == "2"
    assert stage.accounted(refused).outcome == "refused"
    assert stage.alpha.asked == 2


def test_the_account_says_who_asked_what_was_used_and_what_it_cost(stage: Stage) -> None:
    set_price(stage)
    line = stage.accounted(stage.ask())
    key = stage.node.key_of(stage.secret)
    assert (line.key_id, line.project) == (str(key.id), key.project)
    assert (line.model, line.tokens_in, line.tokens_out) == ("small", 3, 3)
    assert (line.cost, line.currency) == (9000, "INR")
    assert line.price_id is not None
    assert (line.attempts, line.stream) == (1, False)
    assert line.first_byte_seconds is not None
    assert 0 < line.first_byte_seconds <= line.seconds

    runtime = stage.node.runtime
    with runtime.store.view() as view:
        metering = runtime.service(Metering)
        [used] = metering.used(view, "project", metering.clock())
    assert (used.name, used.tokens_in, used.cost) == (key.project, 3, 9000)


def test_a_stream_whose_provider_does_not_say_is_unknown_and_not_nothing(stage: Stage) -> None:
    set_price(stage)
    line = stage.accounted(stage.ask(stream=True))
    assert (line.tokens_in, line.tokens_out, line.cost, line.currency) == (None, None, None, None)
    assert line.stream is True


def test_a_stream_is_counted_and_the_caller_sees_only_what_it_asked_for(stage: Stage) -> None:
    set_price(stage)
    tell_usage(stage)
    seen = stage.ask(stream=True)
    assert seen.said == "alpha says hello"
    assert all('"usage"' not in event for event in seen.events)
    assert seen.events[-1] == "[DONE]"
    assert stage.alpha.requests[0].body["stream_options"] == {"include_usage": True}
    line = stage.accounted(seen)
    assert (line.tokens_in, line.tokens_out, line.cost) == (3, 3, 9000)

    asked = stage.ask(stream=True, stream_options={"include_usage": True})
    assert json.loads(asked.events[-2])["usage"]["total_tokens"] == 6
    assert stage.accounted(asked).tokens_in == 3


def test_a_budget_closes_when_it_is_spent_and_is_settled_by_what_was_used(stage: Stage) -> None:
    set_price(stage)
    # A request of 10 tokens at most is held to cost some 0.05 of this; it does cost 0.009.
    set_limit(stage, daily_budget=1, currency="INR")
    limits = stage.node.runtime.service(Limits)
    for number in range(200):
        seen = stage.ask(max_tokens=10)
        if seen.status != 200:
            assert (seen.status, seen.error["code"]) == (429, "budget_exhausted")
            assert int(seen.headers["retry-after"]) <= 24 * 3600
            break
        assert limits.meters[f"model:{SERVICE}"].purse.today == 9000 * (number + 1)
    else:
        pytest.fail("The budget never closed.")
    assert number > 90
    assert stage.alpha.asked == number


@pytest.mark.parametrize("mode", ["500", "hang", "reset", "cut"])
def test_nothing_is_held_any_more_after_a_request_that_failed(tmp_path: Path, mode: str) -> None:
    with a_stage(tmp_path, gateway={"attempt_seconds": 1.0}) as stage:
        set_limit(stage, concurrency=1)
        stage.alpha.mode = stage.beta.mode = mode
        for stream in (False, True):
            stage.ask(stream=stream)
            meter = stage.node.runtime.service(Limits).meters[f"model:{SERVICE}"]
            until(lambda meter=meter: meter.running == 0)


def test_a_caller_who_leaves_gives_its_place_back(stage: Stage) -> None:
    set_limit(stage, concurrency=1)
    stage.alpha.mode = "hold"
    caller = http.client.HTTPConnection(stage.node.address.removeprefix("http://"))
    caller.request(
        "POST",
        "/v1/chat/completions",
        json.dumps({"model": SERVICE, **HELLO}),
        {"authorization": f"Bearer {stage.secret}", "content-type": "application/json"},
    )
    until(lambda: stage.alpha.asked == 1)
    caller.close()
    meter = stage.node.runtime.service(Limits).meters[f"model:{SERVICE}"]
    until(lambda: meter.running == 0)
    assert [line.outcome for line in stage.node.account(1)] == ["left"]
