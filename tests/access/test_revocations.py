"""Closing and opening again: whose word counts for what, what partners are told, and what not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.asking import REASON, Office, an_office
from support.builders import NOON
from support.supply import DIGEST, a_model

from corridor.access.errors import (
    Incomplete,
    NoSuchGrant,
    NoSuchKey,
    NoSuchPrincipal,
    NotAllowed,
    WrongState,
)
from corridor.access.records import Conditions, Grant, Revocation, RevocationLifted, Scope
from corridor.access.rules.revocations import Names, closes, in_force
from corridor.access.service.revocations import UserFirst
from corridor.core.errors import NotFound
from corridor.core.records import new_id

DAY = timedelta(days=1)
SCOPES: tuple[Scope, ...] = get_args(Scope)
NODES = ("in", "jp", "fr")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path) as made:
        made.rate(1)
        made.evidence()
        made.approver("asha")
        made.person("olga", "acme", ("operator",))
        yield made


def granted(office: Office, **fields: str) -> Grant:
    grant = office.approve(office.ask(**fields), "asha")
    assert grant is not None
    return grant


def abroad(office: Office) -> Grant:
    """Return a grant for the model of a partner's node."""
    office.partner("jp")
    theirs = a_model("theirs", sha256="cd" * 32, visibility="public")
    office.arrived(theirs, issuer="jp")
    office.rate(1, "cd" * 32)
    office.evidence(sha256="cd" * 32)
    return granted(office, model="theirs")


def revoke(
    office: Office,
    scope: Scope,
    target: str,
    by: str | None = None,
    *,
    days: int | None = None,
    whole: bool = False,
    reason: str = REASON,
) -> list[Revocation]:
    until = office.clock() + days * DAY if days is not None else None
    with office.writing() as tx:
        who = office.anyone(tx, by) if by else None
        return office.revocations.revoke(tx, scope, target, reason, who, until=until, whole=whole)


def a_revocation(scope: Scope = "grant", **fields: object) -> Revocation:
    return Revocation.model_validate(
        {"made_at": NOON, "scope": scope, "target": "x", "reason": REASON, **fields}
    )


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        ("principal", "meera"),
        ("project", "helpline"),
        ("organisation", "mission"),
        ("model", "small"),
        ("model", DIGEST),
        ("purpose", "agriculture-advice"),
        ("jurisdiction", "IN"),
        ("grant", ""),
    ],
)
def test_each_scope_closes_the_grant_that_it_names_and_opens_again(
    office: Office, scope: Scope, target: str
) -> None:
    grant = granted(office)

    [made] = revoke(office, scope, target or grant.id, whole=True)
    closed = office.stage(grant.id)
    with office.writing() as tx:
        office.revocations.lift(tx, made.id, "it was a mistake", None)

    assert (closed, office.stage(grant.id)) == ("revoked", "in_force")


def test_what_is_not_named_stays_open(office: Office) -> None:
    grant = granted(office)
    office.project("other", "mission")
    office.person("ravi", "mission")
    revoke(office, "project", "other")
    revoke(office, "principal", "ravi")
    revoke(office, "jurisdiction", "JP")
    revoke(office, "model", "cd" * 32)

    assert office.stage(grant.id) == "in_force"


def test_a_suspension_ends_by_itself(office: Office) -> None:
    grant = granted(office)
    revoke(office, "principal", "meera", days=1)
    suspended = office.stage(grant.id)
    office.clock.advance(86_400)

    assert (suspended, office.stage(grant.id)) == ("suspended", "in_force")


def test_a_person_is_closed_abroad_by_their_grants_and_never_by_name(office: Office) -> None:
    here, there = granted(office), abroad(office)
    first, *told = revoke(office, "principal", "meera", reason="meera lost the laptop")

    assert (first.scope, first.visibility) == ("principal", "internal")
    assert [(r.scope, r.target, r.visibility) for r in told] == [("grant", there.id, "partners")]
    assert "meera" not in told[0].model_dump_json()
    assert {office.stage(here.id), office.stage(there.id)} == {"revoked"}
    with office.writing() as tx:
        lifted = office.revocations.lift(tx, first.id, "meera has it again", None)
    assert [each.visibility for each in lifted] == ["internal", "partners"]
    assert "meera" not in lifted[1].model_dump_json()
    assert {office.stage(here.id), office.stage(there.id)} == {"in_force"}


@pytest.mark.parametrize("scope", ["organisation", "model", "purpose", "jurisdiction", "project"])
def test_partners_are_told_of_what_is_no_person(office: Office, scope: Scope) -> None:
    names: dict[Scope, str] = {
        "organisation": "acme",
        "model": "small",
        "purpose": "research",
        "jurisdiction": "IN",
        "project": "helpline",
    }

    assert revoke(office, scope, names[scope], whole=True)[0].visibility == "partners"


def test_a_user_is_closed_before_an_organisation(office: Office) -> None:
    grant = granted(office)

    with pytest.raises(UserFirst, match="principal meera") as refused:
        revoke(office, "organisation", "mission", days=1)

    assert "--whole" in (refused.value.hint or "")
    assert office.stage(grant.id) == "in_force"
    revoke(office, "organisation", "mission", days=1, whole=True)
    assert office.stage(grant.id) == "suspended"


def test_the_single_users_of_a_partners_organisation_are_named_by_their_grants(
    office: Office,
) -> None:
    office.partner("jp")
    theirs = granted(office).model_copy(
        update={"id": new_id(), "organisation": "kyodai", "visibility": "partners"}
    )
    office.arrived(theirs, issuer="jp")

    with pytest.raises(UserFirst, match=f"grant {theirs.id}"):
        revoke(office, "organisation", "kyodai")


def test_an_organisation_without_users_is_closed_at_once(office: Office) -> None:
    assert revoke(office, "organisation", "tokodai")


@pytest.mark.parametrize("by", ["asha", "olga", None])
def test_operators_and_approvers_close_and_open(office: Office, by: str | None) -> None:
    [made] = revoke(office, "purpose", "research", by)
    with office.writing() as tx:
        who = office.anyone(tx, by) if by else None
        office.revocations.lift(tx, made.id, REASON, who)
        audited = [(each.act, each.facts["by"]) for each in tx.audited() if "access." in each.act]

    assert audited == [("access.revoke", by or "operator"), ("access.lift", by or "operator")]


def test_members_give_up_their_own_grants_and_close_nothing_else(office: Office) -> None:
    grant = granted(office)
    office.person("ravi", "mission")

    for target in ("grant", "purpose"):
        with pytest.raises(NotAllowed):
            revoke(office, target, grant.id if target == "grant" else "research", "ravi")
    with pytest.raises(NotAllowed):
        revoke(office, "principal", "ravi", "meera")
    [given_up] = revoke(office, "grant", grant.id, "meera")
    with pytest.raises(NotAllowed), office.writing() as tx:
        office.revocations.lift(tx, given_up.id, REASON, office.anyone(tx, "meera"))

    assert office.stage(grant.id) == "revoked"


@pytest.mark.parametrize(
    ("scope", "target", "error"),
    [
        ("grant", "0" * 32, NoSuchGrant),
        ("key", "ck-nothing", NoSuchKey),
        ("principal", "nobody", NoSuchPrincipal),
        ("project", "moonshot", NotFound),
        ("organisation", "nobody", NotFound),
        ("purpose", "world-peace", NotFound),
        ("model", "nothing", NotFound),
        ("jurisdiction", "India", Incomplete),
    ],
)
def test_what_there_is_not_is_not_closed_by_mistake(
    office: Office, scope: Scope, target: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        revoke(office, scope, target)
    with office.reading() as view:
        assert list(view.own(Revocation)) == []


def test_a_key_is_closed_by_its_prefix(office: Office) -> None:
    secret = office.personal_key("meera")
    with office.reading() as view:
        [(key, _)] = office.keys.keys(view)
    assert secret.startswith("ck-")

    [made] = revoke(office, "key", key.prefix)

    assert (made.target, made.visibility) == (key.id, "internal")


def test_a_key_is_closed_with_what_its_holder_made_of_it(office: Office) -> None:
    secret = office.personal_key("meera")
    with office.writing() as tx:
        new, renewed = office.keys.renew(tx, secret[:11])
    office.clock.advance(1)

    first, second = revoke(office, "key", secret[:11])

    assert (second.target, second.part_of, second.visibility) == (new.id, first.id, "internal")
    for shown in (secret, renewed):
        with pytest.raises(NotAllowed):
            office.known(shown)
    with office.writing() as tx:
        office.revocations.lift(tx, first.id, "it was found", None)
    assert office.known(renewed) == "meera"


def test_a_reason_and_a_moment_to_come_are_asked_for(office: Office) -> None:
    with pytest.raises(Incomplete, match="reason: is too short"):
        revoke(office, "purpose", "research", reason="")
    with pytest.raises(Incomplete, match="reason: has characters"):
        revoke(office, "purpose", "research", reason="over\x1b[2J")
    with pytest.raises(Incomplete, match="until: is over"):
        revoke(office, "purpose", "research", days=-1)


def test_the_same_is_closed_once_and_a_suspension_can_become_final(office: Office) -> None:
    revoke(office, "purpose", "research", days=1)
    with pytest.raises(WrongState, match="closed until"):
        revoke(office, "purpose", "research", days=1)
    revoke(office, "purpose", "research", days=2)
    revoke(office, "purpose", "research")
    with pytest.raises(WrongState, match="closed for good"):
        revoke(office, "purpose", "research", days=9)


def test_only_its_own_issuer_lifts_a_revocation(office: Office) -> None:
    office.partner("jp")
    [made] = revoke(office, "purpose", "research")
    lift = RevocationLifted(
        made_at=NOON, visibility="partners", revocation_id=made.id, reason=REASON
    )
    theirs = a_revocation("model", target="cd" * 32, visibility="partners")
    office.arrived(lift, theirs, issuer="jp")

    with office.reading() as view:
        found = {e.issuer: e for e in office.revocations.revocations(view)}
    assert found["in"].closes
    with pytest.raises(NotFound), office.writing() as tx:
        office.revocations.lift(tx, theirs.id, REASON, None)


def test_a_partner_closes_nothing_that_is_not_its_own(office: Office) -> None:
    grant = granted(office)
    office.partner("jp")
    targets: dict[Scope, str] = {
        "grant": grant.id,
        "principal": "meera",
        "project": "helpline",
        "organisation": "mission",
        "model": DIGEST,
        "purpose": "agriculture-advice",
        "jurisdiction": "IN",
    }
    found = [a_revocation(s, target=t, visibility="partners") for s, t in targets.items()]
    office.arrived(*found, issuer="jp")

    assert office.stage(grant.id) == "in_force"


def test_a_partner_closes_its_model_and_a_stranger_does_not(office: Office) -> None:
    grant = abroad(office)
    closing = a_revocation("model", target="cd" * 32, visibility="partners")
    office.arrived(closing, issuer="mars")
    strangers_word = office.stage(grant.id)
    office.arrived(closing.model_copy(update={"id": new_id()}), issuer="jp")

    assert (strangers_word, office.stage(grant.id)) == ("in_force", "revoked")


@given(
    st.sampled_from(SCOPES),
    st.sampled_from(NODES),
    st.sampled_from(NODES),
    st.sampled_from(("", *NODES)),
    st.sampled_from(NODES),
    st.frozensets(st.sampled_from(NODES)),
)
def test_whose_word_counts_for_what(
    scope: Scope,
    issuer: str,
    grant_issuer: str,
    query_issuer: str,
    node: str,
    countersigners: frozenset[str],
) -> None:
    grant = GRANT.model_copy(update={"node": node})
    counts = closes(
        a_revocation(scope),
        issuer,
        own="in",
        grant=grant,
        grant_issuer=grant_issuer,
        countersigners=countersigners,
        query_issuer=query_issuer,
        node=node,
    )

    said = {"grant": {grant_issuer, node, *countersigners}, "model": {node}}
    assert counts == (issuer == "in" or issuer in said.get(scope, {query_issuer}))


def test_without_a_grant_no_partner_closes_one() -> None:
    assert not closes(
        a_revocation("grant"),
        "jp",
        own="in",
        grant=None,
        grant_issuer="jp",
        countersigners=frozenset(),
        query_issuer="jp",
        node="in",
    )


@given(st.integers(-5, 5), st.booleans())
def test_a_revocation_closes_until_its_moment_unless_it_is_lifted(days: int, lifted: bool) -> None:
    made = a_revocation(until=NOON + days * DAY)

    assert in_force(made, NOON, {made.id} if lifted else ()) == (days > 0 and not lifted)
    assert in_force(a_revocation(), NOON + 10_000 * DAY, ())


def test_nothing_unknown_is_named_by_a_revocation() -> None:
    assert not any(Names().named_by(a_revocation(scope)) for scope in SCOPES)


GRANT = Grant(
    made_at=NOON,
    grantee="1" * 32,
    grantee_type="person",
    organisation="mission",
    country="IN",
    identity_level=3,
    project="helpline",
    model="small",
    model_sha256=DIGEST,
    node="in",
    tier=1,
    surface="api",
    purpose="research",
    use_class="general",
    sensitivity="public",
    languages=("hi-Deva",),
    conditions=Conditions(),
    evidence=(),
    approvals=1,
    request_sha256=DIGEST,
    policy_version=DIGEST,
    valid_from=NOON,
    until=NOON + DAY,
    review_at=NOON + DAY,
)
