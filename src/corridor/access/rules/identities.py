"""Who is who: what a provider's claims say of a person, and which principals are one person."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import cast, get_args

from corridor.access.errors import NotTrusted
from corridor.access.records import (
    LEVELS,
    Account,
    ClaimName,
    Level,
    Principal,
    Role,
    VerifiedClaim,
)
from corridor.access.settings import IssuerSettings
from corridor.core.errors import Invalid

RESERVED = frozenset(
    {"cli", "drill", "evaluator", "gateway", "node", "operator", "restore", "test", "worker"}
)
"""What the account of acts calls those who are no principals; no principal may be called so."""
OPERATOR = "operator"
"""Who holds the node's folder, where no person of the node verified something."""
OIDC = "oidc"
"""The method of a claim that an OpenID provider vouches for; only a sign-in writes it."""
MAX_VALUES = 1000
_DOCUMENT = re.compile(r"(?:\d[ /-]?){9,}|\b[A-Z]{1,2}\d{6,8}\b|\b[A-Z]{5}\d{4}[A-Z]\b")
"""Nine digits or more, the form of most passport numbers, and that of a tax number in India."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a provider that is trusted says of who signs in."""

    issuer: str
    subject: str
    proposed_name: str
    organisation: str
    roles: frozenset[Role]
    """Of those that this provider decides upon."""
    decided: frozenset[Role]
    """The roles that this provider decides upon; others are left as they are."""
    level: Level | None
    person: str | None
    """What is the same for all accounts of this person; never kept as it is."""

    @property
    def verified(self) -> dict[ClaimName, str]:
        """The results that are kept of it."""
        return {"identity": "verified", "affiliation": self.organisation}


def signed_in(settings: IssuerSettings, claims: Mapping[str, object]) -> SignedIn:
    """Read a provider's claims as this node's settings say.

    Raises:
        NotTrusted: if they name no organisation that is known here.
        Invalid: if the settings name a role that there is not.
    """
    subject = str(claims["sub"])
    groups = set(_texts(claims.get(settings.groups_claim)))
    known: dict[str, Role] = {group: role_named(role) for group, role in settings.roles.items()}
    person = claims.get(settings.person_claim) if settings.person_claim else None
    return SignedIn(
        issuer=settings.issuer,
        subject=subject,
        proposed_name=proposed_name(claims, settings.issuer),
        organisation=_organisation(settings, claims),
        roles=frozenset[Role](role for group, role in known.items() if group in groups),
        decided=frozenset[Role](known.values()),
        level=next((name for name, at in LEVELS.items() if at == settings.level), None),
        person=person if isinstance(person, str) and person else None,
    )


def proposed_name(claims: Mapping[str, object], issuer: str) -> str:
    """Return a name for a principal, of what the provider calls the person."""
    for claim in ("preferred_username", "email", "name", "sub"):
        text = unicodedata.normalize("NFKD", str(claims.get(claim) or "")).lower()
        slug = re.sub(r"[^a-z0-9._-]+", "-", text.partition("@")[0]).strip("-._")[:40]
        if len(slug) > 1 and slug not in RESERVED:
            return slug
    return f"person-{account_mark(issuer, str(claims['sub']))}"


def account_mark(issuer: str, subject: str) -> str:
    """Return a few digits that tell an account from others of the same name."""
    return sha256(f"{issuer}\0{subject}".encode()).hexdigest()[:8]


def roles_after(present: Iterable[Role], said: SignedIn) -> tuple[Role, ...]:
    """Return a principal's roles after a sign-in: the provider decides on those that it can give."""
    kept = frozenset[Role](role for role in present if role not in said.decided)
    return in_order(kept | said.roles)


def in_order(roles: Iterable[Role]) -> tuple[Role, ...]:
    """Return roles once each, in the order of the alphabet."""
    return tuple(sorted(set(roles)))


def role_named(text: str) -> Role:
    """Return the role of a name.

    Raises:
        Invalid: if there is none.
    """
    if text not in get_args(Role):
        raise Invalid(f"{text[:40]!r} is no role.", hint=f"Roles: {', '.join(get_args(Role))}.")
    return cast("Role", text)


def looks_like_a_document(value: str) -> bool:
    """Tell whether a text may hold the number of a document, which is never kept.

    It cannot know every form that such numbers have.
    """
    return _DOCUMENT.search(value) is not None


def claims_in_force(
    claims: Iterable[VerifiedClaim], now: datetime, trusted: Iterable[str]
) -> list[VerifiedClaim]:
    """Return the claims that have not ended, and whose issuer is trusted still."""
    issuers = set(trusted)
    return [
        each
        for each in claims
        if each.until > now and (each.method != OIDC or each.verified_by in issuers)
    ]


def identity_level(claims: Iterable[VerifiedClaim]) -> int:
    """Return how strongly an identity is verified by claims in force: 0 not at all, 3 high."""
    return max((LEVELS[each.level] for each in claims if each.claim == "identity"), default=0)


def person_of(principals: Mapping[str, Principal], name: str) -> str:
    """Return the person who answers for a principal: itself, where it is a person."""
    found = principals.get(name)
    while found is not None and found.responsible is not None:
        name = found.responsible
        found = None if name == found.name else principals.get(name)
    return name


def are_one_person(
    principals: Mapping[str, Principal],
    accounts: Iterable[Account],
    claims: Iterable[VerifiedClaim],
    names: tuple[str, str],
) -> bool:
    """Tell whether one natural person is behind two principals.

    So it is if they share an account or a person's mark, directly or by way of others, or if one
    answers for the other. Marks and accounts count for good, also those of who has left.
    """
    one, other = (person_of(principals, name) for name in names)
    marks: dict[str, set[str]] = {}
    for account in accounts:
        marks.setdefault(account.principal, set()).add(f"{account.issuer}\0{account.subject}")
    for claim in claims:
        if claim.same_person is not None:
            marks.setdefault(claim.principal, set()).add(claim.same_person)
    same, seen = {one}, set(marks.get(one, ()))
    while True:
        found = {name for name, own in marks.items() if name not in same and own & seen}
        if not found:
            return other in same
        same |= found
        seen = seen.union(*(marks[name] for name in found))


def _organisation(settings: IssuerSettings, claims: Mapping[str, object]) -> str:
    for value in _texts(claims.get(settings.organisation_claim)):
        if value in settings.organisations:
            return settings.organisations[value]
    if settings.organisation is None:
        raise NotTrusted(
            "The provider names no organisation that is known here.",
            hint="The operator maps organisations in access.issuers of corridor.toml.",
        )
    return settings.organisation


def _texts(value: object) -> list[str]:
    """Return a claim's values: one text, or those in a list."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        return []
    each = cast("list[object]", value)[:MAX_VALUES]
    return [text for text in each if isinstance(text, str)]
