from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.arrivals import arrived
from support.builders import NOON
from support.clocks import StoppedClock
from support.nodes import Node, a_node
from support.quiz import kept_of_a_partner
from support.supply import DIGEST, a_model, a_provider, a_supplier, an_organisation

from corridor.catalogue import Catalogue, Provider
from corridor.core.errors import NotFound
from corridor.core.records import RecordId
from corridor.core.store import Transaction
from corridor.gateway import Extent, Gateway, NoSuchProposal, Suspension, SuspensionLifted, Target
from corridor.gateway.records.suspensions import TargetKind
from corridor.gateway.rules.leases import Leases
from corridor.gateway.rules.objections import Objection
from corridor.gateway.rules.snapshot import Snapshot
from corridor.gateway.rules.suspensions import Closure, Stated, Supply, Unknown, closures
from corridor.gateway.settings import GatewaySettings

HOUR = timedelta(hours=1)
NOBODY: set[str] = set()
LATER = NOON + HOUR
OTHER_DIGEST = "cd" * 32
ALPHA = a_provider("alpha")
BETA = a_provider("beta", supplier="other", model="large", model_sha256=OTHER_DIGEST)
ABROAD = a_provider("abroad", supplier="jp-inc", model="far", credential="node:jp", served="near")
PROVIDERS = (ALPHA, BETA, ABROAD)
COUNTRIES = {"vendor": "US", "other": "IN", "jp-inc": "JP"}
moments = st.datetimes(NOON.replace(tzinfo=None), LATER.replace(tzinfo=None)).map(
    lambda at: at.replace(tzinfo=NOON.tzinfo)
)


def a_suspension(**fields: object) -> Suspension:
    return Suspension.model_validate(
        {"made_at": NOON, "until": LATER, "reason": "test", "visibility": "partners", **fields}
    )


def a_snapshot(*stated: Stated, **trusted: tuple[str, ...]) -> Snapshot:
    supply = Supply(PROVIDERS, COUNTRIES, {("jp", "theirs"): DIGEST}, trusted)
    return Snapshot(closures=closures(supply, stated, (), Leases()))


def closed(snapshot: Snapshot, now: datetime = NOON) -> set[str]:
    return {each.name for each in PROVIDERS if snapshot.suspended(each, now)}


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("provider", "alpha", {"alpha"}),
        ("supplier", "vendor", {"alpha"}),
        ("model", "large", {"beta"}),
        ("model_sha256", DIGEST, {"alpha", "abroad"}),
        ("jurisdiction", "JP", {"abroad"}),
        ("jurisdiction", "FR", NOBODY),
    ],
)
def test_a_suspension_closes_what_it_names_and_nothing_else(
    kind: str, name: str, expected: set[str]
) -> None:
    assert closed(a_snapshot(Stated(a_suspension(**{kind: name})))) == expected


def test_a_suspension_counts_for_its_supplier_until_its_end() -> None:
    snapshot = a_snapshot(Stated(a_suspension(supplier="vendor")))

    assert closed(snapshot, LATER - timedelta(microseconds=1)) == {"alpha"}
    assert closed(snapshot, LATER) == set()


def test_a_suspension_without_a_beginning_holds_though_its_issuers_clock_is_ahead() -> None:
    assert closed(a_snapshot(Stated(a_suspension(supplier="vendor"))), NOON - HOUR) == {"alpha"}


@given(moments, moments, moments)
def test_a_suspension_holds_from_its_beginning_to_its_end_by_the_clock_alone(
    one: datetime, other: datetime, now: datetime
) -> None:
    starts, until = min(one, other), max(one, other) + timedelta(microseconds=1)
    snapshot = a_snapshot(Stated(a_suspension(supplier="vendor", starts=starts, until=until)))

    assert snapshot.suspended(ALPHA, now) == (starts <= now < until)


def test_a_suspension_of_some_services_leaves_the_others_and_the_provider_itself_open() -> None:
    snapshot = a_snapshot(Stated(a_suspension(supplier="vendor", services=("helpline",))))

    assert snapshot.suspended(ALPHA, NOON, "helpline", "hi-Deva")
    assert not snapshot.suspended(ALPHA, NOON, "advice", "hi-Deva")
    assert not snapshot.suspended(ALPHA, NOON, "alpha", "hi-Deva")
    assert snapshot.suspended(ALPHA, NOON)  # where it is not known for what, it is closed


def test_a_suspension_of_some_languages_leaves_the_others_open() -> None:
    snapshot = a_snapshot(Stated(a_suspension(supplier="vendor", languages=("hi-Deva",))))

    assert snapshot.suspended(ALPHA, NOON, "helpline", "hi-Deva")
    assert not snapshot.suspended(ALPHA, NOON, "helpline", "ja-Jpan")
    assert snapshot.suspended(ALPHA, NOON, "helpline", "und")


KEY, OTHER = RecordId("e" * 32), RecordId("f" * 32)


@given(st.text(min_size=1, max_size=40), st.sampled_from([KEY, OTHER, ""]))
def test_a_suspension_of_some_callers_concerns_nobody_else(request: str, key: str) -> None:
    snapshot = a_snapshot(Stated(a_suspension(supplier="vendor", key_ids=(KEY,), drill_id=OTHER)))
    one = Unknown(key, request)

    assert snapshot.suspended(ALPHA, NOON, "helpline", "hi-Deva", one) is (key == KEY)
    assert closed(snapshot) == set()  # of no caller in particular


@given(st.floats(0.05, 0.95), st.integers(0, 2**32))
def test_a_share_of_requests_is_drawn_by_their_ids_and_always_the_same(
    share: float, seed: int
) -> None:
    requests = [sha256(f"{seed} {number}".encode()).hexdigest() for number in range(400)]
    snapshot = a_snapshot(Stated(a_suspension(supplier="vendor", share=share, drill_id=OTHER)))

    def concerned() -> list[bool]:
        return [
            snapshot.suspended(ALPHA, NOON, "helpline", "hi-Deva", Unknown(KEY, each))
            for each in requests
        ]

    assert abs(sum(concerned()) / 400 - share) < 0.15
    assert concerned() == concerned()
    assert closed(snapshot) == set()


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.integers(0, 2**32))
def test_parts_of_two_providers_are_drawn_apart_and_a_part_multiplies_with_a_share(
    share: float, part: float, seed: int
) -> None:
    requests = [sha256(f"{seed} {number}".encode()).hexdigest() for number in range(400)]
    snapshot = a_snapshot(
        Stated(a_suspension(supplier="vendor", share=share, part=part, drill_id=OTHER)),
        Stated(a_suspension(supplier="other", share=share, part=part, drill_id=OTHER)),
    )

    def concerned(provider: Provider) -> set[str]:
        return {
            each
            for each in requests
            if snapshot.suspended(provider, NOON, "helpline", "hi-Deva", Unknown(KEY, each))
        }

    alpha, beta = concerned(ALPHA), concerned(BETA)
    assert abs(len(alpha) / 400 - share * part) < 0.15
    assert abs(len(alpha & beta) / 400 - share * part**2) < 0.15  # of those in the share, apart
    assert alpha == concerned(ALPHA)
    assert closed(snapshot) == set()


def test_a_leased_suspension_holds_while_its_holder_is_heard_of_and_no_clock_makes_it_longer() -> (
    None
):
    now = [100.0]
    leases = Leases(5.0, lambda: now[0])
    stated = Stated(a_suspension(supplier="vendor", is_leased=True, drill_id=OTHER))
    supply = Supply(PROVIDERS, COUNTRIES)
    snapshot = Snapshot(closures=closures(supply, [stated], (), leases))
    holder = stated.suspension.id

    assert snapshot.leased == {holder}
    assert closed(snapshot) == {"alpha"}
    for beat in range(3):
        now[0] += 4.0
        leases.heard({holder: beat})
        assert closed(snapshot) == {"alpha"}
    leases.heard({holder: 2})  # read again, and no news
    now[0] += 5.0
    assert closed(snapshot, NOON - HOUR) == closed(snapshot) == set()
    leases.heard({holder: 3})
    assert closed(snapshot) == {"alpha"}
    leases.keep(frozenset())
    assert leases.of(holder).beat == -1


def test_a_leased_suspension_lasts_as_long_as_it_says_from_when_it_was_seen_and_by_no_clock() -> (
    None
):
    now = [100.0]
    leases = Leases(5.0, lambda: now[0])
    stated = Stated(a_suspension(supplier="vendor", is_leased=True, drill_id=OTHER))
    supply = Supply(PROVIDERS, COUNTRIES)
    snapshot = Snapshot(closures=closures(supply, [stated], (), leases))

    assert closed(snapshot, NOON - 9 * HOUR) == closed(snapshot, LATER + 9 * HOUR) == {"alpha"}
    for beat in range(10):
        now[0] += 360.0  # an hour in all, as it says
        leases.heard({stated.suspension.id: beat})
        assert closed(snapshot) == ({"alpha"} if beat < 9 else set())


def test_what_a_partner_rehearses_is_no_word_to_us(tmp_path: Path) -> None:
    with a_node(tmp_path) as node, node.runtime.store.transaction("test") as tx:
        gateway = node.runtime.service(Gateway)
        kept_of_a_partner(tx, a_suspension(supplier="vendor", drill_id=OTHER))
        assert gateway.stated(tx) == []
        assert gateway.proposals(tx) == []


def test_streams_are_cut_only_where_a_suspension_that_holds_says_so() -> None:
    gentle, hard = (
        Stated(a_suspension(supplier="vendor", cuts_streams=cuts)) for cuts in (False, True)
    )
    later = Stated(
        a_suspension(supplier="vendor", starts=LATER, until=LATER + HOUR, cuts_streams=1)
    )

    assert not a_snapshot(gentle).cuts(ALPHA, NOON)
    assert a_snapshot(gentle, hard).cuts(ALPHA, NOON)
    assert not a_snapshot(hard).cuts(ALPHA, LATER)
    assert not a_snapshot(hard).cuts(BETA, NOON)
    assert not a_snapshot(later).cuts(ALPHA, NOON)
    assert a_snapshot(later).cuts(ALPHA, LATER)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"supplier": "vendor", "provider": "alpha"},
        {"jurisdiction": "Japan"},
        {"supplier": "vendor", "until": NOON},
        {"supplier": "vendor", "starts": LATER},
        {"model_sha256": "ab"},
    ],
)
def test_a_suspension_that_is_about_nothing_or_ends_before_it_begins_is_refused(
    fields: dict[str, object],
) -> None:
    with pytest.raises(ValidationError):
        a_suspension(**fields)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("supplier", "vendor"),
        ("model_sha256", OTHER_DIGEST),
        ("jurisdiction", "US"),
        ("provider", "alpha"),
    ],
)
def test_a_partner_that_is_not_trusted_closes_nothing_of_ours(kind: str, name: str) -> None:
    assert closed(a_snapshot(Stated(a_suspension(**{kind: name}), "jp"))) == set()


@pytest.mark.parametrize(
    "fields",
    [
        {"model_sha256": DIGEST},
        {"model": "theirs"},
        {"jurisdiction": "JP"},
        {"supplier": "jp-inc"},
        {"provider": "near"},
        {"jurisdiction": "JP", "services": ("near",)},
    ],
)
def test_what_a_partner_suspends_of_its_own_node_is_closed_here_at_once(
    fields: dict[str, object],
) -> None:
    assert closed(a_snapshot(Stated(a_suspension(**fields), "jp"))) == {"abroad"}
    assert closed(a_snapshot(Stated(a_suspension(**fields), "fr"))) == set()


def test_a_partner_that_is_trusted_closes_what_it_is_trusted_with() -> None:
    by_digest = Stated(a_suspension(model_sha256=DIGEST), "jp")
    by_name = Stated(a_suspension(model="theirs"), "jp")
    unknown = Stated(a_suspension(model="small"), "jp")  # our name for it, not known to be theirs
    country = Stated(a_suspension(jurisdiction="US"), "jp")

    assert closed(a_snapshot(by_digest, jp=("model",))) == {"alpha", "abroad"}
    assert closed(a_snapshot(by_name, jp=("model",))) == {"alpha", "abroad"}
    assert closed(a_snapshot(unknown, jp=("model", "supplier"))) == set()
    assert closed(a_snapshot(country, jp=("model", "supplier"))) == set()
    assert closed(a_snapshot(country, jp=("jurisdiction",))) == {"alpha"}
    assert closed(a_snapshot(country, fr=("jurisdiction",))) == set()


kinds: st.SearchStrategy[TargetKind] = st.sampled_from(
    ["provider", "model", "model_sha256", "supplier", "jurisdiction"]
)
names = st.sampled_from(["alpha", "vendor", "small", "theirs", "near", DIGEST, "US", "JP", "zz"])


@given(st.lists(st.tuples(kinds, names), max_size=6))
def test_whatever_an_untrusted_partner_states_only_what_is_behind_its_node_can_close(
    said: list[tuple[TargetKind, str]],
) -> None:
    stated = [
        Stated(a_suspension(supplier="x").model_copy(update={"supplier": None, kind: name}), "jp")
        for kind, name in said
    ]
    assert closed(a_snapshot(*stated)) <= {"abroad"}


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def node(tmp_path: Path, clock: StoppedClock) -> Iterator[Node]:
    with a_node(tmp_path, clock=clock) as node:
        with node.runtime.store.transaction("test") as tx:
            catalogue = node.runtime.service(Catalogue)
            catalogue.register(tx, an_organisation("nippon", country="JP"))
            catalogue.register(tx, a_supplier("jp-inc", organisation="nippon"))
            catalogue.register(tx, an_organisation("somebody"))
            catalogue.register(tx, a_supplier("other", organisation="somebody"))
        node.add_provider("alpha", "http://127.0.0.1:9/v1")
        node.add_provider("beta", None, supplier="other")
        node.add_provider(
            "abroad", "http://127.0.0.1:9/v1", supplier="jp-inc", credential="node:jp"
        )
        with node.runtime.store.transaction("test") as tx:
            node.runtime.service(Catalogue).register(tx, an_organisation("acme", country="US"))
        yield node


@pytest.fixture
def gateway(node: Node) -> Gateway:
    return node.runtime.service(Gateway)


@pytest.fixture
def tx(node: Node) -> Iterator[Transaction]:
    with node.runtime.store.transaction("test") as tx:
        yield tx


def closed_now(gateway: Gateway, tx: Transaction) -> set[str]:
    snapshot = gateway.snapshot(tx)
    now = gateway.clock()
    return {name for name, each in snapshot.providers.items() if snapshot.suspended(each, now)}


def no(provider: str = "alpha", *, at: datetime = NOON, status: int = 403) -> Objection:
    return Objection(provider, "vendor", status, "forbidden", at)


def test_a_country_is_that_of_the_suppliers_organisation_and_unknown_ones_are_named(
    gateway: Gateway, tx: Transaction
) -> None:
    gateway.suspend(tx, Target(kind="jurisdiction", name="US"), HOUR, "an order")

    assert closed_now(gateway, tx) == {"alpha"}
    assert gateway.without_country(tx) == ["beta"]


def test_a_suspension_that_begins_later_takes_effect_by_the_clock_alone(
    gateway: Gateway, tx: Transaction, clock: StoppedClock
) -> None:
    extent = Extent(starts=NOON + HOUR)
    gateway.suspend(tx, Target(kind="supplier", name="vendor"), HOUR, "an order", extent)
    snapshot, head = gateway.snapshot(tx), tx.head()

    states: list[bool] = []
    for _ in range(3):
        states.append(snapshot.suspended(snapshot.providers["alpha"], clock()))
        clock.advance(3600)

    assert states == [False, True, False]
    assert tx.head() == head


@pytest.mark.parametrize("kind", ["provider", "model", "supplier"])
def test_what_is_not_in_the_catalogue_cannot_be_suspended(
    gateway: Gateway, tx: Transaction, kind: TargetKind
) -> None:
    with pytest.raises(NotFound):
        gateway.suspend(tx, Target(kind=kind, name="nobody"), HOUR, "test")


def test_a_suspension_for_partners_is_lifted_for_partners(
    gateway: Gateway, tx: Transaction
) -> None:
    target = Target(kind="model_sha256", name=DIGEST)
    made = gateway.suspend(tx, target, HOUR, "an order", Extent(visibility="partners"))
    gateway.lift(tx, made, "over")

    [lifted] = tx.own(SuspensionLifted)
    assert (made.visibility, lifted.visibility) == ("partners", "partners")
    assert closed_now(gateway, tx) == set()


def test_a_no_of_a_provider_closes_it_until_an_operator_has_decided(
    gateway: Gateway, tx: Transaction, clock: StoppedClock
) -> None:
    [kept] = gateway.object(tx, [no(), no(), no(at=NOON + HOUR)])
    assert gateway.object(tx, [no()]) == []
    clock.advance(1e9)
    assert closed_now(gateway, tx) == {"alpha"}

    [proposal] = gateway.proposals(tx)
    assert (proposal.id, proposal.said_by, proposal.why) == (kept.id, "alpha", "forbidden (403)")

    gateway.dismiss(tx, proposal.id[:8], "the key was renewed")
    assert closed_now(gateway, tx) == set()
    assert gateway.proposals(tx) == []


def test_a_no_holds_though_the_clock_is_set_back(
    gateway: Gateway, tx: Transaction, clock: StoppedClock
) -> None:
    gateway.object(tx, [no()])
    clock.advance(-86400)

    assert closed_now(gateway, tx) == {"alpha"}


def test_a_no_that_is_confirmed_is_a_suspension_that_ends(
    gateway: Gateway, tx: Transaction, clock: StoppedClock
) -> None:
    [kept] = gateway.object(tx, [no()])
    made = gateway.confirm(tx, kept.id, "they closed us", 48 * HOUR)

    assert (made.provider, made.proposal_id) == ("alpha", kept.id)
    assert gateway.proposals(tx) == []
    clock.advance(48 * 3600 - 1)
    assert closed_now(gateway, tx) == {"alpha"}
    clock.advance(1)
    assert closed_now(gateway, tx) == set()


def test_a_no_can_be_confirmed_for_the_whole_supplier(gateway: Gateway, tx: Transaction) -> None:
    [kept] = gateway.object(tx, [no()])

    made = gateway.confirm(tx, kept.id, "they closed us", whole_supplier=True)

    assert made.target == Target(kind="supplier", name="vendor")
    assert made.until == NOON + 24 * HOUR


def test_a_no_said_before_the_decision_is_decided_and_a_later_one_is_asked_again(
    gateway: Gateway, tx: Transaction, clock: StoppedClock
) -> None:
    [kept] = gateway.object(tx, [no()])
    clock.advance(10)
    gateway.dismiss(tx, kept.id, "the key was renewed")

    assert gateway.object(tx, [no(at=NOON + timedelta(seconds=9))]) == []
    assert gateway.snapshot(tx).decided == {"alpha": NOON + timedelta(seconds=10)}
    [again] = gateway.object(tx, [no(at=NOON + timedelta(seconds=11))])

    assert [each.id for each in gateway.proposals(tx)] == [again.id]
    assert closed_now(gateway, tx) == {"alpha"}


def test_what_is_not_waiting_cannot_be_decided(gateway: Gateway, tx: Transaction) -> None:
    gateway.object(tx, [no(), no("beta")])
    for unknown in ("", "zz", "0" * 32):
        with pytest.raises(NoSuchProposal):
            gateway.confirm(tx, unknown, "test")
        with pytest.raises(NoSuchProposal):
            gateway.dismiss(tx, unknown, "test")


def test_a_partners_suspension_is_proposed_confirmed_or_dismissed(
    node: Node, gateway: Gateway
) -> None:
    country, digest = a_suspension(jurisdiction="US"), a_suspension(model_sha256=DIGEST)
    arrived(node.runtime.store, country, digest, a_suspension(supplier="nobody-here"))

    with node.runtime.store.transaction("test") as tx:
        assert closed_now(gateway, tx) == {"abroad"}  # the model at its own node
        found = {each.id: each for each in gateway.proposals(tx)}
        assert {each.providers for each in found.values()} == {("alpha",), ("alpha", "beta")}
        assert not found[country.id].closed

        gateway.dismiss(tx, digest.id, "our copy is our own")
        made = gateway.confirm(tx, country.id, "we follow jp in this")

        assert made.until == LATER
        assert gateway.proposals(tx) == []
        assert closed_now(gateway, tx) == {"abroad", "alpha"}


def test_a_partner_opens_nothing_but_what_it_closed_itself(node: Node, gateway: Gateway) -> None:
    ours = node.suspend("vendor")
    with node.runtime.store.transaction("test") as tx:
        gateway.object(tx, [no("beta")])
    theirs, of_another = a_suspension(jurisdiction="JP"), a_suspension(jurisdiction="JP")
    lifts = [
        SuspensionLifted(made_at=NOON, visibility="partners", suspension_id=each.id, reason="over")
        for each in (ours, of_another, theirs)
    ]
    arrived(node.runtime.store, theirs, *lifts[:2])
    arrived(node.runtime.store, of_another, lifts[2], issuer="fr")

    with node.runtime.store.transaction("test") as tx:
        assert closed_now(gateway, tx) == {"alpha", "beta", "abroad"}
    arrived(node.runtime.store, lifts[2].model_copy(update={"id": "a" * 32}))
    with node.runtime.store.transaction("test") as tx:
        assert closed_now(gateway, tx) == {"alpha", "beta"}


def test_an_operator_ends_a_partners_suspension_here(node: Node, gateway: Gateway) -> None:
    theirs = a_suspension(jurisdiction="JP")
    arrived(node.runtime.store, theirs)

    with node.runtime.store.transaction("test") as tx:
        assert closed_now(gateway, tx) == {"abroad"}
        assert gateway.suspensions(tx) == []
        gateway.lift(tx, theirs, "we need it")
        assert closed_now(gateway, tx) == set()


def test_a_partners_name_of_a_model_means_the_file_that_it_stated(
    node: Node, gateway: Gateway
) -> None:
    model = a_model("theirs", sha256=DIGEST, visibility="partners")
    arrived(node.runtime.store, model, a_suspension(model="theirs"))

    with node.runtime.store.transaction("test") as tx:
        [proposal] = gateway.proposals(tx)
        made = gateway.confirm(tx, proposal.id, "we follow")

    assert made.model_sha256 == DIGEST


def test_a_partner_is_trusted_by_the_settings(node: Node) -> None:
    arrived(node.runtime.store, a_suspension(jurisdiction="US"))
    settings = GatewaySettings(suspensions_from={"jp": ("jurisdiction",)})
    gateway = replace(node.runtime.service(Gateway), settings=settings)

    with node.runtime.store.transaction("test") as tx:
        assert closed_now(gateway, tx) == {"alpha"}
        assert gateway.proposals(tx) == []


def test_a_snapshot_answers_by_one_look_up_for_whom_nothing_closes() -> None:
    snapshot = a_snapshot(Stated(a_suspension(supplier="vendor")))

    assert set(snapshot.closures) == {"alpha"}
    assert Closure().holds(NOON, None, "und")
