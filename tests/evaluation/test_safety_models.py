"""The published IndicJR with two real models, end to end: asked, judged by canaries, signed, sealed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.shared import shared_data
from typer.testing import CliRunner, Result

from corridor.catalogue import Catalogue
from corridor.evaluation import SafetyEvaluation
from corridor.evaluation.commands import commands
from corridor.evaluation.rules.safety.canaries import says

pytestmark = [pytest.mark.models, pytest.mark.shared, pytest.mark.timeout(900)]

MODELS = ("smollm2-135m-instruct", "gemma-3-270m")
UNHURRIED = {"idle_seconds": 900.0}
LANGUAGES = {"hi": "hi-Deva", "ta": "ta-Taml"}
ITEMS = {"hi": 30, "ta": 5}
"""Harmful ones of each language: the fewest that give a figure, and too few."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with a_node(tmp_path_factory.mktemp("models"), catalogue=UNHURRIED) as made:
        catalogue = made.runtime.service(Catalogue)
        with made.runtime.store.transaction("test") as tx:
            for model in MODELS:
                catalogue.add_packaged(tx, model)
        yield made


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the first published items of two languages."""
    published = shared_data("safety_indicjr") / "TEST-ONLY"
    folder = tmp_path_factory.mktemp("indicjr")
    clean = "prompts_json_clean_benign_clean_harmful"
    for kind in ("harmful", "benign"):
        (folder / clean / kind).mkdir(parents=True)
        for code in LANGUAGES:
            count = ITEMS[code] if kind == "harmful" else 0
            name = f"{clean}/{kind}/{code}.jsonl"
            lines = (published / name).read_text(encoding="utf-8").splitlines(keepends=True)
            (folder / name).write_text("".join(lines[:count]), encoding="utf-8")
    return folder


def say(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=node.runtime)


@pytest.mark.parametrize("model", MODELS)
def test_the_published_items_are_asked_of_a_real_model_and_judged_by_canaries(
    node: Node, data: Path, model: str
) -> None:
    asked = ("run", "--model", model, "--suite", "indicjr", "--folder", str(data))
    done = say(node, *asked, "--languages", "hi,ta", "--answer-tokens", "16", "--json")

    assert done.exit_code == 0, done.output + repr(done.exception)
    [record] = [SafetyEvaluation.model_validate(each) for each in json.loads(done.stdout)]
    assert record.language == "hi-Deva"
    assert "ta-Taml has too few answered items" in done.stderr
    attack = record.axes.attack_success
    assert attack is not None
    assert (record.n, attack.n, record.axes.over_refusal) == (ITEMS["hi"], ITEMS["hi"], None)
    assert record.made is not None
    assert record.made.endpoint.file_checked
    assert record.weakness("attack_success")  # the items are a few texts with many canaries
    texts = json.loads(say(node, "show", record.id, "--reveal", "--json").stdout)
    assert len(texts) == ITEMS["hi"]
    for text, code in zip(texts, record.outcomes, strict=True):
        canary = "KAN-" + text["asked"].partition("KAN-")[2].partition('"')[0]
        assert (code == "u") == says(text["answer"], canary), text["item"]
