"""How a standing is shown."""

from collections.abc import Sequence

from corridor.assurance.records import TierRules
from corridor.assurance.records.tier_views import (
    ComputeShown,
    ConditionShown,
    DomainShown,
    ModelTier,
    RuleShown,
    TierInLanguage,
)
from corridor.assurance.rules.tiering.compute import Compute
from corridor.assurance.rules.tiering.domains import DomainStanding
from corridor.assurance.rules.tiering.ruling import Condition, Ruling
from corridor.assurance.rules.tiering.standing import Standing


def shown(model: str, standings: Sequence[Standing], rules: TierRules | None) -> ModelTier:
    """Return how a model stands, in one language after the other; there is one at least."""
    first = standings[0]
    return ModelTier(
        model=model,
        model_sha256=first.model_sha256,
        rules=f"{rules.name}, edition {rules.edition}" if rules else "",
        compute=_compute(first.compute),
        made_from=first.lineage.bases,
        cycle=first.lineage.cycle,
        languages=tuple(_in_language(each) for each in standings),
    )


def _in_language(found: Standing) -> TierInLanguage:
    return TierInLanguage(
        language=found.language,
        tier=found.tier,
        known=found.is_known,
        domains=tuple(_domain(each) for each in found.domains),
    )


def _domain(found: DomainStanding) -> DomainShown:
    return DomainShown(
        domain=found.domain,
        tier=found.tier,
        state=found.state,
        why=found.why,
        counts=found.counts,
        records=found.records,
        missing=found.missing,
        rules=tuple(_rule(each) for each in found.rulings),
    )


def _rule(found: Ruling) -> RuleShown:
    rule = found.rule
    return RuleShown(
        id=rule.id,
        effect=rule.effect,
        tier=rule.tier,
        holds=found.holds,
        conditions=tuple(_condition(each) for each in found.conditions),
        why=rule.why,
        source=rule.source,
    )


def _condition(found: Condition) -> ConditionShown:
    records = (record for finding in found.findings for record in finding.records)
    return ConditionShown(
        asked=found.asked,
        holds=found.holds,
        found=found.found,
        records=tuple(dict.fromkeys(records)),
    )


def _compute(found: Compute) -> ComputeShown:
    return ComputeShown(
        flop=found.flop,
        whole=found.is_whole,
        unknown=found.unknown,
        above_eu_threshold=found.presumed_systemic,
    )
