"""Forged tokens of an OpenID provider, each wrong in one way and right in all others."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable

import orjson
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey

from corridor.access.rules.id_tokens import MAX_TOKEN_BYTES
from support.access import FakeProvider, an_rsa_key

Token = Callable[[dict[str, object]], str]


def hand_made(
    header: dict[str, object], claims: dict[str, object], sign: Callable[[bytes], bytes]
) -> str:
    """Return a token that no library would make."""

    def part(value: bytes) -> str:
        return urlsafe_b64encode(value).rstrip(b"=").decode()

    signed = f"{part(orjson.dumps(header))}.{part(orjson.dumps(claims))}"
    return f"{signed}.{part(sign(signed.encode()))}"


def unsigned(alg: str) -> Token:
    return lambda own: hand_made({"alg": alg, "kid": "one"}, own, lambda _: b"")


def confused(secret: bytes) -> Token:
    """Sign with what everybody knows, the provider's public key, as if it were a secret."""
    header: dict[str, object] = {"alg": "HS256", "kid": "one"}
    return lambda own: hand_made(header, own, lambda text: hmac.digest(secret, text, "sha256"))


def critical(provider: FakeProvider) -> Token:
    """Sign rightly, with a header that asks for what is not understood."""
    header: dict[str, object] = {"alg": "RS256", "kid": "one", "crit": ["new"], "new": 1}
    private = provider.key.private_key
    assert private is not None
    return lambda own: hand_made(header, own, lambda text: private.sign(text, PKCS1v15(), SHA256()))


def forgeries(provider: FakeProvider) -> dict[str, Token]:
    """Every forged token, by what is wrong with it; each is right but for that."""
    now = int(provider.now())

    def with_(**claims: object) -> Token:
        def forge(own: dict[str, object]) -> str:
            merged = own | claims
            return provider.signed({k: v for k, v in merged.items() if v is not None})

        return forge

    embedded = an_rsa_key("two")
    return {
        "alg none": unsigned("none"),
        "alg NoNe": unsigned("NoNe"),
        "no signature under a good name": unsigned("RS256"),
        "no signature": lambda own: provider.signed(own).rpartition(".")[0] + ".",
        "key confusion, PEM": confused(provider.key.as_pem(private=False)),
        "key confusion, stripped PEM": confused(provider.key.as_pem(private=False).strip()),
        "key confusion, JWK": confused(orjson.dumps(provider.key.as_dict(private=False))),
        "another key of the same name": lambda own: provider.signed(own, an_rsa_key("one", 1)),
        "a key of another name": lambda own: provider.signed(own, an_rsa_key("two")),
        "a key in its own header": lambda own: jwt.encode(
            {"alg": "RS256", "kid": "two", "jwk": dict(embedded.as_dict(private=False))},
            own,
            embedded,
            ["RS256"],
        ),
        "an EC key under the RSA key's name": lambda own: jwt.encode(
            {"alg": "ES256", "kid": "one"}, own, ECKey.generate_key("P-256"), ["ES256"]
        ),
        "critical extension": critical(provider),
        "changed after signing": lambda own: spliced(provider, own),
        "expired": with_(exp=now - 61),
        "no expiry": with_(exp=None),
        "expiry that is no number": with_(exp="9999999999"),
        "issued in the future": with_(iat=now + 61),
        "not valid yet": with_(nbf=now + 61),
        "no time of issue": with_(iat=None),
        "wrong audience": with_(aud="another"),
        "no audience": with_(aud=None),
        "several audiences without a party": with_(aud=["corridor", "another"]),
        "another party": with_(azp="another"),
        "wrong issuer": with_(iss="https://evil.example"),
        "issuer with a slash more": with_(iss=provider.url + "/"),
        "no issuer": with_(iss=None),
        "no subject": with_(sub=None),
        "empty subject": with_(sub=""),
        "subject that is no text": with_(sub={"a": 1}),
        "too long a subject": with_(sub="x" * 256),
        "oversized": with_(padding="x" * MAX_TOKEN_BYTES),
        "encrypted": lambda _: "a.b.c.d.e",
        "not base64": lambda _: "ä.ö.ü",
        "deeply nested": lambda _: f"{'W1' * 4000}.{'W1' * 2000}.x",
        "empty": lambda _: "",
    }


def spliced(provider: FakeProvider, own: dict[str, object]) -> str:
    mine = provider.signed(own).split(".")
    other = provider.signed({**own, "sub": "somebody else"}).split(".")
    return ".".join((mine[0], other[1], mine[2]))
