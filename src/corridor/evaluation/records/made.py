"""How evidence came about: who asked which endpoint, how, when, and for how much."""

from typing import Literal

from pydantic import AwareDatetime, Field

from corridor.catalogue import Name, Sha256
from corridor.core.records import Part, Visibility

Style = Literal["chat", "completions", "likelihood"]
"""A conversation; a text to go on with; or no answer at all, but how likely each given one is."""


class Endpoint(Part):
    """Whose answers they are."""

    operator: Name
    """The supplier that runs it."""
    address: str = Field(max_length=2_000)
    """The base URL; `local` where the model ran in the node's own process."""
    served: str = Field(max_length=500)
    """What the endpoint calls the model."""
    declared: tuple[str, ...] = Field(default=(), max_length=20)
    """What its answers said they come from: the model's name and version, as the endpoint has it."""
    fingerprints: tuple[str, ...] = Field(default=(), max_length=200)
    """Of the endpoint's configuration, as its answers gave them (`system_fingerprint`)."""
    file_checked: bool = False
    """Whether this node itself opened the file and found the digest; else it is the catalogue's word."""


class Asking(Part):
    """How each item was put to the model; the same for every item."""

    style: Style
    rule: str = Field(max_length=500)
    """Why in this style."""
    template: str = Field(max_length=100)
    """Name and version of the prompt's form: `lines@1`."""
    shots: int = Field(ge=0)
    """Answered examples before each item, at most."""
    answer_tokens: int = Field(gt=0)
    """Longer answers are cut."""
    temperature: float = Field(default=0.0, ge=0)
    repeats: int = Field(default=1, ge=1)
    """How often each item was asked."""
    grammar: str = Field(default="", max_length=100)
    """Name and version of the grammar that llama.cpp held answers to: `letters@1`, nothing but the letter
    of a choice; empty: the model said what it wanted."""


class Cost(Part):
    """What the provider's price makes of the tokens."""

    amount: int = Field(ge=0)
    """Smallest units of the currency, rounded up."""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    price: str = Field(max_length=200)
    """From which statement of prices."""


class Made(Part):
    """How evidence came about. The answers of one language are counted here, not those of a whole run."""

    run: str = Field(pattern=r"^[0-9a-f]{32}$")
    """The same in all evidence of one run."""
    began_at: AwareDatetime
    """In the process that finished it; of a run that was cut off and went on, the rest is older."""
    ended_at: AwareDatetime
    by: str = Field(max_length=200)
    """Who asked for it."""
    where: str = Field(max_length=500)
    """The node, and what kind of machine."""
    reproduces: str = Field(default="", pattern=r"^([0-9a-f]{32})?$")
    """The record that was to be reproduced, by its id; empty where none was."""
    harness: str = Field(max_length=200)
    """Program and version."""
    endpoint: Endpoint
    asking: Asking
    calls: int = Field(ge=0)
    """Requests that were answered, well or not."""
    tokens_in: int | None = Field(default=None, ge=0)
    """None where the provider did not count for each answer."""
    tokens_out: int | None = Field(default=None, ge=0)
    cost: Cost | None = None
    """None where no price is known."""
    licence: str = Field(default="", max_length=200)
    """Of the data."""
    notes: tuple[str, ...] = ()
    """What a reader must know of the data, as its source or its loader says."""
    log_sha256: Sha256 | None = None
    """Of the full log: every prompt and answer."""
    log_visibility: Visibility = "internal"
    """Who may have the full log."""
