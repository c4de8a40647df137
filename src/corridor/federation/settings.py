"""What an operator can set about the exchange with partners."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from corridor.core.errors import Invalid
from corridor.core.notes import COSIGNATURE, VerifierKey

MIB = 1024 * 1024


class WitnessSettings(BaseModel):
    """A witness that is no partner."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    """Where it is reached; checkpoints go to add-checkpoint below."""
    key: str
    """Its vkey, of type 0x04: NAME+ID+KEY."""

    @field_validator("key")
    @classmethod
    def _is_a_witness(cls, text: str) -> str:
        try:
            key = VerifierKey.from_text(text)
        except Invalid as error:
            raise ValueError(error.message) from error
        if key.algorithm != COSIGNATURE:
            raise ValueError("the key is a log's, not a witness's (type 0x04)")
        return text

    @property
    def verifier(self) -> VerifierKey:
        """The key by which its cosignatures are verified."""
        return VerifierKey.from_text(self.key)


class FederationSettings(BaseModel):
    """The `[federation]` section of corridor.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sync_seconds: float = Field(default=1.0, gt=0)
    """The longest wait between two looks at a partner's log while all is well."""
    backoff_seconds: float = Field(default=60.0, gt=0)
    """The longest wait after failures; each failure doubles the wait up to this."""
    page_entries: int = Field(default=4096, ge=1)
    """How many log entries one answer of this node holds at most."""
    page_bytes: int = Field(default=16 * MIB, ge=1024)
    """How many bytes of entries one answer of this node holds, if more than one entry."""
    piece_entries: int = Field(default=1024, ge=1)
    """How many entries of a partner are fetched, verified and indexed at a time."""
    piece_bytes: int = Field(default=4 * MIB, ge=1024)
    """How many bytes of entries are, if more than one entry; a partner takes memory for two pieces."""
    max_entry_bytes: int = Field(default=8 * MIB, ge=1024)
    """A partner's record whose envelope is larger than this is refused."""
    partners_at_once: int = Field(default=16, ge=1)
    """From how many partners entries are fetched at the same time; the others wait their turn."""
    bytes_per_second: float = Field(default=32 * MIB, gt=0)
    """How fast entries are taken from one partner."""
    records_per_second: float = Field(default=20_000, gt=0)
    """How many entries are taken from one partner."""
    request_seconds: float = Field(default=20.0, gt=0)
    """How long one request may take, from connecting to the last byte. An answer of entries that
    takes longer is used as far as it came; only one entry as large as that may take longer."""
    min_bytes_per_second: float = Field(default=4096, gt=0)
    """An answer that has used up request_seconds is cut off where it comes more slowly than this."""
    signature_seconds: float = Field(default=60.0, gt=0)
    """How far a signed request's time may be from ours, in the past or the future."""
    clock_skew_seconds: float = Field(default=300.0, ge=0)
    """A partner's record that is dated further in the future than this is refused."""
    note_seconds: float = Field(default=30.0, ge=0)
    """How often a partner with nothing new is noted as reached."""
    witnesses: tuple[WitnessSettings, ...] = ()
    """Witnesses beside the partners: objects with `url` and `key` (a vkey of type 0x04)."""
    quorum: int = Field(default=1, ge=0, le=100)
    """How many witnesses must have cosigned a checkpoint for it to count as settled; with 0 each
    checkpoint does that is signed."""
    witness_seconds: float = Field(default=1.0, gt=0)
    """How often a checkpoint of a log that has grown is handed to the witnesses."""
    cosignatures_per_second: float = Field(default=10.0, gt=0)
    """How many checkpoints of one log are cosigned; as many may come at once."""
    gossip_seconds: float = Field(default=5.0, gt=0)
    """How often partners are asked which checkpoints they saw of others' logs, and of ours."""
