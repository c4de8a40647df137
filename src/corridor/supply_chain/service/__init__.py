"""What one can ask of the supply chain."""

from corridor.supply_chain.service.facts import SupplyChain

__all__ = ["SupplyChain"]
