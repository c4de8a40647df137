"""How evidence, what is known of a file's making, and the words of persons become a tier. Pure."""

from corridor.assurance.rules.tiering.book import KINDS, Book, book_of, changes_all, learned
from corridor.assurance.rules.tiering.compute import (
    EU_PRESUMES_ABOVE,
    Compute,
    compute_of,
    training_flop,
)
from corridor.assurance.rules.tiering.domains import DomainStanding
from corridor.assurance.rules.tiering.ruling import Condition, Ruling
from corridor.assurance.rules.tiering.standing import Standing, lineage_in, standing, tier_in

__all__ = [
    "EU_PRESUMES_ABOVE",
    "KINDS",
    "Book",
    "Compute",
    "Condition",
    "DomainStanding",
    "Ruling",
    "Standing",
    "book_of",
    "changes_all",
    "compute_of",
    "learned",
    "lineage_in",
    "standing",
    "tier_in",
    "training_flop",
]
