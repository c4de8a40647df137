"""What is the same for each request for the same target in the same language, kept for the next.

It rests on one snapshot, which is immutable: any record that changes whom a request concerns makes
another one, and all that was kept falls away with the one before. What may change without a record
is never kept: who is suspended, barred or at rest, what limits have left, whether a decision holds.
"""

from dataclasses import dataclass, field, replace

from corridor.gateway.errors import Refusal
from corridor.gateway.rules.languages import Told
from corridor.gateway.rules.requests import Asked, Caller, asked
from corridor.gateway.rules.snapshot import Snapshot

MOST_KEPT = 10_000
"""Of each; then all are forgotten at once."""


@dataclass(slots=True)
class Lanes:
    """Whom requests concern, and in which order, looked up once for each snapshot."""

    _snapshot: Snapshot = field(default_factory=Snapshot)
    _concerned: dict[tuple[tuple[str, ...], str], Asked] = field(
        default_factory=dict[tuple[tuple[str, ...], str], Asked]
    )
    """By what the caller's key covers, and the target."""
    _ordered: dict[tuple[str, str], Asked] = field(default_factory=dict[tuple[str, str], Asked])
    """By service and language."""

    def asked(self, snapshot: Snapshot, caller: Caller, target: object) -> Asked:
        """Return whom a request concerns.

        Raises:
            Refusal: 404 if the model is unknown or not for this key; both look the same.
        """
        if not isinstance(target, str):
            return asked(snapshot, caller, target)
        self._keep_to(snapshot)
        kind = (caller.models, target)
        found = self._concerned.get(kind)
        if found is None:
            found = self._concerned[kind] = asked(snapshot, caller, target)
        return found

    def ordered(self, snapshot: Snapshot, target: Asked, found: Told) -> Asked:
        """Return whom a request for a service concerns, in the order of its language.

        Raises:
            Refusal: 503 if the route's requirement is met by nobody in this language.
        """
        self._keep_to(snapshot)
        kind = (target.target, found.tag)
        known = self._ordered.get(kind)
        if known is None:
            known = self._ordered[kind] = in_order(snapshot, target, found.tag)
        return known

    def _keep_to(self, snapshot: Snapshot) -> None:
        most = max(len(self._concerned), len(self._ordered))
        if self._snapshot is not snapshot or most >= MOST_KEPT:
            self._snapshot = snapshot
            self._concerned.clear()
            self._ordered.clear()


def in_order(snapshot: Snapshot, target: Asked, language: str) -> Asked:
    """Return whom a request for a service concerns, in the order of a language.

    Raises:
        Refusal: 503 if the route's requirement is met by nobody in this language.
    """
    order = snapshot.order(target.target, language)
    if not order.providers and order.left_out:
        raise Refusal(
            f"No provider may answer {target.target} in {language}: {order.why}.",
            status=503,
            code="requirement_not_met",
            hint="Its operator can evaluate a model in this language, or ask less of it.",
        )
    return replace(target, providers=order.providers, why=order.why)
