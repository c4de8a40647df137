"""What was foretold beside what a drill's own probes measured."""

from pydantic import Field

from corridor.catalogue import Language, Name
from corridor.core.records import Part
from corridor.drills.records.figures import Figure


class Check(Part):
    """One service in one language, foretold and measured."""

    service: Name
    language: Language
    foretold: Figure
    measured: Figure
    """By the drill's probes; unknown where none was answered rightly before."""
    items: int = Field(ge=1)
    """How many items were asked both before the loss and during it."""
    expected: Figure
    """Where a measurement by so many items falls in 95 of 100, if what was foretold is right."""
    agrees: bool | None
    """Whether what was measured lies there; None where either is unknown."""

    @property
    def is_as_foretold(self) -> bool | None:
        """Whether what was measured lies in the very interval that was foretold; None where either is unknown."""
        value, low, high = self.measured.value, self.foretold.low, self.foretold.high
        if value is None or low is None or high is None:
            return None
        return low <= value <= high
