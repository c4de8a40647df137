"""What differs between trees, and between what was found by them."""

from support.builders import NOON
from support.evidence import a_piece, a_query
from support.supply import DIGEST
from support.trees import a_context, a_goal, a_leaf, a_strategy, a_tree

from corridor.assurance.records import Tree
from corridor.assurance.rules.queries import Held, Piece
from corridor.assurance.rules.trees import Asked, Evaluated, evaluated
from corridor.assurance.rules.trees.diffs import Change, changes, moves


def found(piece: Piece, tree: Tree | None = None) -> list[Evaluated]:
    return [evaluated(tree or a_tree(), Asked(DIGEST, "hi-Deva", NOON, Held.of([piece])))]


def test_nothing_differs_between_a_tree_and_itself() -> None:
    assert list(changes(a_tree(), a_tree(edition="2"))) == []


def test_what_was_added_removed_or_changed_is_named_with_its_fields() -> None:
    later = a_tree(
        a_goal("G1", "S1", context="C2"),
        a_context("C2"),
        a_strategy("S1", "G2", "G3", "G4", weights=(0.5, 0.25, 0.25)),
        a_leaf("G2", a_query(at_least=0.8)),
        a_leaf("G3"),
        a_leaf("G4"),
    )

    assert list(changes(a_tree(), later)) == [
        Change("C1", "removed"),
        Change("G1", "changed", ("in_context_of",)),
        Change("C2", "added"),
        Change("S1", "changed", ("G2: 75% to 50%", "G4: none to 25%")),
        Change("G2", "changed", ("queries",)),
        Change("G4", "added"),
    ]


def test_another_kind_order_and_root_are_changes() -> None:
    before = a_tree(a_goal("G1", "G2", "G3", weights=(0.5, 0.5)), a_leaf("G2"), a_leaf("G3"))
    turned = a_tree(a_goal("G1", "G3", "G2", weights=(0.5, 0.5)), a_leaf("G2"), a_leaf("G3"))
    other = a_tree(a_goal("G0", "G1"), a_strategy("G1", "G2"), a_leaf("G2"), root="G0")

    assert list(changes(before, turned)) == [
        Change("G1", "changed", ("the order of its supports",))
    ]
    assert Change("G1", "changed", ("goal to strategy",)) in list(changes(before, other))
    assert list(changes(before, other))[-1].what == ("it is the root, where G1 was",)


def test_what_moved_says_whether_the_bounds_have_anything_in_common() -> None:
    before, worse, near = found(a_piece(0.9, 0.02)), found(a_piece(0.3, 0.02)), found(a_piece(0.91))

    assert moves(before, before) == []
    by_node = {each.node: each for each in moves(before, worse)}
    assert (by_node["G2"].direction, by_node["G2"].is_worse) == ("lower", True)
    assert {each.node for each in moves(before, worse)} == {"G1", "S1", "G2"}
    assert {each.direction for each in moves(before, near)} == {"overlaps"}
    [back] = [each for each in moves(worse, before) if each.node == "G2"]
    assert (back.direction, back.is_worse) == ("higher", False)


def test_only_languages_and_elements_of_both_are_compared() -> None:
    hindi = found(a_piece())
    tamil = [Evaluated("ta-Taml", hindi[0].supports)]
    smaller = a_tree(a_goal("G1", "G2"), a_leaf("G2", a_query()))

    assert moves(hindi, tamil) == []
    moved = moves(hindi, found(a_piece(0.2), smaller))
    assert {each.node for each in moved} == {"G1", "G2"}
