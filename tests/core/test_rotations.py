"""A log's key is changed, and both keys say so."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.core.errors import Invalid
from corridor.core.rotations import (
    Rotation,
    Span,
    check,
    checkpoint_keys,
    keys_by_position,
    record_key,
    rotated,
)
from corridor.core.signing import BadSignature, Signer

FIRST, SECOND, THIRD = Signer.generate(), Signer.generate(), Signer.generate()
TO_SECOND = rotated("in", FIRST, SECOND, 10)
TO_THIRD = rotated("in", SECOND, THIRD, 25)
KEYS = (FIRST.public, SECOND.public, THIRD.public)


def test_both_keys_sign_the_same_five_lines() -> None:
    lines = f"corridor key rotation v1\nin\n{FIRST.public.hex}\n{SECOND.public.hex}\n10\n".encode()

    assert TO_SECOND.statement() == lines
    FIRST.public.verify(base64.b64decode(TO_SECOND.old_sig), lines)
    SECOND.public.verify(base64.b64decode(TO_SECOND.new_sig), lines)
    check(TO_SECOND)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "jp"},
        {"position": 11},
        {"old": THIRD.public.hex},
        {"new": THIRD.public.hex},
        {"old_sig": TO_SECOND.new_sig},
        {"new_sig": TO_SECOND.old_sig},
        {"new_sig": TO_THIRD.new_sig},
        {"old_sig": ""},
    ],
)
def test_nothing_of_a_rotation_can_be_changed(changed: dict[str, object]) -> None:
    with pytest.raises(BadSignature):
        check(TO_SECOND.model_copy(update=changed))


@pytest.mark.parametrize(
    "changed", [{"name": "i n"}, {"name": "in\n10"}, {"old_sig": "!"}, {"new": TO_SECOND.old}]
)
def test_a_rotation_that_makes_no_sense_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        check(TO_SECOND.model_copy(update=changed))


def test_a_rotation_is_not_made_from_a_key_to_itself_or_at_no_position() -> None:
    with pytest.raises(Invalid, match="changes no key"):
        rotated("in", FIRST, FIRST, 3)
    with pytest.raises(Invalid, match="position -1"):
        rotated("in", FIRST, SECOND, -1)
    with pytest.raises(Invalid):
        rotated("two\nlines", FIRST, SECOND, 3)


def test_a_rotation_comes_back_from_json() -> None:
    assert Rotation.model_validate_json(TO_SECOND.model_dump_json()) == TO_SECOND


def test_each_key_has_its_stretch_of_the_log() -> None:
    assert keys_by_position(FIRST.public, [TO_THIRD, TO_SECOND]) == (
        Span(FIRST.public, 0, 10),
        Span(SECOND.public, 10, 25),
        Span(THIRD.public, 25, None),
    )
    assert keys_by_position(FIRST.public, []) == (Span(FIRST.public, 0, None),)


@given(st.integers(0, 60))
def test_every_position_has_the_key_of_its_time(position: int) -> None:
    spans = keys_by_position(FIRST.public, [TO_SECOND, TO_THIRD])

    assert record_key(spans, position) == KEYS[(position >= 10) + (position >= 25)]


@pytest.mark.parametrize(
    ("size", "keys"),
    [
        (0, KEYS[:1]),
        (9, KEYS[:1]),
        (10, (KEYS[1], KEYS[0])),
        (11, KEYS[1:2]),
        (25, (KEYS[2], KEYS[1])),
        (26, KEYS[2:]),
    ],
)
def test_a_checkpoint_bears_the_key_of_its_last_record_or_of_the_next(
    size: int, keys: tuple[object, ...]
) -> None:
    assert checkpoint_keys(keys_by_position(FIRST.public, [TO_SECOND, TO_THIRD]), size) == keys


def test_a_key_can_be_changed_before_the_first_record() -> None:
    spans = keys_by_position(FIRST.public, [rotated("in", FIRST, SECOND, 0)])

    assert record_key(spans, 0) == SECOND.public
    assert checkpoint_keys(spans, 0) == (SECOND.public,)


@pytest.mark.parametrize(
    "rotations",
    [
        [TO_THIRD],
        [TO_SECOND, TO_SECOND],
        [TO_SECOND, rotated("jp", SECOND, THIRD, 25)],
        [TO_SECOND, rotated("in", FIRST, THIRD, 25)],
        [TO_SECOND, rotated("in", SECOND, THIRD, 10)],
        [TO_SECOND, rotated("in", SECOND, FIRST, 25)],
        [rotated("in", SECOND, THIRD, 5), TO_SECOND],
    ],
)
def test_changes_that_do_not_follow_on_one_another_are_refused(rotations: list[Rotation]) -> None:
    with pytest.raises(Invalid):
        keys_by_position(FIRST.public, rotations)


def test_a_change_that_only_one_key_signed_is_no_change() -> None:
    stolen = TO_SECOND.model_copy(update={"old_sig": TO_SECOND.new_sig})

    with pytest.raises(BadSignature, match="old key"):
        keys_by_position(FIRST.public, [stolen])
