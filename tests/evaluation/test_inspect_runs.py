"""Tasks of Inspect over real sockets, journal and caps included; their answers as signed evidence.

Few samples: Inspect needs some 20 ms for each, and seconds to start.
"""

import asyncio
import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.evaluating import own_measures, say
from support.nodes import Node, a_node
from support.quiz import FakeModelServer, a_model_server
from support.supply import DIGEST
from typer.testing import CliRunner, Result

from corridor.catalogue import Catalogue
from corridor.core.errors import Invalid
from corridor.evaluation import Evaluation
from corridor.evaluation.adapters.answerers import ConnectionAnswerer
from corridor.evaluation.adapters.inspect.provider import Who
from corridor.evaluation.adapters.inspect.running import run_over
from corridor.evaluation.commands import commands
from corridor.evaluation.errors import BadData, CapReached, NoAnswer
from corridor.evaluation.records.imported import Stated
from corridor.evaluation.rules.projection import digest_of
from corridor.evaluation.service.imports import imported
from corridor.evaluation.service.inspecting import suite

pytestmark = [
    # Inspect's own, of tenacity and of streams it leaves to the collector.
    pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
]
USAGE = {"prompt_tokens": 9, "completion_tokens": 1}
TASKS = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import Score, match, mean, scorer


@task
def echoes(count: int = 10, epochs: int = 1, metadata: str = "") -> Task:
    about = {"language": metadata} if metadata else None
    samples = [Sample(f"Say {n}.", target=str(n), id=n, metadata=about) for n in range(count)]
    return Task(dataset=samples, scorer=match(), epochs=epochs)


@scorer(metrics=[mean()])
def graded():
    async def score(state, target):
        return Score(value=0.75 if state.output.completion == target.text else 0.25)

    return score


@task
def grades(count: int = 30, metadata: str = "en-Latn,ta-Taml") -> Task:
    samples = [
        Sample(f"Say {n}.", target=str(n), id=f"{n}" if tag == "en-Latn" else f"{tag}{n}", metadata={"language": tag})
        for tag in metadata.split(",")
        for n in range(count)
    ]
    return Task(dataset=samples, scorer=graded())
"""


def echo(prompt: str) -> str:
    """Say the number that is asked for, but for 3."""
    number = prompt.removeprefix("Say ").removesuffix(".")
    return "many" if number == "3" else number


@pytest.fixture(autouse=True)
def what_inspect_leaves_is_collected_at_once() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with a_model_server(echo) as running:
        running.usage = USAGE
        yield running


@pytest.fixture
def node(tmp_path: Path, server: FakeModelServer) -> Iterator[Node]:
    with a_node(tmp_path) as made:
        made.add_provider("own", server.url)
        yield made


@pytest.fixture
def tasks(tmp_path: Path) -> str:
    path = tmp_path / "tasks.py"
    path.write_text(TASKS)
    return f"{path}@echoes"


def run(node: Node, *words: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, [*map(str, words)], obj=node.runtime)


def evidence(node: Node) -> list[Evaluation]:
    with node.runtime.store.view() as view:
        return list(view.own(Evaluation))


def test_inspect_asks_a_real_server_through_our_answerer(
    node: Node, server: FakeModelServer, tasks: str, tmp_path: Path
) -> None:
    catalogue = node.runtime.service(Catalogue)
    with node.runtime.store.view() as view:
        provider = catalogue.provider(view, "own")
        connection = catalogue.connect(provider, catalogue.models(view)["small"])
    answerer = ConnectionAnswerer(connection, 5.0)

    ran = run_over(
        tasks,
        answerer,
        Who("own", "small", DIGEST, server.url, "vendor"),
        tmp_path / "logs",
        stated=Stated(language="en-Latn"),
        limit=4,
    )
    asyncio.run(answerer.close())

    assert [(one.item, one.score) for one in ran.found.samples] == [
        ("0", 1.0),
        ("1", 1.0),
        ("2", 1.0),
        ("3", 0.0),
    ]
    assert {(one.tokens_in, one.tokens_out) for one in ran.found.samples} == {(9, 1)}
    assert sorted(server.prompts) == [f"Say {n}." for n in range(4)]


def test_a_task_becomes_evidence_with_its_harness_and_the_digest_of_its_samples(
    node: Node, server: FakeModelServer, tasks: str
) -> None:
    words = ("inspect", tasks, "--provider", "own", "-T", "count=30")
    result = run(node, *words, "--language", "en-Latn", "--json")

    assert result.exit_code == 0, result.output
    [record] = evidence(node)
    assert (record.n, record.correct, record.language) == (30, 29, "en-Latn")
    assert (record.model_sha256, record.provider) == (DIGEST, "own")
    taken = record.taken
    assert taken is not None
    assert taken.harness.startswith("inspect_ai 0.3.")
    assert taken.endpoint is not None
    assert (taken.endpoint.address, taken.endpoint.operator) == (server.url, "vendor")
    assert (taken.tokens_in, taken.tokens_out) == (270, 30)
    value = json.loads(result.stdout)
    log = Path(value["log"])
    assert log.is_relative_to(node.home / "evaluation")
    again = imported(log, Stated(language="en-Latn"))
    assert taken.samples_sha256 == digest_of(again.samples) == value["samples_sha256"]
    assert taken.file_sha256 == again.sha256
    shown = run(node, "show", record.id[:8])
    assert taken.harness in shown.stdout
    refused = run(node, "reproduce", record.id[:8])
    assert "run its task again" in str(refused.exception)


def test_graded_scores_of_a_task_are_signed_as_measures_with_their_intervals(
    node: Node, tasks: str
) -> None:
    task = tasks.replace("echoes", "grades")
    result = run(node, "inspect", task, "--provider", "own", "--json")

    assert result.exit_code == 0, (result.output, result.exception)
    assert evidence(node) == []
    english, tamil = own_measures(node)
    assert (english.language, tamil.language) == ("en-Latn", "ta-Taml")
    assert (english.metric, english.n) == ("graded score", 30)
    assert english.figure.value == pytest.approx((29 * 0.75 + 0.25) / 30)
    assert english.figure.low is not None
    assert english.figure.high is not None
    assert english.figure.low < english.figure.value < english.figure.high
    assert english.taken is not None
    assert english.taken.endpoint is not None
    assert "More is taken as better" in english.taken.notes[-1]
    found = json.loads(say(node, "gap", "small", "--json").stdout)
    assert found["unpaired"] == ["ta-Taml"]  # its items have other names


def test_what_was_answered_before_a_cap_is_not_asked_again(
    node: Node, server: FakeModelServer, tasks: str
) -> None:
    words = ("inspect", tasks, "--provider", "own", "--limit", "6", "--language", "en-Latn")

    capped = run(node, *words, "--max-calls", "4")
    whole = run(node, *words)

    assert isinstance(capped.exception, CapReached)
    assert whole.exit_code == 0, whole.output
    assert sorted(server.prompts) == [f"Say {n}." for n in range(6)]
    assert "too few items" in whole.stderr
    assert evidence(node) == []


def test_a_question_that_a_task_repeats_is_asked_as_often(
    node: Node, server: FakeModelServer, tasks: str
) -> None:
    words = ("inspect", tasks, "--provider", "own", "-T", "epochs=2", "-T", "count=2")

    result = run(node, *words, "-T", "metadata=ja-Jpan", "--json")

    assert sorted(server.prompts) == ["Say 0.", "Say 0.", "Say 1.", "Say 1."]
    assert json.loads(result.stdout)["languages"][0]["language"] == "ja-Jpan"


def test_a_provider_that_is_away_ends_the_run_and_signs_nothing(node: Node, tasks: str) -> None:
    node.add_provider("gone", "http://127.0.0.1:9/v1")

    words = ("inspect", tasks, "--provider", "gone", "--limit", "2", "--language", "en-Latn")
    result = run(node, *words)

    assert isinstance(result.exception, NoAnswer)
    assert evidence(node) == []


def test_samples_without_a_language_are_asked_once_and_named_later(
    node: Node, server: FakeModelServer, tasks: str
) -> None:
    words = ("inspect", tasks, "--provider", "own", "--limit", "2")

    first = run(node, *words)
    second = run(node, *words, "--language", "en-Latn")

    assert isinstance(first.exception, BadData)
    assert second.exit_code == 0, second.output
    assert len(server.prompts) == 2


def test_without_the_extra_the_error_says_how_to_install_it() -> None:
    code = (
        "import sys; sys.modules['inspect_ai'] = None\n"
        "from corridor.evaluation.adapters import inspect\n"
        "from corridor.evaluation.errors import NoExtra\n"
        "try: inspect.part('running')\n"
        "except NoExtra as error: print(error.message, error.hint)\n"
    )
    done = subprocess.run(  # noqa: S603  our own lines of Python
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )

    assert "inspect_ai is not installed" in done.stdout
    assert "corridor[evaluation]" in done.stdout


def test_a_registered_task_asks_a_suite_of_ours(node: Node, server: FakeModelServer) -> None:
    server.pupil = lambda _: "पेरिस।"
    words = ("-T", "name=parallel-facts", "-T", "languages=hi-Deva")

    result = run(
        node,
        "inspect",
        f"corridor/{suite.__name__}",
        *words,
        "--provider",
        "own",
        "--limit",
        "2",
        "--json",
    )

    assert result.exit_code == 0, result.output
    [row] = json.loads(result.stdout)["languages"]
    assert (row["language"], row["n"], row["right"]) == ("hi-Deva", "2", "1")


@pytest.mark.parametrize("task", ["nothing/here", "none.py@none"])
def test_a_task_that_is_not_there_is_said_to_be_missing(node: Node, task: str) -> None:
    result = run(node, "inspect", task, "--provider", "own", "--language", "en-Latn")

    assert isinstance(result.exception, Invalid)
    assert evidence(node) == []
