"""Two drills side by side: what is better or worse beyond noise."""

from typing import Literal

from pydantic import AwareDatetime

from corridor.catalogue import Language, Name
from corridor.core.records import Part, RecordId
from corridor.drills.records.figures import Figure

Verdict = Literal["better", "worse", "no difference beyond noise", "unknown"]


class Held(Part):
    """One of the drills."""

    record_id: RecordId
    issuer: str
    """Whose drill it is."""
    supplier: Name
    cause: str
    """What was lost, as people name it: the supplier, or a scenario with its parameters."""
    withdrawn_at: AwareDatetime
    how: str
    """Whether its stages came to their end."""


class Side(Part):
    """What one drill found of a service in a language."""

    continuity: Figure
    failed: Figure
    """The share of requests that failed; unknown where there were none."""
    switch_seconds: float | None


class Compared(Part):
    """One service in one language, in both drills."""

    service: Name
    language: Language
    first: Side
    second: Side
    continuity: Verdict
    difference: Figure
    """Of continuity: second less first, with its 95 % interval."""
    same_evidence: bool
    """Whether both rest on the very same records: then quality has not changed, whatever the noise."""
    failures: Verdict
    failed_difference: Figure
    """Of the share that failed."""


class Comparison(Part):
    """Two drills, by service and language."""

    first: Held
    second: Held
    lines: tuple[Compared, ...]
    """What became worse first, then what is unknown."""
    only_first: tuple[str, ...]
    """service/language that only the first drill watched."""
    only_second: tuple[str, ...]
    notes: tuple[str, ...]
