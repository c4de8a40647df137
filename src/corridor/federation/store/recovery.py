"""Places of the own log whose records are not here."""

from sqlalchemy import select

from corridor.core.store import View
from corridor.core.store.schema import hidden


def hidden_places(view: View) -> list[tuple[int, bytes]]:
    """Return position and commitment of the own log's entries that have no record here."""
    query = (
        select(hidden.c.position, hidden.c.commitment)
        .where(hidden.c.log == view.identity.name)
        .order_by(hidden.c.position)
    )
    return [(row.position, row.commitment) for row in view.connection.execute(query)]
