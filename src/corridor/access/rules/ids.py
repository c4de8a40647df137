"""Ids as people type them: whole, or a beginning that only one thing has."""

from collections.abc import Iterable

from corridor.core.errors import Conflict

SHORTEST = 6
"""So many characters of an id are enough, if no other begins with them."""
MOST_NAMED = 8


class Ambiguous(Conflict):
    """Several things have ids that begin so."""

    advice = "Give more of the one that is meant."


def whole_id(given: str, known: Iterable[tuple[str, str]]) -> str:
    """Return the one id that begins as given; `known` are ids, each with what it is in words.

    What no id begins with, or is too short, is returned as it came: whoever looks for it says so.

    Raises:
        Ambiguous: if several do; all of them are named, up to eight.
    """
    every = dict(known)
    if given in every or len(given) < SHORTEST:
        return given
    fitting = [(each, words) for each, words in every.items() if each.startswith(given)]
    if len(fitting) > 1:
        named = ", ".join(f"{each} ({words})" for each, words in fitting[:MOST_NAMED])
        more = f" and {len(fitting) - MOST_NAMED} more" if len(fitting) > MOST_NAMED else ""
        raise Ambiguous(f"{given[:64]!r} may be {named}{more}.")
    return fitting[0][0] if fitting else given
