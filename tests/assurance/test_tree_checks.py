"""What is wrong with a tree is said with its place, and such a tree is not used."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.builders import NOON
from support.evidence import a_query
from support.supply import THIS_MACHINE
from support.trees import a_context, a_goal, a_leaf, a_strategy, a_tree

from corridor.assurance.adapters.tree_files import shipped, text_of, tree_in
from corridor.assurance.records import Leaf, Tree
from corridor.assurance.records.trees import Node
from corridor.assurance.rules.trees import BadTree, checked, faults
from corridor.assurance.rules.trees.order import places
from corridor.assurance.service import Trees
from corridor.catalogue import Catalogue, PackagedWeights
from corridor.core.errors import Invalid


def the_trees(folder: Path) -> Trees:
    weights = PackagedWeights(folder / "models")
    return Trees(lambda: NOON, Catalogue(THIS_MACHINE, lambda: NOON, folder, weights))


@pytest.mark.parametrize(
    ("nodes", "node", "words"),
    [
        ([a_goal("G1", "G2"), a_goal("G2", "G1")], "G1", "supports itself"),
        (
            [a_goal("G1", "G2"), a_goal("G2", "G3"), a_goal("G3", "G2")],
            "G2",
            "by way of G2, G3",
        ),
        (
            [a_goal("G1", "G2", "G3", weights=(0.5, 0.4)), a_leaf("G2"), a_leaf("G3")],
            "G1",
            "add up to 0.9",
        ),
        ([a_goal("G1", "G2", "G3", weights=(1.5, -0.5)), a_leaf("G2"), a_leaf("G3")], "G1", "less"),
        ([a_goal("G1", "G2", weights=(float("nan"),)), a_leaf("G2")], "G1", "no number"),
        ([a_goal("G1", "G2", "G3"), a_leaf("G2"), a_leaf("G3")], "G1", "2 supports and no weights"),
        ([a_goal("G1", "G2", weights=(0.5, 0.5)), a_leaf("G2")], "G1", "1 supports and 2 weights"),
        ([a_goal("G1", "G2", "G2", weights=(0.5, 0.5)), a_leaf("G2")], "G1", "twice"),
        ([a_goal("G1", "G9"), a_leaf("G2")], "G1", "supported by G9"),
        ([a_goal("G1", "C1"), a_context("C1")], "G1", "supported by C1"),
        ([a_goal("G1", "G2", context="G2"), a_leaf("G2")], "G1", "in the context of G2"),
        ([a_goal("G1", "G2"), a_leaf("G2"), a_leaf("G3")], "G3", "Nothing leads to it"),
        ([a_goal("G1", "G2"), a_leaf("G2"), a_leaf("G2")], "G2", "2 nodes have this id"),
        ([a_strategy("G1", "G2"), a_leaf("G2")], "G1", "The root is no goal"),
        (
            [
                a_goal("G1", "G2", "G3", weights=(0.5, 0.5)),
                a_goal("G2", "G4"),
                a_goal("G3", "G4"),
                a_leaf("G4"),
            ],
            "G4",
            "supports G2 and G3",
        ),
    ],
)
def test_each_fault_is_said_with_its_place(nodes: list[Node], node: str, words: str) -> None:
    tree = a_tree(*nodes)

    found = list(faults(tree))

    assert any(each.node == node and words in each.what for each in found), found
    with pytest.raises(BadTree) as refused:
        checked(tree)
    assert f"node {found[0].node}" in refused.value.message


def test_a_tree_without_faults_is_checked_and_returned() -> None:
    tree = a_tree()

    assert list(faults(tree)) == []
    assert checked(tree) is tree


def test_a_chain_of_two_thousand_nodes_is_checked_without_recursion() -> None:
    chain = [a_goal(f"G{i}", f"G{i + 1}") for i in range(1, 2_000)]
    tree = a_tree(*chain, a_leaf("G2000"))
    around = a_tree(*chain, a_goal("G2000", "G1"))

    assert list(faults(tree)) == []
    assert len(list(places(tree))) == 2_000
    assert [each.node for each in faults(around)] == ["G1"]


def test_a_leaf_that_asks_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="queries, or a question"):
        Leaf(id="G2", text={"en-Latn": "It holds."})


def test_the_weights_of_all_leaves_add_up_to_one() -> None:
    for tree in (a_tree(), *shipped().values()):
        counted = [p.weight for p in places(tree) if isinstance(p.node, Leaf)]
        assert sum(counted) == pytest.approx(1)


@pytest.mark.parametrize("tree", [a_tree(), *shipped().values()], ids=lambda tree: tree.name)
def test_a_tree_is_the_same_after_it_was_written_and_read(tree: Tree) -> None:
    read = tree_in(text_of(tree))

    same = {"made_at", "id"}
    assert read.model_dump(exclude=same) == tree.model_dump(exclude=same)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("at_least: 0.7", "at_least: 1.7"), "is never at least 1.7"),
        (("figure: score", "figure: attack_success"), "has no figure 'attack_success'"),
        (("fresh_days: 90", "fresh_days: soon"), "fresh_days"),
        (("type: strategy", "type: plan"), "Input tag 'plan'"),
        (("edition: '1'", "edition: '1'\nedition: '2'"), "is there twice"),
        (("root: G1", "root: &a G1\nname2: *a"), "aliases are not taken"),
    ],
)
def test_a_file_that_asks_for_what_cannot_be_is_refused_with_its_line(
    change: tuple[str, str], words: str
) -> None:
    queries = "    at_least: 0.7\n    fresh_days: 90\n"
    text = text_of(a_tree()).replace(queries, f"    figure: score\n{queries}")

    with pytest.raises(Invalid) as refused:
        tree_in(text.replace(*change))

    assert words in refused.value.message
    assert "Line" in refused.value.message


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        tree_in(data.decode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"suite": "indicjr"}, "indicjr gives evidence of safety, not of capability"),
        (
            {"suite": "udhr", "kind": "capability"},
            "udhr gives evidence of measure, not of capability",
        ),
        (
            {"suite": "jcommonsenseqa", "languages": ("ja-Jpan", "ta-Taml")},
            "no items in ta-Taml",
        ),
    ],
)
def test_a_leaf_that_asks_for_evidence_that_cannot_exist_is_refused_with_its_place(
    tmp_path: Path, query: dict[str, object], words: str
) -> None:
    tree = a_tree(a_goal("G1", "G2"), a_leaf("G2", a_query(**query)))
    trees = the_trees(tmp_path)

    [fault] = trees.impossible(tree)

    assert fault.node == "G2"
    assert words in fault.what
    with pytest.raises(BadTree, match="node G2"):
        checked(tree, trees.impossible(tree))


def test_of_a_suite_of_another_harness_nothing_is_said(tmp_path: Path) -> None:
    tree = a_tree(a_goal("G1", "G2"), a_leaf("G2", a_query(suite="aisev/G3-20")))

    assert list(the_trees(tmp_path).impossible(tree)) == []
