"""API keys over HTTP, for the operator, and for who holds one. A key is answered once, when made."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from corridor.access.records import ApiKey
from corridor.access.routes.acting import KeyTx, ShownKey, no_key_in_query
from corridor.access.rules.keys import KeyState
from corridor.access.service.keys import ApiKeys
from corridor.catalogue import Name
from corridor.core.records import Part, RecordId
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service

router = APIRouter(
    route_class=LimitedRoute,
    prefix="/access/keys",
    tags=["access"],
    dependencies=[Depends(no_key_in_query)],
)

Service = Annotated[ApiKeys, service(ApiKeys)]
Model = Annotated[str, Field(min_length=1, max_length=100)]


class KeyShown(Part):
    """A key as people see it: nothing by which it could be found."""

    id: RecordId
    prefix: str
    principal: str
    project: str | None
    label: str
    models: tuple[str, ...]
    made_at: datetime
    expires_at: datetime | None
    replaces: RecordId | None
    by_holder: bool
    state: KeyState


class NewKey(Part):
    """A key to be made: for a project's models, or a personal one."""

    principal: Name
    project: Name | None = None
    label: str = Field(default="key", max_length=100)
    models: tuple[Model, ...] = Field(default=(), max_length=100)
    days: int | None = Field(default=90, ge=1, le=731)
    """For how long; null is without an end."""


class Rotation(Part):
    """How long both keys work."""

    hours: float | None = Field(default=None, ge=0, le=744)


class Closing(Part):
    """Why a key is closed."""

    reason: str = Field(min_length=1, max_length=2_000)


class Made(Part):
    """A key with its secret, which is shown this once."""

    key: KeyShown
    secret: str


@router.get("")
def list_keys(_: Operator, view: Reading, keys: Service) -> list[KeyShown]:
    """List every key with its state."""
    return [_shown(key, state) for key, state in keys.keys(view)]


@router.post("", status_code=201)
def issue(new: NewKey, tx: Tx, keys: Service, response: Response) -> Made:
    """Make a key. Its secret is in this answer and nowhere else."""
    response.headers["cache-control"] = "no-store"
    lifetime = timedelta(days=new.days) if new.days is not None else None
    key, secret = keys.issue(tx, new.principal, new.project, new.label, new.models, lifetime)
    return Made(key=_shown(key, "in_force"), secret=secret)


@router.post("/renew", status_code=201)
def renew(
    rotation: Rotation, shown: ShownKey, tx: KeyTx, keys: Service, response: Response
) -> Made:
    """Make a key in the place of the one that this request shows, which still works for a while.

    The new one ends when the old one would have.
    """
    response.headers["cache-control"] = "no-store"
    overlap = timedelta(hours=rotation.hours) if rotation.hours is not None else None
    key, secret = keys.renew(tx, shown.prefix, overlap)
    return Made(key=_shown(key, "in_force"), secret=secret)


@router.post("/{prefix}/rotate", status_code=201)
def rotate(prefix: str, rotation: Rotation, tx: Tx, keys: Service, response: Response) -> Made:
    """Make a key in the place of another, which still works for a while."""
    response.headers["cache-control"] = "no-store"
    overlap = timedelta(hours=rotation.hours) if rotation.hours is not None else None
    key, secret = keys.rotate(tx, prefix, overlap)
    return Made(key=_shown(key, "in_force"), secret=secret)


@router.post("/{prefix}/revoke")
def revoke(prefix: str, closing: Closing, tx: Tx, keys: Service) -> KeyShown:
    """Close a key at once and for good."""
    return _shown(keys.revoke(tx, prefix, closing.reason), "revoked")


def _shown(key: ApiKey, state: KeyState) -> KeyShown:
    fields = key.model_dump(exclude={"digest", "visibility"})
    return KeyShown.model_validate({**fields, "state": state})
