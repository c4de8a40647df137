"""How assurance fails."""

from corridor.core.errors import Conflict, Forbidden, Invalid, NotFound


class SameTier(Conflict):
    """The model has this tier in this domain already."""

    advice = "`corridor evaluate tier MODEL --explain` shows what was said, by whom and why."


class LoweredAlone(Forbidden):
    """One person would lower a tier."""

    advice = (
        "Two persons of different organisations lower a tier: `corridor assurance lower` proposes it, "
        "`corridor assurance confirm` agrees."
    )


class NotLower(Conflict):
    """What is proposed is not lower than what is."""

    advice = (
        "`corridor evaluate tier MODEL --explain` shows the tier in each domain. "
        "To raise one: `corridor assurance rate`."
    )


class NotAnother(Forbidden):
    """A proposal is confirmed by somebody who is not another person of another organisation."""

    advice = "Ask an approver of another organisation, or of a partner's node."


class NoSuchLowering(NotFound):
    """There is no such proposal to lower a tier, or it is over."""

    advice = "`corridor assurance lowerings` lists what was proposed."


class BadRules(Invalid):
    """Rules of tiers cannot be taken as they are; nothing of them is kept."""

    advice = "`corridor assurance rules check FILE` lists all that is wrong, with its place."


class NoRules(NotFound):
    """There are no such rules of tiers."""

    advice = "`corridor assurance rules list` shows what there is."


class NotStated(Conflict):
    """The tree is no record, which an answer, a defeater or a result could name."""

    advice = "`corridor assurance tree import NAME` states it as this node's own."


class OwnChallenge(Conflict):
    """A challenge is not answered by whoever made it."""

    advice = "Who no longer holds it takes it back: `corridor log withdraw RECORD --reason ...`."


class OwnWork(Conflict):
    """A person reviews what they have made themself."""

    advice = "Another member of the campaign reviews it."


class PersonalData(Invalid):
    """Words that go into a record have somebody's personal data."""

    advice = "Take it out, and say `a person` in its place. What was written was not kept."


class NotDisclosed(NotFound):
    """A finding was not disclosed to whoever asks."""

    advice = "A finding under embargo is given to the partners that its disclosure names."


class Altered(Conflict):
    """A partner gives something else than what it disclosed."""

    advice = "Ask the partner. What it gave was not kept."
