"""Training compute is reckoned from parameters and tokens, and what is not known is not known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tiered import made, trained

from corridor.assurance.rules.tiering import compute_of, training_flop
from corridor.catalogue import lineage_of

BASE, TUNED, OTHER, MERGED = "ba" * 32, "fa" * 32, "ed" * 32, "ce" * 32
LARGE = (405_000_000_000, 15_600_000_000_000)
"""Parameters and tokens of Llama 3.1 405B (arXiv:2407.21783)."""


def test_the_compute_of_the_model_that_a_page_lists_below_the_line_is_above_it() -> None:
    stated = {BASE: trained(BASE, *LARGE)}

    found = compute_of(lineage_of(BASE, stated), stated)

    assert found.flop == pytest.approx(3.79e25, rel=1e-2)
    assert found.presumed_systemic is True


@given(st.integers(1, 10**13), st.integers(1, 10**14))
def test_it_is_six_for_each_parameter_and_token(parameters: int, tokens: int) -> None:
    assert training_flop(parameters, tokens) == pytest.approx(6.0 * parameters * tokens)


@pytest.mark.parametrize(("tokens", "presumed"), [(10**13, False), (2 * 10**13, True)])
def test_exactly_on_the_line_nothing_is_presumed(tokens: int, presumed: bool) -> None:
    on_the_line = {BASE: trained(BASE, 10**25 // 6 // 10**13, tokens)}

    assert compute_of(lineage_of(BASE, on_the_line), on_the_line).presumed_systemic is presumed


def test_a_tuned_file_counts_what_it_was_made_from_and_a_merged_one_each_base_once() -> None:
    stated = {
        BASE: trained(BASE, 10**9, 10**12),
        TUNED: made(TUNED, "fine_tuned", (BASE,), parameters=10**9, tokens=10**9),
        OTHER: made(OTHER, "quantised", (BASE,)),
        MERGED: made(MERGED, "merged", (TUNED, OTHER)),
    }

    tuned = compute_of(lineage_of(TUNED, stated), stated)
    merged = compute_of(lineage_of(MERGED, stated), stated)

    assert (tuned.flop, tuned.is_whole) == (pytest.approx(6.006e21), True)
    assert (merged.flop, merged.is_whole) == (pytest.approx(6.006e21), True)


def test_what_is_not_stated_is_unknown_and_neither_above_nor_below_the_line() -> None:
    stated = {TUNED: made(TUNED, "fine_tuned", (BASE,), parameters=10**9, tokens=10**9)}

    found = compute_of(lineage_of(TUNED, stated), stated)

    assert (found.flop, found.is_whole, found.unknown) == (6e18, False, (BASE,))
    assert found.presumed_systemic is None
    nothing = compute_of(lineage_of(BASE, {}), {})
    assert (nothing.flop, nothing.is_whole, nothing.presumed_systemic) == (0, False, None)


def test_what_is_known_of_it_is_enough_to_be_above_the_line() -> None:
    stated = {
        BASE: trained(BASE, *LARGE),
        TUNED: made(TUNED, "fine_tuned", (BASE,)),
    }

    found = compute_of(lineage_of(TUNED, stated), stated)

    assert (found.is_whole, found.presumed_systemic) == (False, True)


def test_stated_flop_counts_where_tokens_are_not_known_and_only_there() -> None:
    only_stated = {BASE: made(BASE, "trained", (), flop=4e25)}
    both = {BASE: made(BASE, "trained", (), flop=4e25, parameters=10**9, tokens=10**12)}

    assert compute_of(lineage_of(BASE, only_stated), only_stated).flop == 4e25
    assert compute_of(lineage_of(BASE, both), both).flop == 6e21


def test_of_a_circle_the_compute_is_not_known() -> None:
    known = {"parameters": 10**9, "tokens": 10**9}
    stated = {
        TUNED: made(TUNED, "fine_tuned", (OTHER,), **known),
        OTHER: made(OTHER, "fine_tuned", (TUNED,), **known),
    }

    assert not compute_of(lineage_of(TUNED, stated), stated).is_whole
