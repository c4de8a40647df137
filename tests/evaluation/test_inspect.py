"""Inspect as an engine: our tasks in it, our providers under it, its logs as samples.

Few samples: Inspect needs some 20 ms for each, and seconds to start.
"""

import gc
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai.dataset import Sample as InspectSample
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match

from corridor.core.errors import Invalid
from corridor.evaluation.adapters.inspect.logs import read
from corridor.evaluation.adapters.inspect.provider import Who
from corridor.evaluation.adapters.inspect.running import Ran, run, run_over
from corridor.evaluation.adapters.inspect.scoring import item_of
from corridor.evaluation.adapters.inspect.tasks import task_of
from corridor.evaluation.errors import BadData, NoAnswer
from corridor.evaluation.ports import Answered, Message, Prompt
from corridor.evaluation.records.datasets import Dataset, Item
from corridor.evaluation.records.imported import Stated
from corridor.evaluation.records.samples import Sample
from corridor.evaluation.rules.projection import digest_of
from corridor.evaluation.service.inspecting import suite

pytestmark = [
    # Inspect's own, of tenacity and of streams it leaves to the collector.
    pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
]

WHO = Who("own", "small", "ab" * 32, "http://127.0.0.1:9/v1", "in")
ANSWERS = {
    ("en-Latn", "1"): " ANSWER: B",
    ("en-Latn", "2"): "I cannot help with that.",
    ("hi-Deva", "1"): "उत्तर: B",
    ("hi-Deva", "2"): "",
}


def the_set() -> Dataset:
    items = {
        "en-Latn": (
            Item("1", "en-Latn", "Capital of Japan?", ("Tokyo",), ("Osaka", "Tokyo"), 1),
            Item("2", "en-Latn", "Capital of India?", ("Delhi",), ("Delhi", "Pune"), 0),
        ),
        "hi-Deva": (
            Item("1", "hi-Deva", "जापान की राजधानी?", ("टोक्यो",), ("ओसाका", "टोक्यो"), 1),
            Item("2", "hi-Deva", "भारत की राजधानी?", ("दिल्ली",), ("दिल्ली", "पुणे"), 0),
        ),
    }
    return Dataset("capitals", "1", "choice", "CC0-1.0", True, "a test", "cd" * 32, items)


def prompting(item: Item) -> Prompt:
    asked = "\n".join([item.question, *item.choices])
    return Prompt((Message("user", asked),), stop=("\n\n",), max_tokens=9, seed=7)


@dataclass
class Pupil:
    """Answers what it was taught, by the question; fails where it was not."""

    taught: dict[str, str]
    asked: list[Prompt] = field(default_factory=list[Prompt])

    async def answer(self, prompt: Prompt) -> Answered:
        self.asked.append(prompt)
        for question, answer in self.taught.items():
            if prompt.messages[-1].text.startswith(question):
                return Answered(answer, tokens_in=11, tokens_out=3, stopped="stop")
        raise NoAnswer("The provider is away.")

    async def close(self) -> None:
        raise AssertionError("the answerer is its owner's to close")


def a_pupil(leaving_out: tuple[tuple[str, str], ...] = ()) -> Pupil:
    return Pupil(
        {
            item.question: ANSWERS[item.language, item.id]
            for items in the_set().items.values()
            for item in items
            if (item.language, item.id) not in leaving_out
        }
    )


@pytest.fixture(autouse=True)
def what_inspect_leaves_is_collected_at_once() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Pupil]:
    pupil = a_pupil(leaving_out=(("en-Latn", "2"),))
    return run_over(
        task_of(the_set(), prompting), pupil, WHO, tmp_path_factory.mktemp("logs")
    ), pupil


def by_item(samples: tuple[Sample, ...]) -> dict[tuple[str, str], Sample]:
    return {(sample.language, sample.item): sample for sample in samples}


def test_a_task_of_ours_run_by_inspect_gives_samples_as_we_keep_them(
    ran: tuple[Ran, Pupil],
) -> None:
    found = by_item(ran[0].found.samples)

    assert {key: (one.score, one.verdict) for key, one in found.items()} == {
        ("en-Latn", "1"): (1.0, "right"),
        ("en-Latn", "2"): (0.0, "failed"),
        ("hi-Deva", "1"): (1.0, "right"),
        ("hi-Deva", "2"): (0.0, "empty"),
    }
    one = found["hi-Deva", "1"]
    assert (one.model, one.model_sha256, one.provider) == ("small", "ab" * 32, "own")
    assert (one.scorer, one.data_sha256) == ("choice@1", "cd" * 32)
    assert (one.tokens_in, one.tokens_out) == (11, 3)
    assert one.seconds is not None
    assert found["en-Latn", "2"].output_sha256 == ""
    assert ran[0].found.whole


def test_what_a_set_says_of_asking_reaches_the_model(ran: tuple[Ran, Pupil]) -> None:
    prompt = ran[1].asked[0]

    assert (prompt.stop, prompt.max_tokens, prompt.seed, prompt.temperature) == (
        ("\n\n",),
        9,
        7,
        0.0,
    )


def test_who_answers_is_in_the_log_which_inspect_itself_reads(ran: tuple[Ran, Pupil]) -> None:
    log = read_eval_log(str(ran[0].log))

    assert log.status == "success"
    assert log.metadata["corridor"]["endpoint"] == "http://127.0.0.1:9/v1"
    assert log.metadata["corridor"]["operator"] == "in"
    assert log.metadata["data_sha256"] == "cd" * 32
    done = subprocess.run(  # noqa: S603  Inspect's own command, of this environment
        [Path(sys.executable).with_name("inspect"), "log", "dump", ran[0].log, "--header-only"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout)["eval"]["task"] == "capitals"


def test_a_log_read_again_gives_the_same_samples(ran: tuple[Ran, Pupil]) -> None:
    again = read(ran[0].log, Stated())

    assert again.samples == ran[0].found.samples
    assert again.harness.startswith("inspect_ai 0.3.")
    assert digest_of(again.samples) == digest_of(reversed(ran[0].found.samples))


def answering(taught: dict[str, str]) -> Callable[..., ModelOutput]:
    """Return what Inspect's mock model says; with usage, or it would count tokens over the network."""

    def output(turns: list[object], *_: object) -> ModelOutput:
        text = str(getattr(turns[-1], "text", ""))
        said = next(answer for question, answer in taught.items() if text.startswith(question))
        found = ModelOutput.from_content("mockllm", said)
        found.usage = ModelUsage(input_tokens=11, output_tokens=3, total_tokens=14)
        return found

    return output


def test_plain_inspect_gives_the_same_score_as_corridor_does(tmp_path: Path) -> None:
    taught = a_pupil().taught
    plain = run(
        task_of(the_set(), prompting),
        get_model("mockllm/model", custom_outputs=answering(taught)),
        tmp_path / "plain",
    )
    ours = run_over(task_of(the_set(), prompting), Pupil(taught), WHO, tmp_path / "ours")

    def judged(ran: Ran) -> dict[tuple[str, str], tuple[float, str, str]]:
        found = by_item(ran.found.samples)
        return {key: (one.score, one.verdict, one.output_sha256) for key, one in found.items()}

    assert judged(plain) == judged(ours)
    log = read_eval_log(str(plain.log))
    assert log.results is not None
    means = {name: metric.value for name, metric in log.results.scores[0].metrics.items()}
    assert means == {"en-Latn": 0.5, "hi-Deva": 0.5, "all_languages": 0.5}
    assert judged(ours)["en-Latn", "2"][1] == "refusal"


def a_foreign_task() -> Task:
    samples = [InspectSample("Say yes.", target="yes"), InspectSample("Say no.", target="no")]
    return Task(dataset=samples, scorer=match(), name="foreign")


def test_any_task_of_inspect_runs_over_a_provider_of_ours(tmp_path: Path) -> None:
    pupil = Pupil({"Say yes.": "yes", "Say no.": "maybe"})

    ran = run_over(a_foreign_task(), pupil, WHO, tmp_path, stated=Stated(language="en-Latn"))

    assert [(one.score, one.verdict, one.scorer) for one in ran.found.samples] == [
        (1.0, "right", "inspect:match"),
        (0.0, "wrong", "inspect:match"),
    ]
    assert len({one.data_sha256 for one in ran.found.samples}) == 1
    with pytest.raises(BadData, match="in which language"):
        read(ran.log, Stated())


def test_a_log_cut_in_half_is_refused_whole(ran: tuple[Ran, Pupil], tmp_path: Path) -> None:
    whole = ran[0].log.read_bytes()
    cut = tmp_path / "cut.eval"
    cut.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(BadData, match=r"cut\.eval"):
        read(cut, Stated())


def test_a_run_that_ended_early_is_read_and_said_not_to_be_whole(
    ran: tuple[Ran, Pupil], tmp_path: Path
) -> None:
    log = read_eval_log(str(ran[0].log))
    log.status, log.samples = "cancelled", (log.samples or [])[:3]
    path = tmp_path / "early.json"
    path.write_text(log.model_dump_json(), encoding="utf-8")

    found = read(path, Stated())

    assert len(found.samples) == 3
    assert not found.whole
    assert found.left_out == {"never asked": 1}
    assert "cancelled" in found.notes[0]


def test_an_item_in_a_task_says_all_that_is_not_as_usual() -> None:
    items = (
        Item("1", "en-Latn", "", ("こんにちは",), context="Hello", target_language="ja-Jpan"),
        Item("2", "en-Latn", "Which?", choices=("a", "b"), target=0, cultural=False),
    )
    task = task_of(
        Dataset("odd", "1", "translation", "CC0-1.0", True, "a test", "", {"en-Latn": items}),
        prompting,
    )

    told = [
        item_of(
            one.metadata or {},
            one.choices or (),
            [one.target] if isinstance(one.target, str) else one.target,
        )
        for one in task.dataset
    ]
    assert tuple(told) == items


def test_parallel_text_is_no_task() -> None:
    texts = Dataset("texts", "1", "parallel", "CC0-1.0", True, "a test", "", {})

    with pytest.raises(ValueError, match="likelihood"):
        task_of(texts, prompting)


def test_a_suite_of_safety_is_no_task_for_its_log_would_have_the_texts() -> None:
    texts = Dataset("texts", "1", "safety", "CC0-1.0", True, "a test", "", {})

    with pytest.raises(ValueError, match="sealed"):
        task_of(texts, prompting)
    with pytest.raises(Invalid, match="sealed"):
        suite("corridor-safety", "en-Latn", limit=1)


def test_the_task_that_plain_inspect_finds_asks_a_suite_in_its_languages(tmp_path: Path) -> None:
    said = ModelOutput.from_content("mockllm", "पेरिस।")
    said.usage = ModelUsage(input_tokens=11, output_tokens=3, total_tokens=14)
    task = suite("parallel-facts", "en-Latn,hi-Deva", limit=1)

    ran = run(task, get_model("mockllm/model", custom_outputs=[said, said]), tmp_path)

    found = {one.language: (one.item, one.verdict) for one in ran.found.samples}
    assert found["hi-Deva"] == ("capital-france", "right")
    assert found["en-Latn"] == ("capital-france", "language")
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["entry-points"]["inspect_ai"] == {"corridor": suite.__module__}


def test_what_is_said_of_all_samples_alike_is_the_tasks_and_else_goes_along_with_each() -> None:
    items = tuple(Item(str(n), "en-Latn", "Which?", ("a",), ("a", "b"), 0) for n in range(3))
    dataset = Dataset("own", "1", "choice", "CC0-1.0", True, "a test", "", {"en-Latn": items})

    alike = task_of(dataset, lambda _: Prompt((Message("user", "?"),), max_tokens=7, seed=5))
    apart = task_of(dataset, lambda item: Prompt(text="?", stop=(item.id,), max_tokens=7))

    assert (alike.config.max_tokens, alike.config.seed) == (7, 5)
    assert all("generate" not in (one.metadata or {}) for one in alike.dataset)
    assert apart.config.max_tokens is None
    stops = [(one.metadata or {})["generate"]["stop_seqs"] for one in apart.dataset]
    assert stops == [["0"], ["1"], ["2"]]
