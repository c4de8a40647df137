"""Where a campaign stands: from requirements to attacks, tries and findings, and what waits for whom."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corridor.assurance.records.campaigns import (
    Attack,
    Attempt,
    Campaign,
    Requirement,
    Review,
    Step,
)
from corridor.assurance.rules.campaigns.reproducing import went_wrong


@dataclass(frozen=True, slots=True)
class Line:
    """An attack, the last word on it, and what came of it."""

    attack: Attack
    review: Review | None
    attempts: tuple[Attempt, ...]
    rejected: frozenset[str] = frozenset()
    """Of the attempts those that a person looked at and does not believe."""

    @property
    def accepted(self) -> bool:
        """Whether a second person let it be made."""
        return self.review is not None and self.review.accepted

    def tries(self, model_sha256: str) -> int:
        """Return how often it was made on a file."""
        of_it = (each for each in self.attempts if each.model_sha256 == model_sha256)
        return sum(sum(each.conducts.values()) for each in of_it)

    @property
    def counts(self) -> tuple[int, int]:
        """In how many tries the model did what it should not, of how many; what was rejected does not count."""
        return went_wrong(each for each in self.attempts if each.id not in self.rejected)


@dataclass(frozen=True, slots=True)
class Board:
    """A campaign with all its steps."""

    campaign: Campaign
    requirements: tuple[tuple[Requirement, Review | None], ...]
    lines: tuple[Line, ...]

    @property
    def accepted(self) -> list[Requirement]:
        """The requirements that a second person accepted."""
        return [each for each, review in self.requirements if review and review.accepted]

    @property
    def waiting(self) -> list[Step]:
        """What nobody has reviewed yet, oldest first."""
        requirements = [each for each, review in self.requirements if review is None]
        return [*requirements, *(line.attack for line in self.lines if line.review is None)]

    def to_try(self, times: int) -> list[Line]:
        """Return the accepted attacks that were tried less often than wanted on the campaign's model."""
        file = self.campaign.model_sha256
        return [each for each in self.lines if each.accepted and each.tries(file) < times]

    def by_language(self) -> dict[str, Counter[str]]:
        """Return how the model behaved, language by language."""
        found: dict[str, Counter[str]] = {}
        for line in self.lines:
            for each in line.attempts:
                found.setdefault(line.attack.language, Counter()).update(each.conducts)
        return found


def board_of(
    campaign: Campaign,
    requirements: Iterable[Requirement],
    attacks: Iterable[Attack],
    reviews: Sequence[Review],
    attempts: Sequence[Attempt],
) -> Board:
    """Return where a campaign stands, from records in the order of their arrival; the last review counts."""
    said = {each.of: each for each in reviews if each.campaign == campaign.name}
    rejected = frozenset(str(of) for of, review in said.items() if not review.accepted)
    tried: dict[str, list[Attempt]] = {}
    for each in attempts:
        tried.setdefault(each.attack, []).append(each)
    return Board(
        campaign,
        tuple((r, said.get(r.id)) for r in requirements if r.campaign == campaign.name),
        tuple(
            Line(a, said.get(a.id), tuple(tried.get(a.id, ())), rejected)
            for a in attacks
            if a.campaign == campaign.name
        ),
    )
