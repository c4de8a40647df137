"""What one can ask about people: register them, say what was verified of them, let them leave.

Names of people stay on the node: every record here is internal. Of a verification the result is
kept, who made it and how, until when; never a document or its number.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from corridor.access.errors import NoSuchPrincipal, NoSuchPurpose, NotTrusted
from corridor.access.records import (
    LOCAL,
    Account,
    ClaimName,
    Level,
    Principal,
    PrincipalType,
    Project,
    Purpose,
    Role,
    VerifiedClaim,
)
from corridor.access.rules.identities import (
    OIDC,
    OPERATOR,
    RESERVED,
    are_one_person,
    claims_in_force,
    identity_level,
    in_order,
    looks_like_a_document,
)
from corridor.access.rules.secrets import Secrets
from corridor.access.service.keys import ApiKeys
from corridor.access.store.identities import drop_password, end_sessions_of
from corridor.access.store.people import holder_of, mentioning, principal_of, project_of
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.errors import Conflict, Invalid, NotFound
from corridor.core.store import Transaction, View

OF_THIS_STATEMENT = {"id", "made_at"}


def _none(_: View) -> Mapping[str, Purpose]:
    return {}


@dataclass(frozen=True, slots=True)
class People:
    """Know who there is, what they may do here, and what was verified of them."""

    clock: Clock
    catalogue: Catalogue
    keys: ApiKeys
    trusted: tuple[str, ...] = ()
    """The issuers whose word on people counts."""
    purposes: Callable[[View], Mapping[str, Purpose]] = _none
    """Those that are listed."""

    def register(
        self,
        tx: Transaction,
        name: str,
        type: PrincipalType,
        organisation: str,
        roles: Iterable[Role] = (),
        responsible: str | None = None,
    ) -> Principal:
        """Register a person, a service or an agent; the same again changes nothing.

        Raises:
            NotFound: if the catalogue has no such organisation.
            NoSuchPrincipal: if nobody is called as the responsible person is said to be.
            Invalid: if the name is not free to be used, or a service has nobody responsible.
            Conflict: if the name is another's, or of one who has left.
        """
        made = Principal(
            made_at=self.clock(),
            name=name,
            type=type,
            organisation=organisation,
            roles=in_order(roles),
            responsible=responsible,
        )
        present = principal_of(tx, name)
        if present is not None and _content(present) == _content(made):
            return present
        if present is not None:
            raise Conflict(
                f"There is another {name!r} already, or one who has left.",
                hint="Names are given once. `corridor access people change` changes what it may do.",
            )
        return self._state(tx, made, "principal.register")

    def change(
        self,
        tx: Transaction,
        name: str,
        reason: str,
        *,
        roles: Iterable[Role] | None = None,
        organisation: str | None = None,
        responsible: str | None = None,
    ) -> Principal:
        """Change what a principal is; what is not named stays. The same again changes nothing.

        Raises:
            NoSuchPrincipal: if there is none of this name, or it has left.
            NotFound: if the catalogue has no such organisation.
            Invalid: if it does not fit together.
        """
        present = self.principal(tx, name)
        wanted = {
            "roles": None if roles is None else in_order(roles),
            "organisation": organisation,
            "responsible": responsible,
        }
        changes = {key: value for key, value in wanted.items() if value is not None}
        if all(getattr(present, key) == value for key, value in changes.items()):
            return present
        fields = present.model_dump(exclude=OF_THIS_STATEMENT) | changes
        changed = Principal.model_validate({**fields, "made_at": self.clock(), "reason": reason})
        return self._state(tx, changed, "principal.change")

    def leave(self, tx: Transaction, name: str, reason: str) -> Principal:
        """Let a principal leave: its keys and sessions open nothing from now on.

        Services that it answers for go on; `unanswered` lists them.

        Raises:
            NoSuchPrincipal: if there is none of this name, or it has left already.
        """
        fields = self.principal(tx, name).model_dump(exclude=OF_THIS_STATEMENT)
        left = Principal.model_validate(
            {**fields, "made_at": self.clock(), "active": False, "reason": reason}
        )
        tx.append(left)
        closed = self.keys.revoke_all(tx, name, f"{name} left")
        ended = end_sessions_of(tx, name)
        drop_password(tx, name)
        tx.audit("principal.leave", name, reason=reason, keys=len(closed), sessions=ended)
        return left

    def people(self, view: View) -> list[Principal]:
        """Return everybody and everything that was ever registered, as they are now, by name."""
        newest = {each.name: each for each in view.own(Principal)}
        return [newest[name] for name in sorted(newest)]

    def principal(self, view: View, name: str) -> Principal:
        """Return a principal that is here.

        Raises:
            NoSuchPrincipal: if there is none of this name, or it has left.
        """
        found = principal_of(view, name)
        if found is None or not found.active:
            raise NoSuchPrincipal(f"There is no principal {name[:70]!r}.")
        return found

    def unanswered(self, view: View) -> list[Principal]:
        """Return the services and agents that are here, and whose responsible person has left."""
        here = {each.name: each for each in self.people(view) if each.active}
        return [p for p in here.values() if p.responsible and p.responsible not in here]

    def link(self, tx: Transaction, principal: str, issuer: str, subject: str) -> Account:
        """Link an account to a principal, which is known by it from now on.

        Raises:
            NoSuchPrincipal: if there is none of this name, or it has left.
            NotTrusted: if this node does not trust the issuer.
            Conflict: if the account is another's.
        """
        self.principal(tx, principal)
        if issuer != LOCAL or subject != principal:
            self._check_issuer(issuer)
        holder = holder_of(tx, issuer, subject)
        account = Account(made_at=self.clock(), principal=principal, issuer=issuer, subject=subject)
        if holder == principal:
            return next(a for a in self.accounts(tx, principal) if _content(a) == _content(account))
        if holder is not None:
            raise Conflict(
                f"This account is {holder}'s.",
                hint="One account is one principal's. Withdraw the record that links it first.",
            )
        tx.append(account)
        tx.audit("account.link", principal, issuer=issuer)
        return account

    def accounts(self, view: View, principal: str) -> list[Account]:
        """Return the accounts by which a principal is known."""
        found = mentioning(view, Account, principal)
        return [account for account in found if account.principal == principal]

    def claim(
        self,
        tx: Transaction,
        principal: str,
        claim: ClaimName,
        value: str,
        level: Level,
        verified_by: str,
        method: str,
        until: datetime,
        person: str | None = None,
    ) -> VerifiedClaim:
        """Keep the result of a verification. The same result again, until the same day, is kept once.

        `person` tells one natural person from all others, the same for all of their accounts; a
        keyed hash of it is kept.

        Raises:
            NoSuchPrincipal: if there is none of this name, or it has left.
            NotTrusted: if who verified it is neither an issuer of the settings, nor a person of this
                node, nor its operator; or is the very person of whom something was verified.
            Invalid: if it has ended already, or looks like the number of a document.
        """
        self.principal(tx, principal)
        mark = self._secrets.person_mark(person) if person else None
        self._check_verifier(tx, principal, verified_by, method, mark)
        if until <= self.clock():
            raise Invalid("until: the result of this verification has ended already.")
        if method != OIDC and looks_like_a_document(value):
            raise Invalid(
                "value: this looks like the number of a document.",
                hint="Only the result of a verification is kept: `JP`, `employee`.",
            )
        made = VerifiedClaim(
            made_at=self.clock(),
            principal=principal,
            claim=claim,
            value=value,
            level=level,
            verified_by=verified_by,
            method=method,
            until=until,
            same_person=mark,
        )
        for present in self.claims(tx, principal):
            if _content(present) == _content(made):
                return present
        tx.append(made)
        tx.audit("claim.keep", principal, claim=claim, level=level, by=verified_by, method=method)
        return made

    def claims(self, view: View, name: str) -> list[VerifiedClaim]:
        """Return what is verified of a principal now, oldest first."""
        found = [c for c in mentioning(view, VerifiedClaim, name) if c.principal == name]
        return claims_in_force(found, self.clock(), self.trusted)

    def identity_level(self, view: View, name: str) -> int:
        """Return how strongly a principal's identity is verified now: 0 not at all, 3 high."""
        return identity_level(self.claims(view, name))

    def same_person(self, view: View, a: str, b: str) -> bool:
        """Tell whether one natural person is behind two principals, as far as the node can know."""
        principals = {each.name: each for each in view.own(Principal)}
        return are_one_person(principals, view.own(Account), view.own(VerifiedClaim), (a, b))

    def add_project(
        self,
        tx: Transaction,
        name: str,
        title: str,
        organisation: str,
        purpose: str | None = None,
    ) -> Project:
        """Register a project of an organisation; its name's newest record counts.

        Raises:
            NotFound: if the catalogue has no such organisation.
            NoSuchPurpose: if the purpose is not listed.
            Conflict: if it is another organisation's already.
        """
        self._check_organisation(tx, organisation)
        listed = self.purposes(tx).get(purpose) if purpose is not None else None
        if purpose is not None and (listed is None or not listed.active):
            raise NoSuchPurpose(f"purpose: {purpose[:64]!r} is not listed.")
        project = Project(
            made_at=self.clock(),
            name=name,
            title=title,
            organisation=organisation,
            purpose=purpose,
        )
        present = project_of(tx, name)
        if present is not None and _content(present) == _content(project):
            return present
        if present is not None and present.organisation != organisation:
            raise Conflict(
                f"Project {name} is {present.organisation}'s.", hint="Choose another name."
            )
        tx.append(project)
        tx.audit("project.add", name, organisation=organisation, purpose=purpose)
        return project

    def projects(self, view: View) -> dict[str, Project]:
        """Return the projects by name."""
        return {project.name: project for project in view.own(Project)}

    @property
    def _secrets(self) -> Secrets:
        return self.keys.secrets

    def _state(self, tx: Transaction, principal: Principal, act: str) -> Principal:
        self._check_organisation(tx, principal.organisation)
        self._check_fits(tx, principal)
        tx.append(principal)
        tx.audit(
            act,
            principal.name,
            type=principal.type,
            organisation=principal.organisation,
            roles=" ".join(principal.roles),
            responsible=principal.responsible,
            reason=principal.reason,
        )
        return principal

    def _check_fits(self, view: View, principal: Principal) -> None:
        if principal.name in RESERVED:
            raise Invalid(f"name: {principal.name!r} is what the program calls a part of itself.")
        if principal.type == "person":
            if principal.responsible is not None:
                raise Invalid("responsible: a person answers for themselves.")
            return
        if principal.responsible is None:
            raise Invalid(f"responsible: some person has to answer for {principal.name}.")
        if self.principal(view, principal.responsible).type != "person":
            raise Invalid(f"responsible: {principal.responsible} is no person.")
        if "approver" in principal.roles:
            raise Invalid("roles: only a person decides on requests.")

    def _check_organisation(self, view: View, name: str) -> None:
        if name not in self.catalogue.organisations(view):
            raise NotFound(
                f"The catalogue has no organisation {name!r}.",
                hint="Register it first; `corridor catalogue list` shows what there is.",
            )

    def _check_verifier(
        self, view: View, name: str, verified_by: str, method: str, mark: str | None
    ) -> None:
        if "://" in verified_by or method == OIDC:
            self._check_issuer(verified_by, "verified_by: this node")
            return
        if verified_by == OPERATOR:
            return
        verifier = principal_of(view, verified_by)
        if verifier is None or not verifier.active or verifier.type != "person":
            raise NotTrusted(
                f"verified_by: {verified_by[:64]!r} is no person of this node.",
                hint=f"Name who verified it: a person of this node, `{OPERATOR}`, or an issuer of "
                "access.issuers.",
            )
        own = mentioning(view, VerifiedClaim, verified_by) if mark else ()
        marks = {each.same_person for each in own if each.principal == verified_by}
        if self.same_person(view, name, verified_by) or (mark and mark in marks):
            raise NotTrusted("verified_by: nobody verifies themselves, under whatever account.")

    def _check_issuer(self, issuer: str, who: str = "This node") -> None:
        if issuer not in self.trusted:
            raise NotTrusted(
                f"{who} does not trust the issuer {issuer[:200]!r}.",
                hint="The operator names trusted issuers in access.issuers of corridor.toml.",
            )


def _content(record: Principal | Account | VerifiedClaim | Project) -> dict[str, object]:
    return record.model_dump(exclude=OF_THIS_STATEMENT)
