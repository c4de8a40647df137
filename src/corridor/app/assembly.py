"""How a node is put together: its folder, its key and its store, and the services on them.

What each service rests on stands in `wiring`; it is built when somebody first asks for it.
"""

from pathlib import Path

from corridor.app.home import Home
from corridor.app.keys import KeyFiles, check_key, finish_change
from corridor.app.services import Services
from corridor.app.settings import Settings, settings_at
from corridor.app.tables import TABLES
from corridor.core.clock import Clock, wall_clock
from corridor.core.signing import Signer
from corridor.core.store import Identity, Store
from corridor.edge.runtime import Runtime


def assemble(settings: Settings, home: Path, store: Store, token: str, clock: Clock) -> Runtime:
    """Put a node together on a store that is open."""
    services = Services(settings, home, store, clock)
    return Runtime(home, settings.node.address, store, services, services.kinds, token)


def open_node(path: Path, clock: Clock = wall_clock) -> Runtime:
    """Assemble the node in a folder; a change of its key that was cut off is finished before.

    Raises:
        NoNode: if there is none.
        StoreUnavailable: if its store cannot be used.
        WrongKey: if the key in the folder is not the one that signs its log.
    """
    home = Home(path)
    finish_change(KeyFiles(home), lambda signer: open_as(path, signer, clock))
    home.require()
    runtime = open_as(path, Signer.load(home.key), clock)
    try:
        check_key(runtime)
    except BaseException:
        runtime.store.close()
        raise
    return runtime


def open_as(path: Path, signer: Signer, clock: Clock = wall_clock) -> Runtime:
    """Assemble the node in a folder with a key that is given."""
    home, settings = Home(path), settings_at(path)
    identity = Identity(settings.node.name, signer)
    store = Store.open(settings.store.url_at(path), identity, clock, TABLES)
    return assemble(settings, path, store, home.token.read_text().strip(), clock)
