"""A record as an in-toto Statement: what is signed, and how it is read back.

The statement follows https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md. Its
subjects are what the record speaks about, by digest; where that has none, the record itself. Its
predicate names the issuer, so that a record cannot be passed off as another node's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corridor.core.canonical import Written, canonical, parsed, sha256
from corridor.core.errors import Invalid
from corridor.core.records import Record

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a statement says, before anybody knows whether its kind is known here."""

    issuer: str
    kind: str
    version: int
    body: dict[str, object]
    """The record's fields."""
    minor: int = 0
    """Of the version; a statement of 0 does not name it."""


class _Predicate(BaseModel):
    model_config = ConfigDict(strict=True)

    issuer: str
    kind: str
    version: int
    minor: int = Field(default=0, ge=0)
    record: dict[str, object]


def predicate_type(kind: str, version: int) -> str:
    """Return the URI that names a kind of record in a statement."""
    return f"urn:corridor:record:{kind}:v{version}"


def statement_of(record: Record, issuer: str) -> bytes:
    """Return the canonical in-toto statement by which the issuer states the record."""
    return stated(record, issuer)[0]


def stated(record: Record, issuer: str) -> tuple[bytes, Claim]:
    """Return the canonical in-toto statement of a record, and the claim that it makes."""
    body: dict[str, object] = record.model_dump(mode="json")
    written = canonical(body)
    predicate: dict[str, object] = {
        "issuer": issuer,
        "kind": record.kind,
        "version": record.version,
        "record": Written(written),
    }
    if record.minor:
        predicate["minor"] = record.minor
    subjects = [{"name": s.name, "digest": {"sha256": s.sha256}} for s in record.subjects()] or [
        {"name": f"{record.kind}/{record.id}", "digest": {"sha256": sha256(written)}}
    ]
    statement = canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": subjects,
            "predicateType": predicate_type(record.kind, record.version),
            "predicate": predicate,
        }
    )
    return statement, Claim(issuer, record.kind, record.version, body, record.minor)


def claim_of(statement: bytes) -> Claim:
    """Read what a statement claims.

    Raises:
        Invalid: if it is not a canonical statement of a Corridor record.
    """
    value = parsed(statement)
    try:
        statement_fields = cast("dict[str, object]", value)
        predicate = _Predicate.model_validate(statement_fields["predicate"])
    except (KeyError, TypeError, ValidationError) as error:
        raise Invalid("This statement holds no Corridor record.") from error
    claim = Claim(
        predicate.issuer, predicate.kind, predicate.version, predicate.record, predicate.minor
    )
    if statement_fields.get("_type") != STATEMENT_TYPE:
        raise Invalid("This is not an in-toto statement, version 1.")
    if statement_fields.get("predicateType") != predicate_type(claim.kind, claim.version):
        raise Invalid("The statement's predicate type names another kind than its record.")
    return claim


def interpreted(claim: Claim, kinds: Mapping[str, type[Record]]) -> Record | None:
    """Return the record of a claim, or None if its kind or version is not known here.

    A newer minor version has fields that this program does not know, and is not interpreted; an
    older one is, for what it lacks has a default.

    Raises:
        Invalid: if the kind is known and the fields do not fit it.
    """
    kind = kinds.get(claim.kind)
    if kind is None or kind.version != claim.version or claim.minor > kind.minor:
        return None
    try:
        return kind.model_validate(claim.body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            f"The {claim.kind} record is malformed at {place}: {first['msg']}."
        ) from error
