"""How an exchange with a partner can fail."""

from corridor.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class PartnerUnavailable(Unavailable):
    """The partner did not answer, or not in time."""

    advice = "Check that the partner's node runs and that its address is right; this node goes on trying."


class NotUnderstood(Invalid):
    """The partner answered something that is not what the protocol says."""

    advice = "Check that the address is a Corridor node's and that both run compatible versions."


class AnswerTooLarge(NotUnderstood):
    """The partner's answer goes on beyond the limit; the rest of it was not read."""

    advice = "If the partner's records are that large, raise federation.max_page_bytes."


class NotAccepted(Forbidden):
    """The partner does not accept this node's signature."""

    advice = (
        "Ask the partner's operator to add this node (`corridor partner fingerprint` shows what they "
        "need), and check that both clocks are right."
    )


class Refused(Invalid):
    """What the partner sent does not hold; nothing of it was kept."""

    advice = (
        "Nothing of this round was kept. Ask the partner's operator what happened to their log."
    )


class LogRolledBack(Refused):
    """The partner's log has fewer entries than it had before."""


class LogForked(Refused):
    """The partner's log is not the one that it showed before, or not the one it signed."""


class TooMuchAtOnce(Refused):
    """More is waiting at the partner than one round may take."""

    advice = "Raise federation.max_round_entries or federation.max_round_bytes for the first round."


class FingerprintMismatch(Forbidden):
    """The node at this address has another key than its operator read out."""

    advice = "Do not trust this address. Compare the fingerprint with the partner's operator again."


class AddressMismatch(Conflict):
    """The node answers here, and says that it is reached elsewhere."""

    advice = "Add it by the address it states, or let its operator set node.public_url to this one."


class KeyChanged(Conflict):
    """There is a partner of this name with another key."""

    advice = "A partner's key never changes. A node with a new key needs a new name."


class NoSuchPartner(NotFound):
    """No partner has this name."""

    advice = "`corridor partner list` shows the partners."


class NotAPartner(Forbidden):
    """The request bears a signature that is not a partner's."""

    advice = (
        "Ask this node's operator to add yours, sign for the address that this node states in "
        "/.well-known/corridor.json, and check your clock."
    )
