"""Long questions to the supply chain as background work: asked for over HTTP, done by the worker."""

from functools import partial

from corridor.core.jobs import Work
from corridor.edge.runtime import Runtime
from corridor.supply_chain.records import ECONOMIES_FOLDER, INDUSTRIES, EconomyQuestion
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.planning import keep, planned
from corridor.supply_chain.service.plans import PLAN, ToPlan
from corridor.supply_chain.service.results import SHOCK, ToKeep, kept, put


def work(runtime: Runtime) -> dict[str, Work]:
    """Return the jobs of the supply chain by name."""
    return {
        SHOCK: partial(_shock, runtime),
        INDUSTRIES: partial(_industries, runtime),
        PLAN: partial(_plan, runtime),
    }


def _shock(runtime: Runtime, payload: dict[str, object]) -> dict[str, object]:
    # Done again after a crash it computes the same; the record is kept in one transaction at the end.
    wanted = ToKeep.model_validate(payload)
    with runtime.store.view() as view:
        found = put(runtime.service(SupplyChain), view, wanted.asked)
    with runtime.store.transaction("worker") as tx:
        return {"record": kept(tx, found, wanted.visibility).id}


def _industries(runtime: Runtime, payload: dict[str, object]) -> dict[str, object]:
    # Only now: it takes in NumPy and Numba, which most of what can see this module has no use for.
    from corridor.supply_chain.adapters.economies import Economies
    from corridor.supply_chain.service.industries import ran

    mrio = Economies(runtime.home / ECONOMIES_FOLDER).named(str(payload["economy"]))
    return ran(mrio, EconomyQuestion.model_validate(payload["question"])).model_dump(mode="json")


def _plan(runtime: Runtime, payload: dict[str, object]) -> dict[str, object]:
    # As above; only the time limit of the proof may make it another plan.
    told, chain = ToPlan.model_validate(payload), runtime.service(SupplyChain)
    with runtime.store.view() as view:
        ground, wanted = chain.ground(
            view, told.scenarios, told.placed, told.wanted, told.generated_cost, told.tables
        )
    found = planned(ground, wanted, chain.clock)
    with runtime.store.transaction("worker") as tx:
        return {"record": keep(tx, found, told.visibility).id}
