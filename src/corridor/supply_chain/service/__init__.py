"""What one can ask of the supply chain."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.supply_chain.service.facts import SupplyChain

__getattr__ = door_of(__name__)

__all__ = ["SupplyChain"]
