"""How evaluation asks a model, whoever runs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """A turn of a conversation."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is put to a model: a conversation, or for a base model a text to go on with."""

    messages: tuple[Message, ...] = ()
    text: str = ""
    """Used where there are no messages."""
    options: tuple[str, ...] = ()
    """Where no answer is wanted, but how likely each of these is after the text."""
    grammar: str = ""
    """What an answer must look like, in llama.cpp's notation (GBNF); empty: anything."""
    stop: tuple[str, ...] = ()
    max_tokens: int = 64
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model said."""

    text: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    seconds: float = 0.0
    stopped: str = ""
    """Why it ended, as the provider says: stop, length, content_filter."""
    declared: str = ""
    """What the answer says it comes from: the model's name and version, as the endpoint has it."""
    fingerprint: str = ""
    """Of the endpoint's configuration, where it gives one."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely a text is after another one."""

    log_probability: float
    """Natural logarithm, summed over tokens."""
    tokens: int
    greedy: bool
    """Whether each token was the likeliest."""


class Answerer(Protocol):
    """A model that answers."""

    async def answer(self, prompt: Prompt) -> Answered:
        """Return what the model says.

        Raises:
            NoAnswer: if there is none; its `again` says whether to ask again, its `after` when.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and memory."""
        ...


class Opening(Protocol):
    """How a model is reached: something that can be sent to another process, and done there."""

    def __call__(self) -> Answerer:
        """Return the way to the model. Nothing is sent or loaded yet."""
        ...


class Workers(Protocol):
    """Processes that each ask a model, here or on other machines."""

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    @property
    def where(self) -> str:
        """What they run on, for a record."""
        ...

    def answering(self, opening: Opening, each: int) -> Answerer:
        """Return one answerer of them all, which each opens its model and answers `each` at a time.

        A prompt is given to a worker once; if the worker is lost with it, there is `NoAnswer`.
        """
        ...


class Likelihoods(Protocol):
    """A model that tells how likely given texts are."""

    async def likelihoods(self, prompt: str, options: Sequence[str]) -> list[Likelihood]:
        """Return for each option how likely it is after the prompt; the prompt is read once.

        Raises:
            NoAnswer: if the model cannot say.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and memory."""
        ...


class Files(Protocol):
    """The files of a data set, wherever they are."""

    @property
    def version(self) -> str:
        """Which version they are: a revision of a hub, or `local`."""
        ...

    def names(self) -> Sequence[str]:
        """Return the paths of all files, with slashes, in order."""
        ...

    def read(self, name: str) -> bytes:
        """Return a file.

        Raises:
            NoData: if it is not there.
        """
        ...
