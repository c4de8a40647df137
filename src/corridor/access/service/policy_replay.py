"""Replaying the account under other policies: who would gain, who would lose."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from corridor.access.ports import PolicySet
from corridor.access.records import Principal
from corridor.access.rules.policy_replay import Changes, Past, replayed
from corridor.access.rules.secrets import Secrets
from corridor.access.store.account import Which, found
from corridor.core.clock import Clock
from corridor.core.store import View

MOST = 100_000
"""Decisions that are replayed unless more are asked for; the newest."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Decide the past again under other policies."""

    clock: Clock
    secrets: Secrets

    def changes(
        self, view: View, old: PolicySet, new: PolicySet, lasting: timedelta, most: int = MOST
    ) -> Changes:
        """Return what a change of policies would have meant for the decisions of late."""
        return replayed(self._past(view, lasting, most), old, new)

    def _past(self, view: View, lasting: timedelta, most: int) -> Iterator[Past]:
        # The account has pseudonyms, and policies may name this node's own principals.
        own = view.identity.name
        names = {
            self.secrets.pseudonym(name, own): name
            for name in {principal.name for principal in view.own(Principal)}
        }
        since = (self.clock() - lasting).timestamp()
        for accounted in found(view, Which(since=since), most):
            decided = accounted.decided
            name = names.get(decided.who, decided.who) if decided.home == own else decided.who
            yield Past(name, decided.who, decided.model_sha256, decided.facts)
