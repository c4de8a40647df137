"""How the tier of a model is shown: what it is, by which rule, on which records, and what is missing."""

from corridor.assurance.records.tiers import Domain, Tier
from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, RecordId


class ConditionShown(Part):
    """One thing that a rule asks."""

    asked: str
    holds: bool
    found: str
    """met, missed, open, absent, stale, weak or contradicted."""
    records: tuple[RecordId, ...]


class RuleShown(Part):
    """One rule, held against the model."""

    id: Name
    effect: str
    tier: Tier
    holds: bool
    conditions: tuple[ConditionShown, ...]
    why: str
    source: str


class DomainShown(Part):
    """The tier in one domain."""

    domain: Domain
    tier: Tier
    state: str
    why: str
    counts: bool
    """Whether it counts for the tier of the model."""
    records: tuple[RecordId, ...]
    missing: tuple[str, ...]
    """What would have to be there for it to be lower."""
    rules: tuple[RuleShown, ...]


class TierInLanguage(Part):
    """The tier in the language of a use."""

    language: Language | None
    """None: in any other language."""
    tier: Tier
    known: bool
    """Whether anything but its not being known makes it so high."""
    domains: tuple[DomainShown, ...]


class ComputeShown(Part):
    """Training compute, reckoned."""

    flop: float
    """What is known of it."""
    whole: bool
    unknown: tuple[Sha256, ...]
    """The files whose part is not known."""
    above_eu_threshold: bool | None
    """Whether it is above 1e25 FLOP, above which the European Union presumes high-impact capabilities; None
    where it is not known."""


class ModelTier(Part):
    """The tier of a model in each language, and why."""

    model: str
    model_sha256: Sha256
    rules: str
    """Those in force, with their edition; empty where this node has adopted none."""
    compute: ComputeShown
    made_from: tuple[Sha256, ...]
    cycle: tuple[Sha256, ...]
    """Files that are said to be made from each other; empty where there is no such nonsense."""
    languages: tuple[TierInLanguage, ...]
