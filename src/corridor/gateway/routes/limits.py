"""Limits, prices and usage over HTTP, for the operator of the node."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service
from corridor.gateway.records import Limit, Price, PriceTable
from corridor.gateway.records.limits import LimitKind
from corridor.gateway.service.metering import Metering
from corridor.gateway.store import By, Sum

router = APIRouter(route_class=LimitedRoute, prefix="/gateway", tags=["gateway"])

Service = Annotated[Metering, service(Metering)]


class Bounds(Part):
    """How much a subject may use; what is left out has no limit."""

    requests_per_minute: int | None = Field(default=None, ge=0)
    tokens_per_minute: int | None = Field(default=None, ge=0)
    concurrency: int | None = Field(default=None, ge=0)
    daily_budget: int | None = Field(default=None, ge=0)
    monthly_budget: int | None = Field(default=None, ge=0)
    currency: str | None = None
    priority: int | None = Field(default=None, ge=0, le=9)


class Prices(Part):
    """Prices that hold from a moment on; from now, if none is given."""

    valid_from: AwareDatetime | None = None
    prices: tuple[Price, ...] = Field(min_length=1, max_length=1000)


class PriceShown(Part):
    """A price in force."""

    price: Price
    valid_from: datetime
    table: str
    """The record that states it."""


@router.get("/limits")
def list_limits(_: Operator, view: Reading, metering: Service) -> list[Limit]:
    """List the limits in force."""
    return list(metering.limits(view).values())


@router.put("/limits/{subject}/{name}")
def set_limit(subject: LimitKind, name: str, bounds: Bounds, tx: Tx, metering: Service) -> Limit:
    """Set what a subject may use, in the place of what was set; a key is named by its prefix."""
    return metering.set_limit(tx, subject, name, **bounds.model_dump())


@router.delete("/limits/{subject}/{name}", status_code=204)
def remove_limit(subject: LimitKind, name: str, tx: Tx, metering: Service) -> None:
    """End a limit."""
    metering.remove_limit(tx, subject, name)


@router.get("/prices")
def list_prices(_: Operator, view: Reading, metering: Service) -> list[PriceShown]:
    """List the prices in force."""
    return [
        PriceShown(price=each.price, valid_from=each.valid_from, table=each.table_id)
        for each in metering.prices(view)
    ]


@router.post("/prices", status_code=201)
def set_prices(prices: Prices, tx: Tx, metering: Service) -> PriceTable:
    """State what providers or models cost, all of it or nothing."""
    return metering.set_prices(tx, prices.prices, prices.valid_from)


@router.get("/usage")
def show_usage(
    _: Operator,
    view: Reading,
    metering: Service,
    by: By = "service",
    since: AwareDatetime | None = None,
) -> list[Sum]:
    """Show what was used, in whole hours: of the last day, unless it says since when."""
    begins = since or metering.clock() - timedelta(days=1)
    return metering.used(view, by, begins)
