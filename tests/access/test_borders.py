"""A grant of one node used at another: what opens, what closes, and in which order."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.borders import USER, Border, a_border

from corridor.access.records import Grant, Revocation
from corridor.core.canonical import sha256
from corridor.federation import PartnerUnavailable


@pytest.fixture
def border(tmp_path: Path) -> Iterator[Border]:
    with a_border(tmp_path) as border:
        yield border


def revoke(border: Border, grant: Grant) -> Revocation:
    revocation = Revocation(
        made_at=border.clock(),
        visibility="partners",
        scope="grant",
        target=grant.id,
        reason="the person has left",
    )
    border.jp.state(revocation)
    return revocation


@pytest.mark.parametrize("tier", [0, 1, 2, 3])
def test_a_grant_that_both_nodes_agreed_on_opens_where_its_issuer_was_just_heard(
    border: Border, tier: int
) -> None:
    grant = border.grant(tier=tier)
    border.renew()

    decision = border.decide(grant)

    assert (decision.outcome, decision.facts.lease) == ("allow", "held")
    assert decision.grant_id == grant.record.id


def test_nothing_opens_before_the_issuer_was_ever_heard(border: Border) -> None:
    grant = border.grant(tier=3)

    assert border.decide(grant).reasons == ("lease_ended",)


@pytest.mark.parametrize(("tier", "reasons"), [(1, ("granted",)), (2, ("not_countersigned",))])
def test_up_to_the_delegated_tier_a_partners_grant_needs_no_further_word(
    border: Border, tier: int, reasons: tuple[str, ...]
) -> None:
    grant = border.grant(tier=tier, agreed=False, approvals=2)
    border.renew()

    assert border.decide(grant).reasons == reasons


def test_when_the_nodes_lose_sight_of_each_other_the_top_tier_closes_with_the_lease(
    border: Border,
) -> None:
    grant = border.grant(tier=3)
    border.renew()
    border.jp.stop()

    with pytest.raises(PartnerUnavailable):
        border.renew()
    border.clock.advance(59)
    assert border.decide(grant).allowed
    border.clock.advance(1)

    assert border.decide(grant).reasons == ("lease_ended",)


def test_a_lower_tier_that_may_go_on_offline_does(border: Border) -> None:
    grant = border.grant(tier=1)
    border.renew()
    border.jp.stop()
    border.clock.advance(5 * 86_400)

    decision = border.decide(grant)

    assert (decision.outcome, decision.facts.lease) == ("allow", "ended")


@pytest.mark.parametrize("tier", [1, 3])
def test_when_the_nodes_see_each_other_again_revocations_come_first(
    border: Border, tier: int
) -> None:
    grant = border.grant(tier=tier)
    border.renew()
    border.jp.stop()
    border.clock.advance(600)
    revoke(border, grant.record)
    border.jp.start()

    border.renew()
    behind = border.decide(grant)
    border.sync()
    after = border.decide(grant)

    assert (behind.outcome, behind.facts.lease) == ("deny", "behind")
    assert "revocations_unknown" in behind.reasons
    assert (after.outcome, after.facts.lease) == ("deny", "held")
    assert after.reasons == ("revoked",)


def test_what_was_not_revoked_opens_again_after_the_log_was_read(border: Border) -> None:
    grant = border.grant(tier=3)
    other = border.grant(tier=3, surface="chat")
    border.renew()
    border.jp.stop()
    border.clock.advance(600)
    revoke(border, other.record)
    border.jp.start()

    border.renew()
    assert not border.decide(grant).allowed
    border.sync()

    assert border.decide(grant).allowed


def test_a_lease_of_one_partner_opens_nothing_of_another(border: Border) -> None:
    grant = border.grant(tier=3)
    border.renew()

    stranger = replace(border.query(grant), issuer="kr")

    assert not border.at_in.decider.decide(stranger).allowed


def test_a_suspended_partner_opens_nothing_whatever_it_vouched_for(border: Border) -> None:
    grant = border.grant(tier=1)
    border.renew()
    assert border.decide(grant).allowed

    border.at_in.suspend("jp")

    assert "unknown_principal" in border.decide(grant).reasons


def test_the_node_that_is_asked_learns_a_pseudonym_and_no_name(border: Border) -> None:
    grant = border.grant(tier=1)
    border.renew()
    query, decision = border.allowed_at_home(grant)
    body = sha256(b"{}")
    token = border.jp.borders.token(query, decision, "in", body)
    with border.at_in.runtime.store.view() as view:
        keys = border.at_in.borders.partners(view)
    presented = border.at_in.borders.presented(token, body, keys, border.clock())
    with border.at_in.runtime.store.transaction("gateway") as tx:
        border.at_in.borders.spend(tx, presented)

    with border.at_in.runtime.store.view() as view:
        held = [str(view.body(entry)) for entry in view.entries("jp")]
    seen = [presented.model_dump_json(), *held, border.at_in.account()]

    assert border.pseudonym in presented.model_dump_json()
    assert [text for text in seen if USER in text] == []
    assert presented.query("small", "ab" * 32).principal == border.pseudonym


def test_before_each_node_the_same_person_has_another_pseudonym(border: Border) -> None:
    secrets = border.jp.borders.secrets

    assert secrets.pseudonym(USER, "in") != secrets.pseudonym(USER, "kr")
