"""Evaluations as background work, done by the node's worker."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.quiz import FakeModelServer, a_model_server, an_evaluation, knows_all

from corridor.core.jobs import Job, Worker, job_by_id
from corridor.evaluation import Evaluation, Evaluator
from corridor.evaluation.jobs import work


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with a_model_server() as running:
        yield running


@pytest.fixture
def node(tmp_path: Path, server: FakeModelServer) -> Iterator[Node]:
    with a_node(tmp_path) as made:
        made.add_provider("vendor-small", server.url)
        yield made


def done(node: Node, **payload: object) -> Job:
    """Put a job in the outbox, do what is due, and look at it."""
    asked = {"provider": "vendor-small", "suite": "parallel-facts", **payload}
    with node.runtime.store.transaction("test") as tx:
        job = tx.enqueue("evaluation.run", asked)
    Worker(node.runtime.store, work(node.runtime)).step()
    with node.runtime.store.view() as view:
        return job_by_id(view, job)


def test_a_long_job_is_done_in_slices_and_asks_nothing_twice(
    node: Node, server: FakeModelServer
) -> None:
    server.pupil = lambda prompt: (time.sleep(0.01), knows_all(prompt))[1]
    worker = Worker(node.runtime.store, work(node.runtime, slice_hours=0.3 / 3600))
    with node.runtime.store.transaction("test") as tx:
        first = tx.enqueue(
            "evaluation.run", {"provider": "vendor-small", "suite": "parallel-facts"}
        )

    jobs = 0
    while worker.step():
        jobs += 1
    with node.runtime.store.view() as view:
        result = job_by_id(view, first).result

    assert result is not None
    assert job_known(node, str(result["goes_on_as"]))
    assert jobs > 1
    assert len(own_evidence(node)) == 3
    assert len(server.prompts) == len(set(server.prompts)) == 3 * 48


def test_hours_are_counted_over_all_slices(node: Node, server: FakeModelServer) -> None:
    server.pupil = lambda prompt: (time.sleep(0.05), knows_all(prompt))[1]
    worker = Worker(node.runtime.store, work(node.runtime, slice_hours=0.2 / 3600))
    asked = {"provider": "vendor-small", "suite": "parallel-facts", "noted_as": "a" * 32}
    with node.runtime.store.transaction("test") as tx:
        first = tx.enqueue("evaluation.run", {**asked, "caps": {"hours": 0.5 / 3600}})

    jobs = 0
    while worker.step():
        jobs += 1

    with node.runtime.store.view() as view:
        job = job_by_id(view, first)
        while job.result and "goes_on_as" in job.result:
            job = job_by_id(view, str(job.result["goes_on_as"]))
    assert jobs > 1
    assert job.state == "failed"
    assert "cap on hours" in str(job.error)
    assert len(server.prompts) < 3 * 48


def job_known(node: Node, job: str) -> bool:
    with node.runtime.store.view() as view:
        return job_by_id(view, job).state == "done"


def test_a_cap_that_was_asked_for_ends_a_job_for_good(node: Node, server: FakeModelServer) -> None:
    job = done(node, caps={"calls": 10})

    assert job.state == "failed"
    assert "cap on calls" in str(job.error)
    assert len(server.prompts) == 10


def own_evidence(node: Node) -> list[Evaluation]:
    with node.runtime.store.view() as view:
        return list(view.own(Evaluation))


def test_a_job_measures_every_language_and_names_the_records(node: Node) -> None:
    job = done(node)

    found = own_evidence(node)
    assert (job.state, job.error) == ("done", None)
    assert job.result == {"published": [evidence.id for evidence in found]}
    assert [(e.language, e.correct) for e in found] == [
        ("en-Latn", 48),
        ("hi-Deva", 48),
        ("ja-Jpan", 48),
    ]


def test_a_job_done_again_publishes_nothing_twice(node: Node, server: FakeModelServer) -> None:
    done(node)
    asked = len(server.prompts)

    job = done(node)

    assert job.result == {"published": []}
    assert len(own_evidence(node)) == 3
    assert len(server.prompts) == asked


def test_a_job_that_was_cut_off_makes_only_what_is_missing(node: Node) -> None:
    with node.runtime.store.transaction("test") as tx:
        node.runtime.service(Evaluator).publish(tx, an_evaluation(1))

    done(node)

    assert [(e.language, e.correct) for e in own_evidence(node)] == [
        ("en-Latn", 1),
        ("hi-Deva", 48),
        ("ja-Jpan", 48),
    ]


def test_a_provider_that_does_not_answer_is_asked_again_later(node: Node) -> None:
    node.add_provider("nobody", "http://127.0.0.1:9/v1")

    job = done(node, provider="nobody")

    assert (job.state, job.attempts, job.result) == ("waiting", 1, {})
    assert "no answer to" in str(job.error)
    assert own_evidence(node) == []


@pytest.mark.parametrize("wrong", [{"provider": "nobody"}, {"suite": "nothing"}])
def test_a_job_about_something_unknown_fails_for_good_and_says_why(
    node: Node, wrong: dict[str, object]
) -> None:
    job = done(node, **wrong)

    assert job.state == "failed"
    assert all(str(name) in str(job.error) for name in wrong.values())


def test_what_one_model_knows_is_not_taken_for_what_another_knows(
    node: Node, server: FakeModelServer
) -> None:
    done(node)
    node.add_provider("second", server.url, model="other", sha256="cd" * 32)

    done(node, provider="second")

    assert len(own_evidence(node)) == 6
