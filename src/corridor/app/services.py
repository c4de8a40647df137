"""The services of a node: each is built, once, when somebody first asks for it by its type.

A command takes in what it uses, and not all that a node is made of. How the services of a
capability are built stands in `wiring`, in the module of the capability's name.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar, cast

from corridor.app.settings import Settings
from corridor.app.taking_in import taken_in, undisturbed
from corridor.core.clock import Clock
from corridor.core.records import Record
from corridor.core.store import Store

ServiceT = TypeVar("ServiceT")
Factories = Mapping[str, Callable[[], object]]
"""How each service of a capability is built, by the name of its type."""
WIRED = (
    "federation",
    "catalogue",
    "evaluation",
    "assurance",
    "access",
    "gateway",
    "supply_chain",
    "drills",
)
"""The capabilities that have services."""


class Kinds(Mapping[str, type[Record]]):
    """Every kind of record by its name; all are taken in when somebody first looks one up."""

    def __init__(self) -> None:
        self._known: dict[str, type[Record]] = {}

    def __getitem__(self, name: str) -> type[Record]:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, type[Record]]:
        if not self._known:
            self._known = {kind.kind: kind for kind in taken_in("corridor.app.kinds:KINDS")}
        return self._known


class Services(Mapping[type, object]):
    """One instance of each service, found by its type. To go through them builds all."""

    def __init__(
        self,
        settings: Settings,
        home: Path,
        store: Store,
        clock: Clock,
        wired: "Callable[[str, Services], Factories] | None" = None,
    ) -> None:
        self.settings = settings
        self.home = home
        self.store = store
        self.clock = clock
        self.kinds: Mapping[str, type[Record]] = Kinds()
        self._wired = wired or wiring_of
        self._built: dict[str, object] = {}
        self._factories: dict[str, Factories] = {}
        self._under_way: list[str] = []
        self._turn = threading.RLock()

    def service(self, kind: type[ServiceT]) -> ServiceT:
        """Return the one service of this type, built now if nobody asked for it before."""
        capability = kind.__module__.removeprefix("corridor.").partition(".")[0]
        name = f"{capability}.{kind.__name__}"
        found = self._built.get(name)
        if found is None:
            if capability not in WIRED or kind.__name__ not in self._of(capability):
                raise KeyError(kind)
            found = self._named(name)
        if type(found) is not kind:
            raise TypeError(f"{name} is wired as a {type(found).__name__}.")
        return cast("ServiceT", found)

    def __getitem__(self, kind: type) -> object:
        return self.service(cast("type[object]", kind))

    def __iter__(self) -> Iterator[type]:
        built: list[object] = [self._named(name) for name in self._names()]
        return iter([each.__class__ for each in built])

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> list[str]:
        return [f"{capability}.{name}" for capability in WIRED for name in self._of(capability)]

    def _named(self, name: str) -> object:
        with self._turn:
            if name not in self._built:
                self._built[name] = self._new(name)
            return self._built[name]

    def _new(self, name: str) -> object:
        if name in self._under_way:
            raise RuntimeError(f"Services rest on themselves: {[*self._under_way, name]}.")
        capability, _, service = name.partition(".")
        self._under_way.append(name)
        try:
            with undisturbed():
                return self._of(capability)[service]()
        finally:
            self._under_way.pop()

    def _of(self, capability: str) -> Factories:
        if capability not in self._factories:
            self._factories[capability] = self._wired(capability, self)
        return self._factories[capability]


def wiring_of(capability: str, node: Services) -> Factories:
    """Return how the services of a capability are built, taken in now."""
    factories = taken_in(f"corridor.app.wiring.{capability}:factories")
    return cast("Factories", factories(node))
