"""Whose token of an OpenID provider a caller shows, for a door that is asked often.

A token is verified once, and remembered by its SHA-256 for some minutes at most: so long a key that
the provider takes back counts on for a token that was seen before. A token itself is never kept.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import SupportsFloat, cast

from corridor.access.adapters.oidc import OpenIdProviders
from corridor.access.errors import NotTrusted
from corridor.access.rules.id_tokens import LEEWAY_SECONDS, checked, header_of
from corridor.access.settings import IssuerSettings
from corridor.access.store import tokens
from corridor.core.clock import Clock
from corridor.core.store import Transaction

REMEMBER_SECONDS = 300.0
MOST_REMEMBERED = 10_000
"""Tokens; beyond it, those that were seen longest ago are forgotten."""
MAX_TOKEN_ID = 255


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a token that holds says: by whom its bearer is known, and as whom."""

    issuer: str
    subject: str
    ends: float
    """Seconds since 1970: from then on it is refused."""
    token_id: str = ""
    """Its `jti`, where tokens of its issuer are good once; else empty."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    bearer: Bearer
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Bearers:
    """Say whose account a provider's token is for."""

    clock: Clock
    providers: OpenIdProviders
    lock: Lock = field(default_factory=Lock, repr=False)
    seen: OrderedDict[bytes, _Remembered] = field(
        default_factory=OrderedDict[bytes, _Remembered], repr=False
    )

    def recalled(self, token: str) -> Bearer | None:
        """Return what a token says if it was verified lately and holds still; asks nobody."""
        mark, now = _mark(token), self.clock().timestamp()
        with self.lock:
            found = self.seen.get(mark)
            if found is None:
                return None
            if not found.since <= now < found.until:  # a clock may be set back, too
                del self.seen[mark]
                return None
            self.seen.move_to_end(mark)
        return found.bearer

    def verified(self, token: str) -> Bearer:
        """Return what a token says, after checking it.

        It may ask the provider for its keys, so an event loop has to call it in a thread.

        Raises:
            NotTrusted: if the token does not hold, or is not of an issuer of the settings.
            Unavailable: if the provider's keys are not known here and cannot be asked for.
        """
        header = header_of(token)
        settings = self.providers.trusted(header.issuer)
        key = self.providers.key_for(header)
        now = self.clock().timestamp()
        claims = checked(token, header, key, client_id=settings.client_id, now=now)
        ends = float(cast("SupportsFloat", claims["exp"])) + LEEWAY_SECONDS
        bearer = Bearer(header.issuer, str(claims["sub"]), ends, _token_id(settings, claims))
        self._remember(token, bearer, now)
        return bearer

    def spend(self, tx: Transaction, bearer: Bearer) -> None:
        """Use up a token that is good once: for every worker of this node.

        Raises:
            NotTrusted: if it was used already.
        """
        if not tokens.note_used(tx, bearer.issuer, bearer.token_id, bearer.ends):
            raise NotTrusted(
                "The token was used already.", hint="Each request needs a token of its own."
            )

    def _remember(self, token: str, bearer: Bearer, now: float) -> None:
        kept = _Remembered(bearer, now, min(bearer.ends, now + REMEMBER_SECONDS))
        with self.lock:
            self.seen[_mark(token)] = kept
            while len(self.seen) > MOST_REMEMBERED:
                self.seen.popitem(last=False)


def _mark(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _token_id(settings: IssuerSettings, claims: dict[str, object]) -> str:
    """Return by what a token that is good once is told from others.

    Raises:
        NotTrusted: if nothing tells it.
    """
    if not settings.single_use:
        return ""
    found = claims.get("jti")
    if not isinstance(found, str) or not 0 < len(found) <= MAX_TOKEN_ID:
        raise NotTrusted("The token has no `jti`, and tokens of its issuer are good once.")
    return found
