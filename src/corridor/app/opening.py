"""Open the node in a folder: its store and its key, with the services that a process wants."""

from collections.abc import Callable
from pathlib import Path

from corridor.access.store import MIGRATIONS as ACCESS_TABLES
from corridor.app.home import Home
from corridor.app.keys import KeyFiles, check_key, finish_change
from corridor.app.settings import Settings, settings_at
from corridor.core.clock import Clock
from corridor.core.signing import Signer
from corridor.core.store import Identity, Store
from corridor.drills.store import MIGRATIONS as DRILL_TABLES
from corridor.edge.runtime import Runtime
from corridor.federation.store import MIGRATIONS as FEDERATION_TABLES
from corridor.gateway.store import MIGRATIONS as GATEWAY_TABLES

TABLES = (*FEDERATION_TABLES, *ACCESS_TABLES, *GATEWAY_TABLES, *DRILL_TABLES)

Assemble = Callable[[Settings, Path, Store, str, Clock], Runtime]
"""Builds the services of a process on a store that is open."""


def opened(path: Path, assemble: Assemble, clock: Clock) -> Runtime:
    """Open the node in a folder; a change of its key that was cut off is finished before.

    Raises:
        NoNode: if there is none.
        StoreUnavailable: if its store cannot be used.
        WrongKey: if the key in the folder is not the one that signs its log.
    """
    home = Home(path)
    finish_change(KeyFiles(home), lambda signer: opened_with(path, signer, assemble, clock))
    home.require()
    runtime = opened_with(path, Signer.load(home.key), assemble, clock)
    try:
        check_key(runtime)
    except BaseException:
        runtime.store.close()
        raise
    return runtime


def opened_with(path: Path, signer: Signer, assemble: Assemble, clock: Clock) -> Runtime:
    """Open the node in a folder with a key that is given."""
    home, settings = Home(path), settings_at(path)
    identity = Identity(settings.node.name, signer)
    store = Store.open(settings.store.url_at(path), identity, clock, TABLES)
    return assemble(settings, path, store, home.token.read_text().strip(), clock)
