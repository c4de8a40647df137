"""OpenID providers over HTTP: their configuration, their keys, and tokens for codes.

Only issuers of the settings are asked, by https (plain http on this machine alone). Answers are
read up to a limit and a deadline, never followed elsewhere. Keys are renewed every hour, and before
it for a key that is not known, but no provider is asked more often than once a minute, whatever
tokens are shown here. While one cannot be reached, its keys count for some hours more.
"""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import ip_address
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import orjson

from corridor.access.errors import NotTrusted
from corridor.access.rules.id_tokens import Header, fitting, signing_keys
from corridor.access.settings import IssuerSettings
from corridor.core.clock import Clock
from corridor.core.doors import late
from corridor.core.errors import Unavailable

if TYPE_CHECKING:
    import httpx2
    from authlib.oauth2 import auth, rfc7636
    from authlib.oauth2.rfc6749 import parameters

    from corridor.access.rules.id_tokens import SigningKey
else:  # only a node that trusts an issuer takes them in
    httpx2, auth = late("httpx2"), late("authlib.oauth2.auth")
    rfc7636, parameters = late("authlib.oauth2.rfc7636"), late("authlib.oauth2.rfc6749.parameters")

MAX_ANSWER_BYTES = 256 * 1024
REQUEST_SECONDS = 5.0
RENEW_SECONDS = 3600
"""The keys of a provider are asked for so often."""
AGAIN_SECONDS = 60
"""For a key that is not known, or after a failure, so often."""
KEEP_SECONDS = 4 * 3600
"""So long they count though the provider does not answer."""
SCOPE = "openid profile email"
_FORM = {
    "accept": "application/json",
    "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a provider says of itself (OpenID Connect Discovery 1.0, section 3)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_auth_methods: tuple[str, ...]
    names_itself: bool
    """Whether each of its answers names it (RFC 9207)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a provider gave for a code."""

    id_token: str
    access_token: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What was last heard of a provider."""

    asked_at: datetime
    heard_at: datetime | None = None
    configuration: Configuration | None = None
    keys: "tuple[SigningKey, ...]" = ()

    def counts(self, now: datetime) -> bool:
        """Tell whether it was heard lately enough."""
        return self.heard_at is not None and _within(self.heard_at, now, KEEP_SECONDS)

    def is_to_be_renewed(self, now: datetime, *, at_once: bool) -> bool:
        """Tell whether the provider is to be asked now."""
        if _within(self.asked_at, now, AGAIN_SECONDS):
            return False
        recent = self.heard_at is not None and _within(self.heard_at, now, RENEW_SECONDS)
        return at_once or not recent


@dataclass(frozen=True, slots=True)
class OpenIdProviders:
    """The providers that this node trusts, by issuer."""

    issuers: Mapping[str, IssuerSettings]
    clock: Clock
    secret_at: Callable[[str | None], str | None] = field(default=lambda _: None, repr=False)
    """Resolves a reference to a client secret."""
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    """Trusts what the system trusts."""
    known: dict[str, _Known] = field(default_factory=dict[str, _Known], repr=False)
    lock: Lock = field(default_factory=Lock, repr=False)

    def trusted(self, issuer: str) -> IssuerSettings:
        """Return the settings of an issuer.

        Raises:
            NotTrusted: if it is not one of those in the settings.
        """
        found = self.issuers.get(issuer)
        if found is None:
            raise NotTrusted(
                f"This node does not trust the issuer {issuer[:200]!r}.",
                hint="The operator names trusted issuers in access.issuers of corridor.toml.",
            )
        return found

    def configuration(self, issuer: str) -> Configuration:
        """Return what a provider says of itself.

        Raises:
            NotTrusted: if the issuer is not trusted, or says that it is another.
            Unavailable: if it does not answer.
        """
        found = self._known(self.trusted(issuer)).configuration
        if found is None:
            raise _silent(issuer)
        return found

    def address_to(self, issuer: str, redirect: str, state: str, nonce: str, verifier: str) -> str:
        """Return where a person signs in and is sent back from, with a code (RFC 7636: S256)."""
        settings, found = self.trusted(issuer), self.configuration(issuer)
        # Authlib has no types of its own.
        grant = cast("Callable[..., str]", parameters.prepare_grant_uri)  # pyright: ignore[reportUnknownMemberType]
        challenge = cast("Callable[[str], str]", rfc7636.create_s256_code_challenge)  # pyright: ignore[reportUnknownMemberType]
        return grant(
            found.authorization_endpoint,
            client_id=settings.client_id,
            response_type="code",
            redirect_uri=redirect,
            scope=SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=challenge(verifier),
            code_challenge_method="S256",
        )

    def tokens_for(self, issuer: str, code: str, redirect: str, verifier: str) -> Tokens:
        """Give a code for tokens.

        Raises:
            NotTrusted: if the provider refuses it, as it does a code that was used.
            Unavailable: if it does not answer.
        """
        settings, found = self.trusted(issuer), self.configuration(issuer)
        request = cast("Callable[..., str]", parameters.prepare_token_request)  # pyright: ignore[reportUnknownMemberType]
        body = request(
            "authorization_code", code=code, redirect_uri=redirect, code_verifier=verifier
        )
        secret = self.secret_at(settings.client_secret)
        url, headers, body = _authenticated(settings.client_id, secret, found, body)
        status, answer = self._answer("POST", url, headers, body)
        if status >= 500 or status == 429:
            raise Unavailable(f"{issuer} answered with status {status}.", hint="Try again later.")
        given = _object(answer, issuer) if status == 200 else {}
        id_token, access_token = given.get("id_token"), given.get("access_token")
        if not isinstance(id_token, str):
            raise NotTrusted("The provider does not take this code.", hint="Sign in again.")
        return Tokens(id_token, access_token if isinstance(access_token, str) else None)

    def key_for(self, header: Header) -> "SigningKey":
        """Return the published key that a token says it is signed with.

        Raises:
            NotTrusted: if the issuer is not trusted, or has no such key.
            Unavailable: if it does not answer.
        """
        settings = self.trusted(header.issuer)
        key = fitting(self._known(settings).keys, header)
        if key is None:
            key = fitting(self._known(settings, at_once=True).keys, header)
        if key is None:
            raise NotTrusted("The provider has published no such key.")
        return key

    def _known(self, settings: IssuerSettings, *, at_once: bool = False) -> _Known:
        """Return what is known of a provider; ask it if that is too old.

        Raises:
            Unavailable: if it does not answer, or did not a moment ago, and nothing is known.
        """
        issuer = settings.issuer
        with self.lock:
            now, old = self.clock(), self.known.get(issuer)
            if old is not None and not old.is_to_be_renewed(now, at_once=at_once):
                return _counting(old, now, issuer)
            if old is None or not old.counts(now):  # all who come meanwhile wait for the answer
                self.known[issuer] = _Known(now)
                return self._ask(issuer, now)
            self.known[issuer] = replace(old, asked_at=now)
        try:
            return self._ask(issuer, now)
        except Unavailable:
            return old

    def _ask(self, issuer: str, now: datetime) -> _Known:
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        found = _configuration(self._document(url, issuer), issuer)
        keys = signing_keys(self._document(found.jwks_uri, issuer))
        self.known[issuer] = fresh = _Known(now, now, found, keys)
        return fresh

    def _document(self, url: str, issuer: str) -> dict[str, object]:
        status, answer = self._answer("GET", url, {"accept": "application/json"})
        if status != 200:
            raise Unavailable(f"{url} answered with status {status}.", hint="Try again later.")
        return _object(answer, issuer)

    def _answer(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None = None
    ) -> tuple[int, bytes]:
        _check_safe(url)
        end = monotonic() + REQUEST_SECONDS
        try:
            with (
                httpx2.Client(
                    verify=self.tls,
                    timeout=REQUEST_SECONDS,
                    trust_env=False,  # a proxy of the environment is nothing that was set for us
                    follow_redirects=False,
                ) as client,
                client.stream(
                    method,
                    url,
                    headers={"accept-encoding": "identity", **headers},
                    content=body,
                ) as response,
            ):
                answer = bytearray()
                for chunk in response.iter_raw():
                    answer += chunk
                    if len(answer) > MAX_ANSWER_BYTES or monotonic() > end:
                        raise Unavailable(f"{url} answers with more than is read, or too slowly.")
                return response.status_code, bytes(answer)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise Unavailable(f"{url} does not answer: {reason}.") from error


def _within(past: datetime, now: datetime, seconds: float) -> bool:
    return 0 <= (now - past).total_seconds() < seconds


def _counting(known: _Known, now: datetime, issuer: str) -> _Known:
    if not known.counts(now):
        raise _silent(issuer)
    return known


def _silent(issuer: str) -> Unavailable:
    return Unavailable(f"{issuer} did not answer a moment ago.", hint="Try again in a minute.")


def _configuration(said: dict[str, object], issuer: str) -> Configuration:
    if said.get("issuer") != issuer:
        raise NotTrusted(f"Who answers at {issuer} says that it is another issuer.")
    methods = said.get("token_endpoint_auth_methods_supported")
    listed = cast("list[object]", methods) if isinstance(methods, list) else []
    return Configuration(
        authorization_endpoint=_address(said, "authorization_endpoint", issuer),
        token_endpoint=_address(said, "token_endpoint", issuer),
        jwks_uri=_address(said, "jwks_uri", issuer),
        token_auth_methods=tuple(each for each in listed if isinstance(each, str)),
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(said: dict[str, object], name: str, issuer: str) -> str:
    value = said.get(name)
    if not isinstance(value, str):
        raise NotTrusted(f"{issuer} does not say where its {name} is.")
    _check_safe(value)
    return value


def _check_safe(url: str) -> None:
    """Check that what is sent to an address can be read by nobody on the way.

    Raises:
        NotTrusted: if not.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise NotTrusted(f"{url[:200]!r} is no address.") from error
    if parts.scheme == "https" and host:
        return
    if parts.scheme != "http" or not _is_this_machine(host):
        raise NotTrusted(f"{url[:200]!r} is not an https address.")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _authenticated(
    client_id: str, secret: str | None, found: Configuration, body: str
) -> tuple[str, dict[str, str], str]:
    """Return address, headers and body of a request for tokens that says which client asks."""
    offered = found.token_auth_methods
    basic = not offered or "client_secret_basic" in offered
    method = "client_secret_basic" if basic else "client_secret_post"
    client = auth.ClientAuth(client_id, secret, method if secret is not None else "none")
    prepare = cast("Callable[..., tuple[str, dict[str, str], str]]", client.prepare)  # pyright: ignore[reportUnknownMemberType]
    return prepare("POST", found.token_endpoint, dict(_FORM), body)


def _object(answer: bytes, issuer: str) -> dict[str, Any]:
    try:
        value = orjson.loads(answer)
    except orjson.JSONDecodeError as error:
        raise Unavailable(f"{issuer} answered no JSON.") from error
    if not isinstance(value, dict):
        raise Unavailable(f"{issuer} answered no JSON object.")
    return cast("dict[str, Any]", value)
