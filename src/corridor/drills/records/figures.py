"""The smallest parts of what drills keep: a number with its interval, and the evidence it rests on."""

from corridor.core.records import Part, RecordId


class Figure(Part):
    """A number with its 95 % interval; all None where it is unknown."""

    value: float | None
    low: float | None
    high: float | None


class Source(Part):
    """The evidence that a quality rests on."""

    issuer: str
    """Whose log it is in."""
    record_id: RecordId
    position: int
    sha256: str
    """Of the signed envelope."""
    n: int
