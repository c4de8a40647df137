"""What a backup says of itself, signed by the node."""

from typing import Final

from pydantic import AwareDatetime, Field

from corridor.core.canonical import sha256
from corridor.core.checkpoints import log_key
from corridor.core.errors import Invalid
from corridor.core.notes import SignatureLine, check_signature, note_of, signed
from corridor.core.records import Part
from corridor.core.signing import PublicKey
from corridor.core.store import Identity

FORMAT: Final = 1
MANIFEST, SEAL, SETTINGS, KEY = "manifest.json", "manifest.note", "corridor.toml", "key.pem"
RETENTION = "retention.secret"
SAFETY, TEXTS = "safety.secret", "texts.jsonl.gz"
ACCESS = "access.secret"
"""Without it no key that was issued opens anything, and nobody knows who a pseudonym is."""


class LogState(Part):
    """How far a log had come that was kept by the node, its own or another's."""

    origin: str
    size: int = Field(ge=0)
    root: str = Field(pattern=r"^[0-9a-f]{64}$")


class TableRows(Part):
    """What a table holds, one JSON array a line, bytes as base64 in an object."""

    name: str
    columns: tuple[str, ...]
    rows: int = Field(ge=0)
    sha256: str
    """Of the lines before compression."""

    @property
    def member(self) -> str:
        """Where they are in the archive."""
        return f"tables/{self.name}.jsonl.gz"


class Texts(Part):
    """What was kept beside the store: a JSON array a file, its place in the node's folder and its digest."""

    files: int = Field(ge=0)
    sha256: str
    """Of the list's lines before compression."""


class Manifest(Part):
    """What is in a backup, and what the node's logs were when it was made."""

    format: int = FORMAT
    node: str
    public_key: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The node's key when the backup was made."""
    corridor: str
    """The version of the program."""
    created_at: AwareDatetime
    steps: dict[str, int]
    """How far the store had come in each room."""
    audit_log: str
    """The origin of the audit log that was in use."""
    logs: tuple[LogState, ...]
    notes: dict[str, str]
    """The newest signed checkpoint of a log, by its origin, where there was one."""
    held: str | None = None
    """Why the node's own log was held, and so not signed."""
    tables: tuple[TableRows, ...]
    with_key: bool
    settings_sha256: str
    access_sha256: str | None = None
    """Of the access secret; None where the node had none."""
    texts: Texts | None = None
    """Full logs, labels, texts of red teams, and economies; None in backups of before there were any in them."""
    safety_sha256: str | None = None
    """Of the secret that opens the sealed ones; None where the node had none."""
    with_safety: bool = False
    """It holds that secret; so it does only together with the node's key."""
    with_retention: bool = False
    """It holds the keys of what is retained; so it does only together with the node's key."""

    @property
    def key(self) -> PublicKey:
        """The node's key when the backup was made."""
        return PublicKey.from_hex(self.public_key)

    def text(self) -> bytes:
        """Return the manifest as it is written."""
        return self.model_dump_json(indent=1).encode() + b"\n"


def sealed(manifest: bytes, identity: Identity) -> str:
    """Return the signed note that binds a manifest to its node."""
    name = f"{identity.name}/backup"
    key = log_key(name, identity.signer.public)
    words = _words(name, manifest)
    return signed(words, [SignatureLine(name, key.id, identity.signer.sign(words.encode()))])


def check_seal(manifest: Manifest, content: bytes, seal: str) -> None:
    """Check that the node whose key the manifest names signed it.

    Raises:
        Invalid: if it did not.
    """
    note, name = note_of(seal), f"{manifest.node}/backup"
    check_signature(note, log_key(name, manifest.key))
    if note.text != _words(name, content):
        raise Invalid("The node signed another manifest.")


def _words(name: str, manifest: bytes) -> str:
    # Not to be taken for a checkpoint, whose second line is a number.
    return f"{name}\nsha256:{sha256(manifest)}\n"
