"""One answer to one item, in the only form that statistics and evidence read.

Whatever engine asked the model, and whatever log it wrote, ends here. The texts themselves are not part of
a sample: they lie in the full log beside it.
"""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["right", "wrong", "language", "refusal", "format", "empty", "failed"]
"""Why an answer has its score: right or wrong; in another language or script than asked; refused; without
anything that could be read as an answer; empty; or there was none, because the provider failed.
"""
JUDGED: frozenset[Verdict] = frozenset(("right", "wrong", "language", "refusal", "format", "empty"))
"""What says something about the model; a provider's failure does not, and is counted apart."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer to one item."""

    item: str
    language: str
    model: str
    model_sha256: str
    """Empty where only an endpoint and its declared version are known."""
    provider: str
    output_sha256: str
    """Of the whole answer's text in UTF-8; empty where there was none."""
    score: float
    """0 to 1 for what is right or wrong, or graded; bits or logarithms where `metric` says so."""
    verdict: Verdict
    scorer: str
    """Name and version: `choice@1`."""
    data_sha256: str
    metric: str = "accuracy"
    cluster: str = ""
    """Empty: the item itself."""
    origin: str = "unknown"
    cultural: bool | None = None
    repeat: int = 0
    tokens_in: int | None = None
    tokens_out: int | None = None
    seconds: float | None = None
