"""Drafts of requests for access: kept as they are, complete or not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from corridor.access.records.requests import Draft
from corridor.access.store.schema import drafts
from corridor.core.store import Transaction, View


def keep(tx: Transaction, draft: Draft) -> None:
    """Keep a new draft."""
    tx.connection.execute(insert(drafts).values(id=draft.id, owner=draft.owner, **_values(draft)))


def change(tx: Transaction, draft: Draft) -> None:
    """Keep what became of a draft."""
    tx.connection.execute(update(drafts).where(drafts.c.id == draft.id).values(**_values(draft)))


def draft_by_id(view: View, draft_id: str) -> Draft | None:
    """Return one draft, or None."""
    row = view.connection.execute(select(drafts).where(drafts.c.id == draft_id)).first()
    return None if row is None else _draft(row)


def open_drafts(view: View, owner: str | None = None) -> Iterator[Draft]:
    """Yield the drafts that are not handed in, oldest first; all of them, or one owner's."""
    query = select(drafts).where(drafts.c.request_id.is_(None))
    if owner is not None:
        query = query.where(drafts.c.owner == owner)
    for row in view.connection.execute(query.order_by(drafts.c.changed_at, drafts.c.id)):
        yield _draft(row)


def handed_in(view: View, owner: str | None = None) -> Iterator[Draft]:
    """Yield the drafts that became requests; all of them, or one owner's."""
    query = select(drafts).where(drafts.c.request_id.is_not(None))
    if owner is not None:
        query = query.where(drafts.c.owner == owner)
    for row in view.connection.execute(query.order_by(drafts.c.id)):
        yield _draft(row)


def _values(draft: Draft) -> dict[str, object]:
    return {
        "changed_at": draft.changed_at.timestamp(),
        "fields": json.dumps(draft.fields, ensure_ascii=False),
        "request_id": draft.request_id,
    }


def _draft(row: Row[Any]) -> Draft:
    return Draft(
        id=row.id,
        owner=row.owner,
        changed_at=datetime.fromtimestamp(row.changed_at, UTC),
        fields=json.loads(row.fields),
        request_id=row.request_id,
    )
