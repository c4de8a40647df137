"""By which rules evidence becomes a tier: data, kept as a record, so that anyone can read and repeat them."""

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from corridor.assurance.records.queries import Query
from corridor.assurance.records.tiers import HIGHEST, Domain, Tier
from corridor.catalogue import How, Name
from corridor.core.records import Part, Record

Effect = Literal["at_most", "at_least"]
"""at_most: where the conditions hold, the tier of the domain is no higher. at_least: no lower."""
LEAST_FLOP, MOST_FLOP = 1e15, 1e30
"""Between these lies the training compute of every language model; else somebody mistook a unit."""


class TierRule(Part):
    """If all of this holds of a file, the tier of a domain is at most, or at least, so high.

    An upper bound holds where evidence meets it: what is open, absent, stale, weak or contradicted lowers
    nothing. A lower bound holds where evidence meets it, however old, weak or contradicted it is.
    """

    id: Name
    domain: Domain
    effect: Effect
    tier: Tier
    evidence: tuple[Query, ...] = Field(default=(), max_length=50)
    """All of them must be met. Each says with which end of the interval, how fresh, in which languages;
    a query that names no language is asked in the language of use."""
    compute_at_most: float | None = Field(default=None, ge=LEAST_FLOP, le=MOST_FLOP)
    """FLOP of training, the files it was made from included; only where all of it is known."""
    compute_above: float | None = Field(default=None, ge=LEAST_FLOP, le=MOST_FLOP)
    """The same; it is enough that what is known of it is above."""
    why: str = Field(min_length=10, max_length=2_000)
    source: str = Field(default="", max_length=2_000)
    """Where a threshold comes from, if it is not the rule's author's own."""

    @model_validator(mode="after")
    def _check_meaning(self) -> Self:
        if not (self.evidence or self.compute_at_most or self.compute_above):
            raise ValueError(f"rule {self.id} asks for nothing")
        if (self.effect, self.tier) in (("at_most", HIGHEST), ("at_least", 0)):
            raise ValueError(
                f"rule {self.id} says nothing: every tier is {self.effect} {self.tier}"
            )
        if self.effect == "at_most" and any(query.weak for query in self.evidence):
            raise ValueError(f"rule {self.id}: weak evidence lowers no tier; leave `weak` out")
        if self.effect == "at_most" and self.compute_above is not None:
            raise ValueError(f"rule {self.id}: more compute lowers no tier; use compute_at_most")
        if self.effect == "at_least" and self.compute_at_most is not None:
            raise ValueError(f"rule {self.id}: less compute raises no tier; use compute_above")
        return self


class Inherited(Part):
    """The tier from which a file begins that was made from others in one way, until it was tested."""

    how: How
    floor: Tier
    """It begins there, or at the tier of what it was made from, whichever is higher."""


class TierRules(Record):
    """The rules of a node. The newest that it has adopted are in force."""

    kind: ClassVar[str] = "assurance.tier_rules"

    name: Name
    edition: int = Field(ge=1)
    """Other rules under the same name have another edition."""
    title: str = Field(max_length=500)
    believed: tuple[Name, ...] = Field(default=(), max_length=100)
    """Partners whose evidence counts beside this node's own; nobody else's does."""
    rules: tuple[TierRule, ...] = Field(min_length=1, max_length=500)
    inherited: tuple[Inherited, ...] = ()
    """A way that is not named here inherits nothing: its file begins at the highest tier."""
    set_words_until: AwareDatetime | None = None
    """Till then tiers that persons set before these rules lower as they did; None: from now on not."""
    reason: str = Field(default="", max_length=4_000)
    """Why they were adopted."""

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = [rule.id for rule in self.rules]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"two rules are called {', '.join(sorted(twice))}")
        ways = [each.how for each in self.inherited]
        if len(set(ways)) < len(ways) or "trained" in ways:
            raise ValueError("inherited: each way once, and never a file made from nothing")
        return self

    def queries(self) -> Iterator[Query]:
        """Yield what the rules ask of evidence."""
        return (query for rule in self.rules for query in rule.evidence)
