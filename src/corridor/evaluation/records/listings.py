"""What is known of a data set before it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from corridor.evaluation.records.datasets import Item, Kind, Shot


@dataclass(frozen=True, slots=True)
class Listing:
    """A data set that Corridor can read: where it is, how its files look, what its licence allows."""

    name: str
    title: str
    kind: Kind
    layout: str
    """Which reader understands its files."""
    licence: str
    """An SPDX expression where there is one."""
    commercial: bool
    """Whether the licence allows commercial purposes."""
    source: str
    """Where it comes from, for people."""
    languages: Mapping[str, str]
    """BCP-47 tag to the name that the source has for the language."""
    hub: str = ""
    """Its name on the hub; empty where it is on none, or comes with Corridor."""
    revision: str = "main"
    """What is read from the hub unless another revision is asked for."""
    gated: bool = False
    """Whether the hub asks for an account that accepted its terms."""
    files: tuple[str, ...] = ()
    """Where the items of a language are: patterns with {code} and {split}, the first that fits."""
    split: str = "test"
    examples: str = ""
    """The split that worked examples are taken from; empty where there is none."""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Columns and the values that are kept of them: a slice of a larger set."""
    direction: Literal["", "into-english", "from-english"] = ""
    """Which way parallel texts are translated; empty: they are not."""
    english: str = ""
    """The source's name for English, where texts are translated."""
    packaged: bool = False
    """Whether it comes with Corridor."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """What a layout found in the files of a data set."""

    items: Mapping[str, tuple[Item, ...]]
    shots: Mapping[str, tuple[Shot, ...]] = field(default_factory=dict[str, tuple[Shot, ...]])
    notes: tuple[str, ...] = ()
    """What was left out, and how often; what a reader must know."""
    version: str = ""
    """As the files themselves say; empty where they say nothing."""
    computed: bool = False
    """Whether the items were made from the files and not only read: the set's digest is then theirs."""
