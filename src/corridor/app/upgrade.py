"""Bringing the store of an older Corridor up to date: forward only, and not while the node runs."""

from contextlib import closing

from sqlalchemy import make_url

from corridor.app.home import Home
from corridor.app.settings import settings_at
from corridor.app.tables import TABLES
from corridor.core.clock import Clock
from corridor.core.records import Part
from corridor.core.signing import Signer
from corridor.core.store import Identity, SchemaTooOld, Store
from corridor.core.store.engine import ENGINES
from corridor.core.store.migrations import steps_of


class Upgraded(Part):
    """What an upgrade did, room by room."""

    before: dict[str, int]
    """How far the store had come in each room."""
    after: dict[str, int]

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that were run."""
        return tuple(
            f"{room} {number}"
            for room, last in sorted(self.after.items())
            for number in range(self.before.get(room, 0) + 1, last + 1)
        )


def upgrade(home: Home, clock: Clock) -> Upgraded:
    """Run the steps that the store lacks, if any.

    Raises:
        NoNode: if there is no node in the folder.
        NodeRuns: if a process serves it.
        SchemaTooNew: if a newer Corridor wrote the store.
    """
    with home.served():
        settings = settings_at(home.path)
        url = settings.store.url_at(home.path)
        identity = Identity(settings.node.name, Signer.load(home.key))
        try:
            store = Store.open(url, identity, clock, TABLES)
        except SchemaTooOld:
            before = _steps(url, identity, clock)
            store = Store.open(url, identity, clock, TABLES, upgrade=True)
        else:
            with store.view() as view:
                before = steps_of(view.connection)
        with closing(store):
            with store.view() as view:
                done = Upgraded(before=before, after=steps_of(view.connection))
            if done.steps:
                with store.transaction("cli") as tx:
                    tx.audit("node.upgrade", identity.name, steps=", ".join(done.steps))
    return done


def _steps(url: str, identity: Identity, clock: Clock) -> dict[str, int]:
    """Return how far a store has come that cannot be opened yet."""
    parsed = make_url(url)
    engine = ENGINES[parsed.get_backend_name()].engine(parsed)
    with closing(Store(engine, identity, clock)) as old, old.view() as view:
        return steps_of(view.connection)
