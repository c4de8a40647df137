"""Whose turn it is among a probe's items: all once, then again; in a loss the same as before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.core.errors import Invalid
from corridor.drills.rules.turns import ALL, Turns, items_in


def asked(turns: Turns, times: int, uncounted: frozenset[int] = frozenset()) -> list[int]:
    """Ask so often; answers of these turns do not count."""
    found: list[int] = []
    for number in range(times):
        place = turns.next()
        if number not in uncounted:
            turns.count(place)
        found.append(place)
    return found


@given(items=st.integers(1, 60), before=st.integers(0, 150), since=st.integers(0, 150))
def test_no_item_is_asked_again_before_all_were_and_in_a_loss_those_asked_before_it(
    items: int, before: int, since: int
) -> None:
    turns = Turns(items)
    first = asked(turns, before)
    turns.lose()
    turns.lose()  # of a loss it is told again and again
    second = asked(turns, since)

    assert first == [number % items for number in range(before)]
    due = min(items, before) or items
    assert second == [number % due for number in range(since)]


@given(items=st.integers(1, 20), missed=st.frozensets(st.integers(0, 19)), data=st.data())
def test_an_item_whose_answer_does_not_count_has_its_turn_again_after_the_others(
    items: int, missed: frozenset[int], data: st.DataObject
) -> None:
    before = data.draw(st.integers(1, items))
    turns = Turns(items)
    asked(turns, before)
    turns.lose()
    missed = frozenset(number for number in missed if number < before)

    first = asked(turns, before, uncounted=missed)
    again = asked(turns, len(missed))

    assert first == list(range(before))
    assert again == sorted(missed)


def test_without_items_the_one_question_is_asked_again_and_again() -> None:
    turns = Turns(0)

    assert asked(turns, 2) == [0, 0]
    turns.lose()
    assert asked(turns, 2) == [0, 0]


def test_a_number_of_items_is_read_and_anything_else_is_refused() -> None:
    assert [items_in(text) for text in ("1", "48", "all")] == [1, 48, ALL]
    for text in ("", "0", "-1", "1.5", "every", "9" * 30):
        with pytest.raises(Invalid) as refusal:
            items_in(text)
        assert "all" in str(refusal.value.hint)
