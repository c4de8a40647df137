"""HTTP Message Signatures (RFC 9421) with Ed25519, on the requests of partners.

A signature covers method and address and is good for a minute; the key's name is the node's name.
Requests have no body. A request that is repeated within the minute reads the same page again: this
does not protect against it, and does not need to.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from corridor.core.doors import late
from corridor.core.signing import PublicKey
from corridor.core.store import Identity
from corridor.federation.errors import NotAPartner
from corridor.federation.ports import SignedRequest

if TYPE_CHECKING:
    import http_message_signatures.httpx2 as messages
    import httpx2
    from http_message_signatures import algorithms, exceptions, resolvers, signatures
else:  # only a node with partners takes them in
    httpx2 = late("httpx2")
    messages = late("http_message_signatures.httpx2")
    algorithms = late("http_message_signatures.algorithms")
    exceptions = late("http_message_signatures.exceptions")
    resolvers = late("http_message_signatures.resolvers")
    signatures = late("http_message_signatures.signatures")

TAG = "corridor-federation"
COVERED = ("@method", "@target-uri")
HEADERS = ("signature-input", "signature")


def sign(request: "httpx2.Request", identity: Identity) -> None:
    """Sign a request as this node; the headers are added in place."""
    private = {identity.name: identity.signer.private}
    keys = resolvers.MappingKeyResolver(public_keys={}, private_keys=private)
    signer = signatures.HTTPMessageSigner(
        signature_algorithm=algorithms.ED25519,  # pyright: ignore[reportPrivateImportUsage]
        key_resolver=keys,
    )
    signer.sign(  # pyright: ignore[reportUnknownMemberType]  its message parameter has no type
        messages.adapt_message(request),
        key_id=identity.name,
        tag=TAG,
        covered_component_ids=COVERED,
    )


def signer_of(request: SignedRequest, keys: Mapping[str, PublicKey], seconds: float) -> str | None:
    """Return the name of the partner that signed a request, or None if nobody did.

    Raises:
        NotAPartner: if there is a signature and it is not a partner's, for this request, of now.
    """
    if not any(name in request.headers for name in HEADERS):
        return None
    resolver = resolvers.MappingKeyResolver(
        public_keys={n: Ed25519PublicKey.from_public_bytes(k.raw) for n, k in keys.items()},
        private_keys={},
    )
    verifier = signatures.HTTPMessageVerifier(
        signature_algorithm=algorithms.ED25519,  # pyright: ignore[reportPrivateImportUsage]
        key_resolver=resolver,
    )
    verifier.max_clock_skew = timedelta(seconds=seconds)
    headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in request.headers.items()]
    try:
        asked = httpx2.Request(request.method, request.url, headers=headers)
        # max_age is added to the tolerance above, which holds in both directions
        results = verifier.verify(  # pyright: ignore[reportUnknownMemberType]
            messages.adapt_message(asked),
            max_age=timedelta(0),
            expect_tag=TAG,
            require_components=COVERED,
        )
    except (exceptions.HTTPMessageSignaturesException, httpx2.InvalidURL) as error:
        raise NotAPartner("The request's signature is not one of a partner, made now.") from error
    return cast("str", results[0].parameters["keyid"])
