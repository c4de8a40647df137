"""The bundle: one record with all that is needed to verify it, as one JSON file.

It holds the signed envelope as the JSON object it is, the salt of its commitment, and the
tlog-proof that the commitment is in the issuer's log. Keys lie in it for convenience and prove
nothing: whoever checks a bundle has keys from elsewhere (`verification`).
"""

import json
from typing import Literal

from pydantic import Field, ValidationError

from corridor.core.canonical import canonical
from corridor.core.commitments import commitment_of
from corridor.core.errors import Invalid
from corridor.core.records import Part
from corridor.core.rotations import Rotation

MEDIA_TYPE = "application/vnd.corridor.bundle+json;version=1"
MAX_BUNDLE_BYTES = 16 * 1024 * 1024
MAX_KEYS = 256


class Bundle(Part):
    """A record, where it is in its issuer's log, and the proof."""

    media_type: Literal["application/vnd.corridor.bundle+json;version=1"] = MEDIA_TYPE
    """What the file is."""
    envelope: dict[str, object]
    """The DSSE envelope. Its canonical JSON (RFC 8785) is, byte for byte, what the log commits to."""
    salt: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the commitment, in hex."""
    proof: str
    """The tlog-proof as text, with the checkpoint and its cosignatures."""
    keys: tuple[str, ...] = Field(default=(), max_length=MAX_KEYS)
    """Verifier keys of issuer and witnesses as the maker of the bundle knows them. No proof."""
    rotations: tuple[Rotation, ...] = Field(default=(), max_length=MAX_KEYS)
    """Changes of the issuer's key, each signed by the old and the new one."""

    def envelope_bytes(self) -> bytes:
        """Return the envelope as it was logged.

        Raises:
            Invalid: if it has no canonical JSON.
        """
        return canonical(self.envelope)

    def commitment(self) -> bytes:
        """Return the log's entry for the envelope.

        Raises:
            Invalid: if the envelope has no canonical JSON.
        """
        return commitment_of(bytes.fromhex(self.salt), self.envelope_bytes())

    def text(self) -> str:
        """Return the bundle as a file holds it."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n"


def read_bundle(data: bytes) -> Bundle:
    """Read a bundle from the bytes of a file. Nothing in it is verified.

    Raises:
        Invalid: if it is not one, with the place.
    """
    if len(data) > MAX_BUNDLE_BYTES:
        raise Invalid("The file is larger than a bundle may be.")
    try:
        value: object = json.loads(data, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise Invalid("This file is not JSON, and so no bundle.") from error
    try:
        return Bundle.model_validate(value)
    except (ValidationError, RecursionError) as error:
        raise Invalid(f"This is no bundle: {_place(error)}.") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object that says two things under one name: readers would differ on it."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _place(error: ValidationError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'the file'}: {first['msg']}"
