"""What a file of a model was made from, as far as that was stated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from corridor.catalogue.records import Provenance


@dataclass(frozen=True, slots=True)
class Lineage:
    """A file and all that it was made from, by digest; each is named once."""

    files: tuple[str, ...]
    """The file itself first, then what it was made from, the nearest first."""
    unstated: tuple[str, ...]
    """Those of them of which nobody said how they came about."""
    cycle: tuple[str, ...] = ()
    """Files each of which is said to be made from the next, and the last from the first; empty where
    there is no such nonsense."""

    @property
    def is_whole(self) -> bool:
        """Whether it is known from the beginning on."""
        return not self.unstated and not self.cycle

    @property
    def bases(self) -> tuple[str, ...]:
        """The files that it was made from."""
        return self.files[1:]


def lineage_of(file: str, stated: Mapping[str, Provenance]) -> Lineage:
    """Return the lineage of a file by what was stated of each file."""
    files = {file: None}
    waiting = [file]
    while waiting:
        found = stated.get(waiting.pop(0))
        fresh = [each for each in found.derived_from if each not in files] if found else []
        files.update(dict.fromkeys(fresh))
        waiting += fresh
    unstated = tuple(each for each in files if each not in stated or stated[each].how == "unknown")
    return Lineage(tuple(files), unstated, _cycle(file, stated))


def descendants_of(files: Iterable[str], made_into: Mapping[str, frozenset[str]]) -> set[str]:
    """Return the files and all that was made from them; `made_into` says what from each directly."""
    found = set(files)
    waiting = list(found)
    while waiting:
        fresh = made_into.get(waiting.pop(), frozenset()) - found
        found |= fresh
        waiting += fresh
    return found


def _cycle(file: str, stated: Mapping[str, Provenance]) -> tuple[str, ...]:
    """Return a cycle that a file comes to on the way to its bases, or nothing (depth first)."""
    path: list[str] = []
    ways = [iter((file,))]
    done: set[str] = set()
    while ways:
        here = next(ways[-1], None)
        if here is None:
            ways.pop()
            if path:
                done.add(path.pop())
        elif here in path:
            return tuple(path[path.index(here) :])
        elif here not in done:
            path.append(here)
            ways.append(iter(stated[here].derived_from if here in stated else ()))
    return ()
