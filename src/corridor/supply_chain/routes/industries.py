"""The engine in time over HTTP: on an economy that is kept here, by the worker."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from corridor.catalogue import Name
from corridor.edge.http import LimitedRoute, Operator, Tx, runtime_of
from corridor.supply_chain.records import ECONOMIES_FOLDER, INDUSTRIES, Amount, EconomyQuestion
from corridor.supply_chain.routes.shocks import Begun

if TYPE_CHECKING:
    from corridor.supply_chain.adapters.economies import Economies

router = APIRouter(route_class=LimitedRoute, prefix="/supply-chain", tags=["supply chain"])
MOST_STATED = 600
"""Industries of an economy that is stated in a request."""


class Stated(BaseModel):
    """An economy, figure by figure, in one unit of money a year."""

    model_config = ConfigDict(extra="forbid")

    industries: tuple[tuple[str, str], ...] = Field(min_length=1, max_length=MOST_STATED)
    """Each as region and sector."""
    sales: tuple[tuple[Amount, ...], ...] = Field(max_length=MOST_STATED)
    """From the industry that sells (row) to the one that buys."""
    consumers: tuple[Amount, ...] = Field(max_length=MOST_STATED)
    """By industry: what consumers of all regions buy."""


class Asking(BaseModel):
    """What is lost, destroyed or dearer in an economy that is kept here."""

    model_config = ConfigDict(extra="forbid")

    economy: Name
    question: EconomyQuestion


class Kept(BaseModel):
    """An economy that is kept, and what of it was left out."""

    name: str
    industries: int
    left_out: tuple[str, ...]


def _economies(request: Request) -> "Economies":
    # Only here: NumPy is not taken in by what starts often, such as the gateway.
    from corridor.supply_chain.adapters.economies import Economies

    return Economies(runtime_of(request).home / ECONOMIES_FOLDER)


@router.get("/economies")
def economies(_: Operator, request: Request) -> list[str]:
    """List the economies that are kept here."""
    return _economies(request).names()


@router.put("/economies/{name}")
def keep(name: Name, stated: Stated, _: Operator, request: Request) -> Kept:
    """Keep an economy that is stated figure by figure; larger ones are kept on the command line."""
    from corridor.supply_chain.adapters.economies import stated as made  # NumPy, as above

    mrio = made(stated.industries, stated.sales, stated.consumers)
    _economies(request).keep(name, mrio)
    return Kept(name=name, industries=mrio.economy.size, left_out=mrio.left_out)


@router.post("/industries", status_code=202)
def industries(asking: Asking, tx: Tx, request: Request) -> Begun:
    """Run an economy day by day in the background; the job's result is as `industries --json`."""
    from corridor.supply_chain.service.industries import check  # NumPy, as above

    check(_economies(request).named(asking.economy), asking.question)
    return Begun(job=tx.enqueue(INDUSTRIES, asking.model_dump(mode="json")))
