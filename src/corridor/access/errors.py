"""How access fails."""

from corridor.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooOften,
    Unavailable,
    Unidentified,
)


class NotKnown(Unidentified):
    """Nobody is known by what was shown."""

    advice = "Show a key that is in force, or sign in again."


class NotAllowed(Forbidden):
    """The actor's role or side does not cover this."""


class NotPermitted(Forbidden):
    """No policy of the node permits a person to do this, or one forbids it."""

    advice = (
        "The node's operator publishes a policy for the action, the person and the service: "
        "corridor access policy publish --help."
    )


class SelfApproval(Forbidden):
    """Nobody decides on a request of their own, under whichever account."""

    advice = (
        "Another approver has to decide; `corridor access show REQUEST` says what it waits for."
    )


class NoSuchPrincipal(NotFound):
    """There is no principal of this name, or it has left."""

    advice = "`corridor access people` shows who there is."


class NoSuchRequest(NotFound):
    """There is no such request for access."""

    advice = "`corridor access list` shows the requests."


class NoSuchGrant(NotFound):
    """There is no such grant."""

    advice = "`corridor access grants` shows them."


class NoSuchKey(NotFound):
    """There is no such key."""

    advice = "`corridor access key list` shows the keys by prefix."


class Incomplete(Invalid):
    """A request lacks something, or a field of it does not fit."""

    advice = "`corridor access show DRAFT` shows every field and what it still needs."


class WrongState(Conflict):
    """It makes sense, but not for this request or grant in its present state."""


class BadPolicy(Invalid):
    """A policy that cannot take effect; those in force stay in force."""

    advice = "`corridor access policy check FILE` shows every fault with its place."


class NoSuchPolicy(NotFound):
    """There are no policies under this name or version."""

    advice = "`corridor access policy list` shows what is in force."


class NoSuchDecision(NotFound):
    """The account has no decision on this request, or none that the viewer may see."""

    advice = "`corridor access audit` shows the requests that were decided."


class NoSuchPurpose(NotFound):
    """The purpose is not listed."""

    advice = "`corridor access purpose list` shows those that are."


class Throttled(TooOften):
    """Too many wrong keys came from one address."""

    advice = "Wait a little; then show the right key."


class KeyInQuery(Invalid):
    """A key was sent in the address of a request, where logs on its way have kept it."""

    advice = "Send it as `Authorization: Bearer`, and rotate it: others may have read it."


class NotTrusted(Forbidden):
    """A token or claim of an issuer that this node does not trust, or that does not hold."""


class NoSuchReport(NotFound):
    """Nothing was told of this month."""

    advice = "`corridor access report --month MONTH --publish` tells a month that is over."


class ReportedAlready(Conflict):
    """A month is told once: two reports of it would together tell what each of them hides."""

    advice = "`corridor access report --month MONTH --told-by NODE` shows what was told."


class ReportedBefore(Conflict):
    """A request or a line of the account is reported once."""

    advice = "The node's operator says what becomes of it."


class TooManyReports(TooOften):
    """The users of a project have reported more than anybody has looked at."""

    advice = "Tell the node's operator; then report again."


class AccountChanged(Conflict):
    """The index of decisions and the audit log do not say the same, or the log is not whole."""

    advice = "Restore the store from a backup, and tell the partners: they cosigned the log."


class NotAccounted(Unavailable):
    """A decision cannot be put into the account, so it does not hold."""

    advice = "Try again in a moment; the node's operator sees why in its log."
