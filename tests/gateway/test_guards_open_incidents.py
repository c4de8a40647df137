"""Guards of a served node open incidents by themselves, without a word of what was said."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from pydantic import TypeAdapter
from support.moderators import a_moderator
from support.partners import until
from support.stages import SERVICE, Stage, a_stage
from typer.testing import CliRunner, Result

from corridor.assurance import Finding, Findings, Sighting
from corridor.assurance.rules.campaigns.incidents import as_incident
from corridor.catalogue import Catalogue
from corridor.gateway import Gateway, Guarding, Handled, Incidents, Proxy, UnknownService
from corridor.gateway.commands import commands
from corridor.gateway.jobs.incidents import look
from corridor.gateway.records import GuardStep, Watch

MY_NUMBER = "123456789018"
STEPS: TypeAdapter[tuple[GuardStep, ...]] = TypeAdapter(tuple[GuardStep, ...])
LONG = 60.0
"""Seconds that a look in the background may take on a machine with much to do."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_stage(tmp_path) as stage:
        yield stage


def guard(stage: Stage, **step: object) -> None:
    runtime = stage.node.runtime
    with runtime.store.transaction("test") as tx:
        runtime.service(Guarding).guard(tx, SERVICE, STEPS.validate_python([step]))
        head = tx.head()
    until(lambda: runtime.service(Proxy).snapshot.head >= head)


def watch(stage: Stage, service: str = SERVICE, **fields: object) -> None:
    runtime = stage.node.runtime
    watches = (Watch.model_validate({"guard": "pii", "category": "privacy", **fields}),)
    with runtime.store.transaction("test") as tx:
        runtime.service(Incidents).watch(tx, service, watches)


def said(text: str) -> list[dict[str, object]]:
    return [{"role": "user", "content": text}]


def blocked(stage: Stage) -> dict[str, int]:
    """Return how often each act was counted so far."""
    with stage.node.runtime.store.view() as view:
        found = stage.node.runtime.service(Incidents).blocked(view, 2)
    return {each.act: each.count for each, _ in found}


def findings(stage: Stage) -> list[Finding]:
    with stage.node.runtime.store.view() as view:
        return list(view.own(Finding))


def opened(stage: Stage) -> Finding:
    """Wait until one block is in the account, look at once, and return the incident."""
    until(lambda: sum(blocked(stage).values()) == 1, LONG)
    look(stage.node.runtime)
    [found] = findings(stage)
    return found


def sightings(stage: Stage) -> list[Sighting]:
    with stage.node.runtime.store.view() as view:
        return list(view.own(Sighting))


def run(stage: Stage, *words: str) -> Result:
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(commands, ["guard", *words], obj=stage.node.runtime)


def test_requests_that_a_guard_refuses_are_one_incident_of_the_file_that_would_have_been_asked(
    stage: Stage,
) -> None:
    guard(stage, guard="pii", action="refuse", kinds=["my_number"], direction="before")
    watch(stage, severity="high", may_see=())
    first = stage.ask(messages=said(f"it is {MY_NUMBER}"))
    for _ in range(11):
        assert stage.ask(messages=said(f"it is {MY_NUMBER}")).status == 400
    assert stage.ask(messages=said("nothing in it")).status == 200

    until(lambda: len(findings(stage)) == 1, LONG)
    until(lambda: blocked(stage) == {"refused": 12}, LONG)

    [found] = findings(stage)
    assert (found.origin, found.severity, found.category) == ("guard", "high", "privacy")
    assert found.source == f"request {first.request_id}"
    with stage.node.runtime.store.view() as view:
        alpha = stage.node.runtime.service(Catalogue).providers(view)["alpha"]
    assert (found.model, found.model_sha256) == (alpha.model, alpha.model_sha256)
    assert found.circumstances
    assert (found.circumstances.nature, found.circumstances.service) == ("hazard", SERVICE)
    assert found.visibility == "internal"
    line = stage.accounted(first)
    assert (line.guard, line.guard_act, line.first_choice) == ("pii", "refused", "alpha")


def test_nothing_of_what_was_said_is_anywhere_in_the_store(stage: Stage) -> None:
    guard(stage, guard="pii", action="refuse", kinds=["my_number"], direction="both")
    watch(stage)
    stage.alpha.mode = "echo"
    stage.ask(messages=said(f"my secret word is gardenia, {MY_NUMBER}"))
    opened(stage)
    stage.node.stop()
    everything = b"".join(f.read_bytes() for f in stage.node.home.glob("store.db*"))
    assert b"The guard pii refused requests to helpline" in everything
    assert b"gardenia" not in everything
    assert MY_NUMBER.encode() not in everything


@pytest.mark.parametrize("stream", [False, True])
def test_answers_that_are_kept_back_are_an_incident_of_the_file_that_made_them(
    stage: Stage, *, stream: bool
) -> None:
    guard(stage, guard="pii", action="refuse", kinds=["my_number"], direction="after")
    watch(stage, nature="incident")
    stage.alpha.mode = "echo"
    seen = stage.ask(stream=stream, messages=said(f"well: {MY_NUMBER} so"))
    found = opened(stage)
    line = stage.accounted(seen)
    assert (line.guard, line.guard_act) == ("pii", "kept_back")
    assert (found.model, found.model_sha256) == (line.model, line.model_sha256)
    assert found.title == f"The guard pii kept back answers of {SERVICE}"


def test_a_guard_that_cannot_work_and_closes_is_told_where_that_is_watched(stage: Stage) -> None:
    with a_moderator() as moderator:
        moderator.mode = "500"
        guard(stage, guard="moderation", url=moderator.url)
        watch(stage, "*", guard="moderation", category="harm", acts=["failed_closed"])
        assert stage.ask().status == 503
    assert opened(stage).title == f"The guard moderation could not do its work for {SERVICE}"


def test_what_nobody_watches_is_counted_and_opens_nothing(stage: Stage) -> None:
    guard(stage, guard="size", max_bytes=3)
    watch(stage, guard="pii")
    assert stage.ask(messages=said("more than three")).status == 413
    until(lambda: blocked(stage) == {"refused": 1}, LONG)
    assert look(stage.node.runtime) == 0
    assert not findings(stage)


def test_ten_thousand_blocked_requests_are_one_incident_with_their_count(stage: Stage) -> None:
    watch(stage, at_least=100)
    runtime = stage.node.runtime
    now = runtime.store.clock().timestamp()
    for batch in range(100):
        lines = [a_line(now, f"r{batch}-{each}") for each in range(100)]
        with runtime.store.transaction("test") as tx:
            runtime.service(Gateway).account(tx, lines)
        look(runtime)
    assert len(findings(stage)) == 1
    told = sightings(stage)
    assert told[-1].count == 10_000
    assert len(told) <= 4
    with runtime.store.view() as view:
        [standing] = runtime.service(Findings).standings(view)
    occurrences = as_incident(standing)["occurrences"]
    assert isinstance(occurrences, dict)
    assert occurrences["count"] == 10_000


def a_line(at: float, request_id: str) -> Handled:
    return Handled(
        request_id=request_id,
        at=at,
        caller="app",
        target=SERVICE,
        language="ta-Taml",
        provider=None,
        outcome="refused",
        status=400,
        seconds=0.01,
        guard="pii",
        guard_act="refused",
        first_choice="alpha",
    )


def test_watches_are_set_and_shown_on_the_command_line_and_over_http(
    stage: Stage, tmp_path: Path
) -> None:
    file = tmp_path / "incidents.yaml"
    file.write_text(
        "service: helpline\nwatches:\n  - {guard: pii, category: privacy, at_least: 3}\n"
    )
    assert run(stage, "watch", str(file)).output == "Watched at helpline: pii.\n"
    [shown] = json.loads(run(stage, "watched", "--json").output)
    assert shown["watches"][0]["at_least"] == 3
    assert "3 in 24 h" in run(stage, "watched").output
    file.write_text("service: nobody\nwatches: []\n")
    assert isinstance(run(stage, "watch", str(file)).exception, UnknownService)

    address, operator = stage.node.address, stage.node.operator
    steps = {"watches": [{"guard": "size", "category": "harm", "acts": ["refused"]}]}
    url = f"{address}/gateway/watches/{SERVICE}"
    assert httpx2.put(url, json=steps).status_code == 403
    assert httpx2.put(url, json=steps, headers=operator).status_code == 200
    bad = {"watches": [{"guard": "size", "category": "harm", "hours": 999}]}
    assert httpx2.put(url, json=bad, headers=operator).status_code == 422
    [record] = httpx2.get(f"{address}/gateway/watches", headers=operator).json()
    assert record["watches"][0]["guard"] == "size"
    guard(stage, guard="size", max_bytes=3)
    stage.ask(messages=said("more than three"))
    found = opened(stage)
    [hour] = httpx2.get(f"{address}/gateway/blocked", headers=operator).json()
    assert (hour["guard"], hour["count"], hour["incident"]) == ("size", 1, found.id)
    assert "size" in run(stage, "blocked").output
