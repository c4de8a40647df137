"""Long questions to the supply chain as background work: asked for over HTTP, done by the worker."""

from functools import partial

from corridor.core.jobs import Work
from corridor.edge.runtime import Runtime
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.results import SHOCK, ToKeep, kept, put


def work(runtime: Runtime) -> dict[str, Work]:
    """Return the jobs of the supply chain by name."""
    return {SHOCK: partial(_shock, runtime)}


def _shock(runtime: Runtime, payload: dict[str, object]) -> dict[str, object]:
    # Done again after a crash it computes the same; the record is kept in one transaction at the end.
    wanted = ToKeep.model_validate(payload)
    with runtime.store.view() as view:
        found = put(runtime.service(SupplyChain), view, wanted.asked)
    with runtime.store.transaction("worker") as tx:
        return {"record": kept(tx, found, wanted.visibility).id}
