"""What people say to a tree: answers to its questions, defeaters of its elements, and what is said to those."""

from typing import ClassVar, Literal

from pydantic import Field

from corridor.assurance.records.trees import NodeId, Text
from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Record, RecordId, Subject

Level = Literal["yes", "partly", "no", "not_applicable"]
Stand = Literal["rebutted", "upheld"]
MOST_WORDS = 8_000


class Answer(Record):
    """A person's answer to the question of a leaf, for one exact model; the newest of an issuer counts."""

    kind: ClassVar[str] = "assurance.answer"

    tree: RecordId
    """The tree that was answered; later editions of it take the answer over where they ask the same."""
    node: NodeId
    question: Text
    """As it was asked."""
    model: Name
    model_sha256: Sha256
    language: Language | None = None
    """In which language it holds; None: in all."""
    level: Level
    words: str = Field(min_length=1, max_length=MOST_WORDS)
    """The answer itself: what was looked at, and what was found."""
    by: str = Field(min_length=1, max_length=200)
    """Who answered: a person or an office."""
    document: str = Field(default="", max_length=500)
    """What the answer rests on, by name."""
    document_sha256: Sha256 | None = None
    """Of that document."""

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file, and the document."""
        model = Subject(name=self.model, sha256=self.model_sha256)
        if self.document_sha256 is None:
            return (model,)
        return (model, Subject(name=self.document or "document", sha256=self.document_sha256))


class Defeater(Record):
    """Why an element of a tree does not hold. It stands until it is answered or taken back."""

    kind: ClassVar[str] = "assurance.defeater"

    tree: RecordId
    """The tree that was read; later editions stay challenged."""
    node: NodeId
    reasons: str = Field(min_length=10, max_length=MOST_WORDS)
    by: str = Field(min_length=1, max_length=200)
    """Who challenges: a person or an office."""
    model_sha256: Sha256 | None = None
    """Of the one model that it speaks of; None: it speaks of the argument."""
    language: Language | None = None
    """In which language; None: in all."""
    evidence: tuple[RecordId, ...] = ()
    """Records that show it."""


class DefeaterAnswer(Record):
    """What the tree's makers, or the node that evaluates it, say to a defeater; the newest counts."""

    kind: ClassVar[str] = "assurance.defeater_answer"

    defeater: RecordId
    stand: Stand
    """Rebutted: the element holds all the same. Upheld: it does not."""
    reasons: str = Field(min_length=10, max_length=MOST_WORDS)
    by: str = Field(min_length=1, max_length=200)
    """Who answers; not who challenged."""
    evidence: tuple[RecordId, ...] = ()
