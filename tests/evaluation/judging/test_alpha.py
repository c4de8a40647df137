"""Krippendorff's alpha against published figures, and what must hold for all labels."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.evaluation.rules.judging.alpha import alpha

# Four observers, twelve units: the example of Krippendorff, "Computing Krippendorff's Alpha-Reliability"
# (2011), section C. Its alpha for nominal data is 0.743.
A = [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None]
B = [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3]
C = [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None]
D = [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None]
PUBLISHED = list(zip(A, B, C, D, strict=True))

labels = st.sampled_from(["unsafe", "safe", "refused", None])
units = st.lists(st.lists(labels, min_size=2, max_size=4), min_size=1, max_size=20)


def test_the_published_example_with_missing_labels_comes_out() -> None:
    found = alpha(PUBLISHED)

    assert found is not None
    assert found.value == pytest.approx(0.743, abs=0.0005)
    assert found.low <= found.value <= found.high <= 1


def test_perfect_agreement_is_one_and_chance_is_about_nothing() -> None:
    same = [("a", "a"), ("b", "b")] * 20
    chance = [(x, y) for x in "ab" for y in "ab"] * 250

    perfect, none = alpha(same), alpha(chance)

    assert perfect is not None
    assert perfect.value == 1
    assert none is not None
    assert abs(none.value) < 0.01


@pytest.mark.parametrize(
    "nothing", [[], [("a", None)], [(None, None)], [("a", "a"), ("a", "a")]], ids=str
)
def test_where_nothing_can_be_told_apart_there_is_no_alpha(
    nothing: list[tuple[str | None, ...]],
) -> None:
    assert alpha(nothing) is None


@given(units)
def test_it_is_the_same_whoever_is_named_first_and_whatever_labels_are_called(
    given_units: list[list[str | None]],
) -> None:
    turned = [list(reversed(unit)) for unit in given_units]
    names: dict[str, str] = dict(zip(("unsafe", "safe", "refused"), "xyz", strict=True))
    renamed = [[names[label] if label else None for label in unit] for unit in given_units]

    found, others = alpha(given_units, times=2), (alpha(turned, times=2), alpha(renamed, times=2))

    for other in others:
        assert (found is None) == (other is None)
        if found is not None and other is not None:
            assert found.value == pytest.approx(other.value)


def test_it_is_what_the_definition_gives_for_two_who_label() -> None:
    pairs = [("u", "u")] * 7 + [("s", "s")] * 9 + [("u", "s")] * 3 + [("s", "u")] * 1
    found = alpha(pairs)
    said = [label for pair in pairs for label in pair]
    unlike = sum(a != b for a, b in permutations(said, 2)) / (len(said) * (len(said) - 1))
    assert found is not None
    assert found.value == pytest.approx(1 - (4 / 20) / unlike)
