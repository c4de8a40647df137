"""What a model is asked: items of a data set, in a language, as its source has them.

Nothing here says how an item is put to a model (rules of prompts) or how an answer is judged (rules of
answers). Loaders of published data sets make these, and so do the sets that come with Corridor.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from corridor.evaluation.records.probes import Probe

Kind = Literal["choice", "text", "number", "translation", "instruction", "parallel", "safety"]
"""How an answer is judged: one of the choices; a short text; a number; a translation; constraints that
can be checked; not at all, but by the likelihood of the text (`parallel`); by what it did (`safety`)."""
Origin = Literal["native", "translated", "unknown"]
"""Whether an item was written in its language, as far as its source says."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """Something that an answer must fulfil and that a program can check."""

    name: str
    """Which check, from the closed list in the rules of answers."""
    value: str | int | tuple[str, ...] = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One item in one language."""

    id: str
    """The same in every language in which it is the same item."""
    language: str
    """BCP-47 with script; romanised Hindi is hi-Latn."""
    question: str
    targets: tuple[str, ...] = ()
    """Accepted answers, or reference translations; for a choice the text of the right one."""
    choices: tuple[str, ...] = ()
    target: int | None = None
    """Which of the choices is right, from 0."""
    context: str = ""
    """A passage to read, the text to translate, or the text whose likelihood is measured."""
    source_language: str = ""
    """Of the text to translate; empty: the item's language."""
    target_language: str = ""
    """Into which language a text is to be translated."""
    cluster: str = ""
    """Items of one passage or document hang together; empty: each item for itself."""
    topic: str = ""
    origin: Origin = "unknown"
    cultural: bool | None = None
    """Whether it asks for what is specific to a culture, where the source says so."""
    constraints: tuple[Constraint, ...] = ()
    probe: Probe | None = None
    """Of safety: what should happen to it."""


@dataclass(frozen=True, slots=True)
class Shot:
    """An answered example that is shown before an item."""

    question: str
    answer: str
    choices: tuple[str, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Items in one or several languages, from one exact source."""

    name: str
    version: str
    """As the source has it: a version, a revision of a hub, or `local`."""
    kind: Kind
    licence: str
    """An SPDX expression where there is one."""
    commercial: bool
    """Whether the licence allows commercial purposes."""
    source: str
    """Where it comes from, for people."""
    sha256: str
    """Of the files that were read: of the lines `DIGEST  NAME`, in the order of the names. For a set that
    a program made: of the digests of its languages, in the same form."""
    items: Mapping[str, tuple[Item, ...]]
    """By language, each in the same order where the set is parallel."""
    shots: Mapping[str, tuple[Shot, ...]] = field(default_factory=dict[str, tuple[Shot, ...]])
    notes: tuple[str, ...] = ()
    """What a reader must know: not reviewed by native speakers, machine-translated, ..."""
    digests: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of the items of each language as they were read: the same whichever other languages were asked
    for, and whatever the files look like around them."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which it has items."""
        return tuple(self.items)

    def of(self, language: str) -> Iterator[Item]:
        """Yield the items in a language, none if there are none."""
        yield from self.items.get(language, ())
