"""Runs over HTTP: begun, followed and ended by somebody who has nothing but the address and a key."""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from support.nodes import Node, a_node
from support.partners import until
from support.quiz import FakeModelServer, a_model_server, knows_all
from support.tiny_gguf import a_tiny_model_in

from corridor.evaluation import Evaluation

LONG = 60
"""Seconds: as long as a busy machine may take."""
ITEMS = 48


class Gate:
    """A pupil that answers so many questions, and the others once it is opened."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.seen = 0
        self.opened = threading.Event()
        self.lock = threading.Lock()

    def __call__(self, prompt: str) -> str:
        with self.lock:
            self.seen += 1
            waits = self.seen > self.first
        if waits:
            self.opened.wait(LONG)
        return knows_all(prompt)


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with a_model_server() as running:
        running.usage = {"prompt_tokens": 30, "completion_tokens": 4, "total_tokens": 34}
        yield running


@pytest.fixture
def node(tmp_path: Path, server: FakeModelServer) -> Iterator[Node]:
    with a_node(tmp_path) as made:
        made.add_provider("own", server.url)
        made.start()
        yield made


def ask(
    node: Node, verb: str, path: str, body: Mapping[str, object] | None = None
) -> httpx2.Response:
    address = f"{node.address}/evaluation/runs{path}"
    return httpx2.request(
        verb, address, json=body, headers=node.operator, trust_env=False, timeout=60
    )


def begun(node: Node, **body: object) -> str:
    answer = ask(node, "POST", "", {"provider": "own", "languages": ["hi"], **body})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job"])


def run(node: Node, job: str) -> dict[str, Any]:
    answer = ask(node, "GET", f"/{job}")
    assert answer.status_code == 200, answer.text
    return cast("dict[str, Any]", answer.json())


def own(node: Node) -> list[Evaluation]:
    with node.runtime.store.view() as view:
        return list(view.own(Evaluation))


def test_a_run_tells_how_far_it_has_come_and_what_came_of_it(
    node: Node, server: FakeModelServer
) -> None:
    gate = Gate(20)
    server.pupil = gate
    job = begun(node, languages=["hi", "ja"])

    until(lambda: run(node, job)["done"] == 20, LONG)
    halfway = run(node, job)
    gate.opened.set()
    until(lambda: run(node, job)["state"] == "done", LONG)
    whole = run(node, job)

    assert (halfway["state"], halfway["of"], halfway["language"]) == (
        "running",
        2 * ITEMS,
        "hi-Deva",
    )
    assert (halfway["right"], halfway["tokens"], halfway["published"]) == (20, 20 * 34, [])
    assert halfway["seconds_left"] > 0
    assert (whole["done"], whole["calls"], whole["tokens"]) == (
        2 * ITEMS,
        2 * ITEMS,
        2 * ITEMS * 34,
    )
    assert whole["seconds_left"] is None
    assert whole["published"] == [record.id for record in own(node)]


def test_a_run_is_ended_after_the_item_it_is_at_and_goes_on_when_it_is_asked_for_again(
    node: Node, server: FakeModelServer
) -> None:
    gate = Gate(20)
    server.pupil = gate
    job = begun(node)
    until(lambda: run(node, job)["done"] == 20, LONG)

    assert ask(node, "POST", f"/{job}/end").status_code == 202
    assert run(node, job)["ending"]
    gate.opened.set()
    until(lambda: run(node, job)["state"] == "failed", LONG)

    ended = run(node, job)
    assert "was ended" in ended["error"]
    assert ended["published"] == [record.id for record in own(node)] == []
    assert len(server.prompts) < ITEMS
    again = begun(node)
    until(lambda: run(node, again)["state"] == "done", LONG)
    assert len(server.prompts) == len(set(server.prompts)) == ITEMS
    assert ask(node, "POST", f"/{again}/end").status_code == 409


def test_a_run_that_waits_for_its_turn_is_ended_without_a_call(
    node: Node, server: FakeModelServer
) -> None:
    gate = Gate(0)
    server.pupil = gate
    first = begun(node)
    until(lambda: gate.seen > 0, LONG)
    second = begun(node, languages=["ja"])

    assert ask(node, "POST", f"/{second}/end").status_code == 202
    gate.opened.set()
    until(lambda: run(node, second)["state"] == "failed", LONG)

    assert run(node, first)["state"] == "done"
    assert len(server.prompts) == ITEMS


def test_a_models_file_is_measured_by_likelihood(node: Node) -> None:
    a_tiny_model_in(node)

    body = {"provider": "", "model": "tiny", "suite": "corridor-kinds", "style": "likelihood"}
    job = begun(node, **body, languages=["ta"])
    until(lambda: run(node, job)["state"] == "done", LONG)

    [record] = own(node)
    assert record.made is not None
    assert (record.model, record.made.asking.style) == ("tiny", "likelihood")


def test_a_cap_ends_a_run_and_says_so_with_the_records_that_are_there(
    node: Node, server: FakeModelServer
) -> None:
    job = begun(node, languages=["hi", "ja"], caps={"calls": ITEMS + 5})
    until(lambda: run(node, job)["state"] == "failed", LONG)

    capped = run(node, job)
    assert "cap on calls" in capped["error"]
    assert capped["published"] == [record.id for record in own(node)]
    assert len(capped["published"]) == 1
    assert len(server.prompts) == ITEMS + 5


@pytest.mark.parametrize("body", [{"provider": "nobody"}, {"provider": "", "model": "nothing"}])
def test_what_nobody_knows_is_refused_at_once(node: Node, body: dict[str, object]) -> None:
    assert ask(node, "POST", "", body).status_code == 404


def test_only_the_operator_follows_and_ends_runs_and_only_runs(node: Node) -> None:
    job = begun(node)
    until(lambda: run(node, job)["state"] == "done", LONG)

    for verb, path in (("GET", f"/{job}"), ("POST", f"/{job}/end")):
        address = f"{node.address}/evaluation/runs{path}"
        assert httpx2.request(verb, address, trust_env=False).status_code == 403
    assert ask(node, "GET", "/" + "0" * 32).status_code == 404
    with node.runtime.store.transaction("test") as tx:
        other = tx.enqueue("evaluation.decide", {"noted_as": "a" * 32})
    assert ask(node, "GET", f"/{other}").status_code == 404
