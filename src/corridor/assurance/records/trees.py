"""Assurance trees: what is claimed, how it is argued, and which evidence is asked for.

The elements are those of Goal Structuring Notation (GSN Community Standard, version 3): goals are supported
by strategies and goals, down to leaves that ask for evidence. Weights say how much each support counts.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from corridor.assurance.records.queries import Query
from corridor.catalogue import Language, Name
from corridor.core.records import Part, Record

NodeId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,39}$")]
Words = Annotated[str, Field(max_length=4_000)]
Text = Annotated[dict[Language, Words], Field(max_length=40)]
"""The same in one or more languages."""
Rank = Literal["", "top", "second"]
MOST_NODES = 2_000
FALLBACK = "en-Latn"


class Element(Part):
    """What all elements of a tree have."""

    id: NodeId
    title: Text = Field(default_factory=dict[str, str])
    """In a few words, where there is such a name."""
    text: Text = Field(min_length=1)
    """The claim, the argument or the circumstance."""


class Supported(Element):
    """An element that others support."""

    supported_by: tuple[NodeId, ...] = Field(min_length=1, max_length=200)
    weights: tuple[float, ...] = Field(default=(), max_length=200)
    """How much each support counts, in the same order; they add up to 1. None for a single one."""
    in_context_of: tuple[NodeId, ...] = ()


class Goal(Supported):
    """A claim that what supports it is to show."""

    type: Literal["goal"] = "goal"
    rank: Rank = ""
    """How high it stands, where its source says so."""
    question: Text = Field(default_factory=dict[str, str])
    """The claim as a question."""


class Strategy(Supported):
    """How a claim is argued from others."""

    type: Literal["strategy"] = "strategy"


class Context(Element):
    """In which circumstances, on which assumption or for which reason something is claimed."""

    type: Literal["context"] = "context"
    role: Literal["context", "assumption", "justification"] = "context"


class Leaf(Element):
    """A claim that evidence is to show: figures that are asked for, or a question that a person answers."""

    type: Literal["leaf"] = "leaf"
    rank: Rank = ""
    """How high the claim stands, where its source says so."""
    queries: tuple[Query, ...] = Field(default=(), max_length=20)
    """Quantitative: each of them is to be met. None: qualitative."""
    question: Text = Field(default_factory=dict[str, str])
    """What a person answers; beside queries, what they are to answer."""
    fresh_days: int = Field(default=365, gt=0, le=36_500)
    """A person's answer that is older is stale."""
    in_context_of: tuple[NodeId, ...] = ()

    @model_validator(mode="after")
    def _check_asks(self) -> Self:
        if not self.queries and not self.question:
            raise ValueError("a leaf has queries, or a question for a person")
        return self


Node = Annotated[Goal | Strategy | Context | Leaf, Field(discriminator="type")]


class Tree(Record):
    """An assurance tree: what one would have to show of a model. The newest of a name counts."""

    kind: ClassVar[str] = "assurance.tree"

    name: Name
    edition: str = Field(min_length=1, max_length=100)
    """Which version of the tree, as its makers count."""
    title: Text = Field(min_length=1)
    source: str = Field(default="", max_length=2_000)
    """After what it was made, and whose wording it is."""
    root: NodeId
    """The goal that all the rest is for."""
    nodes: tuple[Node, ...] = Field(min_length=1, max_length=MOST_NODES)

    def node(self, name: str) -> Goal | Strategy | Context | Leaf | None:
        """Return an element by its id, or None."""
        return next((each for each in self.nodes if each.id == name), None)

    def leaves(self) -> Iterator[Leaf]:
        """Yield what asks for evidence, in order."""
        return (each for each in self.nodes if isinstance(each, Leaf))


def said(text: dict[str, str], language: str = FALLBACK) -> str:
    """Return a text in a language; in English, or in whatever there is, where it has none."""
    return text.get(language) or text.get(FALLBACK) or next(iter(text.values()), "")
