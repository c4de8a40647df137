"""Canonical JSON: one value, one sequence of bytes."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import cast

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corridor.core.canonical import Written, canonical, parsed, sha256
from corridor.core.errors import Invalid

LARGEST = 2**53 - 1

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


NASTY_NUMBERS = (
    st.floats()
    | st.sampled_from([-0.0, 5e-324, 1e-7, 1e-6, 9.5e-5, 1e-4, 1e15, 1e16, 1e21, 1.7e308, 1.0])
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([LARGEST, -LARGEST, LARGEST + 1, 2**63, 2**64])
)
NASTY_TEXTS = (
    st.text(max_size=6)  # half pairs included
    | st.text(st.sampled_from('\x00\x07\x08\t\n\x1f"\\/\x7f\x80\u2028\ud7ff\ue000\uffff\U0001f600'))
    | st.text(st.characters(min_codepoint=0xD000), max_size=3)
)
NASTY_VALUES = st.recursive(
    st.none() | st.booleans() | NASTY_NUMBERS | NASTY_TEXTS | st.binary(max_size=1),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(NASTY_TEXTS, inner, max_size=5)
        | st.dictionaries(st.integers(0, 3) | NASTY_TEXTS, inner, max_size=2)
    ),
    max_leaves=16,
)


class Word(StrEnum):
    """A text that is more than a text."""

    ONE = "one"


def nested(depth: int) -> object:
    value: object = 0.5
    for _ in range(depth):
        value = {"a": [value]}
    return value


def bytes_of(write: Callable[[object], bytes], value: object) -> bytes | None:
    try:
        return write(value)
    except (Invalid, ValueError, RecursionError):
        return None


@settings(max_examples=1000)
@given(NASTY_VALUES)
@example({"\ue000": 1, "\U0001f600": 2, "\ud7ff": 3})
@example({Word.ONE: Word.ONE, "two": [IntEnum("Number", ["ONE"])(1), True]})
def test_every_value_is_written_as_rfc8785_writes_it(value: object) -> None:
    expected = bytes_of(cast("Callable[[object], bytes]", rfc8785.dumps), value)

    assert bytes_of(canonical, value) == expected


@pytest.mark.parametrize("depth", [60, 126, 127, 128, 300, 10_000])
def test_a_deep_value_is_written_as_rfc8785_writes_it_or_refused(depth: int) -> None:
    value = nested(depth)
    expected = bytes_of(cast("Callable[[object], bytes]", rfc8785.dumps), value)

    assert bytes_of(canonical, value) == expected
    assert (expected is None) == (depth == 10_000)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_written_as_rfc8785_writes_it_and_read_back(value: float) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert parsed(canonical([value])) == [value]


@given(NASTY_VALUES)
def test_other_json_is_read_only_where_it_is_canonical(value: object) -> None:
    try:
        loose = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError):
        return
    expected = bytes_of(cast("Callable[[object], bytes]", rfc8785.dumps), value)

    try:
        read = parsed(loose)
    except Invalid:
        assert loose != expected
    else:
        assert rfc8785.dumps(cast("dict[str, object]", read)) == loose  # pyright: ignore[reportArgumentType]


def test_the_example_of_the_rfc_comes_out_as_the_rfc_prints_it() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }

    assert canonical(value) == (
        b'{"literals":[null,true,false],'
        b'"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        b'"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_keys_stand_in_the_order_of_their_utf_16_code_units() -> None:
    ordered = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]

    written = canonical(dict.fromkeys(reversed(ordered), 0))

    assert list(json.loads(written)) == ordered


@given(VALUES)
def test_what_is_written_is_read_back_as_the_same_value(value: object) -> None:
    assert parsed(canonical(value)) == value


@given(VALUES)
def test_a_value_has_one_writing_however_its_keys_were_ordered(value: object) -> None:
    shuffled: object = json.loads(json.dumps(value, sort_keys=True))

    assert canonical(shuffled) == canonical(value)


@given(VALUES)
def test_json_written_in_another_way_is_refused(value: object) -> None:
    with pytest.raises(Invalid, match="not canonical"):
        parsed(b" " + canonical(value))


@pytest.mark.parametrize("number", [1e18, 1e20, float(2**53), -1e17])
def test_a_large_whole_float_survives_being_written_and_read(number: float) -> None:
    assert parsed(canonical({"flops": number})) == {"flops": number}


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        2**53,
        -(2**53),
        b"bytes",
        {1: "a key that is no text"},
        {"when": datetime(2026, 1, 1, tzinfo=UTC)},
        {"a set"},
        "half a pair \ud800",
        {"half a pair \ud800": 1},
    ],
    ids=repr,
)
def test_a_value_without_canonical_json_is_refused(value: object) -> None:
    with pytest.raises(Invalid):
        canonical(value)


def test_a_value_that_holds_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)

    with pytest.raises(Invalid):
        canonical(endless)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"NaN",
        b"Infinity",
        b"1e999",
        b"1.0",
        b"9007199254740993",
        b"-0",
        b"1" * 5000,
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b"{} ",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe",
        b'"\\u0041"',
        b'"\\ud800"',
        b'{"\\ud800":1}',
        b"[" * 100_000,
        "{}".encode("utf-16"),
    ],
    ids=lambda data: repr(data[:24]),
)
def test_bytes_that_are_not_canonical_json_are_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        parsed(data)


@given(st.binary(max_size=64))
def test_no_bytes_at_all_make_reading_fail_in_another_way(data: bytes) -> None:
    try:
        value = parsed(data)
    except Invalid:
        return
    assert canonical(value) == data


@given(st.binary(max_size=64))
def test_the_digest_is_plain_sha_256_in_lower_case(data: bytes) -> None:
    assert sha256(data) == hashlib.sha256(data).hexdigest()


@given(VALUES, SCALARS)
def test_what_is_written_already_can_be_part_of_a_value(inner: object, beside: object) -> None:
    whole = canonical({"b": inner, "a": beside})
    assert canonical({"b": Written(canonical(inner)), "a": beside}) == whole


def test_what_is_written_already_stands_beside_nothing_that_needs_care() -> None:
    with pytest.raises(Invalid):
        canonical({"a": Written(b"1"), "b": 2**53})
