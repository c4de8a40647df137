"""Prometheus reads what a node did; labels are of the node's own records and of fixed lists."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.partners import until
from support.stages import SERVICE, Stage, a_stage

from corridor.gateway import Proxy
from corridor.gateway.adapters.metrics import REASONS, Metrics, Standing, together


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_stage(tmp_path) as stage:
        yield stage


def metrics(stage: Stage, **headers: str) -> httpx2.Response:
    return stage.client.get(stage.node.address + "/metrics", headers=headers)


def samples(stage: Stage) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = metrics(stage, **stage.node.operator).text
    return {
        (
            sample.name.removeprefix("corridor_gateway_"),
            frozenset(sample.labels.items()),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(name: str, labels: Mapping[str, str]) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_a_request_is_counted_with_its_tokens_time_and_failures(stage: Stage) -> None:
    stage.alpha.next("500")
    stage.ask()
    stage.ask(stream=True)
    found = samples(stage)

    alpha = {"service": SERVICE, "provider": "alpha"}
    beta = {"service": SERVICE, "provider": "beta"}
    assert found[of("requests_total", {**beta, "outcome": "moved"})] == 1
    assert found[of("requests_total", {**alpha, "outcome": "served"})] == 1
    assert found[of("tokens_total", {**beta, "direction": "in"})] == 3
    assert found[of("unknown_usage_total", {"provider": "alpha", "what": "tokens"})] == 1
    assert found[of("failed_attempts_total", {"provider": "alpha", "reason": "status_5xx"})] == 1
    assert found[of("request_seconds_count", {"service": SERVICE})] == 2
    assert found[of("first_byte_seconds_count", {"service": SERVICE})] == 2
    assert found[of("circuit_open", {"provider": "alpha"})] == 0
    assert found[of("in_flight_requests", {})] == 0


def test_a_suspension_and_an_open_circuit_are_shown(stage: Stage) -> None:
    stage.alpha.mode = "403"
    stage.ask()
    assert samples(stage)[of("circuit_open", {"provider": "alpha"})] == 1

    supplier = stage.node.runtime.service(Proxy).snapshot.providers["beta"].supplier
    stage.node.suspend(supplier)
    until(lambda: samples(stage)[of("provider_suspended", {"provider": "beta"})] == 1)


def test_only_the_operator_reads_them_unless_it_is_set_otherwise(
    stage: Stage, tmp_path: Path
) -> None:
    assert metrics(stage).status_code == 403
    assert metrics(stage, authorization=f"Bearer {stage.secret}").status_code == 403
    assert metrics(stage, **stage.node.operator).status_code == 200

    with a_stage(tmp_path / "near", gateway={"metrics": "loopback"}) as near:
        assert metrics(near).status_code == 200
        assert metrics(near, **{"x-forwarded-for": "192.0.2.1"}).status_code == 403


def test_no_word_of_a_caller_becomes_a_label(stage: Stage) -> None:
    for number in range(20):
        stage.ask(model=f"made-up-{number}")
        stage.ask(headers={"x-corridor-language": f"made-up-{number}"})
    assert "made-up" not in metrics(stage, **stage.node.operator).text


def test_a_reason_that_nobody_knows_gets_the_label_of_all_others() -> None:
    counted = Metrics()
    for number in range(100):
        counted.attempted("alpha", f"something new {number}")
    labels = {
        sample.labels["reason"]
        for family in counted.failures.collect()
        for sample in family.samples
    }
    assert labels == {"other"}
    assert len({begins for begins, _ in REASONS}) == len(REASONS)


def test_what_workers_counted_is_shown_together_with_a_label_for_each() -> None:
    def counted(times: int) -> str:
        metrics = Metrics()
        for _ in range(times):
            metrics.attempted("alpha", "timeout")
        return metrics.exposition(Standing(0, 0, 0, 0, {"alpha": True}, {}, {})).decode()

    text = together({11: counted(2), 12: counted(3), 13: None}).decode()

    families = {family.name: family for family in text_string_to_metric_families(text)}
    failed = families["corridor_gateway_failed_attempts"]
    assert failed.type == "counter"
    totals = [s for s in failed.samples if s.name.endswith("_total")]
    assert {s.labels["worker"]: s.value for s in totals} == {"11": 2, "12": 3}
    ups = families["corridor_gateway_worker_up"].samples
    assert {s.labels["worker"]: s.value for s in ups} == {"11": 1, "12": 1, "13": 0}
    assert text.count("# TYPE corridor_gateway_failed_attempts_total ") == 1


def test_limits_prices_and_usage_are_set_and_read_over_http(stage: Stage) -> None:
    base, operator = stage.node.address + "/gateway", stage.node.operator
    put = stage.client.put
    assert put(f"{base}/limits/model/{SERVICE}", json={"concurrency": 3}).status_code == 403
    made = put(f"{base}/limits/model/{SERVICE}", json={"concurrency": 3}, headers=operator)
    assert made.json()["concurrency"] == 3
    wrong = put(f"{base}/limits/model/{SERVICE}", json={"daily_budget": 3}, headers=operator)
    assert (wrong.status_code, "currency" in wrong.json()["title"]) == (422, True)
    assert len(stage.client.get(f"{base}/limits", headers=operator).json()) == 1
    gone = stage.client.delete(f"{base}/limits/model/{SERVICE}", headers=operator)
    assert gone.status_code == 204

    price = {"of": "provider", "name": "alpha", "per_million_in": 1, "per_million_out": 2}
    unpaid = stage.client.post(f"{base}/prices", json={"prices": [price]}, headers=operator)
    assert unpaid.status_code == 422
    assert "prices.0.currency" in unpaid.json()["title"]
    prices = {"prices": [{**price, "currency": "INR"}]}
    assert stage.client.post(f"{base}/prices", json=prices, headers=operator).status_code == 201
    assert len(stage.client.get(f"{base}/prices", headers=operator).json()) == 1

    stage.accounted(stage.ask())
    [used] = stage.client.get(f"{base}/usage?by=service", headers=operator).json()
    assert (used["name"], used["requests"], used["tokens_in"]) == (SERVICE, 1, 3)
