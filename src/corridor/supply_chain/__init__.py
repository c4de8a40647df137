"""Supply chain: what services rest on, from minerals up, and how concentrated each supply is.

Figures from outside keep their source, year and basis, and what is unknown is an interval. The
table of cited facts that comes with Corridor is a beginning: most shares in the world are unknown
to it, and it says so.
"""

from corridor.supply_chain.errors import (
    BadTable,
    MixedBasis,
    SameTable,
    TooLarge,
    UnknownInput,
    UnknownTable,
)
from corridor.supply_chain.ports import Reaches, Serving
from corridor.supply_chain.records import (
    Actor,
    Citation,
    Dependency,
    Input,
    KindOf,
    Provision,
    Table,
)
from corridor.supply_chain.rules.concentration import Concentration, concentration
from corridor.supply_chain.rules.graph import Graph, graph_of
from corridor.supply_chain.service import SupplyChain

__all__ = [
    "Actor",
    "BadTable",
    "Citation",
    "Concentration",
    "Dependency",
    "Graph",
    "Input",
    "KindOf",
    "MixedBasis",
    "Provision",
    "Reaches",
    "SameTable",
    "Serving",
    "SupplyChain",
    "Table",
    "TooLarge",
    "UnknownInput",
    "UnknownTable",
    "concentration",
    "graph_of",
]
