"""A run whose items are asked by many workers: the same evidence, and the same bounds for all together."""

import pickle
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support.hands import ThreadWorkers, thread_workers
from support.nodes import Node, a_node
from support.quiz import FakeModelServer, a_model_server, knows_all
from support.tiny_gguf import a_tiny_model_in
from typer.testing import CliRunner

from corridor.app.serve import bound_socket
from corridor.catalogue import NoCredential
from corridor.core.errors import CorridorError, Invalid, Unavailable
from corridor.evaluation import Evaluation, Runs, Wanted
from corridor.evaluation.adapters.ray import knock
from corridor.evaluation.adapters.workers import Whereabouts
from corridor.evaluation.commands import commands
from corridor.evaluation.commands.clusters import workers_for
from corridor.evaluation.commands.runs import carry_out
from corridor.evaluation.errors import CapReached, ModelChanged, NoAnswer
from corridor.evaluation.ports import Workers
from corridor.evaluation.records import Sample, Style
from corridor.evaluation.rules.caps import Caps

N = 48
FACTS = Wanted(suite="parallel-facts", provider="own", languages=("en", "hi"))
OF_THE_OCCASION = {"id", "made_at", "made"}


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with a_model_server() as running:
        yield running


@pytest.fixture
def node(tmp_path: Path, server: FakeModelServer) -> Iterator[Node]:
    with a_node(tmp_path) as made:
        made.add_provider("own", server.url)
        yield made


@pytest.fixture
def workers() -> Iterator[ThreadWorkers]:
    with thread_workers(3) as made:
        yield made


Found = tuple[list[tuple[Sample, ...]], list[dict[str, object]]]


def run(
    node: Node, workers: Workers | None, wanted: Wanted = FACTS, caps: Caps | None = None
) -> Found:
    """Return samples without how long they took, and records without what is of the occasion."""
    with node.runtime.store.view() as view:
        plan = node.runtime.service(Runs).plan(view, replace(wanted, again=True))
    measured = carry_out(node.runtime, plan, caps or Caps(), workers)
    samples = [tuple(replace(s, seconds=None) for s in each.samples) for each in measured]
    records = [each.record.model_dump(exclude=OF_THE_OCCASION) for each in measured if each.record]
    return samples, records


def evidence(node: Node) -> list[Evaluation]:
    with node.runtime.store.view() as view:
        return list(view.own(Evaluation))


class TestTheSame:
    def test_many_workers_and_none_make_the_same_samples_and_figures(
        self, node: Node, server: FakeModelServer, workers: ThreadWorkers
    ) -> None:
        server.pupil = lambda prompt: knows_all(prompt) if len(prompt) % 3 else " Nobody."

        alone = run(node, None)
        together = run(node, workers)

        assert alone == together
        assert len(alone[1]) == 2
        assert 0 < alone[1][0]["correct"] < N  # type: ignore[operator]
        assert [hand.asked > 0 for hand in workers.hands] == [True] * 3

    @pytest.mark.parametrize("style", ["likelihood", "completions"])
    def test_each_worker_opens_a_models_file_by_itself_and_finds_the_same(
        self, node: Node, workers: ThreadWorkers, style: Style
    ) -> None:
        a_tiny_model_in(node)
        kinds = Wanted(suite="corridor-kinds", model="tiny", languages=("en", "hi"), style=style)

        alone = run(node, None, kinds)
        together = run(node, workers, kinds)

        assert alone == together
        assert len(alone[1]) == 2
        assert len({sample.output_sha256 for sample in alone[0][0]}) > 1
        assert [hand.asked > 0 for hand in workers.hands] == [True] * 3

    def test_the_record_says_on_what_the_model_was_asked(
        self, node: Node, workers: ThreadWorkers
    ) -> None:
        run(node, workers)

        assert {each.made.where for each in evidence(node) if each.made} == {
            "in; threads, 3 workers on here"
        }


class TestTogether:
    def test_a_rate_is_kept_by_all_workers_together(
        self, tmp_path: Path, server: FakeModelServer, workers: ThreadWorkers
    ) -> None:
        times: list[float] = []

        def noting(prompt: str) -> str:
            times.append(time.monotonic())
            return knows_all(prompt)

        server.pupil = noting
        with a_node(tmp_path, "slow", evaluation={"rates": {"own": 100}}) as node:
            node.add_provider("own", server.url)
            run(node, workers)

        assert len(times) == 2 * N
        assert times[-1] - times[0] >= (2 * N - 1) / 100 * 0.95

    def test_a_cap_on_calls_is_never_passed_and_nothing_is_asked_again_afterwards(
        self, node: Node, server: FakeModelServer, workers: ThreadWorkers
    ) -> None:
        with pytest.raises(CapReached):
            run(node, workers, caps=Caps(calls=20))
        asked = len(server.prompts)
        run(node, None)

        assert asked == 20
        assert Counter(server.prompts).most_common(1)[0][1] == 1
        assert len(server.prompts) == 2 * N

    def test_a_cap_on_tokens_is_passed_at_most_by_what_all_workers_have_on_their_way(
        self, tmp_path: Path, server: FakeModelServer, workers: ThreadWorkers
    ) -> None:
        server.usage = {"prompt_tokens": 90, "completion_tokens": 10}
        with a_node(tmp_path, "capped", evaluation={"at_once": 2}) as node:
            node.add_provider("own", server.url)
            with pytest.raises(CapReached):
                run(node, workers, caps=Caps(tokens=1000))

        assert 10 <= len(server.prompts) <= 10 + 3 * 2 - 1

    def test_no_worker_has_more_on_its_way_than_one_process_would(
        self, node: Node, workers: ThreadWorkers
    ) -> None:
        runs = replace(node.runtime.service(Runs), workers=workers)
        with node.runtime.store.view() as view:
            plan = runs.plan(view, FACTS)

        assert runs.interviewer.at_once(plan.provider) == 3 * runs.settings.at_once


class TestWhatGoesWrong:
    def test_what_a_lost_worker_was_asked_is_asked_again_and_the_run_goes_on(
        self, node: Node, server: FakeModelServer, workers: ThreadWorkers
    ) -> None:
        workers.hands[1].lost_at = 5

        _, records = run(node, workers)

        assert [record["correct"] for record in records] == [N, N]
        again = [prompt for prompt, times in Counter(server.prompts).items() if times > 1]
        assert 1 <= len(again) <= node.runtime.service(Runs).settings.at_once
        assert len(server.prompts) == 2 * N + len(again)

    def test_a_run_that_ended_goes_on_with_workers_and_without(
        self, node: Node, server: FakeModelServer, workers: ThreadWorkers
    ) -> None:
        def until_then(prompt: str) -> str:
            if len(server.prompts) == 30:
                server.refusals.append((401, None))
            return knows_all(prompt)

        server.pupil = until_then
        with pytest.raises(NoAnswer, match="401"):
            run(node, workers)
        _, records = run(node, None)

        assert [record["correct"] for record in records] == [N, N]
        asked_twice = [prompt for prompt, n in Counter(server.prompts).items() if n > 1]
        assert len(asked_twice) <= 1  # the one that was refused

    def test_a_key_does_not_travel_its_reference_does(
        self,
        node: Node,
        server: FakeModelServer,
        workers: ThreadWorkers,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("THE_KEY_OF_OWN", "sk-very-secret")
        node.add_provider("own", server.url, credential="env:THE_KEY_OF_OWN")

        run(node, workers)

        assert len(workers.carried) == 2 * 2 * N
        assert not [each for each in workers.carried if b"sk-very-secret" in each]
        assert b"THE_KEY_OF_OWN" in workers.carried[0]

    def test_a_worker_without_the_key_says_so_and_nobody_is_asked(
        self, node: Node, server: FakeModelServer, workers: ThreadWorkers
    ) -> None:
        node.add_provider("own", server.url, credential="env:A_KEY_THAT_IS_NOWHERE")

        with pytest.raises(NoCredential):
            run(node, workers)

        assert server.prompts == []


@pytest.mark.parametrize(
    "error",
    [
        NoAnswer("not now", remedy="skip", after=3.0, hint="wait"),
        ModelChanged("another"),
        Invalid("no", hint="yes", place="line 3"),
    ],
)
def test_an_error_is_the_same_after_its_way_from_a_worker(error: CorridorError) -> None:
    back = pickle.loads(pickle.dumps(error))  # noqa: S301  written here

    assert (type(back), vars(back), str(back)) == (type(error), vars(error), str(error))


def test_machines_of_a_kind_are_named_once() -> None:
    assert str(Whereabouts("Ray 2", ["a", "b", "a"])) == "Ray 2, 3 workers on a; b"


def test_workers_without_a_cluster_and_an_address_that_is_none_are_refused(node: Node) -> None:
    for words in (("--workers", "2"), ("--ray", "local"), ("--ray", "ray://127.0.0.1:10001")):
        asked = ("run", "--provider", "own", "--languages", "en", *words)
        result = CliRunner().invoke(commands, asked, obj=node.runtime)
        assert isinstance(result.exception, Invalid), words


def test_a_safety_suite_is_not_asked_from_a_cluster(node: Node) -> None:
    runs = node.runtime.service(Runs)
    with node.runtime.store.view() as view:
        plan = runs.plan(view, FACTS)
    sealed = replace(plan, dataset=replace(plan.dataset, kind="safety"))

    with pytest.raises(Invalid, match="sealed"), workers_for(runs, sealed, "auto", None):
        pass


def test_an_address_at_which_nobody_listens_is_told_at_once() -> None:
    with closing(bound_socket("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
    for address in (f"127.0.0.1:{port}", f"[::1]:{port}", "127.0.0.1:99999"):
        with pytest.raises(Unavailable, match="Nobody listens"):
            knock(address)
    with closing(bound_socket("127.0.0.1", 0)) as listening:
        listening.listen()
        knock(f"127.0.0.1:{listening.getsockname()[1]}")
