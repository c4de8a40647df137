"""Who holds and watches drills over HTTP: the operator, or a person as the node's policies permit."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request

from corridor.access import Identities, NotPermitted, Principal, refuse_key_in_query
from corridor.core.store import Transaction
from corridor.edge.http import Reading, address_of, bearer_of, runtime_of, shows_operator
from corridor.edge.runtime import Runtime


def _asker(request: Request, view: Reading) -> Principal | None:
    refuse_key_in_query(request.scope["query_string"])
    if shows_operator(request):
        return None
    identities = runtime_of(request).service(Identities)
    return identities.acting(view, bearer_of(request), address_of(request))


Asker = Annotated[Principal | None, Depends(_asker, scope="function")]
"""The person who shows a personal key or session, or None for the node's operator."""


@contextmanager
def refusals_kept(runtime: Runtime, asker: Principal | None, act: str) -> Generator[None]:
    """Write into the audit log what a person was not permitted to do."""
    try:
        yield
    except NotPermitted as error:
        with runtime.store.transaction(asker.name if asker else "operator") as tx:
            tx.audit("drill.refused", act, why=error.message)
        raise


@contextmanager
def acting(runtime: Runtime, asker: Principal | None, act: str) -> Generator[Transaction]:
    """Open a transaction of the one who asks; a refusal is kept though all else is undone."""
    name = asker.name if asker else "operator"
    with refusals_kept(runtime, asker, act), runtime.store.transaction(name) as tx:
        yield tx
