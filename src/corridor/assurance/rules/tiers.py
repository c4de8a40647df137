"""How tiers add up: the highest of a model's domains; where there is none, the highest there is."""

from collections.abc import Iterable

from corridor.assurance.records import HIGHEST, RiskTier, Tier


def newest(tiers: Iterable[RiskTier]) -> dict[tuple[str, str], RiskTier]:
    """Return what was last said of each file in each domain, of records in the order of arrival."""
    return {(each.model_sha256, each.domain): each for each in tiers}


def tier_of(tiers: Iterable[RiskTier]) -> tuple[Tier, bool]:
    """Return the tier that counts for one file, and whether anyone set it.

    What nobody has looked at counts as the highest.
    """
    found: list[Tier] = [each.tier for each in tiers]
    return (max(found), True) if found else (HIGHEST, False)
