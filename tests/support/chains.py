"""Tables of facts with sensible defaults, so that a test states only its point."""

from collections.abc import Mapping, Sequence

from corridor.supply_chain import Actor, Citation, Dependency, Input, Provision, Table
from support.builders import NOON

SOURCE = Citation(id="a-report", title="A report", licence="facts")


def an_input(name: str = "chips", **fields: object) -> Input:
    return Input.model_validate({"id": name, "title": name.title(), "layer": "other", **fields})


def an_actor(name: str = "acme", country: str | None = "JP", **fields: object) -> Actor:
    return Actor.model_validate({"id": name, "title": name.title(), "country": country, **fields})


def a_share(actor: str, share: float | None = None, **fields: object) -> Provision:
    figures: dict[str, object] = {} if share is None else {"basis": "revenue", "year": 2025}
    stated = {"input": "chips", "actor": actor, "share": share, "source": SOURCE.id}
    return Provision.model_validate({**stated, **figures, **fields})


def a_need(what: str, into: str, **fields: object) -> Dependency:
    return Dependency.model_validate({"input": what, "into": into, "source": SOURCE.id, **fields})


def shares(figures: Mapping[str, float | None], **fields: object) -> list[Provision]:
    return [a_share(actor, share, **fields) for actor, share in figures.items()]


def a_table(
    provisions: Sequence[Provision] = (), needs: Sequence[Dependency] = (), **fields: object
) -> Table:
    """Return a table with all inputs and actors that its rows name."""
    inputs = {p.input for p in provisions} | {n for d in needs for n in (d.input, d.into)}
    defaults: dict[str, object] = {
        "made_at": NOON,
        "name": "facts",
        "title": "Facts",
        "licence": "CC0-1.0",
        "sha256": "0" * 64,
        "citations": (SOURCE,),
        "inputs": tuple(an_input(name) for name in sorted(inputs)),
        "actors": tuple(an_actor(name) for name in sorted({p.actor for p in provisions})),
        "provisions": tuple(provisions),
        "dependencies": tuple(needs),
    }
    return Table.model_validate({**defaults, **fields})
