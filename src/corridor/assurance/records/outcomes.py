"""What an evaluation of a tree found: of each element, in each language."""

from typing import ClassVar, Literal

from pydantic import Field

from corridor.assurance.records.trees import NodeId
from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, Record, RecordId, Subject

State = Literal[
    "left_out",
    "shown",
    "open",
    "weak",
    "undeveloped",
    "stale",
    "challenged",
    "contradicted",
    "refuted",
]
"""From best to worst. left_out: somebody said that it does not apply. shown: the evidence keeps every
threshold. open: it could be either. weak: only weak evidence is for it. undeveloped: nobody gave evidence or an
answer. stale: what was given is too old. challenged: a defeater waits for its answer. contradicted: evidence
says yes and no. refuted: evidence, an answer or an upheld defeater is against it."""
STATES: tuple[State, ...] = (
    "left_out",
    "shown",
    "open",
    "weak",
    "undeveloped",
    "stale",
    "challenged",
    "contradicted",
    "refuted",
)


class Found(Part):
    """What was found of one element in one language."""

    node: NodeId
    language: Language
    state: State
    """Of a leaf: of its evidence. Of what is above: the worst of what supports it."""
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    """Between which bounds the support lies; 0 to 1 where nothing is known."""
    value: float | None = Field(default=None, ge=0, le=1)
    """None where a part of it is not known."""
    known: float = Field(ge=0, le=1)
    """The share of its weight for which there is evidence or an answer that counts."""
    weight: float = Field(ge=0, le=1)
    """What it counts in the whole tree."""
    records: tuple[RecordId, ...] = ()
    """What it rests on; of a leaf only, and the defeaters of any element."""
    why: tuple[str, ...] = ()
    """What a reader must know: thresholds that are not kept, weakness, age."""


class TreeResult(Record):
    """What one exact model shows of a tree, in each language, at a moment."""

    kind: ClassVar[str] = "assurance.tree_result"

    tree: RecordId
    tree_name: Name
    edition: str = Field(max_length=100)
    model: Name
    model_sha256: Sha256
    languages: tuple[Language, ...]
    rule: str = Field(max_length=200)
    """By which rule figures are carried upward: its name and version."""
    found: tuple[Found, ...]

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file."""
        return (Subject(name=self.model, sha256=self.model_sha256),)
