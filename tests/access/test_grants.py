"""What a grant holds, on which evidence it rests, how it stands, and what a partner says of it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from support.asking import REASON, Office, an_office
from support.builders import an_identity
from support.clocks import StoppedClock
from support.partners import FakeLog, FakePartners, a_node, pull
from support.quiz import a_taken
from support.supply import DIGEST

from corridor.access.errors import NoSuchGrant, NotAllowed, SelfApproval, WrongState
from corridor.access.records import Approval, Countersignature, Grant, Revocation
from corridor.assurance import Tier
from corridor.core.errors import CorridorError
from corridor.core.records import new_id
from corridor.core.signing import Signer
from corridor.core.statements import statement_of
from corridor.federation import Partner

DAY = timedelta(days=1)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path) as made:
        made.rate(1)
        made.approver("asha")
        yield made


@dataclass
class Two:
    """A node whose user asks, and the node whose model it is."""

    jp: Office
    here: Office

    def rated(self, tier: Tier) -> None:
        for each in (self.jp, self.here):
            each.rate(tier)

    def asked(self) -> str:
        self.jp.read(self.here)
        return self.jp.ask(node="in", model_sha256=DIGEST)

    def granted(self) -> Grant:
        request = self.asked()
        self.jp.approve(request, "kenji")
        grant = self.jp.approve(request, "yuki")
        assert grant is not None
        self.here.read(self.jp)
        return grant

    def stages(self, grant: Grant) -> tuple[str, str]:
        return self.jp.stage(grant.id), self.here.stage(grant.id, "jp")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    clock = StoppedClock()
    with ExitStack() as stack:
        jp = stack.enter_context(an_office(tmp_path / "jp", "jp", clock=clock, with_model=False))
        here = stack.enter_context(an_office(tmp_path / "in", "in", clock=clock))
        jp.partner("in")
        here.partner("jp")
        for name in ("kenji", "yuki"):
            jp.approver(name, "tokodai")
        here.approver("asha")
        here.evidence()
        yield Two(jp, here)


def test_a_grant_says_everything_and_names_nobody(office: Office) -> None:
    office.rate(0)
    evidence = office.evidence()
    grant = office.approve(office.ask(), "asha")

    assert grant is not None
    text = grant.model_dump_json()
    assert "meera" not in text
    assert "asha" not in text
    assert grant.grantee == office.keys.secrets.pseudonym("meera", "in")
    assert [used.record_id for used in grant.evidence] == [evidence.id]
    assert (grant.tier, grant.country, grant.node, grant.lease_seconds) == (0, "IN", "in", None)
    assert (grant.visibility, grant.until - grant.valid_from) == ("internal", 30 * DAY)
    with office.reading() as view:
        assert grant.policy_version == office.policies.version(view)


def test_a_language_without_evidence_is_not_granted(office: Office) -> None:
    office.evidence("hi-Deva")
    grant = office.approve(office.ask(languages="hi-Deva,ta-Taml"), "asha")

    assert grant is not None
    assert grant.languages == ("hi-Deva",)


WHY_NOT = {
    "old": "all are older than 365 days",
    "withdrawn": "what there was is withdrawn",
    "strangers": "what there was is withdrawn",
}


@pytest.mark.parametrize(
    "how", ["missing", "old", "withdrawn", "other file", "strangers", "future", "log", "task"]
)
def test_without_evidence_that_counts_it_stays_waiting_and_says_so(
    office: Office, how: str
) -> None:
    if how == "old":
        office.evidence(days_ago=366)
    if how == "future":
        office.evidence(days_ago=-2)
    if how == "other file":
        office.evidence(sha256="cd" * 32)
    if how in ("log", "task"):
        office.evidence(taken=a_taken(asked=how == "task"))
    if how in ("withdrawn", "strangers"):
        made = office.evidence()
        with office.writing() as tx:
            tx.withdraw(made.id, "the data was wrong")
        if how == "strangers":
            office.arrived(made.model_copy(update={"id": new_id()}), issuer="stranger")
    request = office.ask()

    assert office.approve(request, "asha") is None
    [wait] = office.state(request).waits
    assert (wait.waits_for, wait.names) == ("evidence", ("hi-Deva",))
    assert WHY_NOT.get(how, "there is none") in wait.words
    with (
        pytest.raises(WrongState, match="waits for an evaluation of small"),
        office.writing() as tx,
    ):
        office.grants.issue(tx, request)

    office.evidence()
    with office.writing() as tx:
        [grant] = office.grants.settle(tx)
    assert grant.languages == ("hi-Deva",)


def test_own_evidence_comes_before_a_partners_however_new(office: Office) -> None:
    office.partner("jp")
    own = office.evidence(days_ago=10)
    office.arrived(own.model_copy(update={"id": new_id(), "made_at": office.clock()}), issuer="jp")

    grant = office.approve(office.ask(), "asha")

    assert grant is not None
    assert [(used.record_id, used.issuer) for used in grant.evidence] == [(own.id, "in")]


def test_nothing_is_granted_to_who_left_or_for_what_is_closed_meanwhile(office: Office) -> None:
    request = office.ask()
    assert office.approve(request, "asha") is None
    with office.writing() as tx:
        office.revocations.revoke(tx, "project", "helpline", REASON, None)
    office.evidence()

    with office.writing() as tx:
        assert office.grants.settle(tx) == []
    assert "project helpline is closed" in office.state(request).waits[0].words
    with office.writing() as tx:
        office.people.leave(tx, "meera", "moved on")
    assert office.state(request).waits[0].words == "meera has left"


def test_a_grant_ends_by_itself_and_is_to_be_reviewed_before(office: Office) -> None:
    office.evidence()
    request = office.ask(days=300)
    grant = office.approve(request, "asha")
    assert grant is not None

    office.clock.advance(181 * 86_400)
    overdue = office.stage(grant.id)
    with office.writing() as tx:
        review = office.countersigning.review(tx, grant.id, office.anyone(tx, "asha"), REASON)
    reviewed = office.stage(grant.id)
    office.clock.advance(120 * 86_400)

    assert (overdue, reviewed) == ("review_overdue", "in_force")
    assert review.next_at == grant.until, "no review goes beyond the end"
    assert office.stage(grant.id) == "ended"
    assert office.state(request).stage == "ended"
    with pytest.raises(WrongState, match="over"), office.writing() as tx:
        office.countersigning.review(tx, grant.id, office.anyone(tx, "asha"), REASON)


def test_nobody_reviews_their_own_grant(office: Office) -> None:
    office.project("own", "acme")
    office.evidence()
    office.approver("bela")
    grant = office.approve(office.ask("asha", project="own"), "bela")
    assert grant is not None

    with pytest.raises(SelfApproval), office.writing() as tx:
        office.countersigning.review(tx, grant.id, office.anyone(tx, "asha"), REASON)


def test_a_lower_tier_may_be_delegated_and_needs_no_further_word(two: Two) -> None:
    two.rated(1)
    request = two.asked()
    grant = two.jp.approve(request, "kenji")
    assert grant is not None
    two.here.read(two.jp)

    assert (grant.visibility, grant.lease_seconds) == ("partners", 3600)
    assert grant.grantee == two.jp.keys.secrets.pseudonym("meera", "in")
    assert two.stages(grant) == ("in_force", "in_force")


def test_the_top_tier_opens_with_the_partners_word_on_the_very_same_bytes(two: Two) -> None:
    two.rated(3)
    grant = two.granted()
    before = two.stages(grant)
    word = two.here.countersign("jp", grant.id, "asha")
    two.jp.read(two.here)

    assert before == ("not_countersigned", "not_countersigned")
    assert word is not None
    assert (word.approvals, word.approver_countries, word.visibility) == (1, ("IN",), "partners")
    assert "asha" not in word.model_dump_json()
    assert two.stages(grant) == ("in_force", "in_force")


def test_before_the_word_comes_the_request_says_from_whom(two: Two) -> None:
    two.rated(3)
    request = two.asked()
    assert two.jp.approve(request, "kenji") is None
    grant = two.jp.approve(request, "yuki")
    assert grant is not None

    [wait] = two.jp.state(request).waits

    assert (wait.waits_for, wait.names) == ("countersignature", ("in",))


def test_a_refused_countersignature_closes_until_the_word_changes(two: Two) -> None:
    two.rated(3)
    grant = two.granted()
    two.here.countersign("jp", grant.id, "asha", "refuse")
    two.jp.read(two.here)
    refused = two.stages(grant)
    with pytest.raises(WrongState, match="said so already"):
        two.here.countersign("jp", grant.id, "asha", "refuse")
    two.here.approver("bela")
    other = two.here.countersign("jp", grant.id, "bela")
    two.here.countersign("jp", grant.id, "asha")
    two.jp.read(two.here)

    assert refused == ("countersign_refused", "countersign_refused")
    assert other is None, "while one refuses, the other's word alone changes nothing"
    assert two.stages(grant) == ("in_force", "in_force")


def test_an_approver_of_the_same_country_does_not_make_two_countries(two: Two) -> None:
    two.rated(3)
    grant = two.granted()
    two.here.approver("hana", "tokodai")

    assert two.here.countersign("jp", grant.id, "hana") is None
    assert two.stages(grant)[1] == "not_countersigned"
    word = two.here.countersign("jp", grant.id, "asha")

    assert word is not None
    assert (word.approvals, word.approver_countries) == (2, ("IN", "JP"))


def test_one_without_a_country_countersigns_nothing_alone(two: Two) -> None:
    two.rated(2)
    grant = two.granted()
    two.here.approver("nemo", "nomad")

    assert two.here.countersign("jp", grant.id, "nemo") is None


def test_who_is_no_approver_does_not_countersign(two: Two) -> None:
    two.rated(3)
    grant = two.granted()
    two.here.approver("weak", level="low")

    for name in ("meera", "weak"):
        with pytest.raises(NotAllowed):
            two.here.countersign("jp", grant.id, name)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"node": "fr"}, "for a model of fr"),
        ({"node": "jp", "tier": 2}, "below the top tier"),
        ({"model_sha256": "cd" * 32}, "no model with that digest"),
        ({"tier": 1}, "of tier 3 here, and it says 1"),
        ({"approvals": 1}, "1 persons approved it, and this tier asks for 2"),
        ({"identity_level": 1}, "verified at level 1 of 3"),
        ({"purpose": "world-peace"}, "no purpose of this node"),
        ({"evidence": ()}, "rests on no evidence"),
        ({"days": 400}, "lasts longer than 90 days"),
        ({"days": 0}, "it has ended"),
    ],
)
def test_a_partner_that_grants_what_is_not_its_to_give_gets_no_word(
    two: Two, change: dict[str, object], why: str
) -> None:
    two.rated(3)
    good = two.granted()
    days = change.pop("days", None)
    if isinstance(days, int):
        change["until"] = good.valid_from + timedelta(days=days)
    bad = good.model_copy(update={"id": new_id(), **change})
    two.here.arrived(bad, issuer="jp")

    with pytest.raises(NotAllowed, match="not jp's to give") as refused:
        two.here.countersign("jp", bad.id, "asha")

    assert why in refused.value.message
    assert two.here.countersign("jp", good.id, "asha") is not None
    assert two.here.stage(bad.id, "jp") != "in_force"


def test_a_node_does_not_countersign_its_own_grants_nor_those_of_strangers(two: Two) -> None:
    two.rated(3)
    grant = two.granted()
    two.here.arrived(grant.model_copy(update={"id": new_id()}), issuer="mars")
    with two.here.reading() as view:
        [stranger] = [k.record for k in view.every(Grant, issuer="mars")]

    with pytest.raises(NotAllowed, match="its own"):
        two.jp.countersign("jp", grant.id, "kenji")
    with pytest.raises(NotAllowed, match="mars is no partner"):
        two.here.countersign("mars", stranger.id, "asha")
    with pytest.raises(NoSuchGrant):
        two.here.countersign("jp", stranger.id, "asha")


def test_a_word_on_other_bytes_is_none(two: Two) -> None:
    two.rated(3)
    grant = two.granted()
    with pytest.raises(WrongState, match="What was seen has the digest"), two.here.writing() as tx:
        two.here.countersigning.countersign(
            tx,
            "jp",
            grant.id,
            two.here.anyone(tx, "asha"),
            verdict="approve",
            sha256="ab" * 32,
            reason=REASON,
        )
    forged = Countersignature(
        made_at=two.jp.clock(),
        visibility="partners",
        grant_issuer="jp",
        grant_id=grant.id,
        grant_sha256="ab" * 32,
        verdict="approve",
        reason=REASON,
        approvals=2,
        approver_countries=("IN",),
    )
    two.jp.arrived(forged, issuer="in-other")
    two.jp.partner("in-other")

    assert two.jp.stage(grant.id) == "not_countersigned"


def test_a_third_node_speaks_for_no_other(two: Two) -> None:
    two.rated(3)
    grant = two.granted()
    with two.here.reading() as view:
        sha256 = two.here.grants.grant(view, grant.id, issuer="jp").sha256
    two.here.partner("fr")
    for verdict in ("approve", "refuse"):
        two.here.arrived(
            Countersignature(
                made_at=two.here.clock(),
                visibility="partners",
                grant_issuer="jp",
                grant_id=grant.id,
                grant_sha256=sha256,
                verdict=verdict,
                reason=REASON,
                approvals=2,
                approver_countries=("FR",),
            ),
            issuer="fr",
        )

        assert two.here.stage(grant.id, "jp") == "not_countersigned"


def test_a_grant_that_its_issuer_took_back_is_countersigned_by_nobody(two: Two) -> None:
    two.rated(3)
    grant = two.granted()
    with two.jp.writing() as tx:
        tx.withdraw(grant.id, "a mistake")
    two.here.read(two.jp)

    assert two.stages(grant) == ("withdrawn", "withdrawn")
    with pytest.raises(WrongState, match="taken this grant back"):
        two.here.countersign("jp", grant.id, "asha")


def test_the_node_of_the_model_reviews_a_partners_grant_too(two: Two) -> None:
    two.rated(3)
    grant = two.granted()
    two.here.countersign("jp", grant.id, "asha")
    two.here.clock.advance(30 * 86_400 - 1)
    two.jp.evidence()

    with two.here.writing() as tx:
        asha = two.here.anyone(tx, "asha")
        review = two.here.countersigning.review(tx, grant.id, asha, REASON, "jp")

    assert review.next_at <= grant.until


@pytest.mark.parametrize(
    ("how", "why"),
    [("bytes", "does not fit its commitment"), ("signed anew", "signature")],
)
def test_a_grant_that_was_edited_after_signing_is_not_taken_from_a_partner(
    two: Two, tmp_path: Path, how: str, why: str
) -> None:
    two.rated(3)
    grant = two.granted()
    longer = grant.model_copy(update={"until": grant.until + 300 * DAY})
    log, honest = FakeLog(), FakeLog(an_identity("west"), "http://west.example")
    honest.add(grant)
    if how == "bytes":
        log.add(grant)
        other = FakeLog(log.identity)
        other.add(longer)
        log.change(0, envelope=other.served[0].envelope)
    else:
        log.add_statement(statement_of(longer, "north"), signer=Signer.generate())
    kinds = {Grant.kind: Grant, Partner.kind: Partner}
    with a_node(tmp_path / "south", client=FakePartners(log, honest), kinds=kinds) as node:
        with node.store.transaction("test") as tx:
            tx.append(log.partner)
            tx.append(honest.partner)
        pull(node, honest.partner)

        with pytest.raises(CorridorError, match=why):
            pull(node, log.partner)

        with node.store.view() as view:
            assert [kept.entry.issuer for kept in view.every(Grant)] == ["west"]


@given(st.data())
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_no_sequence_of_decisions_opens_with_fewer_persons_or_countries_than_the_tier_asks(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """People share accounts, leave, lose the role, come back under others; whatever is tried."""
    tier: Tier = data.draw(st.sampled_from((1, 2, 3)), "tier")
    names = ("meera", "meera-two", "asha", "asha-two", "hana", "nemo", "ravi")
    natural = {"meera-two": "meera", "asha-two": "asha"}
    homes = {"hana": "tokodai", "nemo": "nomad"}
    countries = {"acme": "IN", "tokodai": "JP", "nomad": ""}
    with an_office(tmp_path_factory.mktemp("office")) as office:
        office.rate(tier)
        office.evidence()
        office.verify("meera", "high", "meera")
        for name in names[1:]:
            office.approver(name, homes.get(name, "acme"), person=natural.get(name, name))
        request = office.ask()
        for _ in range(data.draw(st.integers(2, 7), "steps")):
            name = data.draw(st.sampled_from(names), "who")
            act = data.draw(st.sampled_from(("approve",) * 4 + ("role", "leave")), "act")
            try:
                if act == "approve":
                    office.approve(request, name)
                else:
                    with office.writing() as tx:
                        if act == "leave":
                            office.people.leave(tx, name, "moved on")
                        else:
                            office.people.change(tx, name, "other work", roles=("member",))
            except CorridorError:
                continue
        with office.reading() as view:
            granted = [g for g in office.grants.grants(view) if g.grantee == "meera"]
            words = list(view.own(Approval))
        event(f"granted: {bool(granted)}")
        for each in granted:
            approvers = {word.approver for word in words}
            persons = {natural.get(name, name) for name in approvers}
            places = {countries[homes.get(name, "acme")] for name in approvers} - {""}
            terms = office.grants.settings.tiers[tier]
            assert "meera" not in persons
            assert len(persons) >= each.grant.approvals >= terms.approvals
            assert places >= {*each.grant.approver_countries}
            assert each.stage != "in_force" or len(places) >= terms.countries
            assert each.stage == ("in_force" if tier < 3 else "not_countersigned")


def test_a_suspension_and_its_end_are_seen_in_the_grants_standing(office: Office) -> None:
    office.evidence()
    grant = office.approve(office.ask(), "asha")
    assert grant is not None
    with office.writing() as tx:
        office.revocations.revoke(
            tx, "purpose", "agriculture-advice", REASON, None, until=office.clock() + DAY
        )

    closed = office.stage(grant.id)
    office.clock.advance(86_400)

    assert (closed, office.stage(grant.id)) == ("suspended", "in_force")
    with office.reading() as view:
        assert [r.scope for r in view.own(Revocation)] == ["purpose"]
