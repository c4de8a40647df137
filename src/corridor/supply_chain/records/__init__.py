"""What a supply chain is written down as: facts, scenarios, signed results of shocks, and plans."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.supply_chain.records.economies import (
        ECONOMIES_FOLDER,
        ECONOMY_NAME,
        INDUSTRIES,
        MOST_EVENTS,
        Curve,
        EconomyEvent,
        EconomyQuestion,
        EconomyResult,
        Figure,
    )
    from corridor.supply_chain.records.facts import (
        Actor,
        ActorType,
        Amount,
        Basis,
        Citation,
        Country,
        Dependency,
        Essentiality,
        Id,
        Input,
        KindOf,
        Layer,
        Percent,
        Provision,
        Sector,
        Table,
        Year,
    )
    from corridor.supply_chain.records.firms import FirmAtRisk, FirmLoss, FirmsQuestion, FirmsResult
    from corridor.supply_chain.records.plans import (
        DaysLost,
        FindingOut,
        FirstStep,
        Plan,
        PlannedFor,
        StairStep,
    )
    from corridor.supply_chain.records.results import (
        InTime,
        Loss,
        Moment,
        PutTo,
        Quantiles,
        Rise,
        ShockResult,
        TableUsed,
    )
    from corridor.supply_chain.records.scenarios import (
        HORIZON_DAYS,
        Disruption,
        Kind,
        Likelihood,
        Range,
        bounds,
    )

__getattr__ = door_of(__name__)

__all__ = [
    "ECONOMIES_FOLDER",
    "ECONOMY_NAME",
    "HORIZON_DAYS",
    "INDUSTRIES",
    "MOST_EVENTS",
    "Actor",
    "ActorType",
    "Amount",
    "Basis",
    "Citation",
    "Country",
    "Curve",
    "DaysLost",
    "Dependency",
    "Disruption",
    "EconomyEvent",
    "EconomyQuestion",
    "EconomyResult",
    "Essentiality",
    "Figure",
    "FindingOut",
    "FirmAtRisk",
    "FirmLoss",
    "FirmsQuestion",
    "FirmsResult",
    "FirstStep",
    "Id",
    "InTime",
    "Input",
    "Kind",
    "KindOf",
    "Layer",
    "Likelihood",
    "Loss",
    "Moment",
    "Percent",
    "Plan",
    "PlannedFor",
    "Provision",
    "PutTo",
    "Quantiles",
    "Range",
    "Rise",
    "Sector",
    "ShockResult",
    "StairStep",
    "Table",
    "TableUsed",
    "Year",
    "bounds",
]
