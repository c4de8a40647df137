"""`corridor evaluate` at a node whose model is a server of the test, or a tiny file that is really read.

The fixtures `server` and `node` are those of `tests/evaluation`; a test file may have others of these names.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from corridor.evaluation import Evaluation, Measure
from corridor.evaluation.commands import commands
from support.nodes import Node, a_node
from support.quiz import FakeModelServer, a_model_server, knows_all, knows_nothing

STAMP = "2026-11-30T10-00-00.000000"
DEVANAGARI = re.compile("[\u0900-\u097f]")


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    """Serve a model that knows every answer."""
    with a_model_server() as running:
        yield running


@pytest.fixture
def node(tmp_path: Path, server: FakeModelServer) -> Iterator[Node]:
    """Make a node whose provider `own` has the model `small`."""
    with a_node(tmp_path) as made:
        made.add_provider("own", server.url)
        yield made


def say(node: Node, *words: str | Path) -> Result:
    """Give a command of `corridor evaluate`."""
    asked = [str(word) for word in words]
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, asked, obj=node.runtime)


def own_evidence(node: Node) -> list[Evaluation]:
    """Return the shares of right answers that the node signed, oldest first."""
    with node.runtime.store.view() as view:
        return list(view.own(Evaluation))


def own_measures(node: Node) -> list[Measure]:
    """Return what else the node measured and signed, oldest first."""
    with node.runtime.store.view() as view:
        return list(view.own(Measure))


def in_english_alone(prompt: str) -> str:
    """Answer rightly in any script but Devanagari."""
    return knows_nothing(prompt) if DEVANAGARI.search(prompt) else knows_all(prompt)


def a_line(number: int, score: object, said: object, **fields: object) -> dict[str, object]:
    """Return a line of a log of lm-eval."""
    return {
        "doc_id": number,
        "doc": {},
        "target": "4",
        "arguments": [],
        "resps": [[said]],
        "filtered_resps": [said],
        "filter": "none",
        "metrics": ["exact_match"],
        "doc_hash": f"d{number}",
        "prompt_hash": f"p{number}",
        "target_hash": f"t{number}",
        "exact_match": score,
        **fields,
    }


def a_log(
    folder: Path,
    lines: Sequence[Mapping[str, object]],
    effective: int | None = None,
    task: str = "mgsm_ta",
) -> Path:
    """Write a log of lm-eval, and the results beside it where it is said how many items there were."""
    folder.mkdir(exist_ok=True)
    path = folder / f"samples_{task}_{STAMP}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    if effective is not None:
        results = {
            "model_name": "small",
            "lm_eval_version": "0.4.13",
            "n-samples": {task: {"original": 250, "effective": effective}},
            "higher_is_better": {task: {"exact_match": True}},
        }
        (folder / f"results_{STAMP}.json").write_text(json.dumps(results))
    return path
