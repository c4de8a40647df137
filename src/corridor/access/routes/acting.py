"""Who acts over HTTP: the person whose personal key or session a request shows.

An address that showed too many wrong keys waits, whatever it shows next; a key in a query string
opens nothing, for it has been written to logs on its way.
"""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request

from corridor.access.errors import NotKnown
from corridor.access.records import ApiKey, Principal
from corridor.access.rules.keys import refuse_key_in_query
from corridor.access.service.identities import Identities
from corridor.access.service.keys import ApiKeys
from corridor.core.store import Transaction
from corridor.edge.http import Reading, address_of, bearer_of, runtime_of, shows_operator


def no_key_in_query(request: Request) -> None:
    """Refuse a request with a key in its address."""
    refuse_key_in_query(request.scope["query_string"])


def _person(request: Request, view: Reading) -> Principal:
    no_key_in_query(request)
    identities = runtime_of(request).service(Identities)
    return identities.acting(view, bearer_of(request), address_of(request))


Person = Annotated[Principal, Depends(_person, scope="function")]
"""The person who acts."""


def _key(request: Request, view: Reading) -> ApiKey:
    no_key_in_query(request)
    runtime, address = runtime_of(request), address_of(request)
    keys = runtime.service(ApiKeys)
    keys.check_pace(address)
    try:
        return runtime.service(Identities).key_shown(view, bearer_of(request))
    except NotKnown:
        keys.note_wrong(address)
        raise


ShownKey = Annotated[ApiKey, Depends(_key, scope="function")]
"""The key that a request shows, personal or a project's."""


def _key_transaction(request: Request, key: ShownKey) -> Iterator[Transaction]:
    with runtime_of(request).store.transaction(key.principal) as tx:
        yield tx


KeyTx = Annotated[Transaction, Depends(_key_transaction, scope="function")]
"""A transaction of the holder of the key that is shown."""


def _transaction(request: Request, person: Person) -> Iterator[Transaction]:
    with runtime_of(request).store.transaction(person.name) as tx:
        yield tx


PersonTx = Annotated[Transaction, Depends(_transaction, scope="function")]
"""A transaction of the person who acts."""


def _actor(request: Request, view: Reading) -> Principal | None:
    return None if shows_operator(request) else _person(request, view)


Actor = Annotated[Principal | None, Depends(_actor, scope="function")]
"""The person who acts, or None for the node's operator."""


def _actor_transaction(request: Request, actor: Actor) -> Iterator[Transaction]:
    with runtime_of(request).store.transaction(actor.name if actor else "operator") as tx:
        yield tx


ActorTx = Annotated[Transaction, Depends(_actor_transaction, scope="function")]
"""A transaction of the person who acts, or of the operator."""
