"""Invitations and acceptances: what they prove, and what a stranger can do with them."""

import asyncio
import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.clocks import StoppedClock
from support.partners import a_node, a_raw_server, a_served_node, answering, introduce

from corridor.core.canonical import canonical
from corridor.core.signing import Signer
from corridor.edge.runtime import Runtime
from corridor.federation import Federation, Introductions, PartnerUnavailable
from corridor.federation.errors import (
    FingerprintMismatch,
    Frozen,
    InvitationOver,
    KeyChanged,
    NoSuchPartner,
    NotAnInvitation,
    NotInvited,
    TooManyInvitations,
    WrongStanding,
)
from corridor.federation.ports import INVITATION, Acceptance, Invitation
from corridor.federation.rules.introductions import (
    as_text,
    check_invitation,
    invitation_of,
    signed,
)
from corridor.federation.service.introductions import MOST_OPEN

WEEK = timedelta(days=7)
SIGNER = Signer.generate()


def an_invitation(**fields: object) -> Invitation:
    draft = Invitation.model_validate(
        {
            "name": "north",
            "url": "http://north.example",
            "nonce": "ab" * 32,
            "public_key": SIGNER.public.hex,
            "expires": NOON + WEEK,
            "signature": "",
            **fields,
        }
    )
    return signed(draft, SIGNER)


def test_an_invitation_is_one_line_that_survives_the_mail() -> None:
    text = as_text(an_invitation())

    assert text.startswith(INVITATION)
    assert text.isascii()
    assert not any(each.isspace() for each in text)
    wrapped = "\r\n  ".join(text[i : i + 60] for i in range(0, len(text), 60))
    assert invitation_of(f"\n{wrapped}\n") == an_invitation()


@given(data=st.data())
def test_an_invitation_in_which_one_character_changed_is_none(data: st.DataObject) -> None:
    text = as_text(an_invitation())
    place = data.draw(st.integers(len(INVITATION), len(text) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126))

    changed = text[:place] + other + text[place + 1 :]

    if changed != text:
        try:
            read = invitation_of(changed)
        except NotAnInvitation:
            return
        assert read == an_invitation()  # base64 has some spare bits at its end


@pytest.mark.parametrize(
    "text",
    ["", "north", INVITATION, INVITATION + "AAAA", INVITATION + "é", INVITATION + "A" * 9000],
)
def test_what_is_no_invitation_is_called_so(text: str) -> None:
    with pytest.raises(NotAnInvitation):
        invitation_of(text)


def test_an_invitation_signed_by_another_key_or_as_something_else_is_none() -> None:
    acceptance = signed(
        Acceptance(
            name="north",
            url="http://north.example",
            public_key=SIGNER.public.hex,
            inviter="cd" * 32,
            nonce="ab" * 32,
            signature="",
        ),
        SIGNER,
    )
    for changed in (
        an_invitation().model_copy(update={"public_key": Signer.generate().public.hex}),
        an_invitation().model_copy(update={"signature": acceptance.signature}),
        an_invitation().model_copy(update={"signature": ""}),
    ):
        with pytest.raises(NotAnInvitation, match="not signed by north"):
            invitation_of(as_text(changed))


def test_an_address_with_control_characters_is_no_address() -> None:
    fields = an_invitation().model_dump(mode="json")
    packed = canonical({**fields, "url": "http://north.example/\x1b[2J"})
    text = INVITATION + base64.urlsafe_b64encode(packed).decode()

    with pytest.raises(NotAnInvitation):
        invitation_of(text)


def test_an_invitation_is_good_for_its_key_and_its_time() -> None:
    mine = SIGNER.public.fingerprint
    check_invitation(an_invitation(), mine.upper().replace(":", " "), NOON)
    with pytest.raises(FingerprintMismatch):
        check_invitation(an_invitation(), Signer.generate().public.fingerprint, NOON)
    with pytest.raises(InvitationOver, match="was good until"):
        check_invitation(an_invitation(), mine, NOON + WEEK)


@pytest.fixture
def north(tmp_path: Path) -> Iterator[Runtime]:
    with a_served_node(tmp_path / "north") as runtime:
        yield runtime


@pytest.fixture
def south(tmp_path: Path) -> Iterator[Runtime]:
    with a_node(tmp_path / "south") as runtime:
        yield runtime


def invite(node: Runtime, lifetime: timedelta = WEEK) -> str:
    with node.store.transaction("test") as tx:
        return node.service(Introductions).invite(tx, node.address, lifetime)


def answer(node: Runtime, text: str, inviter: Runtime) -> None:
    fingerprint = inviter.identity.signer.public.fingerprint
    asyncio.run(node.service(Introductions).answer(text, fingerprint, node.address))


def acceptance_of(text: str, node: Runtime, **fields: object) -> Acceptance:
    invitation = invitation_of(text)
    draft = Acceptance.model_validate(
        {
            "name": node.identity.name,
            "url": node.address,
            "public_key": node.identity.signer.public.hex,
            "nonce": invitation.nonce,
            "inviter": invitation.public_key,
            "signature": "",
            **fields,
        }
    )
    return signed(draft, node.identity.signer)


def post(node: Runtime, body: dict[str, Any]) -> httpx2.Response:
    url = f"{node.address}/federation/acceptances"
    return httpx2.post(url, json=body, trust_env=False, timeout=60)


def waiting(node: Runtime) -> list[tuple[str, str]]:
    with node.store.view() as view:
        found = node.service(Federation).partners(view)
    return [(each.name, each.fingerprint) for each in found if each.standing == "waiting"]


def test_who_answers_an_invitation_waits_and_is_no_partner_yet(
    north: Runtime, south: Runtime
) -> None:
    text = invite(north)
    for _ in range(2):
        answer(south, text, north)

    assert waiting(north) == [("south", south.identity.signer.public.fingerprint)]
    with north.store.view() as view:
        assert north.service(Federation).known(view) == []
        acts = [(line.act, line.subject) for line in view.audited()]
    assert [act for act, _ in acts] == ["partner.invite", "partner.waiting"]
    assert invitation_of(text).nonce not in str(acts)


def test_a_stranger_without_an_invitation_leaves_nothing_behind(
    north: Runtime, south: Runtime
) -> None:
    forged = as_text(
        signed(
            invitation_of(invite(north)).model_copy(
                update={"nonce": "12" * 32, "public_key": south.identity.signer.public.hex}
            ),
            south.identity.signer,
        )
    )
    with north.store.view() as view:
        lines = len(view.audited())

    for _ in range(3):
        refused = post(north, acceptance_of(forged, south).model_dump())
        assert (refused.status_code, refused.json()["type"]) == (409, "InvitationOver")

    assert waiting(north) == []
    with north.store.view() as view:
        assert len(view.audited()) == lines


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"inviter": "ab" * 32}, 422),
        ({"name": "north"}, 422),
        ({"url": "http://user@south.example"}, 422),
        ({"signature": "AAAA"}, 422),
    ],
)
def test_an_acceptance_that_does_not_hold_does_not_use_the_invitation(
    north: Runtime, south: Runtime, fields: dict[str, str], status: int
) -> None:
    text = invite(north)
    shown = acceptance_of(text, south, **fields)
    if "signature" in fields:
        shown = shown.model_copy(update=fields)

    assert post(north, shown.model_dump()).status_code == status
    assert waiting(north) == []
    answer(south, text, north)
    assert len(waiting(north)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x" * 64},
        {"name": "No Name"},
        {"url": "ftp://x"},
        {"nonce": 3},
        {"url": "http://" + "x" * 5000},
    ],
)
def test_an_acceptance_of_another_shape_is_refused(
    north: Runtime, south: Runtime, fields: dict[str, object]
) -> None:
    body = acceptance_of(invite(north), south).model_dump()

    assert post(north, {**body, **fields}).status_code == 422


def test_a_name_that_a_partner_has_cannot_be_taken_by_invitation(
    north: Runtime, south: Runtime, tmp_path: Path
) -> None:
    introduce(north, south)
    with a_node(tmp_path / "other", "south") as impostor:
        refused = post(north, acceptance_of(invite(north), impostor).model_dump())

    assert (refused.status_code, refused.json()["type"]) == (409, KeyChanged.__name__)


def test_an_invitation_that_is_over_is_refused_by_both_sides(tmp_path: Path) -> None:
    clock = StoppedClock()
    with (
        a_node(tmp_path / "north", "north", clock=clock) as north,
        a_node(tmp_path / "south", clock=clock) as south,
    ):
        text = invite(north)
        clock.advance(WEEK.total_seconds())
        introductions = north.service(Introductions)

        with pytest.raises(InvitationOver):
            answer(south, text, north)
        with north.store.view() as view, pytest.raises(InvitationOver):
            introductions.check(view, acceptance_of(text, south))


def test_so_many_invitations_are_open_and_no_more_until_some_are_over(tmp_path: Path) -> None:
    clock = StoppedClock()
    with a_node(tmp_path, clock=clock) as node:
        for _ in range(MOST_OPEN):
            invite(node)
        with pytest.raises(TooManyInvitations):
            invite(node)
        clock.advance(WEEK.total_seconds())
        invite(node)


def test_the_operator_confirms_the_key_that_was_read_out_and_no_other(
    north: Runtime, tmp_path: Path
) -> None:
    introductions = north.service(Introductions)
    with (
        a_node(tmp_path / "true", "south") as true,
        a_node(tmp_path / "false", "south", address="http://false.example") as false,
    ):
        for each in (false, true):
            answer(each, invite(north), north)
        fingerprint = true.identity.signer.public.fingerprint
        with north.store.view() as view:
            found = introductions.waiting(view, "south", fingerprint)
            with pytest.raises(FingerprintMismatch):
                introductions.waiting(view, "south", north.identity.signer.public.fingerprint)
            with pytest.raises(NoSuchPartner, match="waits"):
                introductions.waiting(view, "west", fingerprint)
        card = true.service(Federation).own_card(true.address)
        with north.store.transaction("test") as tx:
            introductions.accept(tx, "south", found.url, fingerprint, card)

    assert found.public_key == true.identity.signer.public.hex
    assert waiting(north) == []
    with north.store.view() as view:
        [status] = north.service(Federation).partners(view)
    assert (status.standing, status.mutual, status.fingerprint) == ("active", None, fingerprint)


def test_what_an_inviter_answers_is_shown_as_one_plain_line(south: Runtime) -> None:
    title = "\\u001b[2J" + "no " * 400
    body = f'{{"title": "{title}"}}'.encode()
    acceptance = acceptance_of(as_text(an_invitation()), south)
    messenger = south.service(Introductions).messenger

    with a_raw_server(answering("409 Conflict", body)) as url, pytest.raises(NotInvited) as refusal:
        asyncio.run(messenger.accept(url, acceptance))
    assert "\x1b" not in refusal.value.message
    assert len(refusal.value.message) < 400


@pytest.mark.parametrize(
    ("head", "body"), [("503 Busy", b""), ("202 Accepted", b"x" * 70_000), ("500 Oops", b"{")]
)
def test_an_inviter_that_answers_badly_is_asked_again_later(
    south: Runtime, head: str, body: bytes
) -> None:
    acceptance = acceptance_of(as_text(an_invitation()), south)
    messenger = south.service(Introductions).messenger

    with a_raw_server(answering(head, body)) as url, pytest.raises(PartnerUnavailable) as failure:
        asyncio.run(messenger.accept(url, acceptance))
    assert "again" in str(failure.value.hint)


class TestStanding:
    def test_a_partner_that_is_not_active_is_no_asker_and_is_not_asked(
        self, south: Runtime, north: Runtime
    ) -> None:
        introduce(south, north)
        federation = south.service(Federation)
        for act in (federation.suspend, federation.resume, federation.remove):
            with south.store.transaction("test") as tx:
                act(tx, "north", "because")
            with south.store.view() as view:
                active = [each.name for each in federation.active(view)]
            assert active == (["north"] if act == federation.resume else [])

    def test_a_standing_is_changed_only_where_that_says_something(
        self, south: Runtime, north: Runtime
    ) -> None:
        introduce(south, north)
        federation = south.service(Federation)
        with south.store.transaction("test") as tx:
            with pytest.raises(WrongStanding, match="north is active"):
                federation.resume(tx, "north", "because")
            federation.freeze(tx, "north", "its log forked")
            federation.freeze(tx, "north", "again")
            with pytest.raises(WrongStanding, match="north is frozen: its log forked"):
                federation.suspend(tx, "north", "because")
            with pytest.raises(WrongStanding):
                federation.active(tx, "north")
            with pytest.raises(Frozen, match="north is frozen: its log forked"):
                federation.resume(tx, "north", "it was explained")
            federation.resume(tx, "north", "it was explained", although_frozen=True)
            federation.remove(tx, "north", "the agreement ended")
            for act in (federation.resume, federation.suspend, federation.remove):
                with pytest.raises(NoSuchPartner):
                    act(tx, "north", "because")
        with south.store.view() as view:
            [status] = federation.partners(view)
            acts = [line.act for line in view.audited()]
        assert (status.standing, status.reason) == ("removed", "the agreement ended")
        assert acts == [f"partner.{each}" for each in ("accept", "freeze", "resume", "remove")]

    def test_a_fork_that_is_found_while_a_partner_is_suspended_is_remembered(
        self, south: Runtime, north: Runtime
    ) -> None:
        introduce(south, north)
        federation = south.service(Federation)
        with south.store.transaction("test") as tx:
            federation.suspend(tx, "north", "their machine may be stolen")
            federation.freeze(tx, "north", "Its log north forked.")
            with pytest.raises(Frozen, match="Its log north forked. It was suspended: their mach"):
                federation.resume(tx, "north", "it was found")
        with south.store.view() as view:
            assert not federation.is_active(view, "north")

    def test_a_fork_of_a_node_that_is_no_partner_any_more_makes_it_none_again(
        self, south: Runtime, north: Runtime
    ) -> None:
        introduce(south, north)
        federation = south.service(Federation)
        with south.store.transaction("test") as tx:
            federation.remove(tx, "north", "the agreement ended")
            federation.freeze(tx, "north", "Its log north forked.")
        with south.store.view() as view:
            assert federation.known(view) == []

    def test_a_removed_partner_comes_back_with_its_key_only(
        self, south: Runtime, north: Runtime, tmp_path: Path
    ) -> None:
        introduce(south, north)
        federation = south.service(Federation)
        with south.store.transaction("test") as tx:
            federation.remove(tx, "north", "the agreement ended")
        with a_node(tmp_path / "other", "north") as impostor, pytest.raises(KeyChanged):
            introduce(south, impostor)
        introduce(south, north)

        with south.store.view() as view:
            assert federation.is_active(view, "north")
