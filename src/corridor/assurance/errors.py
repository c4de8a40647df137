"""How assurance fails."""

from corridor.core.errors import Conflict


class SameTier(Conflict):
    """The model has this tier in this domain already."""

    advice = "`corridor assurance tiers` shows what was set, by whom and why."
