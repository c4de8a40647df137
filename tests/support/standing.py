"""A small world for decisions: one node, one partner, one user, one model; told in a few words.

    world = a_world({"tier": 2, "grant": {"approvals": 2}, "evidence": {"age_days": 10}})
    decision = world.decide()

Every word that is left out has the value that opens: see `WORDS`. `None` takes a thing away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.ports import PolicySet
from corridor.access.records import (
    Conditions,
    Countersignature,
    Decision,
    EvidenceUsed,
    Grant,
    Lease,
    Policy,
    Principal,
    Project,
    Purpose,
    Query,
    Revocation,
    RevocationLifted,
    VerifiedClaim,
)
from corridor.access.rules.facts import FactFinder, Found
from corridor.access.rules.secrets import Secrets
from corridor.access.rules.state import State, folded
from corridor.access.settings import AccessSettings
from corridor.assurance import RiskTier
from corridor.catalogue import Organisation
from corridor.core.corrections import Withdrawal
from corridor.core.records import Entry, Record, RecordId
from corridor.core.store import Kept
from corridor.evaluation import Evaluation, wilson
from corridor.federation import Partner, PartnerStanding
from support.builders import NOON

HERE, THERE = "in", "jp"
MODEL, DIGEST, OTHER_DIGEST = "small", "ab" * 32, "cd" * 32
USER, PROJECT, ORGANISATION = "meera", "helpline", "mission"
PURPOSE = "agriculture-advice"
LANGUAGE = "hi-Deva"
GRANT, EVIDENCE = RecordId("1" * 32), RecordId("2" * 32)
ENVELOPE = "ee" * 32
"""The digest of the grant's signed envelope."""
SECRETS = Secrets.of(bytes(32))

WORDS: Mapping[str, object] = {
    "tier": 1,
    "home": HERE,
    "user": {"active": True, "organisation": ORGANISATION, "country": "IN"},
    "identity": {"level": "high", "ends_days": 30},
    "project": {"organisation": ORGANISATION},
    "purposes": [PURPOSE],
    "grant": {},
    "words": [],
    "evidence": [dict[str, object]()],
    "partner": {"standing": "active"},
    "lease": {"age_seconds": 1, "log_size": 0, "known": 0},
    "revoked": [],
    "query": {},
    "settings": {},
}


@dataclass(frozen=True, slots=True)
class World:
    """What is known at one node, and what somebody wants."""

    state: State
    finder: FactFinder
    policies: PolicySet
    query: Query
    now: datetime

    def found(self) -> Found:
        return self.finder.candidates(self.state, self.query, self.now)[0]

    def decide(self) -> tuple[str, tuple[str, ...]]:
        """Return the outcome and the reasons, sorted."""
        facts = self.found().facts
        ruling = self.policies.rule(self.query.principal, self.query.model_sha256, facts)
        return ("allow" if ruling.allowed else "deny", tuple(sorted(ruling.reasons)))


def a_world(words: Mapping[str, object], policies: PolicySet) -> World:
    """Return the world that some words tell of; the rest is as in `WORDS`."""
    unknown = set(words) - set(WORDS) - {"minutes"}
    if unknown:
        raise ValueError(f"No such words: {unknown}")
    told = {**WORDS, **words}
    now = NOON + timedelta(minutes=cast("int", words.get("minutes", 0)))
    maker = _Maker(told, now)
    state = folded(HERE, {}, maker.arrivals(), head=1)
    leases, sizes = maker.leases()
    settings = AccessSettings.model_validate(told["settings"])
    finder = FactFinder(settings, SECRETS.pseudonym)
    state = replace(state, leases=leases, log_sizes=sizes)
    return World(state, finder, policies, maker.query(), now)


def arrivals_of(words: Mapping[str, object]) -> list[Kept[Record]]:
    """Return the records of the world that some words tell of, in the order of arrival."""
    return _Maker({**WORDS, **words}, NOON).arrivals()


def kept_at(
    position: int, record: Record, issuer: str = HERE, sha256: str = "aa" * 32
) -> Kept[Record]:
    """Return a record as it is read from an issuer's log, where it is at a position."""
    entry = Entry(
        record_id=record.id,
        kind=record.kind,
        version=record.version,
        issuer=issuer,
        position=position,
        made_at=record.made_at,
        visibility="partners",
        sha256=sha256,
    )
    return Kept(entry, record)


@dataclass(slots=True)
class _Maker:
    told: dict[str, object]
    now: datetime
    position: int = 0

    @property
    def home(self) -> str:
        return cast("str", self.told["home"])

    def part(self, name: str, base: Mapping[str, object]) -> dict[str, object] | None:
        value = self.told[name]
        return None if value is None else {**base, **cast("dict[str, object]", value)}

    def kept(self, record: Record, issuer: str = HERE, sha256: str = "aa" * 32) -> Kept[Record]:
        self.position += 1
        return kept_at(self.position, record, issuer, sha256)

    def arrivals(self) -> list[Kept[Record]]:
        return [
            *self.partner(),
            *self.people(),
            *self.tier(),
            *self.evidence(),
            *self.grant(),
            *self.words(),
            *self.revoked(),
        ]

    def partner(self) -> list[Kept[Record]]:
        partner = self.part("partner", {"standing": "active"})
        if partner is None:
            return []
        known = Partner(made_at=NOON, name=THERE, url="http://127.0.0.1:9", public_key="11" * 32)
        found = [self.kept(known)]
        if partner["standing"] != "active":
            stand = {"partner": THERE, "standing": partner["standing"], "reason": "a test"}
            found.append(self.kept(PartnerStanding.model_validate({"made_at": NOON, **stand})))
        return found

    def people(self) -> list[Kept[Record]]:
        found: list[Kept[Record]] = [
            self.kept(
                Purpose(made_at=NOON, name=name, title=name, use_class="general", active=True)
            )
            for name in cast("list[str]", self.told["purposes"])
        ]
        user = self.part(
            "user",
            {"active": True, "organisation": ORGANISATION, "country": "IN", "type": "person"},
        )
        if user is not None:
            country = user.pop("country")
            organisation = {"name": user["organisation"], "title": "x", "country": country}
            found.append(self.kept(Organisation.model_validate({"made_at": NOON, **organisation})))
            found.append(
                self.kept(Principal.model_validate({"made_at": NOON, "name": USER, **user}))
            )
        identity = self.part("identity", {"level": "high", "ends_days": 30, "claim": "identity"})
        if identity is not None:
            until = self.now + timedelta(days=cast("float", identity.pop("ends_days")))
            claim = {"principal": USER, "value": "verified", "verified_by": "x", "method": "test"}
            found.append(
                self.kept(
                    VerifiedClaim.model_validate(
                        {"made_at": NOON - timedelta(days=400), **claim, **identity, "until": until}
                    )
                )
            )
        project = self.part("project", {"organisation": ORGANISATION})
        if project is not None:
            fields = {"name": PROJECT, "title": PROJECT, **project}
            found.append(self.kept(Project.model_validate({"made_at": NOON, **fields})))
        return found

    def tier(self) -> list[Kept[Record]]:
        tier = self.told["tier"]
        if tier is None:
            return []
        rating = {
            "model": MODEL,
            "model_sha256": DIGEST,
            "tier": tier,
            "framework": "a test",
            "reasons": "set for a test",
        }
        return [self.kept(RiskTier.model_validate({"made_at": NOON, **rating}))]

    def evidence(self) -> list[Kept[Record]]:
        found: list[Kept[Record]] = []
        for number, each in enumerate(cast("list[dict[str, object]]", self.told["evidence"])):
            words: dict[str, object] = {
                "age_days": 10,
                "language": LANGUAGE,
                "issuer": HERE,
                "sha256": DIGEST,
                "withdrawn": False,
                **each,
            }
            made_at = self.now - timedelta(days=cast("float", words["age_days"]))
            record = Evaluation(
                id=RecordId(f"{2 + number}" * 32),
                made_at=made_at,
                model=MODEL,
                model_sha256=cast("str", words["sha256"]),
                provider="x",
                suite="s",
                suite_version="1",
                suite_sha256="cc" * 32,
                language=cast("str", words["language"]),
                method="m",
                seed=1,
                n=4,
                correct=3,
                outcomes="1110",
                score=wilson(3, 4),
            )
            issuer = cast("str", words["issuer"])
            found.append(self.kept(record, issuer))
            if words["withdrawn"]:
                taken = Withdrawal(made_at=NOON, record=record.id, reason="wrong data")
                found.append(self.kept(taken, issuer))
        return found

    def grant(self) -> list[Kept[Record]]:
        tier = cast("int | None", self.told["tier"])
        words = self.part(
            "grant",
            {
                "issuer": self.home,
                "node": HERE,
                "from_days": -20,
                "ends_days": 20,
                "review_days": 10,
                "languages": [LANGUAGE],
                "tier": 3 if tier is None else tier,
                "approvals": 2,
                "countries": ["IN", "JP"],
                "sha256": DIGEST,
                "project": PROJECT,
                "surface": "api",
                "purpose": PURPOSE,
                "conditions": {},
                "lease_seconds": None,
                "evidence_of": [HERE],
                "grantee": USER,
            },
        )
        if words is None:
            return []
        days = {
            name: self.now + timedelta(days=cast("float", words[name]))
            for name in ("from_days", "ends_days", "review_days")
        }
        grant = Grant.model_validate(
            {
                "id": GRANT,
                "made_at": days["from_days"],
                "grantee": SECRETS.pseudonym(cast("str", words["grantee"]), HERE),
                "grantee_type": "person",
                "organisation": ORGANISATION,
                "country": "IN" if self.home == HERE else "JP",
                "identity_level": 3,
                "project": words["project"],
                "model": MODEL,
                "model_sha256": words["sha256"],
                "node": words["node"],
                "tier": words["tier"],
                "surface": words["surface"],
                "purpose": words["purpose"],
                "use_class": "general",
                "sensitivity": "public",
                "languages": words["languages"],
                "conditions": Conditions.model_validate(words["conditions"]),
                "evidence": tuple(
                    EvidenceUsed(
                        record_id=EVIDENCE,
                        issuer=issuer,
                        sha256="aa" * 32,
                        language=LANGUAGE,
                        made_at=NOON,
                    )
                    for issuer in cast("list[str]", words["evidence_of"])
                ),
                "approvals": words["approvals"],
                "approver_countries": words["countries"],
                "request_sha256": "bb" * 32,
                "policy_version": "cc" * 32,
                "valid_from": days["from_days"],
                "until": days["ends_days"],
                "review_at": days["review_days"],
                "lease_seconds": words["lease_seconds"],
            }
        )
        return [self.kept(grant, cast("str", words["issuer"]), ENVELOPE)]

    def words(self) -> list[Kept[Record]]:
        found: list[Kept[Record]] = []
        for each in cast("list[dict[str, object]]", self.told["words"]):
            by = cast("str", each.get("by", THERE))
            fields = {
                "grant_issuer": each.get("issuer", self.home),
                "grant_id": GRANT,
                "grant_sha256": each.get("sha256", ENVELOPE),
                "verdict": each.get("verdict", "approve"),
                "reason": "a test",
                "approvals": each.get("approvals", 1),
                "approver_countries": each.get("countries", ["JP"]),
            }
            found.append(
                self.kept(Countersignature.model_validate({"made_at": NOON, **fields}), by)
            )
        return found

    def revoked(self) -> list[Kept[Record]]:
        found: list[Kept[Record]] = []
        for each in cast("list[dict[str, object]]", self.told["revoked"]):
            hours = cast("float | None", each.get("ends_hours"))
            until = None if hours is None else self.now + timedelta(hours=hours)
            fields = {"scope": each["scope"], "target": each["target"], "reason": "a test"}
            record = Revocation.model_validate({"made_at": NOON, **fields, "until": until})
            by = cast("str", each.get("by", HERE))
            found.append(self.kept(record, by))
            if lifted_by := each.get("lifted_by"):
                lifted = RevocationLifted(made_at=NOON, revocation_id=record.id, reason="a mistake")
                found.append(self.kept(lifted, cast("str", lifted_by)))
        return found

    def leases(self) -> tuple[dict[str, Lease], dict[str, int]]:
        words = self.part("lease", {"age_seconds": 1, "log_size": 0, "known": 0})
        if words is None:
            return {}, {}
        made_at = self.now - timedelta(seconds=cast("float", words["age_seconds"]))
        size = cast("int", words["log_size"])
        lease = Lease(issuer=THERE, audience=HERE, made_at=made_at, log_size=size)
        return {THERE: lease}, {THERE: cast("int", words["known"])}

    def query(self) -> Query:
        away = self.home != HERE
        words: dict[str, object] = {
            "principal": SECRETS.pseudonym(USER, HERE) if away else USER,
            "issuer": self.home if away else "",
            "project": PROJECT,
            "model": MODEL,
            "model_sha256": DIGEST,
            "surface": "api",
            "purpose": PURPOSE,
            "language": LANGUAGE,
            **cast("dict[str, object]", self.told["query"]),
        }
        words["tools"] = tuple(cast("list[str]", words.get("tools", [])))
        return Query(**words)  # pyright: ignore[reportArgumentType]  words of a table


def shipped_policies() -> PolicySet:
    """Return the policies that are shipped, and no other."""
    return CedarEngine().policies({})


def some_policies(*texts: str) -> PolicySet:
    """Return the shipped policies and some of an operator's."""
    named = [
        Policy(made_at=NOON, name=f"p{number}", text=text, reason="a test")
        for number, text in enumerate(texts)
    ]
    return CedarEngine().policies({policy.name: policy.text for policy in named})


def outcome_of(decision: Decision) -> tuple[str, tuple[str, ...]]:
    """Return the outcome and the reasons of a decision, sorted."""
    return decision.outcome, tuple(sorted(decision.reasons))
