"""The people of access, as red teams ask who their members are."""

from dataclasses import dataclass

from corridor.access import People
from corridor.assurance.ports import Registered
from corridor.core.store import View


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Looks members up among the principals of this node."""

    people: People

    def look_up(self, view: View, name: str) -> Registered | None:
        """Return who a name is, though they may have left; None if there never was such a principal."""
        found = {each.name: each for each in self.people.people(view)}.get(name)
        if found is None:
            return None
        return Registered(found.id, found.organisation, found.type == "person", found.active)

    def are_one(self, view: View, a: str, b: str) -> bool:
        """Tell whether one natural person is behind two principals, as far as the node can know."""
        return self.people.same_person(view, a, b)
