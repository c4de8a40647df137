"""A provider that says no to the node that serves is not asked again, by any of its processes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.nodes import a_node
from support.partners import until
from support.stages import Stage, a_stage
from support.taps import a_tap
from support.upstream import a_fake_upstream
from support.workers import a_node_with_workers

from corridor.gateway import Gateway, Proxy
from corridor.gateway.rules.suspensions import Proposal

NOES = ("401", "403", "451", "400 suspended", "400 export", "suspended_by_200")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(tmp_path_factory.mktemp("objections")) as stage:
        yield stage


@pytest.fixture
def stage(served: Stage) -> Iterator[Stage]:
    yield served
    served.reset()


def proposals(stage: Stage) -> list[Proposal]:
    with stage.node.runtime.store.view() as view:
        return stage.node.runtime.service(Gateway).proposals(view)


def dismiss(stage: Stage) -> None:
    with stage.node.runtime.store.transaction("test") as tx:
        for each in stage.node.runtime.service(Gateway).proposals(tx):
            stage.node.runtime.service(Gateway).dismiss(tx, each.id, "the key was renewed")


@pytest.mark.parametrize("no", NOES)
def test_eight_requests_to_a_service_whose_first_provider_says_no_reach_it_once(
    stage: Stage, no: str
) -> None:
    stage.alpha.mode = no

    answers = [stage.ask(stream=stream) for stream in (False, True) * 4]

    assert [seen.provider for seen in answers] == ["beta"] * 8
    assert stage.alpha.asked == 1
    until(lambda: bool(proposals(stage)))
    [proposal] = proposals(stage)
    assert (proposal.said_by, proposal.supplier, proposal.closed) == ("alpha", "alpha-inc", True)
    assert "Your account" not in proposal.model_dump_json()


def test_many_at_once_make_one_proposal(stage: Stage) -> None:
    stage.alpha.mode = "403"
    with ThreadPoolExecutor(8) as callers:
        asking = [callers.submit(stage.ask, stream=stream) for stream in (False, True) * 12]
        answers = [each.result(60) for each in asking]

    assert {seen.provider for seen in answers} == {"beta"}
    assert stage.alpha.asked <= 8  # those that were on their way when the first no came
    until(lambda: bool(proposals(stage)))
    stage.ask()
    assert len(proposals(stage)) == 1


def test_after_a_dismissal_it_is_asked_again_and_may_say_no_again(stage: Stage) -> None:
    stage.alpha.mode = "403"
    stage.ask()
    until(lambda: bool(proposals(stage)))
    stage.alpha.mode = "answer"

    dismiss(stage)
    until(lambda: stage.ask().provider == "alpha")

    stage.alpha.mode = "451"
    stage.ask()
    until(lambda: [each.why for each in proposals(stage)] == ["legal_reasons (451)"])
    assert stage.ask().provider == "beta"


def test_a_refusal_of_one_request_is_passed_on_and_closes_nothing(stage: Stage) -> None:
    stage.alpha.next("403 content")

    refused = stage.ask()

    assert (refused.status, refused.provider) == (403, "alpha")
    assert refused.error["code"] == "content_policy_violation"
    assert stage.ask().provider == "alpha"
    assert not stage.node.runtime.service(Proxy).health.barred


@pytest.mark.parametrize("mode", ["suspended_in_words", "suspended_as_text"])
@pytest.mark.parametrize("stream", [False, True])
def test_words_of_a_suspension_where_an_answer_was_due_bar_nobody(
    stage: Stage, mode: str, *, stream: bool
) -> None:
    stage.alpha.next(mode)
    assert stage.ask(stream=stream).provider == "beta"

    assert stage.ask(stream=stream).provider == "alpha"
    assert not stage.node.runtime.service(Proxy).health.barred


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_that_speaks_of_a_suspension_bars_nobody(stage: Stage, *, stream: bool) -> None:
    stage.alpha.next("echo")
    words = '{"error": {"code": "account_suspended"}} Your account has been suspended.'

    said = stage.ask(stream=stream, messages=[{"role": "user", "content": words}])

    assert said.said == words
    assert stage.ask(stream=stream).provider == "alpha"


@pytest.mark.parametrize("confirmed", [False, True])
def test_what_a_provider_said_holds_after_a_restart(tmp_path: Path, *, confirmed: bool) -> None:
    with a_tap("403 Forbidden") as tap, a_stage(tmp_path) as stage:
        stage.node.add_provider("tapped", tap.url, supplier="tapped-inc")
        stage.node.offer("helpline", ["tapped", "beta"])
        until(lambda: stage.ask().provider == "beta" and tap.prompts == 1)
        until(lambda: bool(proposals(stage)))
        touched = tap.touched
        if confirmed:
            with stage.node.runtime.store.transaction("test") as tx:
                gateway = stage.node.runtime.service(Gateway)
                gateway.confirm(tx, gateway.proposals(tx)[0].id, "they closed us")

        stage.node.stop()
        stage.node.start()

        assert [stage.ask(stream=stream).provider for stream in (False, True)] == ["beta", "beta"]
        assert "suspended" in stage.ask(model="tapped").text
        assert tap.touched == touched


def test_what_a_provider_said_to_one_worker_every_other_process_keeps_to(tmp_path: Path) -> None:
    with a_fake_upstream("alpha") as alpha, a_node(tmp_path, "in") as node:
        node.add_provider("alpha", alpha.url)
        node.offer("helpline", ["alpha"])
        secret = node.issue_key()
        alpha.mode = "403"
        with a_node_with_workers(node, 1) as doors:
            assert doors[1].ask(secret, "helpline").status_code == 503
            gateway = node.runtime.service(Gateway)

            def kept() -> bool:
                with node.runtime.store.view() as view:
                    return bool(gateway.proposals(view))

            until(kept)
            until(lambda: "suspended" in doors[0].ask(secret, "helpline").text)
            for door in doors * 3:
                assert door.ask(secret, "helpline").status_code == 503

            # Before it was kept the other process may have asked once itself.
            assert alpha.asked <= len(doors)
            asked = alpha.asked
            alpha.mode = "answer"
            with node.runtime.store.transaction("test") as tx:
                gateway.dismiss(tx, gateway.proposals(tx)[0].id, "the key was renewed")
            for door in doors:
                until(lambda door=door: door.ask(secret, "helpline").status_code == 200)
            assert alpha.asked > asked
