"""Records of people found by what they mention, without reading all of them."""

from typing import TypeVar

import orjson
from sqlalchemy import select

from corridor.access.records import Account, ApiKey, KeyRevoked, Principal, Project
from corridor.core.records import Record
from corridor.core.store import View
from corridor.core.store.schema import marks, records

RecordT = TypeVar("RecordT", bound=Record)


def mentioning(view: View, kind: type[RecordT], value: str) -> list[RecordT]:
    """Return this node's records of a kind with a text as the value of some field, oldest first.

    It narrows the search and no more: the caller looks at the field that it means.
    """
    # Text that cannot be written in JSON is in no record.
    text = orjson.dumps(value.encode("utf-8", "replace").decode()).decode()
    taken = select(marks.c.act).where(
        marks.c.issuer == records.c.issuer, marks.c.record_id == records.c.record_id
    )
    query = (
        select(records.c.body)
        .where(records.c.issuer == view.identity.name, records.c.kind == kind.kind)
        .where(records.c.version == kind.version, records.c.minor <= kind.minor)
        .where(records.c.body.contains(text, autoescape=True), ~taken.exists())
        .order_by(records.c.seq)
    )
    return [kind.model_validate_json(body) for body in view.connection.execute(query).scalars()]


def principal_of(view: View, name: str) -> Principal | None:
    """Return a principal, though it may have left; None if there never was one of this name."""
    found = [each for each in mentioning(view, Principal, name) if each.name == name]
    return found[-1] if found else None


def project_of(view: View, name: str) -> Project | None:
    """Return a project, or None."""
    found = [each for each in mentioning(view, Project, name) if each.name == name]
    return found[-1] if found else None


def holder_of(view: View, issuer: str, subject: str) -> str | None:
    """Return the principal that an account of an issuer belongs to: the last one it was linked to."""
    found = [
        each.principal
        for each in mentioning(view, Account, subject)
        if (each.issuer, each.subject) == (issuer, subject)
    ]
    return found[-1] if found else None


def keys_of(view: View, principal: str) -> list[ApiKey]:
    """Return the keys that were ever issued to a principal, oldest first."""
    found = mentioning(view, ApiKey, principal)
    return [key for key in found if key.principal == principal]


def revocations_of(view: View, key: ApiKey) -> list[KeyRevoked]:
    """Return what ends a key."""
    return [each for each in mentioning(view, KeyRevoked, key.id) if each.key_id == key.id]
