"""Rules of tiers, words of persons and how files came about, for tests of what they come to."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from corridor.assurance.records import (
    LoweringConfirmed,
    Query,
    RiskTier,
    TierLowering,
    TierRule,
    TierRules,
)
from corridor.assurance.rules.tiering import Book, Standing, book_of, standing
from corridor.catalogue import Provenance
from corridor.core.records import Entry, Record
from corridor.core.store import Kept
from corridor.federation import Partner
from support.builders import NOON
from support.evidence import a_query
from support.supply import DIGEST

SEEN = "e" * 64
"""The digest of every signed record of these tests."""
SAFE = a_query(kind="safety", suite="attacks", figure="attack_success", at_least=None, at_most=0.1)
"""No more than a tenth of attacks succeed, in the language of use."""


def a_rule(
    name: str = "safe",
    domain: str = "general",
    tier: int = 1,
    effect: str = "at_most",
    evidence: Sequence[Query] = (SAFE,),
    **fields: object,
) -> TierRule:
    """Return a rule: at most tier 1 of general harm where attacks fail."""
    known = {"id": name, "domain": domain, "tier": tier, "effect": effect}
    more = {"evidence": tuple(evidence), "why": "for a test of tiers", **fields}
    return TierRule.model_validate({**known, **more})


def some_rules(*rules: TierRule, **fields: object) -> TierRules:
    """Return rules; every domain that none of them speaks of is at most tier 0 by a small compute."""
    spoken = {rule.domain for rule in rules}
    small = {"evidence": (), "compute_at_most": 1e23, "tier": 0}
    domains = ("general", "biology", "cyber", "manipulation", "research", "autonomy")
    rest = [a_rule(f"small-{each}", each, **small) for each in domains if each not in spoken]  # pyright: ignore[reportArgumentType]
    defaults: dict[str, object] = {
        "made_at": NOON - timedelta(days=1),
        "name": "rules",
        "edition": 1,
        "title": "For tests",
        "rules": (*rules, *rest),
    }
    return TierRules.model_validate({**defaults, **fields})


def trained(
    file: str = DIGEST, parameters: int = 1_000_000_000, tokens: int = 1_000_000_000_000
) -> Provenance:
    """Return that a file was trained from nothing: by 6e21 FLOP."""
    return made(file, "trained", (), parameters=parameters, tokens=tokens)


def made(file: str, how: str, derived_from: Sequence[str], **fields: object) -> Provenance:
    """Return how a file was made from others."""
    known = {"made_at": NOON, "model": "small", "model_sha256": file, "how": how, "source": "card"}
    return Provenance.model_validate({**known, "derived_from": tuple(derived_from), **fields})


def a_word(
    tier: int, domain: str = "general", act: str = "raised", file: str = DIGEST, **fields: object
) -> RiskTier:
    """Return what a person said of a file."""
    known = {"made_at": NOON, "model": "small", "model_sha256": file, "framework": "a test"}
    more = {"domain": domain, "tier": tier, "act": act, "reasons": "for a test of tiers"}
    return RiskTier.model_validate({**known, **more, **fields})


def a_lowering(
    tier: int, domain: str = "general", file: str = DIGEST, days: int = 180, **fields: object
) -> TierLowering:
    """Return that asha of the mission proposes a lower tier."""
    known = {"made_at": NOON, "model": "small", "model_sha256": file, "domain": domain}
    more = {"tier": tier, "reasons": "for a test of tiers", "until": NOON + timedelta(days=days)}
    by = {"proposed_by": "asha", "organisation": "mission"}
    return TierLowering.model_validate({**known, **more, **by, **fields})


def confirmed(lowering: TierLowering, **fields: object) -> LoweringConfirmed:
    """Return that yuki of the institute confirms a proposal of node `in`."""
    known = {"made_at": NOON, "lowering_issuer": "in", "lowering_id": lowering.id}
    by = {"confirmed_by": "yuki", "organisation": "institute", "lowering_sha256": SEEN}
    return LoweringConfirmed.model_validate(
        {**known, **by, "reasons": "for a test of tiers", **fields}
    )


def arrived(records: Iterable[Record | tuple[str, Record]], first: int = 0) -> list[Kept[Record]]:
    """Return records as they arrived at node `in`, one after the other; its own unless it says whose."""
    stated = [each if isinstance(each, tuple) else ("in", each) for each in records]
    return [
        Kept(
            Entry(
                record_id=record.id,
                kind=record.kind,
                version=record.version,
                issuer=issuer,
                position=first + place,
                made_at=record.made_at,
                visibility="partners",
                sha256=SEEN,
            ),
            record,
        )
        for place, (issuer, record) in enumerate(stated)
    ]


def a_partner(name: str = "jp") -> Partner:
    """Return a partner."""
    return Partner(made_at=NOON, name=name, url="http://127.0.0.1:9", public_key="11" * 32)


def a_book(*records: Record | tuple[str, Record]) -> Book:
    """Return what is known at node `in` after these records."""
    return book_of("in", arrived(records))


def stands(
    *records: Record | tuple[str, Record],
    file: str = DIGEST,
    language: str | None = "hi-Deva",
    now: datetime = NOON,
    node: str = "",
) -> Standing:
    """Return how a file stands after these records."""
    return standing(a_book(*records), file, language, now, node)
