"""What the catalogue keeps: organisations, suppliers, models, and the providers that serve them."""

import re
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from corridor.core.records import Part, Record, Subject

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
TAG = re.compile(r"[a-z]{2,3}-[A-Z][a-z]{3}(-[A-Z]{2})?\Z")


def _tag(text: str) -> str:
    if not TAG.match(text):
        raise ValueError(f"{text[:40]!r} is no language tag with script; write it as hi-Deva")
    return text


Language = Annotated[str, AfterValidator(_tag)]
"""A BCP-47 tag with script: hi-Deva, ja-Jpan."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


_OURS = {
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "content-type",
    "te",
    "upgrade",
}
"""Headers that the connection itself sets."""


class Organisation(Record):
    """A legal person: a laboratory, a company, a ministry."""

    kind: ClassVar[str] = "catalogue.organisation"

    name: Name
    title: str
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    """ISO 3166-1 alpha-2; None where unknown."""


class Supplier(Record):
    """Anyone a service depends on for a model or its running."""

    kind: ClassVar[str] = "catalogue.supplier"

    name: Name
    title: str
    organisation: Name
    role: str
    """What it supplies, and where a demonstration only plays it, that it does."""


class Licence(Part):
    """Under which terms a model may be used."""

    id: str
    """An SPDX identifier, or LicenseRef-… where SPDX has none."""
    title: str
    url: str
    notice: str
    """What a user must know before using it, in one or two sentences."""


class File(Part):
    """One file of a model, by content; or a folder, by the list of its files."""

    name: str
    sha256: Sha256
    bytes: int = Field(gt=0)


ChatStyle = Literal["native", "question-answer"]
"""How chat becomes a prompt: the model's own template, or questions and answers in lines."""


Layout = Literal["gguf", "transformers"]
"""How a model's files are laid out: one GGUF file, or a folder as the transformers library publishes them."""


class Model(Record):
    """A language model: which exact file, from whom, under which terms."""

    kind: ClassVar[str] = "catalogue.model"
    minor: ClassVar[int] = 1

    name: Name
    title: str
    supplier: Name
    licence: Licence
    file: File
    layout: Layout = "gguf"
    languages_claimed: tuple[Language, ...]
    """What its supplier says, not what anyone measured."""
    chat: ChatStyle = "native"
    source: str
    """The package or place that the file came from."""

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file."""
        return (Subject(name=self.file.name, sha256=self.file.sha256),)


How = Literal["trained", "fine_tuned", "quantised", "merged", "distilled", "unknown"]
"""By which work a file came about; unknown where only some of the files that it rests on are known."""


class Provenance(Record):
    """How one exact file of a model came about: from which files, by how much training.

    Anyone may state it, of any digest; the issuer's newest word on a file counts. What is not known
    is left out, and counts as unknown.
    """

    kind: ClassVar[str] = "catalogue.provenance"

    model: Name
    """What the model is called; only the digest decides."""
    model_sha256: Sha256
    how: How
    derived_from: tuple[Sha256, ...] = Field(default=(), max_length=100)
    """The files that it was made from; none where it was trained from nothing."""
    parameters: int | None = Field(default=None, gt=0)
    """Those that training changes."""
    tokens: int | None = Field(default=None, gt=0)
    """Seen in this training, repeats included; not in that of the files it was made from."""
    flop: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Of this training, where somebody states that; it counts where tokens are not known."""
    source: str = Field(min_length=3, max_length=2_000)
    """Who says so, and where."""

    @model_validator(mode="after")
    def _check_origin(self) -> Self:
        if self.how == "trained" and self.derived_from:
            raise ValueError("a file trained from nothing is derived from no other")
        least = {"trained": 0, "unknown": 0, "merged": 2}.get(self.how, 1)
        if len(set(self.derived_from)) < least:
            raise ValueError(f"a {self.how} file is derived from {least} or more others: name them")
        if self.model_sha256 in self.derived_from:
            raise ValueError("a file is not derived from itself")
        if self.how == "quantised" and (self.tokens or self.flop):
            raise ValueError("a quantised file was not trained further; else it is fine_tuned")
        return self

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file."""
        return (Subject(name=self.model, sha256=self.model_sha256),)


Path = Literal["/chat/completions", "/completions", "/embeddings", "/responses"]
"""What of OpenAI's API a server may have, below its base URL."""
USUAL_PATHS: tuple[Path, ...] = ("/chat/completions", "/completions", "/embeddings")
SECRET_HEADERS = {"authorization", "proxy-authorization", "cookie", "api-key", "x-api-key"}


class HttpEndpoint(Part):
    """An OpenAI-compatible server; where one differs, how it does is data here, not code."""

    type: Literal["http"] = "http"
    base_url: str = Field(pattern=r"^https?://[^\s@]+$")
    """Up to and including /v1; never with a user or a key in it."""
    model: str
    """What the server calls the model."""
    credential: str | None = Field(
        default=None,
        pattern=r"^(env:[A-Z][A-Z0-9_]*|file:[^\s]+|node:[a-z0-9][a-z0-9.-]{0,62})$",
    )
    """Where the key is, `env:NAME` or `file:PATH` below the node's folder; never the key.

    `node:NAME` is a partner's node: each request shows it the caller's grant instead of a key.
    """
    serves: tuple[Path, ...] = USUAL_PATHS
    """Which requests the server takes."""
    paths: dict[Path, str] = Field(default_factory=dict[Path, str])
    """Where it takes them, if not there: a path below the base URL, with a query if it wants one."""
    key_header: str = Field(default="authorization", pattern=r"^[a-z][a-z0-9-]{0,62}$")
    """The header that its key goes in: `Bearer KEY` in `authorization`, the bare key in any other."""
    headers: dict[str, str] = Field(default_factory=dict[str, str])
    """Headers that it wants beside; never a key, for the record is readable."""
    stream_usage: bool = False
    """Whether it takes `stream_options.include_usage`: only then is it asked to count a stream."""
    http2: bool = False
    """Whether it is offered HTTP/2, in TLS; it is asked over HTTP/1.1 if it does not take that."""

    @model_validator(mode="after")
    def _check_http2(self) -> Self:
        if self.http2 and not self.base_url.startswith("https://"):
            raise ValueError("HTTP/2 is agreed on in TLS: base_url has to begin with https://")
        return self

    @field_validator("paths")
    @classmethod
    def _check_paths(cls, paths: dict[Path, str]) -> dict[Path, str]:
        for path in paths.values():
            if not re.fullmatch(r"/[\x21-\x7e]{0,500}", path) or "#" in path:
                raise ValueError(f"{path[:40]!r} is no path; it begins with / and has no space")
        return paths

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", name) or name in _OURS:
                raise ValueError(f"{name[:40]!r} is no header that can be set; write it small")
            if name in SECRET_HEADERS:
                raise ValueError(f"{name} is for a key: name its place in `credential`")
            if not re.fullmatch(r"[\x20-\x7e]{0,1000}", value):
                raise ValueError(f"the value of {name} is not printable ASCII")
        return headers


class LocalEndpoint(Part):
    """The model runs in the node's own process (llama.cpp)."""

    type: Literal["local"] = "local"


class Provider(Record):
    """An endpoint of a model: who runs it, and how to reach it."""

    kind: ClassVar[str] = "catalogue.provider"
    minor: ClassVar[int] = 4

    name: Name
    title: str
    supplier: Name
    """Who runs the endpoint: who can withdraw it."""
    model: Name
    model_sha256: Sha256
    """Which exact file it is said to serve; evidence is looked up by this digest."""
    endpoint: HttpEndpoint | LocalEndpoint = Field(discriminator="type")
    requests_per_minute: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """How many requests it can answer in a minute, as whoever runs it states; None where nobody has."""

    @cached_property
    def node(self) -> str | None:
        """The partner's node whose model it is, where grants are shown to one."""
        credential = self.endpoint.credential if isinstance(self.endpoint, HttpEndpoint) else None
        place, _, name = (credential or "").partition(":")
        return name if place == "node" else None
