"""Which keys signed this node's own log, as its records and its store say.

It takes in no more than that needs, for it is asked whenever a node is opened.
"""

from corridor.core.rotations import Rotation
from corridor.core.store import Transaction, View
from corridor.federation.ports import Recovery
from corridor.federation.records.partners import KeyRecovery, KeyRotation

FIRST_KEY = "key"
"""The fact in the store that says which key signs the log before any change of it, in hex."""


def present_key(view: View) -> str | None:
    """Return the key that signs the own log from now on, in hex, if the store knows it."""
    changes = own_changes(view)
    return changes[-1].new if changes else view.state_of(FIRST_KEY)


def note_first_key(tx: Transaction) -> None:
    """Keep which key signs the own log, so that it is known if the key itself is lost."""
    tx.remember(FIRST_KEY, tx.identity.signer.public.hex)


def own_changes(view: View) -> list[Rotation | Recovery]:
    """Return every change of the own key, oldest first."""
    every = (*own_rotations(view), *own_recoveries(view))
    return sorted(every, key=lambda change: change.position)


def own_rotations(view: View) -> tuple[Rotation, ...]:
    """Return the changes that the old key announced, oldest first."""
    return tuple(record.rotation for record in view.own(KeyRotation, taken_back=True))


def own_recoveries(view: View) -> tuple[Recovery, ...]:
    """Return the changes after a loss, oldest first."""
    return tuple(record.recovery for record in view.own(KeyRecovery, taken_back=True))
