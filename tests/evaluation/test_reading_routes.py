"""Gaps, comparisons, the report and questions over HTTP, at a node that is served."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.evaluating import in_english_alone, say
from support.nodes import Node, a_node, a_served_node
from support.partners import until
from support.quiz import FakeModelServer, a_model_server, knows_all

from corridor.core.jobs import Worker, job_by_id
from corridor.evaluation import Inquiry
from corridor.evaluation.jobs import work

OTHER = "9" * 64


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Node]:
    """Serve a node that knows two models: one answers in every language, one in English alone."""
    with (
        a_model_server() as first,
        a_model_server(in_english_alone) as second,
        a_served_node(tmp_path) as made,
    ):
        made.add_provider("good", first.url)
        made.add_provider("partial", second.url, model="other", sha256=OTHER)
        yield made


@pytest.fixture
def measured(served: Node) -> Node:
    for name in ("good", "partial"):
        done = say(served, "run", "--provider", name, "--languages", "en,hi")
        assert done.exit_code == 0, done.output
    return served


def get(node: Node, path: str, headers: dict[str, str] | None = None) -> httpx2.Response:
    return httpx2.get(node.address + path, headers=headers, trust_env=False, timeout=60)


def read(node: Node, path: str) -> dict[str, Any]:
    answer = get(node, path, node.operator)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ask(node: Node, body: dict[str, object]) -> httpx2.Response:
    address = f"{node.address}/evaluation/decisions"
    return httpx2.post(address, json=body, headers=node.operator, trust_env=False, timeout=60)


def test_a_gap_is_the_same_as_on_the_command_line(measured: Node) -> None:
    found = read(measured, "/evaluation/gap?model=other")

    assert found["summary"]["gaps"]["hi-Deva"]["value"]["value"] == 1.0
    assert set(found["records"]) == {"en-Latn", "hi-Deva"}
    assert found["figures"]["hi-Deva"]["n"] == 48
    assert found["metric"] == "accuracy"
    assert get(measured, "/evaluation/gap?model=nobody", measured.operator).status_code == 404


def test_two_models_are_compared(measured: Node) -> None:
    found = read(measured, "/evaluation/compare?a=small&b=other")

    assert found["compared"]["languages"]["hi-Deva"]["finding"] == "first"
    assert found["same_way"]


def test_the_report_is_data_or_a_page_that_needs_nothing_else(measured: Node) -> None:
    data = read(measured, "/evaluation/report?model=other")
    assert [chapter["model"] for chapter in data["chapters"]] == ["other"]

    answer = get(measured, "/evaluation/report.html", measured.operator)
    assert answer.headers["content-type"].startswith("text/html")
    assert "other on parallel-facts" in answer.text
    assert "Tokyo" not in answer.text
    with_items = get(measured, "/evaluation/report.html?items=48", measured.operator).text
    assert "Tokyo" in with_items


@pytest.mark.parametrize(
    "path", ["gap?model=other", "compare?a=small&b=other", "report", "report.html", "decisions/x"]
)
def test_what_costs_time_to_reckon_is_the_operators(measured: Node, path: str) -> None:
    assert get(measured, f"/evaluation/{path}").status_code == 403


def test_a_question_is_a_job_that_ends_with_a_signed_record(served: Node) -> None:
    answer = ask(served, {"provider": "partial", "language": "hi", "gap_under": 0.05})
    assert answer.status_code == 202, answer.text
    path = f"/evaluation/decisions/{answer.json()['job']}"

    until(lambda: read(served, path)["state"] == "done")

    found = read(served, path)
    assert found["decision"]["answer"] == "no"
    assert found["decision"]["question"].startswith("Is partial in hi less than 0.05 behind en")
    assert (found["asked"], found["of"]) == (found["decision"]["n"], 48)
    [listed] = get(served, "/evaluation/decisions").json()
    assert listed["decision"] == found["decision"]


def test_how_far_a_question_has_come_is_seen_while_it_goes_on(served: Node) -> None:
    with a_model_server() as slow:
        slow.held_at = 12
        served.add_provider("slow", slow.url, model="third", sha256="8" * 64)
        answer = ask(served, {"provider": "slow", "language": "en", "at_least": 1.0})
        path = f"/evaluation/decisions/{answer.json()['job']}"
        until(lambda: read(served, path)["asked"] > 0)

        seen = read(served, path)
        assert (seen["state"], seen["of"], seen["decision"]) == ("running", 48, None)
        assert 0 < seen["asked"] < 12
        slow.letting_go.set()
        until(lambda: read(served, path)["state"] == "done")

    assert read(served, path)["decision"]["answer"] == "yes"


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"provider": "nobody", "language": "en", "at_least": 0.5}, 404, "nobody"),
        ({"model": "nothing", "language": "en", "at_least": 0.5}, 404, "nothing"),
        ({"provider": "good", "language": "en", "at_least": 0.5, "suite": "no"}, 404, "suite"),
        ({"provider": "good", "language": "en"}, 422, "one question"),
        ({"language": "en", "at_least": 0.5}, 422, "one of them"),
        ({"provider": "good", "language": "en", "at_least": 0.5, "gap_under": 0.1}, 422, "one"),
        ({"provider": "good", "language": "en", "better_than": "nobody"}, 404, "nobody"),
    ],
)
def test_what_is_no_question_about_what_is_here_is_refused_and_leaves_no_job(
    served: Node, body: dict[str, object], status: int, word: str
) -> None:
    answer = ask(served, body)

    assert answer.status_code == status
    assert word in answer.text
    assert "job" not in answer.json()


def test_another_job_is_no_question(served: Node) -> None:
    with served.runtime.store.transaction("test") as tx:
        job = tx.enqueue("evaluation.run", {"provider": "good", "suite": "parallel-facts"})

    assert get(served, f"/evaluation/decisions/{job}", served.operator).status_code == 404


def test_a_long_question_goes_on_in_slices_and_asks_nothing_twice(
    node: Node, server: FakeModelServer
) -> None:
    payload: dict[str, object] = {
        "provider": "own",
        "language": "en",
        "at_least": 0.99,
        "noted_as": "a" * 32,
    }
    with node.runtime.store.transaction("test") as tx:
        first = tx.enqueue("evaluation.decide", payload)
    server.pupil = lambda prompt: (time.sleep(0.02), knows_all(prompt))[1]
    short = Worker(node.runtime.store, work(node.runtime, slice_hours=0.1 / 3600))
    jobs = 0
    while short.step():
        jobs += 1

    with node.runtime.store.view() as view:
        assert "goes_on_as" in (job_by_id(view, first).result or {})
        [record] = view.own(Inquiry)
    assert jobs > 1
    assert record.answer == "yes"
    assert len(server.prompts) == len(set(server.prompts)) == record.calls


def test_a_suite_that_comes_with_corridor_is_run_over_http(tmp_path: Path) -> None:
    with a_model_server(lambda _: "B") as one, a_node(tmp_path) as made:
        made.add_provider("own", one.url)
        made.start()
        body = {"provider": "own", "suite": "corridor-kinds", "languages": ["en"]}
        address = f"{made.address}/evaluation/runs"
        answer = httpx2.post(address, json=body, headers=made.operator, trust_env=False)
        path = f"/jobs/{answer.json()['job']}"
        until(lambda: read(made, path)["state"] == "done")

        [found] = get(made, "/evaluation/results").json()
    assert found["evaluation"]["suite"] == "corridor-kinds"
