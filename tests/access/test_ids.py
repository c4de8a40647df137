"""Ids by their beginnings: one that fits is meant, several are named, none is left as it came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.access.rules.ids import MOST_NAMED, SHORTEST, Ambiguous, whole_id

KNOWN = {"abcdef01": "one", "abcdef02": "two", "abcdef": "short", "fedcba98": "other"}


def found(given_: str, known: dict[str, str] | None = None) -> str:
    return whole_id(given_, (KNOWN if known is None else known).items())


def test_a_beginning_that_only_one_has_is_that_one() -> None:
    assert found("fedcba") == "fedcba98"
    assert found("abcdef01") == "abcdef01"


def test_an_id_that_others_begin_with_is_itself() -> None:
    assert found("abcdef") == "abcdef"


def test_where_several_begin_so_they_are_named() -> None:
    with pytest.raises(Ambiguous) as caught:
        found("abcdef0")
    assert "abcdef01 (one), abcdef02 (two)" in caught.value.message
    assert "other" not in caught.value.message


def test_of_many_only_some_are_named() -> None:
    many = {f"abcdef{number:02}": "x" for number in range(20)}
    with pytest.raises(Ambiguous, match=f"and {20 - MOST_NAMED} more"):
        found("abcdef", many)


@pytest.mark.parametrize(
    "given_", ["", "abc", "abcde", "fedcb", "000000", "abcdef03", "%", "______"]
)
def test_what_is_too_short_or_begins_nothing_is_left_as_it_came(given_: str) -> None:
    assert found(given_) == given_


@given(st.sets(st.text("ab", min_size=8, max_size=12), max_size=30), st.text("ab", max_size=12))
def test_what_is_meant_begins_as_given_and_nothing_else_does(ids: set[str], given_: str) -> None:
    try:
        whole = found(given_, dict.fromkeys(ids, ""))
    except Ambiguous:
        assert sum(each.startswith(given_) for each in ids) > 1
        return
    if whole != given_:
        assert len(given_) >= SHORTEST
        assert [each for each in ids if each.startswith(given_)] == [whole]
