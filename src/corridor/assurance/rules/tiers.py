"""What persons said last of each file in each domain."""

from collections.abc import Iterable

from corridor.assurance.records import RiskTier


def newest(tiers: Iterable[RiskTier]) -> dict[tuple[str, str], RiskTier]:
    """Return what was last said of each file in each domain, of records in the order of arrival."""
    return {(each.model_sha256, each.domain): each for each in tiers}
