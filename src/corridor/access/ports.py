"""What access needs from outside: an engine that decides by policies, and other nodes."""

from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

from corridor.core.store import View


class FactsSeen(Protocol):
    """What policies decide by: a dataclass, in this package `records.Facts`."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the policies said."""

    allowed: bool
    policies: tuple[str, ...]
    """The ids of those that decided."""
    reasons: tuple[str, ...]
    """The reason codes of those that forbade."""
    errors: tuple[str, ...]
    """Policies that could not be evaluated; then it is never allowed."""


class PolicySet(Protocol):
    """Policies that are in force together."""

    @property
    def version(self) -> str:
        """SHA-256 over all of their texts."""
        ...

    @property
    def remedies(self) -> Mapping[str, str]:
        """What would remedy each reason, by its code."""
        ...

    @property
    def texts(self) -> Mapping[str, str]:
        """The text of each policy, by its id."""
        ...

    def rule(self, principal: str, resource: str, facts: FactsSeen) -> Ruling:
        """Decide whether a principal may use a resource (a model's digest), by the facts."""
        ...

    def rule_act(self, act: str, principal: str, service: str, facts: FactsSeen) -> Ruling:
        """Decide whether a person may do something with a service, by the facts."""
        ...


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a policy."""

    policy: str
    """Its id; empty where it has none, or could not be read."""
    message: str
    name: str = ""
    """Of the text that it is in."""
    line: int = 0
    """Where it begins in the text; 0 where the whole text is meant."""


class PolicyEngine(Protocol):
    """Reads policies."""

    def policies(self, texts: Mapping[str, str]) -> PolicySet:
        """Take policies into force: the shipped ones and these, by name.

        Raises:
            BadPolicy: if they cannot be.
        """
        ...

    @property
    def shipped(self) -> str:
        """The text of the policies that hold on every node."""
        ...

    @property
    def schema(self) -> str:
        """What policies can decide by, in the policy language."""
        ...

    def faults(self, texts: Mapping[str, str]) -> Sequence[Fault]:
        """Return everything that is wrong with policies, beside the shipped ones."""
        ...


class Neighbours(Protocol):
    """Asks other nodes, as this node."""

    async def ask(self, who: str, url: str) -> bytes:
        """Return what a node answers at an address, to a request that this node signed.

        Raises:
            CorridorError: if it does not answer in time, or refuses, or answers too much.
        """
        ...


@dataclass(frozen=True, slots=True)
class Used:
    """A request that was made of a model, as far as the account knows it."""

    at: datetime
    model: str
    """Of whoever answered, or was to be asked first."""
    model_sha256: str
    service: str
    language: str
    """Empty where it is not known."""


class UsedRequests(Protocol):
    """Knows which requests were made with which key."""

    def of_key(self, view: View, key_id: str, request_id: str) -> Used | None:
        """Return a request that was made with a key; None if the account has none."""
        ...
