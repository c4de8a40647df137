"""Routes by evidence: who is asked first in the caller's language, and who not at all."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.opening import an_evaluation, open_models
from support.partners import until
from support.quiz import a_taken
from support.stages import Stage, a_stage
from typer.testing import CliRunner, Result

from corridor.catalogue import UnknownProvider
from corridor.core.errors import Invalid
from corridor.core.records import new_id
from corridor.evaluation import Evaluation, wilson
from corridor.gateway import AllSuspended, Ceiling, Gateway, NobodyMeets, Requirement
from corridor.gateway.commands import commands
from corridor.gateway.records import Price, PriceTable
from corridor.gateway.records.services import DEFAULT_SUITE

SERVICE = "polyglot"
LANGUAGES = ("en-Latn", "ta-Taml", "hi-Deva")
TAMIL, ENGLISH = "வணக்கம், அலுவலகம் எப்போது திறக்கும்?", "When is the office open?"
ITEMS = 100


def state(node: Node, provider: str, language: str, correct: int) -> None:
    """State evidence of a provider's model on the suite that routes look at."""
    with node.runtime.store.transaction("test") as tx:
        found = node.runtime.service(Gateway).catalogue.providers(tx)[provider]
        plain = an_evaluation(found, language, node.clock())
        measured = {
            "suite": DEFAULT_SUITE,
            "n": ITEMS,
            "correct": correct,
            "outcomes": "1" * correct + "0" * (ITEMS - correct),
            "score": wilson(correct, ITEMS),
        }
        tx.append(plain.model_copy(update=measured))


def wants(node: Node, **fields: object) -> None:
    with node.runtime.store.transaction("test") as tx:
        gateway = node.runtime.service(Gateway)
        gateway.route(tx, SERVICE, requirement=Requirement.model_validate(fields))


def offer(node: Node, *languages: str) -> None:
    with node.runtime.store.transaction("test") as tx:
        node.runtime.service(Gateway).offer(tx, SERVICE, "Polyglot", languages or LANGUAGES)


def places(node: Node, language: str) -> tuple[list[str], list[str]]:
    """Return why who is asked, and why who is not, in a language."""
    with node.runtime.store.view() as view:
        _, order = node.runtime.service(Gateway).order(view, SERVICE, language)
    return tuple(  # pyright: ignore[reportReturnType]  two lists
        [f"{place.provider.name}: {place.why}" for place in found]
        for found in (order.places, order.left_out)
    )


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as node:
        node.add_provider("alpha", "http://127.0.0.1:9/v1", model="a", sha256="aa" * 32)
        node.add_provider(
            "beta", "http://127.0.0.1:9/v1", supplier="us", model="b", sha256="bb" * 32
        )
        offer(node)
        yield node


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_stage(tmp_path) as stage:
        for upstream, model in ((stage.alpha, "a"), (stage.beta, "b")):
            name = f"{upstream.name}-2"
            stage.node.add_provider(
                name, upstream.url, supplier=f"{name}-inc", model=model, sha256=model * 64
            )
        offer(stage.node)
        with stage.node.runtime.store.transaction("test") as tx:
            open_models(stage.node.runtime, tx, "tester")
        yield stage


def ask(stage: Stage, text: str, **headers: str) -> tuple[int, str, str]:
    messages = [{"role": "user", "content": text}]
    shown = {f"x-corridor-{name}": value for name, value in headers.items()}
    seen = stage.ask(model=SERVICE, messages=messages, headers=shown)
    code = str(seen.error["code"]) if seen.status >= 400 else seen.provider
    said = seen.headers.get("x-corridor-route", "") or seen.headers.get("x-corridor-language", "")
    return seen.status, code, said


def test_the_best_in_the_callers_language_is_asked_first(stage: Stage) -> None:
    for provider, language, correct in (
        ("alpha-2", "en-Latn", 90),
        ("beta-2", "en-Latn", 60),
        ("alpha-2", "ta-Taml", 10),
        ("beta-2", "ta-Taml", 50),
        ("beta-2", "hi-Deva", 50),
    ):
        state(stage.node, provider, language, correct)
    wants(stage.node, among=["alpha-2", "beta-2"])
    until(lambda: ask(stage, ENGLISH)[0] == 200)

    assert ask(stage, ENGLISH)[1] == "alpha-2"
    assert ask(stage, TAMIL) == (200, "beta-2", "ta-Taml; how=script")
    assert ask(stage, "हाँ", explain="1")[2] == (
        "beta-2 (score 0.403 hi-Deva); not alpha-2 (no evidence)"
    )
    assert ask(stage, "123")[2] == "en-Latn; how=default"


def test_a_fallback_that_is_good_in_one_language_only_serves_that_one(stage: Stage) -> None:
    """S19: whoever asks in the other language is told no, not given an answer nobody vouches for."""
    state(stage.node, "alpha-2", "en-Latn", 90)
    state(stage.node, "beta-2", "en-Latn", 80)
    state(stage.node, "alpha-2", "ta-Taml", 90)
    state(stage.node, "alpha-2", "hi-Deva", 90)
    wants(stage.node, among=["alpha-2", "beta-2"], min_score=0.6)
    until(lambda: ask(stage, ENGLISH)[0] == 200)
    stage.alpha.mode = "503"

    assert ask(stage, ENGLISH)[:2] == (200, "beta-2")
    asked = stage.beta.asked
    assert ask(stage, TAMIL)[:2] == (503, "no_provider")
    assert stage.beta.asked == asked

    wants(stage.node, among=["alpha-2", "beta-2"], min_score=0.6, without_evidence="last")
    until(lambda: ask(stage, TAMIL)[:2] == (200, "beta-2"))


def test_a_route_whose_evidence_is_taken_back_says_so_and_guesses_nothing(stage: Stage) -> None:
    for language in LANGUAGES:
        state(stage.node, "alpha-2", language, 90)
    wants(stage.node, among=["alpha-2"], min_score=0.6)
    until(lambda: ask(stage, TAMIL)[0] == 200)

    state(stage.node, "alpha-2", "ta-Taml", 20)  # measured anew, and worse

    until(lambda: ask(stage, TAMIL)[:2] == (503, "requirement_not_met"))
    assert ask(stage, ENGLISH)[0] == 200


def test_a_declared_language_counts_before_what_the_text_tells(stage: Stage) -> None:
    for language in LANGUAGES:
        state(stage.node, "alpha-2" if language == "ta-Taml" else "beta-2", language, 90)
    wants(stage.node)
    until(lambda: ask(stage, ENGLISH)[0] == 200)

    assert ask(stage, ENGLISH, language="ta")[1:] == ("alpha-2", "ta-Taml; how=declared")


def test_what_nobody_meets_is_refused_when_it_is_set(node: Node) -> None:
    state(node, "alpha", "en-Latn", 90)

    with pytest.raises(NobodyMeets, match="ta-Taml.*no evidence"):
        wants(node, min_score=0.5)
    with pytest.raises(UnknownProvider):
        wants(node, among=["gamma"])
    with node.runtime.store.view() as view:
        assert node.runtime.service(Gateway).routes(view) == {}


def test_tiers_countries_and_prices_leave_providers_out(node: Node) -> None:
    for name in ("alpha", "beta"):
        for language in LANGUAGES:
            state(node, name, language, 90)
    wants(node, without_evidence="last")
    assert len(places(node, "ta-Taml")[0]) == 2

    with pytest.raises(NobodyMeets, match="tier 3 > 1"):
        wants(node, max_tier=1)
    with pytest.raises(NobodyMeets, match="jurisdiction unknown"):
        wants(node, jurisdictions=["JP"])
    with pytest.raises(NobodyMeets, match="no price in JPY"):
        wants(node, max_price=Ceiling(per_million=400, currency="JPY"))

    with node.runtime.store.transaction("test") as tx:
        prices = tuple(
            Price(of="provider", name=name, per_million_in=100, per_million_out=out, currency="JPY")
            for name, out in (("alpha", 300), ("beta", 500))
        )
        tx.append(PriceTable(made_at=node.clock(), valid_from=node.clock(), prices=prices))
    wants(node, max_price=Ceiling(per_million=400, currency="JPY"))
    asked, left_out = places(node, "ta-Taml")
    assert [place.split(":")[0] for place in asked] == ["alpha"]
    assert left_out == ["beta: price 500 > 400 JPY"]


def test_scores_that_were_made_on_another_suite_do_not_count(node: Node) -> None:
    for language in LANGUAGES:
        state(node, "alpha", language, 90)
    with node.runtime.store.transaction("test") as tx:
        found = node.runtime.service(Gateway).catalogue.providers(tx)["beta"]
        tx.append(an_evaluation(found, "en-Latn", node.clock()))
    wants(node, without_evidence="last")

    asked, _ = places(node, "en-Latn")
    assert asked == ["alpha: score 0.825 en-Latn", "beta: no evidence"]


@pytest.mark.parametrize(("asked", "why"), [(True, "score 0.825"), (False, "no evidence")])
def test_answers_that_were_read_from_a_log_lead_no_route(node: Node, asked: bool, why: str) -> None:
    state(node, "alpha", "en-Latn", 90)
    with node.runtime.store.transaction("test") as tx:
        [kept] = tx.own(Evaluation)
        told = {"id": new_id(), "model_sha256": "bb" * 32, "taken": a_taken(asked=asked)}
        tx.append(kept.model_copy(update=told))
    wants(node, without_evidence="last")

    asked_of, _ = places(node, "en-Latn")
    assert [place for place in asked_of if "beta" in place] == [
        f"beta: {why}{' en-Latn' if asked else ''}"
    ]


def test_a_route_whose_every_provider_is_suspended_is_refused(node: Node) -> None:
    node.suspend("us")

    with (
        pytest.raises(AllSuspended, match="beta"),
        node.runtime.store.transaction("test") as tx,
    ):
        node.runtime.service(Gateway).route(tx, SERVICE, ["beta"])


def test_a_default_that_is_no_language_of_the_service_is_refused(node: Node) -> None:
    with (
        pytest.raises(Invalid, match="fr-Latn"),
        node.runtime.store.transaction("test") as tx,
    ):
        node.runtime.service(Gateway).route(tx, SERVICE, ["beta"], default_language="fr-Latn")


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(commands, list(words), obj=node.runtime)


def test_the_command_line_sets_and_explains_a_route_by_evidence(node: Node) -> None:
    for language in LANGUAGES:
        state(node, "alpha", language, 90)

    set_ = run(
        node,
        *("route", SERVICE, "--best", "--min-score", "0.6", "--without-evidence", "last"),
        *("--default-language", "hi-Deva"),
    )
    assert set_.exit_code == 0, set_.exception
    assert "the best on parallel-facts" in set_.output

    told = json.loads(run(node, "order", SERVICE, "--json").output)
    assert told["language"] == "hi-Deva"
    assert [each["provider"] for each in told["providers"]] == ["alpha", "beta"]
    assert told["providers"][0]["evidence"]
    shown = run(node, "order", SERVICE, "--language", "ta-Taml").output
    assert "score 0.825 ta-Taml" in shown
    assert "no evidence" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--best", "--max-price", "400"), "no price"),
        (("--best", "--max-price", "400:YEN!"), "currency"),
        (("--best", "--without-evidence", "maybe"), "without_evidence"),
        (("alpha", "alpha"), "named twice"),
    ],
)
def test_a_route_that_cannot_be_is_refused_on_the_command_line(
    node: Node, words: tuple[str, ...], said: str
) -> None:
    result = run(node, "route", SERVICE, *words)

    assert result.exit_code != 0
    assert said in str(result.exception)
