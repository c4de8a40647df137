"""What an operator can set about models and the way to them."""

from ipaddress import IPv4Network, IPv6Network

from pydantic import BaseModel, ConfigDict, Field


class CatalogueSettings(BaseModel):
    """The `[catalogue]` section of corridor.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threads: int = Field(default=1, ge=1)
    """Processor threads that a model run in this process may use. llama.cpp's threads wait for
    each other by spinning: more threads than idle cores make a model slower by orders of
    magnitude, so one is safe and more is for machines that have them to spare."""
    context_tokens: int = Field(default=8192, ge=256)
    """Context of a model run in this process, shared by its slots."""
    slots: int = Field(default=4, ge=1)
    """Requests that a model run in this process answers at the same time."""
    warm: bool = True
    """Whether a model that a provider runs in this process is loaded, and says a word in each slot, as soon as the serving node knows of
    it, so that its first caller does not wait for that; else when it is first asked."""
    answer_tokens: int = Field(default=1024, ge=1)
    """The longest answer of a model run in this process, whatever a caller asks for: an answer that
    is not streamed goes on to its end though its caller has left."""
    private_addresses: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks inside which providers may be, beside public addresses: `["127.0.0.0/8"]` for a server
    on this machine. None by default, so that no name or address of a provider leads a request to this
    machine, its network or a cloud's metadata. It is compared with the very address of each
    connection, after names are resolved."""
    connect_seconds: float = Field(default=2.0, gt=0)
    """How long a provider may take to accept a connection."""
    idle_seconds: float = Field(default=30.0, gt=0)
    """How long a provider may be silent in the middle of an answer."""
