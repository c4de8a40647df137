"""How assurance fails."""

from corridor.core.errors import Conflict


class SameTier(Conflict):
    """The model has this tier in this domain already."""

    advice = "`corridor assurance tiers` shows what was set, by whom and why."


class NotStated(Conflict):
    """The tree is no record, which an answer, a defeater or a result could name."""

    advice = "`corridor assurance tree import NAME` states it as this node's own."


class OwnChallenge(Conflict):
    """A challenge is not answered by whoever made it."""

    advice = "Who no longer holds it takes it back: `corridor log withdraw RECORD --reason ...`."
