"""Very many keys of one caller, made without the search that a single key's making takes."""

import secrets

from corridor.access import ApiKey, ApiKeys
from corridor.core.store import Transaction
from corridor.edge.runtime import Runtime
from support.opening import PROJECT


def issue_many(runtime: Runtime, tx: Transaction, holder: str, number: int) -> list[str]:
    """Return the secrets of so many new keys of a caller that is there already."""
    keys, shown = runtime.service(ApiKeys), list[str]()
    for _ in range(number):
        secret = f"ck-{secrets.token_urlsafe(32)}"
        tx.append(
            ApiKey(
                made_at=keys.clock(),
                prefix=secret[:11],
                digest=keys.secrets.key_digest(secret),
                principal=holder,
                project=PROJECT,
                label=holder,
                models=("*",),
            )
        )
        shown.append(secret)
    return shown
