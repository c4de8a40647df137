"""The trees that come with Corridor: whole, in their languages, and asking for what there is."""

import re
from pathlib import Path

import pytest

import corridor.assurance
from corridor.assurance.adapters.tree_files import shipped
from corridor.assurance.records import Context, Goal, Leaf, Tree
from corridor.assurance.rules.trees import faults
from corridor.evaluation.adapters.datasets.registry import listings

PERSPECTIVES = {
    "Control of Toxic Output": "有害情報の出力制御",
    "Prevention of Misinformation, Disinformation and Manipulation": "偽誤情報の出力・誘導の防止",
    "Fairness and Inclusion": "公平性と包摂性",
    "Addressing High-risk Use and Unintended Use": "ハイリスク利用・目的外利用への対処",
    "Privacy Protection": "プライバシー保護",
    "Ensuring Security": "セキュリティ確保",
    "Explainability": "説明可能性",
    "Robustness": "ロバスト性",
    "Data Quality": "データ品質",
    "Verifiability": "検証可能性",
}
"""The ten names of Japan's AI Safety Institute, in both of its languages."""
OWN_DATA = {"parallel-facts"}
"""Suites that are no entry of the list of data sets."""
TREES = pytest.mark.parametrize("tree", shipped().values(), ids=lambda tree: tree.name)
EVERYWHERE = re.compile(r"certif|complian(t|ce)|認証済|適合証明|प्रमाणित", re.IGNORECASE)


def texts_of(tree: Tree) -> list[dict[str, str]]:
    questions = [n.question for n in tree.nodes if isinstance(n, Goal | Leaf)]
    return [tree.title, *(n.text for n in tree.nodes), *(n.title for n in tree.nodes), *questions]


@TREES
def test_a_shipped_tree_has_no_fault_and_says_whose_wording_it_is(tree: Tree) -> None:
    assert list(faults(tree)) == []
    assert "wording are Corridor's own" in tree.source


@TREES
def test_a_shipped_tree_says_everything_in_each_of_its_languages(tree: Tree) -> None:
    for text in texts_of(tree):
        assert not text or set(text) == set(tree.title)
        assert all(said.strip() for said in text.values())


@TREES
def test_a_shipped_tree_asks_only_for_suites_that_corridor_can_run(tree: Tree) -> None:
    asked = {query.suite for leaf in tree.leaves() for query in leaf.queries}

    assert asked <= OWN_DATA | set(listings())


@TREES
def test_a_figure_on_attacks_never_stands_without_one_on_non_answers(tree: Tree) -> None:
    for leaf in tree.leaves():
        asked = {(q.suite, q.category, q.figure) for q in leaf.queries if not q.asks_for_any}
        for suite, category, figure in asked:
            if figure == "attack_success":
                assert (suite, category, "non_answer") in asked, leaf.id


def test_the_ten_perspectives_are_there_under_the_names_that_the_institute_gave_them() -> None:
    found = [tree.title for name, tree in shipped().items() if name.startswith("jp-")]

    assert [(t["en-Latn"], t["ja-Jpan"]) for t in found] == list(PERSPECTIVES.items())


def test_the_sutras_the_risks_and_the_functions_are_all_there() -> None:
    def below(name: str, node: str) -> int:
        found = shipped()[name].node(node)
        assert found is not None
        assert not isinstance(found, Context | Leaf)
        return len(found.supported_by)

    assert (below("in-sutras", "S1"), below("in-risks", "S1")) == (7, 6)
    functions = [below("nist-ai-rmf", node) for node in ("G10", "G20", "G30", "G40")]
    assert functions == [6, 5, 4, 4]


def test_nothing_here_says_that_a_model_was_approved() -> None:
    source = Path(corridor.assurance.__file__).parent
    guide = Path(__file__).parents[2] / "docs" / "guides" / "assurance.md"
    files = [p for p in source.rglob("*") if p.suffix in (".py", ".yaml", ".html", ".md")]

    said = [p.name for p in (*files, guide) if EVERYWHERE.search(p.read_text("utf-8"))]

    assert len(files) > 40
    assert said == []
