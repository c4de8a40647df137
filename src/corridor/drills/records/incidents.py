"""What is kept of a loss in earnest: what it was foretold to leave when it began, and what it left."""

from typing import ClassVar

from pydantic import AwareDatetime

from corridor.catalogue import Language, Name
from corridor.core.records import Part, Record, RecordId
from corridor.drills.records.figures import Figure
from corridor.drills.records.results import Requests


class Expected(Part):
    """One service in one language, as it was foretold."""

    service: Name
    language: Language
    continuity: Figure


class Endured(Part):
    """One service in one language, as it was foretold and as it was."""

    service: Name
    language: Language
    foretold: Figure
    measured: Figure
    """From the evidence on who answered live requests; unknown where there were none."""
    contradicts: bool
    """Whether both intervals exclude each other: the model or the evidence is wrong, then."""
    requests: Requests


class IncidentOpened(Record):
    """Something that services rest on is lost in earnest: no drill."""

    kind: ClassVar[str] = "drills.incident"

    cause_id: RecordId
    """The suspension, or the proposal that waits for a decision."""
    cause: str
    providers: tuple[Name, ...]
    """To whom no request goes any more, or none of some."""
    began_at: AwareDatetime
    lines: tuple[Expected, ...] = ()
    """What is foretold to continue, the least first; unknown ones before."""
    note: str = ""
    """Why nothing is foretold, where nothing is."""


class IncidentEnded(Record):
    """What was lost is there again, and what continued meanwhile."""

    kind: ClassVar[str] = "drills.incident_ended"

    incident_id: RecordId
    ended_at: AwareDatetime
    requests: Requests
    """Of all services that were foretold to be touched, while it lasted."""
    lines: tuple[Endured, ...] = ()
