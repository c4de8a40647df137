"""How an exchange with a partner can fail."""

from corridor.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from corridor.core.records import Part


class PartnerUnavailable(Unavailable):
    """The partner did not answer, or not in time."""

    advice = "Check that the partner's node runs and that its address is right; this node goes on trying."


class NotUnderstood(Invalid):
    """The partner answered something that is not what the protocol says."""

    advice = "Check that the address is a Corridor node's and that both run compatible versions."


class AnswerTooLarge(NotUnderstood):
    """The partner's answer goes on beyond the limit; the rest of it was not read."""

    advice = "If the partner's records are that large, raise federation.max_entry_bytes."


class NotAccepted(Forbidden):
    """The partner does not accept this node's signature."""

    advice = (
        "Ask the partner's operator to accept this node (`corridor partner list` there says whether "
        "it waits for that, or is suspended), and check that both clocks are right."
    )


class Refused(Invalid):
    """What the partner sent does not hold; nothing of it was kept."""

    advice = (
        "Nothing of it was kept; what was verified before stays. Ask the partner's operator what "
        "happened to their log."
    )


class NotSigned(Refused):
    """The partner's checkpoint bears no signature of the key that is known here."""

    advice = (
        "Nothing was kept. If the partner's operator says that its key is a new one, compare the "
        "fingerprint with them."
    )


class LogRolledBack(Refused):
    """The partner's log has fewer entries than it had before."""


class LogForked(Refused):
    """The partner's log is not the one that it showed before."""

    advice = (
        "Nothing of it was kept. Ask the partner's operator what happened; "
        "`corridor partner forks` shows the evidence, if both states were signed."
    )

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        evidence: Part | None = None,
        **facts: object,
    ) -> None:
        super().__init__(message, hint=hint, **facts)
        self.evidence = evidence
        """That both states were signed, as `records.Evidence`, where that can be shown."""


class FingerprintMismatch(Forbidden):
    """The node at this address has another key than its operator read out."""

    advice = "Do not trust this address. Compare the fingerprint with the partner's operator again."


class AddressMismatch(Conflict):
    """The node answers here, and says that it is reached elsewhere."""

    advice = "Add it by the address it states, or let its operator set node.public_url to this one."


class KeyChanged(Conflict):
    """The partner has another key than the one that is known, and the known one did not say so."""

    advice = (
        "If its operator says that the old key was lost, compare fingerprints by voice and run "
        "`corridor partner recover`. Otherwise trust nothing of it: somebody may have its name."
    )


class KeyChangeRefused(Refused):
    """The partner's change of its key does not hold."""

    advice = "The known key stays. Ask the partner's operator which key is theirs, and since when."


class NotAnInvitation(Invalid):
    """The text is no invitation, or somebody changed it."""

    advice = "Copy the whole line that `corridor partner invite` printed, or ask for a new one."


class InvitationOver(Conflict):
    """The invitation is not open any more."""

    advice = "Ask for a new one: `corridor partner invite`."


class TooManyInvitations(Conflict):
    """So many invitations are open that no more are made."""

    advice = "Wait until some expire; each is good for the days that it was made for."


class NotInvited(Forbidden):
    """The other node refuses the acceptance."""

    advice = "Ask its operator for a new invitation."


class WrongStanding(Conflict):
    """The partner's standing does not allow this."""

    advice = "`corridor partner list` shows how each partner stands."


class Frozen(WrongStanding):
    """The partner's log forked; it is not resumed by somebody who may not know that."""

    advice = (
        "`corridor partner forks` shows the evidence. Ask the partner's operator what happened; to "
        "go on with it all the same, say --although-frozen."
    )


class NoSuchPartner(NotFound):
    """No partner has this name."""

    advice = "`corridor partner list` shows the partners."


class NotAPartner(Forbidden):
    """The request bears a signature that is not a partner's."""

    advice = (
        "Ask this node's operator to accept yours (or to resume it), sign for the address that this node states in "
        "/.well-known/corridor.json, and check your clock."
    )


class NotASubmission(Invalid):
    """What was handed in for a cosignature has not the form that tlog-witness gives it."""

    advice = "The form is that of https://c2sp.org/tlog-witness, add-checkpoint."


class UnknownLog(NotFound):
    """This node witnesses no log of this origin."""

    advice = "A node witnesses its partners' logs: ask its operator to add yours."


class LogNotTrusted(Forbidden):
    """The checkpoint is not signed by the key known here, or its node is not in good standing."""

    advice = "Ask this node's operator how it stands to yours, and which of your keys it knows."


class WrongOldSize(Conflict):
    """The checkpoint does not continue from the tree that this witness knows."""

    def __init__(self, size: int) -> None:
        super().__init__(f"This witness knows the log at {size} entries.")
        self.size = size


class Inconsistent(Invalid):
    """The tree did not grow out of the one that this witness knows; it is not cosigned."""

    advice = "A log that was restored from a backup, or signed twice, cannot be cosigned again."


class TwoTrees(Inconsistent):
    """The log signed another tree of the very size that this witness knows; it is not cosigned."""

    def __init__(self, origin: str, size: int) -> None:
        super().__init__(f"{origin} has another tree of {size} entries here.")
        self.size = size


class TooOften(Unavailable):
    """More checkpoints of one log were handed in than are cosigned at a time."""

    def __init__(self, origin: str, seconds: float) -> None:
        super().__init__(f"Checkpoints of {origin} come too often.")
        self.seconds = seconds
        """When to come again."""


class NotCosigned(Unavailable):
    """A witness did not cosign, or what it answered is no cosignature of its."""

    advice = "Ask the witness's operator; this node goes on trying."


class NothingSettled(NotFound):
    """No checkpoint of this log has the quorum of cosignatures yet."""

    advice = "GET /checkpoint shows the newest one, with the cosignatures it has so far."


class NoEvidence(Invalid):
    """The notes do not prove that the log forked."""

    advice = "Both notes must be signed by the log's key and exclude each other."


class AuditLogChanged(Refused):
    """The partner's account of its acts is not the one that this node cosigned."""

    advice = "Ask the partner's operator what happened: acts were removed or changed."

    def __init__(self, message: str, note: str) -> None:
        super().__init__(message)
        self.note = note
        """What the partner showed."""


class NotProved(Refused):
    """The partner does not show that two checkpoints of the account of its acts are of one log."""

    advice = (
        "That proves no fork: a node that was restored and lost acts cannot show it either. Ask the "
        "partner's operator what happened; this node goes on asking."
    )


class Contradicted(Refused):
    """What partners hold of this node's own log is not the log that is here."""

    advice = "Nothing is signed meanwhile. Restore a backup that is older than the difference."
