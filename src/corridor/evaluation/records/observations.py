"""What one answer to an item of a safety suite did, in the only form that axes and evidence read.

Whoever asked the model, and whoever judged, ends here. The texts are not part of it.
"""

from dataclasses import dataclass

from corridor.evaluation.records.probes import Aim, Category, Form
from corridor.evaluation.records.safety import Conduct


@dataclass(frozen=True, slots=True)
class Observation:
    """One answer to one item, judged."""

    item: str
    language: str
    aim: Aim
    category: Category
    form: Form
    conduct: Conduct
    judge: str
    """Who said so: `canary@1`, `conduct@2`, or the name of a model or a harness."""
    output_sha256: str = ""
    """Of the whole answer's text in UTF-8; empty where there was none."""
    cluster: str = ""
    """Items that hang together; empty: each item for itself."""
    repeat: int = 0
    marked: bool = False
    """Whether the item has a canary, a secret, marks or choices, so that harm is told without a judge."""
