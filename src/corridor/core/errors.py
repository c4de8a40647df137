"""The five ways a request can fail that are not a defect of ours.

    CorridorError
    ├── Invalid       the request makes no sense
    ├── Forbidden     the actor may not do this (Unidentified: nobody knows who it is)
    ├── NotFound      there is no such thing
    ├── Conflict      it makes sense, but not in the present state
    └── Unavailable   something outside did not answer; trying again may help (TooOften: later)

A capability derives its own errors from these. What a kind becomes outside, a status
code or an exit code, is decided in `corridor.edge` and nowhere else.
"""

from typing import ClassVar


class CorridorError(Exception):
    """An outcome that the caller can understand and act on."""

    advice: ClassVar[str | None] = None
    """What a caller can usually do about this kind of failure."""

    def __init__(self, message: str, *, hint: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts
        self._hint = hint

    @property
    def hint(self) -> str | None:
        """What the caller can do about it, if anything."""
        return self._hint or self.advice


class Invalid(CorridorError):
    """The request makes no sense."""


class Forbidden(CorridorError):
    """The actor may not do this."""


class Unidentified(Forbidden):
    """Nobody is known by what was shown; showing something else may help."""


class NotFound(CorridorError):
    """There is no such thing."""


class Conflict(CorridorError):
    """The request makes sense, but not in the present state."""


class Unavailable(CorridorError):
    """Something outside did not answer; trying again may help."""


class TooOften(Unavailable):
    """It was asked for too often; the fact `retry_after` says how many seconds to wait."""
