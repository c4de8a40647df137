"""What one can ask about revocations: close a grant, a person, a model and more; open it again.

A partner is told what it has to keep to: that a grant, a model, an organisation is closed. The name
of a person never leaves the node; of a person's grants abroad each is closed by its id.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from re import fullmatch

from corridor.access.errors import (
    Incomplete,
    NoSuchKey,
    NoSuchPrincipal,
    NotAllowed,
    WrongState,
)
from corridor.access.records import (
    ApiKey,
    Grant,
    Principal,
    Revocation,
    RevocationLifted,
    Scope,
)
from corridor.access.records.revocations import RevocationStanding
from corridor.access.rules.stating import stated
from corridor.access.service.cases import Cases, revocations_of
from corridor.access.service.files import Files
from corridor.catalogue import Catalogue, Organisation
from corridor.core.clock import Clock
from corridor.core.errors import Conflict, NotFound
from corridor.core.records import RecordId, Visibility
from corridor.core.store import Kept, Transaction, View

MAY_CLOSE = frozenset({"operator", "approver"})
INTERNAL: frozenset[Scope] = frozenset({"key", "principal"})
"""Scopes whose targets tell partners nothing, or too much."""
OVER = frozenset({"ended", "revoked", "withdrawn"})
TOLD = "The grantee may not use it any more."
"""What partners are told where the reason itself is about a person."""


class UserFirst(Conflict):
    """An organisation was to be closed, and closing some of its users might be enough."""

    advice = "Close those who misused it, or say --whole for the whole organisation."


@dataclass(frozen=True, slots=True)
class Revocations:
    """Close what may not be used any more, and open it again."""

    clock: Clock
    catalogue: Catalogue
    cases: Cases

    def revoke(
        self,
        tx: Transaction,
        scope: Scope,
        target: str,
        reason: str,
        by: Principal | None,
        *,
        until: datetime | None = None,
        whole: bool = False,
    ) -> list[Revocation]:
        """Close something for good, or until a moment; the first returned is what was asked for.

        `by` is None for the operator of the node. A model may be given by its name or digest, a
        key by its id or prefix. Everybody may give up a grant of their own.

        Raises:
            NotFound: if there is nothing of this name (NoSuchGrant, NoSuchKey, NoSuchPrincipal).
            NotAllowed: if this principal may not close it.
            UserFirst: for an organisation whose users are known, without `whole`.
            WrongState: if it is closed in this way already.
            Incomplete: if a field does not fit, or the moment is over.
        """
        files = self.cases.files(tx)
        found = self._target(tx, files, scope, target)
        self._check_may(files, scope, found, by)
        if until is not None and until <= self.clock():
            raise Incomplete("until: is over already.", hint="Name a moment that is to come.")
        self._check_new(files, scope, found, until)
        if scope == "organisation" and not whole:
            self._users_first(files, found)
        first = self._stated(tx, scope, found, reason, until, self._visibility(files, scope, found))
        closed = [first]
        if scope == "principal":
            for kept in self._abroad(files, found):
                grant = str(kept.record.id)
                closed.append(self._stated(tx, "grant", grant, TOLD, until, "partners", first.id))
        if scope == "key":
            for key in self._made_of(tx, found):
                closed.append(self._stated(tx, "key", key, reason, until, "internal", first.id))
        tx.audit(
            "access.suspend" if until else "access.revoke",
            found,
            scope=scope,
            by=by.name if by else "operator",
            reason=reason,
            until=until.isoformat() if until else None,
            grants=sum(each.scope == "grant" for each in closed[1:]),
        )
        return closed

    def lift(
        self, tx: Transaction, revocation_id: str, reason: str, by: Principal | None
    ) -> list[RevocationLifted]:
        """End a revocation or suspension of this node before its time, with all that is part of it.

        Raises:
            NotFound: if this node has made no such revocation.
            NotAllowed: if this principal may not.
            WrongState: if it does not close anything now.
        """
        self._check_role(by)
        every = [e for e in self.revocations(tx) if e.issuer == tx.identity.name]
        asked = next((e for e in every if e.revocation.id == revocation_id), None)
        if asked is None:
            raise NotFound(
                f"This node has made no revocation {revocation_id[:64]!r}.",
                hint="`corridor access revocations` shows them.",
            )
        if not asked.closes:
            raise WrongState("This revocation closes nothing any more.")
        lifted: list[RevocationLifted] = []
        for each in every:
            part = each.revocation.part_of == asked.revocation.id
            if each.closes and (each is asked or part):
                lifted.append(
                    stated(
                        RevocationLifted,
                        self.clock(),
                        visibility=each.revocation.visibility,
                        revocation_id=each.revocation.id,
                        reason="It is open again." if part else reason,
                    )
                )
                tx.append(lifted[-1])
        tx.audit(
            "access.lift",
            asked.revocation.target,
            scope=asked.revocation.scope,
            by=by.name if by else "operator",
            reason=reason,
        )
        return lifted

    def revocations(self, view: View) -> list[RevocationStanding]:
        """Return all revocations, partners' included, oldest first, and whether each closes now."""
        return revocations_of(view, self.clock())

    def _stated(
        self,
        tx: Transaction,
        scope: Scope,
        target: str,
        reason: str,
        until: datetime | None,
        visibility: Visibility,
        part_of: RecordId | None = None,
    ) -> Revocation:
        revocation = stated(
            Revocation,
            self.clock(),
            visibility=visibility,
            scope=scope,
            target=target,
            reason=reason,
            until=until,
            part_of=part_of,
        )
        tx.append(revocation)
        return revocation

    def _visibility(self, files: Files, scope: Scope, target: str) -> Visibility:
        if scope == "grant":
            return files.grant(target).record.visibility
        return "internal" if scope in INTERNAL else "partners"

    def _abroad(self, files: Files, principal: str) -> Iterator[Kept[Grant]]:
        """Yield a principal's grants that a partner may act upon, and that are not over."""
        for (issuer, _), kept in files.grants.items():
            if issuer != files.own or kept.record.visibility == "internal":
                continue
            if files.requester_of(kept) == principal and files.standing(kept).stage not in OVER:
                yield kept

    def _made_of(self, view: View, key_id: str) -> Iterator[str]:
        """Yield the ids of the keys that the holders of one made in its place."""
        keys = self.cases.people.keys
        for key in view.own(ApiKey):
            if key.id == key_id:
                yield from (str(each.id) for each in list(keys.line(view, key))[1:])

    def _target(self, view: View, files: Files, scope: Scope, target: str) -> str:
        """Return what a revocation is to name, if there is such a thing."""
        if scope == "grant":
            return str(files.grant(target).record.id)
        if scope == "key":
            return _key(view.own(ApiKey), target)
        if scope == "model":
            digest = bool(fullmatch("[0-9a-f]{64}", target))
            return target if digest else self.catalogue.stated_digest(view, target)
        if scope == "jurisdiction":
            if not fullmatch("[A-Z]{2}", target):
                raise Incomplete(f"{target[:20]!r} is no country.", hint="Write it as IN or JP.")
            return target
        return self._named(view, files, scope, target)

    def _named(self, view: View, files: Files, scope: Scope, target: str) -> str:
        grants = [kept.record for kept in files.grants.values()]
        known: dict[Scope, set[str]] = {
            "principal": {*files.principals},
            "project": {*self.cases.people.projects(view), *(grant.project for grant in grants)},
            "organisation": {
                *(kept.record.name for kept in view.every(Organisation)),
                *(grant.organisation for grant in grants),
            },
            "purpose": {*files.purposes, *(grant.purpose for grant in grants)},
        }
        if target not in known[scope]:
            raise (NoSuchPrincipal if scope == "principal" else NotFound)(
                f"There is no {scope} {target[:64]!r}.",
                hint=f"Those that are known: {', '.join(sorted(known[scope])[:20]) or 'none'}.",
            )
        return target

    def _check_may(self, files: Files, scope: Scope, target: str, by: Principal | None) -> None:
        if scope == "grant" and by is not None:
            grantee = files.requester_of(files.grant(target))
            principal = files.principals.get(grantee)
            if principal is not None and by.name in (principal.name, principal.responsible):
                return
        self._check_role(by)

    def _check_role(self, by: Principal | None) -> None:
        if by is not None and not MAY_CLOSE & {*by.roles}:
            raise NotAllowed(
                f"{by.name} may not close or open this.",
                hint="An operator or an approver does; everybody may give up a grant of their own.",
            )

    def _check_new(self, files: Files, scope: Scope, target: str, until: datetime | None) -> None:
        for each in files.revocations:
            there = each.revocation
            same = each.issuer == files.own and (there.scope, there.target) == (scope, target)
            longer = there.until is None or (until is not None and until <= there.until)
            if same and each.closes and longer:
                end = f"until {there.until:%Y-%m-%d %H:%M} UTC" if there.until else "for good"
                raise WrongState(f"{scope} {target} is closed {end} already: {there.reason}")

    def _users_first(self, files: Files, organisation: str) -> None:
        """Say which single users' suspension might do.

        Raises:
            UserFirst: if any user of the organisation is known here.
        """
        own = [
            each.name
            for each in files.principals.values()
            if each.active and each.organisation == organisation
        ]
        theirs = [
            f"grant {kept.record.id}"
            for (issuer, _), kept in files.grants.items()
            if issuer != files.own
            and kept.record.organisation == organisation
            and files.standing(kept).stage not in OVER
        ]
        users: Sequence[str] = [*(f"principal {name}" for name in sorted(own)), *theirs]
        if users:
            raise UserFirst(
                f"{organisation} has {len(users)} users here, and suspending single ones may do: "
                f"{', '.join(users[:20])}.",
                users=" ".join(users),
            )


def _key(keys: Iterator[ApiKey], target: str) -> str:
    for key in keys:
        if target in (key.id, key.prefix):
            return str(key.id)
    raise NoSuchKey(f"There is no key {target[:20]!r}.")
