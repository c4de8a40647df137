"""Translations are judged one by one by chrF, and all together by sacrebleu's chrF++."""

import json
from pathlib import Path

import pytest
from support.evaluating import own_measures, say
from support.nodes import Node
from support.quiz import FakeModelServer

from corridor.evaluation.adapters.corpus import chrf_plus_plus

metrics = pytest.importorskip("sacrebleu.metrics", reason="needs the extra evaluation")
N = 40
ENGLISH = [f"It rained for {n} days in the hills, and the river rose." for n in range(N)]
JAPANESE = [f"山では{n}日間雨が降り、川の水が増えた。" for n in range(N)]


def ntrex(folder: Path) -> Path:
    """Lay out a small set of our own as NTREX is published."""
    root = folder / "NTREX-128"
    root.mkdir(parents=True)
    (root / "newstest2019-src.eng.txt").write_text("\n".join(ENGLISH) + "\n")
    (root / "newstest2019-ref.jpn.txt").write_text("\n".join(JAPANESE) + "\n")
    return folder


def test_a_run_signs_sacrebleus_chrf_with_its_signature_beside_the_mean_over_items(
    node: Node, server: FakeModelServer, tmp_path: Path
) -> None:
    def translates(prompt: str) -> str:
        number = next(n for n in reversed(range(N)) if JAPANESE[n] in prompt)
        return ENGLISH[number] if number % 4 else "It rained in the hills."

    server.pupil = translates
    done = say(
        node,
        "run",
        "--provider",
        "own",
        "--suite",
        "ntrex-into-english",
        "--folder",
        ntrex(tmp_path / "data"),
        "--languages",
        "ja",
    )
    assert done.exit_code == 0, done.output
    (measure,) = own_measures(node)
    assert measure.metric == "chrF"
    assert measure.corpus is not None
    said = [ENGLISH[n] if n % 4 else "It rained in the hills." for n in range(N)]
    yardstick = metrics.CHRF(word_order=2).corpus_score(said, [ENGLISH])
    assert measure.corpus.figure.value == pytest.approx(yardstick.score)
    assert (measure.corpus.name, measure.corpus.n) == ("chrF++", N)
    assert "nw:2" in measure.corpus.signature
    shown = say(node, "show", measure.id)
    assert "chrF++" in shown.output
    as_json = json.loads(say(node, "show", measure.id, "--json").output)
    assert as_json["evaluation"]["corpus"]["figure"]["low"] < yardstick.score


def test_an_item_with_fewer_references_than_another_is_no_hindrance() -> None:
    found = chrf_plus_plus(["a b c", "d e f"], [("a b c", "a c"), ("d e f",)])
    assert found is not None
    assert found.figure.value == pytest.approx(100.0)
