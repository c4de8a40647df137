"""Rotations: a log's key is changed, and the old key and the new one both sign that it is.

The statement that both sign is five lines of text: `corridor key rotation v1`, the log's name, the
old and the new key in hex, and the position of the first record that the new key signs. Whoever
trusts one key of the chain can follow it in both directions. It does not show that a key was not
stolen before the change: whoever has a key can announce another.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from corridor.core.errors import Invalid
from corridor.core.notes import check_name, from_base64
from corridor.core.records import Part
from corridor.core.signing import BadSignature, PublicKey, Signer
from corridor.core.tiles import LARGEST_LOG

HEADER = "corridor key rotation v1"
HEX_KEY = r"^[0-9a-f]{64}$"


class Rotation(Part):
    """One change of a log's key, signed by both keys."""

    name: str = Field(min_length=1, max_length=255)
    """The log's name."""
    old: str = Field(pattern=HEX_KEY)
    """The key before, in hex."""
    new: str = Field(pattern=HEX_KEY)
    """The key from then on, in hex."""
    position: int = Field(ge=0, le=LARGEST_LOG)
    """Of the first record in the log that the new key signs."""
    old_sig: str = Field(max_length=88)
    """The old key's signature over the statement, in base64."""
    new_sig: str = Field(max_length=88)
    """The new key's signature over the statement, in base64."""

    def statement(self) -> bytes:
        """Return the bytes that both keys sign."""
        return f"{HEADER}\n{self.name}\n{self.old}\n{self.new}\n{self.position}\n".encode()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a log whose records one key signs."""

    key: PublicKey
    start: int
    end: int | None
    """The first position after it; None for the present key."""


def rotated(name: str, old_signer: Signer, new_signer: Signer, position: int) -> Rotation:
    """Return the change of a log's key, from a position on, signed by both.

    Raises:
        Invalid: if both are one key, or name or position cannot be.
    """
    check_name(name)
    if not 0 <= position <= LARGEST_LOG:
        raise Invalid(f"No log has a position {position}.")
    draft = Rotation(
        name=name,
        old=old_signer.public.hex,
        new=new_signer.public.hex,
        position=position,
        old_sig="",
        new_sig="",
    )
    statement = draft.statement()
    rotation = draft.model_copy(
        update={
            "old_sig": _encoded(old_signer.sign(statement)),
            "new_sig": _encoded(new_signer.sign(statement)),
        }
    )
    check(rotation)
    return rotation


def check(rotation: Rotation) -> None:
    """Check that both keys signed a change.

    Raises:
        Invalid: if it changes nothing, or is malformed.
        BadSignature: if a signature does not fit.
    """
    check_name(rotation.name)
    if rotation.old == rotation.new:
        raise Invalid(f"The rotation of {rotation.name} changes no key.")
    for which, key, signature in (
        ("old", rotation.old, rotation.old_sig),
        ("new", rotation.new, rotation.new_sig),
    ):
        try:
            PublicKey.from_hex(key).verify(
                from_base64(signature, "The rotation's signature"), rotation.statement()
            )
        except BadSignature as error:
            raise BadSignature(
                f"The {which} key did not sign the rotation of {rotation.name} "
                f"at position {rotation.position}."
            ) from error


def keys_by_position(first_key: PublicKey, rotations: Sequence[Rotation]) -> tuple[Span, ...]:
    """Return which key signs which stretch of a log, oldest first.

    Raises:
        Invalid: if the changes do not follow on one another from the first key.
        BadSignature: if one is not signed by both its keys.
    """
    ordered = sorted(rotations, key=lambda rotation: rotation.position)
    spans = [Span(first_key, 0, None)]
    for rotation in ordered:
        check(rotation)
        last = spans[-1]
        fresh = rotation.new not in {span.key.hex for span in spans}
        if rotation.name != ordered[0].name or rotation.old != last.key.hex or not fresh:
            raise Invalid(
                f"The rotation at position {rotation.position} does not follow on the one before."
            )
        if len(spans) > 1 and rotation.position == last.start:
            raise Invalid(f"Two rotations are at position {rotation.position}.")
        spans[-1] = Span(last.key, last.start, rotation.position)
        spans.append(Span(PublicKey.from_hex(rotation.new), rotation.position, None))
    return tuple(spans)


def record_key(spans: Sequence[Span], position: int) -> PublicKey:
    """Return the key that must have signed the record at a position."""
    return next(
        span.key
        for span in spans
        if span.start <= position and (span.end is None or position < span.end)
    )


def checkpoint_keys(spans: Sequence[Span], size: int) -> tuple[PublicKey, ...]:
    """Return the keys that may have signed a checkpoint of a size, the later one first.

    There are two where the key was changed at just this size: the log may have been signed before
    the change, and again after it.
    """
    last = record_key(spans, max(size - 1, 0))
    return tuple(dict.fromkeys((record_key(spans, size), last)))


def _encoded(signature: bytes) -> str:
    return base64.b64encode(signature).decode()
