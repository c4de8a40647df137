"""A suite that comes with Corridor: the same questions in every language."""

from pydantic import Field

from corridor.catalogue import Language, Sha256
from corridor.core.records import Part


class Question(Part):
    """An item in one language."""

    question: str
    answers: tuple[str, ...] = Field(min_length=1)


class Item(Part):
    """The same question in every language of a suite."""

    id: str
    topic: str
    by_language: dict[str, Question]


class Shot(Part):
    """An example that is shown before the question."""

    question: str
    answer: str


class Suite(Part):
    """A task: parallel items, and the examples shown before each."""

    name: str
    version: str
    licence: str
    description: str
    languages: tuple[Language, ...]
    shots: dict[str, tuple[Shot, ...]]
    items: tuple[Item, ...]
    sha256: Sha256
    """Of the file it was read from."""
