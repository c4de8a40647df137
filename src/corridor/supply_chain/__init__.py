"""Supply chain: what services rest on, from minerals up, and how concentrated each supply is.

Figures from outside keep their source, year and basis, and what is unknown is an interval. The
table of cited facts that comes with Corridor is a beginning: most shares in the world are unknown
to it, and it says so.
"""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.supply_chain.adapters.scenarios import library, scenario_named
    from corridor.supply_chain.errors import (
        BadScenario,
        BadTable,
        MixedBasis,
        SameTable,
        TooLarge,
        UnknownInput,
        UnknownScenario,
        UnknownTable,
    )
    from corridor.supply_chain.ports import Reaches, Serving
    from corridor.supply_chain.records import (
        ECONOMIES_FOLDER,
        ECONOMY_NAME,
        Actor,
        Citation,
        Dependency,
        Disruption,
        FirstStep,
        Input,
        KindOf,
        Likelihood,
        Loss,
        Plan,
        Provision,
        Range,
        ShockResult,
        Table,
        bounds,
    )
    from corridor.supply_chain.rules.assessing import Assessment
    from corridor.supply_chain.rules.concentration import Concentration, concentration
    from corridor.supply_chain.rules.digests import digest
    from corridor.supply_chain.rules.graph import Graph, graph_of, nearest
    from corridor.supply_chain.rules.scenarios import Scenario
    from corridor.supply_chain.service import SupplyChain
    from corridor.supply_chain.service.assessing import Brief, assess
    from corridor.supply_chain.service.plans import CitedPlan, FirstSteps
    from corridor.supply_chain.service.results import Asked, Found, kept, put, result, results
    from corridor.supply_chain.service.shocks import Shock, computed, filled, shocked

__getattr__ = door_of(__name__)

__all__ = [
    "ECONOMIES_FOLDER",
    "ECONOMY_NAME",
    "Actor",
    "Asked",
    "Assessment",
    "BadScenario",
    "BadTable",
    "Brief",
    "Citation",
    "CitedPlan",
    "Concentration",
    "Dependency",
    "Disruption",
    "FirstStep",
    "FirstSteps",
    "Found",
    "Graph",
    "Input",
    "KindOf",
    "Likelihood",
    "Loss",
    "MixedBasis",
    "Plan",
    "Provision",
    "Range",
    "Reaches",
    "SameTable",
    "Scenario",
    "Serving",
    "Shock",
    "ShockResult",
    "SupplyChain",
    "Table",
    "TooLarge",
    "UnknownInput",
    "UnknownScenario",
    "UnknownTable",
    "assess",
    "bounds",
    "computed",
    "concentration",
    "digest",
    "filled",
    "graph_of",
    "kept",
    "library",
    "nearest",
    "put",
    "result",
    "results",
    "scenario_named",
    "shocked",
]
