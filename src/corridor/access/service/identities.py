"""What one can ask about identities: who shows this key or session, and how people sign in.

A sign-in by OpenID goes in steps, for the door may not hold a transaction while a provider is
asked: `ask` (outside), `begin` (in one), the person's round trip, `take` (in one), `answered`
(outside), `enter` (in one). No password, token or code is kept; sessions by a keyed hash.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Semaphore

from corridor.access.adapters.oidc import OpenIdProviders
from corridor.access.errors import NotAllowed, NotKnown, NotTrusted
from corridor.access.records import LOCAL, ApiKey, Principal, VerifiedClaim
from corridor.access.rules.id_tokens import checked, header_of
from corridor.access.rules.identities import (
    OIDC,
    SignedIn,
    account_mark,
    roles_after,
    signed_in,
)
from corridor.access.rules.keys import KEY, SESSION, SESSION_MARK
from corridor.access.rules.passwords import SALT_BYTES, check_password, password_digest
from corridor.access.service.cases import revocations_of
from corridor.access.service.keys import ApiKeys
from corridor.access.service.people import People
from corridor.access.settings import AccessSettings
from corridor.access.store.identities import (
    Password,
    Session,
    SignIn,
    end_session,
    end_sessions_of,
    keep_password,
    keep_session,
    keep_sign_in,
    password_of,
    session_of,
    take_sign_in,
)
from corridor.access.store.people import holder_of, mentioning, principal_of
from corridor.core.clock import Clock
from corridor.core.errors import Unavailable
from corridor.core.store import Transaction, View

SIGN_IN_SECONDS = 600
"""So long a person may take at the provider."""
CLAIM_DAYS = 30
"""What a provider verified counts for so long after a sign-in."""
BUSY_SECONDS = 5.0
HINT = "Show a personal key (not one of a project) that is in force, or sign in again."


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who has signed in."""

    principal: Principal
    token: str = field(repr=False)
    """Of the session; shown once."""
    until: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A round trip to a provider that is ready to begin."""

    sign_in: SignIn = field(repr=False)
    address: str
    """Where the person signs in."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a provider sent a person back with."""

    state: str
    code: str | None = field(default=None, repr=False)
    issuer: str | None = None
    """Where the provider names itself (RFC 9207)."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Identities:
    """Say who it is that shows something, and let people sign in."""

    settings: AccessSettings
    clock: Clock
    people: People
    keys: ApiKeys
    providers: OpenIdProviders
    at_once: Semaphore = field(default_factory=lambda: Semaphore(2), repr=False)
    """So many passwords are looked at at the same time: each takes memory and time."""

    def known(self, view: View, shown: str) -> Principal:
        """Return the person who shows a personal key or a session.

        A project's key opens models and nothing else, so nobody is known by it here.

        Raises:
            NotKnown: if nobody is, whatever the reason.
            NotAllowed: if the person, the organisation or the key is suspended.
        """
        name, key_id = None, ""
        if SESSION.match(shown):
            name = self._in_session(view, shown)
        elif KEY.match(shown):
            name, key_id = self._by_personal_key(view, shown)
        found = principal_of(view, name) if name is not None else None
        if found is None or not found.active:
            raise NotKnown("Nobody is known by what was shown.", hint=HINT)
        self._check_open(view, found, key_id)
        return found

    def acting(self, view: View, shown: str, address: str) -> Principal:
        """Return the person who acts from an address; one that showed too many wrong keys waits.

        Raises:
            NotKnown, NotAllowed: as `known`.
            Throttled: if too many wrong keys came from there.
        """
        self.keys.check_pace(address)
        try:
            return self.known(view, shown)
        except NotKnown:
            self.keys.note_wrong(address)
            raise

    def key_shown(self, view: View, shown: str) -> ApiKey:
        """Return the key that somebody shows, personal or a project's, if nothing closes it.

        Raises:
            NotKnown: if none in force is shown.
            NotAllowed: if its holder, the organisation or the key is suspended.
        """
        key = self.keys.holding(view, shown)
        found = principal_of(view, key.principal)
        if found is None or not found.active:
            raise NotKnown("This key opens nothing here.")
        self._check_open(view, found, str(key.id))
        return key

    def set_password(self, tx: Transaction, name: str, password: str) -> None:
        """Give a person a password for this machine; sessions that were open by another end.

        Raises:
            NoSuchPrincipal: if there is none of this name, or it has left.
            Invalid: if the password is too easy to guess.
        """
        person = self.people.principal(tx, name)
        check_password(password, name)
        self.people.link(tx, person.name, LOCAL, person.name)
        salt = secrets.token_bytes(SALT_BYTES)
        keep_password(tx, name, Password(salt, self._digest(password, salt)))
        ended = end_sessions_of(tx, name)
        tx.audit("password.set", name, sessions=ended)

    def check_password(self, view: View, name: str, password: str) -> Principal:
        """Return the person that a name and password belong to.

        It takes as long where there is no such person. It is asked in a view, for it takes long.

        Raises:
            NotKnown: if they do not belong together.
            Unavailable: if too many are asked at the same time.
        """
        kept = password_of(view, name) or Password(bytes(SALT_BYTES), b"")
        digest = self._digest(password, kept.salt)
        person = principal_of(view, name)
        fits = secrets.compare_digest(digest, kept.digest)
        if not fits or person is None or not person.active:
            raise NotKnown(
                "This name and password do not belong together.",
                hint="`corridor access password NAME` sets a new password on the node's machine.",
            )
        return person

    def begin_session(self, tx: Transaction, name: str, issuer: str = LOCAL) -> Entered:
        """Let somebody in who was just recognised by an account of an issuer.

        Raises:
            NoSuchPrincipal: if there is none of this name, or it has left.
        """
        return self._entered(tx, self.people.principal(tx, name), issuer)

    def ask(self, issuer: str, redirect: str) -> Asking:
        """Prepare a round trip to a provider. It may be asked for its configuration.

        Raises:
            NotTrusted: if this node does not trust the issuer.
            Unavailable: if it does not answer.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        address = self.providers.address_to(issuer, redirect, state, nonce, verifier)
        until = self.clock().timestamp() + SIGN_IN_SECONDS
        return Asking(SignIn(state, issuer, nonce, verifier, until), address)

    def begin(self, tx: Transaction, asking: Asking) -> None:
        """Remember a round trip that begins."""
        keep_sign_in(tx, asking.sign_in, self.clock().timestamp())

    def take(self, tx: Transaction, returned: Returned) -> SignIn:
        """Return the round trip that somebody comes back from; nobody does so twice.

        Raises:
            NotTrusted: if none such has begun here, or it took too long.
        """
        found = take_sign_in(tx, returned.state[:200])
        if found is None or found.until <= self.clock().timestamp():
            raise NotTrusted("No such sign-in is under way here.", hint="Begin it again.")
        return found

    def answered(self, sign_in: SignIn, returned: Returned, redirect: str) -> SignedIn:
        """Ask the provider who came back, and check what it says.

        Raises:
            NotTrusted: if it does not hold, or the provider refused.
            Unavailable: if the provider does not answer.
        """
        settings = self.providers.trusted(sign_in.issuer)
        names_itself = self.providers.configuration(sign_in.issuer).names_itself
        if returned.issuer != sign_in.issuer and (names_itself or returned.issuer is not None):
            raise NotTrusted("Another provider answers than was asked.", hint="Begin again.")
        if returned.code is None or returned.error is not None:
            raise NotTrusted(
                f"The provider did not let you in: {_plain(returned.error or 'no code')}.",
                hint="Begin again, or ask those who run the provider.",
            )
        tokens = self.providers.tokens_for(
            sign_in.issuer, returned.code, redirect, sign_in.verifier
        )
        header = header_of(tokens.id_token)
        if header.issuer != sign_in.issuer:
            raise NotTrusted("The provider's token is of another issuer.")
        claims = checked(
            tokens.id_token,
            header,
            self.providers.key_for(header),
            client_id=settings.client_id,
            now=self.clock().timestamp(),
            nonce=sign_in.nonce,
            access_token=tokens.access_token,
        )
        return signed_in(settings, claims)

    def enter(self, tx: Transaction, said: SignedIn) -> Entered:
        """Let in whom a provider vouches for: register or change them, keep what was verified.

        An account is never joined to a principal by its name, only by `link`.

        Raises:
            NotKnown: if they have left.
            NotTrusted: if the account was another person's before.
            NotFound: if the catalogue has no such organisation.
        """
        principal = self._principal(tx, said)
        self._keep_claims(tx, principal.name, said)
        return self._entered(tx, principal, said.issuer)

    def end_of(self, view: View, shown: str) -> datetime | None:
        """Return when what was shown ends by itself, if it does: a key in force, or a session."""
        if SESSION.match(shown):
            found = session_of(view, self.keys.secrets.key_digest(shown))
            return None if found is None else datetime.fromtimestamp(found.until, UTC)
        key = self.keys.holding(view, shown)
        ends = [each for each in (key.expires_at, self.keys.end(view, key)) if each is not None]
        return min(ends, default=None)

    def leave_session(self, tx: Transaction, token: str) -> bool:
        """End a session; tell whether there was one."""
        return bool(SESSION.match(token)) and end_session(tx, self.keys.secrets.key_digest(token))

    def _principal(self, tx: Transaction, said: SignedIn) -> Principal:
        name = holder_of(tx, said.issuer, said.subject)
        if name is None:
            name = said.proposed_name
            if principal_of(tx, name) is not None:
                name = f"{name}-{account_mark(said.issuer, said.subject)}"
            made = self.people.register(tx, name, "person", said.organisation, said.roles)
            self.people.link(tx, name, said.issuer, said.subject)
            return made
        present = principal_of(tx, name)
        if present is None or not present.active:
            raise NotKnown("The principal of this account has left.", hint="Ask the operator.")
        return self.people.change(
            tx,
            name,
            f"as {said.issuer} says",
            roles=roles_after(present.roles, said),
            organisation=said.organisation,
        )

    def _keep_claims(self, tx: Transaction, name: str, said: SignedIn) -> None:
        """Keep what the provider verified; what it said before and no longer says is withdrawn."""
        mark = self.keys.secrets.person_mark(said.person) if said.person else None
        earlier = [
            each
            for each in mentioning(tx, VerifiedClaim, name)
            if each.principal == name and each.method == OIDC and each.verified_by == said.issuer
        ]
        if mark is not None and any(c.same_person not in (None, mark) for c in earlier):
            raise NotTrusted(
                "The provider says that this account is another person's now.",
                hint="The operator has to look into it: `corridor access people leave`.",
            )
        now = self.clock()
        for claim in earlier:
            if claim.until > now and not _is_said(claim, said, mark):
                tx.withdraw(claim.id, f"{said.issuer} says otherwise now")
        half, until = now + timedelta(days=CLAIM_DAYS / 2), now + timedelta(days=CLAIM_DAYS)
        for about, value in said.verified.items():
            lasting = [c for c in earlier if c.claim == about and c.until > half]
            if said.level is None or any(_is_said(c, said, mark) for c in lasting):
                continue  # what was kept lately is not kept again
            self.people.claim(
                tx, name, about, value, said.level, said.issuer, OIDC, until, said.person
            )

    def _entered(self, tx: Transaction, principal: Principal, issuer: str) -> Entered:
        now = self.clock().timestamp()
        token = SESSION_MARK + secrets.token_urlsafe(32)
        until = now + self.settings.session_minutes * 60
        digest = self.keys.secrets.key_digest(token)
        keep_session(tx, Session(digest, principal.name, issuer, now, until))
        tx.audit("session.begin", principal.name, issuer=issuer)
        return Entered(principal, token, until)

    def _in_session(self, view: View, token: str) -> str | None:
        found = session_of(view, self.keys.secrets.key_digest(token))
        if found is None or found.until <= self.clock().timestamp():
            return None
        still_trusted = found.issuer == LOCAL or found.issuer in self.people.trusted
        return found.principal if still_trusted else None

    def _by_personal_key(self, view: View, secret: str) -> tuple[str | None, str]:
        try:
            key = self.keys.holding(view, secret)
        except NotKnown:
            return None, ""
        return (key.principal if key.project is None else None), str(key.id)

    def _check_open(self, view: View, principal: Principal, key_id: str) -> None:
        """Check that nothing of this node's closes whoever it is."""
        places = {
            ("principal", principal.name),
            ("organisation", principal.organisation),
            ("key", key_id),
        }
        for each in revocations_of(view, self.clock()):
            closed = each.revocation
            counts = each.closes and each.issuer == view.identity.name
            if counts and (closed.scope, closed.target) in places:
                raise NotAllowed(
                    f"The access of {principal.name} is closed: {closed.reason}.",
                    hint="`corridor access revocations` shows until when; an operator can lift it.",
                )

    def _digest(self, password: str, salt: bytes) -> bytes:
        if not self.at_once.acquire(timeout=BUSY_SECONDS):
            raise Unavailable("Too many sign in at this moment.", hint="Try again in a moment.")
        try:
            return password_digest(password, salt)
        finally:
            self.at_once.release()


def _is_said(claim: VerifiedClaim, said: SignedIn, mark: str | None) -> bool:
    """Tell whether a provider still says what it once verified."""
    same = said.verified.get(claim.claim) == claim.value and claim.level == said.level
    return same and claim.same_person == mark


def _plain(text: str) -> str:
    """Return what somebody else says as a short line that can do no harm where it is shown."""
    return "".join(each for each in text if each.isascii() and each.isprintable())[:100]
