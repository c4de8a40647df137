"""Guard policies: small steps that look at a request before it goes out, and at its answer."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from corridor.core.records import Part, Record

PiiKind = Literal[
    "card",
    "corporate_number_jp",
    "aadhaar",
    "my_number",
    "pan",
    "bank_account_in",
    "bank_account_jp",
    "phone_jp",
    "phone_in",
    "postal_code_jp",
    "pin_code_in",
    "email",
]
PiiAction = Literal["redact", "refuse", "flag"]
Direction = Literal["before", "after", "both"]

ALL = "*"
"""The name under which the policy for every service is kept."""


class PiiGuard(Part):
    """Look for personal data."""

    guard: Literal["pii"]
    action: PiiAction
    """redact: a word of its kind stands in its place. refuse: nothing goes on. flag: it is noted."""
    kinds: tuple[PiiKind, ...] = Field(min_length=1)
    direction: Direction = "both"
    """In requests (before), in answers (after), or in both."""
    tool_arguments: bool = False
    """Look into the arguments of tool calls too; in a stream they then come in one piece."""


class SizeGuard(Part):
    """Refuse requests that are too large."""

    guard: Literal["size"]
    max_bytes: int | None = Field(default=None, ge=1)
    """Of all its texts together, in UTF-8."""
    max_messages: int | None = Field(default=None, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    """The most that a request may ask to be answered; one that says no number is refused."""


class ModalityGuard(Part):
    """Refuse requests with parts, or for answers, of another kind than those named."""

    guard: Literal["modalities"]
    allowed: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")], ...] = Field(min_length=1)
    """text, image, audio, video, file; a part of another type counts under its type's name."""


class ToolGuard(Part):
    """Refuse requests that offer tools which are banned."""

    guard: Literal["banned_tools"]
    names: tuple[Annotated[str, Field(min_length=1, max_length=64)], ...] = Field(min_length=1)
    """Of tools; `*` stands for any letters."""


class ModerationGuard(Part):
    """Ask an OpenAI-compatible endpoint for moderations about the texts of requests or answers."""

    guard: Literal["moderation"]
    url: str = Field(pattern=r"^https?://[^\s@]+$", max_length=500)
    """The whole address, as https://HOST/v1/moderations."""
    model: str | None = Field(default=None, max_length=100)
    credential: str | None = Field(default=None, pattern=r"^(env|file):[^\s]+$")
    """Where its key is: env:NAME, or file:NAME in the node's folder."""
    threshold: float | None = Field(default=None, gt=0, le=1)
    """A score from here on refuses; None: what the endpoint flags is refused."""
    fail: Literal["closed", "open"] = "closed"
    """What becomes of a request or an answer when the endpoint does not answer as it should."""
    seconds: float = Field(default=2.0, gt=0, le=30)
    """How long it may take."""
    direction: Direction = "before"
    """It judges requests (before), answers (after), or both."""
    stream_characters: int | None = Field(default=None, ge=100, le=1_000_000)
    """So many characters of a stream, or somewhat more, are held back until they are judged, together
    with as many before them; None: all of it, until its end."""


GuardStep = Annotated[
    PiiGuard | SizeGuard | ModalityGuard | ToolGuard | ModerationGuard,
    Field(discriminator="guard"),
]


class GuardPolicy(Record):
    """The guards of one service or of all; each statement takes the place of the one before."""

    kind: ClassVar[str] = "gateway.guard_policy"
    minor: ClassVar[int] = 1

    service: str = Field(pattern=r"^(\*|[a-z0-9][a-z0-9._-]{0,62})$")
    """Or `*` for all, providers asked by name included; those steps come first."""
    steps: tuple[GuardStep, ...]
    """In order. Without any, there is no guard."""
