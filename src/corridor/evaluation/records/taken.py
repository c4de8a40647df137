"""Where the answers of evidence come from when another program asked for them."""

from pydantic import Field

from corridor.catalogue import Sha256
from corridor.core.records import Part
from corridor.evaluation.records.made import Endpoint


class Taken(Part):
    """Another harness's log, and what was made of it."""

    harness: str = Field(max_length=200)
    """Program and version, as its log says: `inspect_ai 0.3.285`, `lm-eval 0.4.13`."""
    task: str = Field(max_length=500)
    """What the harness calls what it asked."""
    called: str = Field(max_length=500)
    """What its log calls the model."""
    file_sha256: Sha256
    """Of the log that was read."""
    samples_sha256: Sha256
    """Of this language's answers in canonical form: the same answers give the same digest."""
    repeats: int = Field(default=1, ge=1)
    """How often each item was asked, at most."""
    parallel: bool = False
    """Whether an item has the same name in every language in which it is the same item: known of
    Corridor's own tasks, else the word of whoever had it signed."""
    whole: bool
    """Whether everything that was to be asked is in the log, as far as it says."""
    notes: tuple[str, ...] = ()
    """What was left out and why, and what else a reader must know."""
    by: str = Field(max_length=200)
    """Who had it signed."""
    where: str = Field(max_length=500)
    """The node, and what kind of machine."""
    endpoint: Endpoint | None = None
    """Who answered, where this node sent the requests; None where it only read a log."""
    tokens_in: int | None = Field(default=None, ge=0)
    """None where they were not counted for each answer."""
    tokens_out: int | None = Field(default=None, ge=0)
