from collections.abc import Iterator
from pathlib import Path

import pytest
from support.access import Desk, a_desk
from support.builders import NOON

from corridor.access.errors import NoSuchPrincipal, NotAllowed, NotKnown
from corridor.access.records import Revocation, RevocationLifted
from corridor.access.rules.passwords import MIN_CHARACTERS, check_password, password_digest
from corridor.access.store.identities import session_of
from corridor.core.errors import Invalid

PASSWORD = "four words that rhyme"  # noqa: S105  of a node that lives as long as a test


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path, session_minutes=30) as desk:
        desk.person("ana")
        desk.project()
        yield desk


def session(desk: Desk, name: str = "ana") -> str:
    with desk.writing() as tx:
        return desk.identities.begin_session(tx, name).token


def set_password(desk: Desk, name: str = "ana", password: str = PASSWORD) -> None:
    with desk.writing() as tx:
        desk.identities.set_password(tx, name, password)


def recognised(desk: Desk, name: str, password: str) -> str:
    with desk.reading() as view:
        return desk.identities.check_password(view, name, password).name


def test_a_person_is_known_by_a_personal_key_and_by_a_session(desk: Desk) -> None:
    assert desk.known(desk.personal_key("ana")) == "ana"
    assert desk.known(session(desk)) == "ana"


def test_whatever_else_is_shown_nobody_is_known_and_all_looks_the_same(desk: Desk) -> None:
    desk.service_of("ana", "bot")
    shown = [
        desk.project_key("ana"),
        desk.project_key("bot"),
        desk.runtime.operator_token,
        "",
        "ana",
        "cs-" + "a" * 43,
        session(desk) + "a",
        session(desk).upper(),
        "a" * 1_000_000,
        "' OR 1=1 --",
        "\udcff",
    ]
    said: set[tuple[str, str | None]] = set()
    for each in shown:
        with pytest.raises(NotKnown) as caught:
            desk.known(each)
        said.add((caught.value.message, caught.value.hint))

    assert len(said) == 1


def test_a_session_ends_by_its_time_and_by_signing_out(desk: Desk) -> None:
    first, second = session(desk), session(desk)
    with desk.writing() as tx:
        assert desk.identities.leave_session(tx, first)
        assert not desk.identities.leave_session(tx, first)
    with pytest.raises(NotKnown):
        desk.known(first)
    desk.clock.advance(30 * 60 - 1)
    assert desk.known(second) == "ana"
    desk.clock.advance(1)
    with pytest.raises(NotKnown):
        desk.known(second)


def test_sessions_that_are_over_are_forgotten(desk: Desk) -> None:
    first = session(desk)
    digest = desk.keys.secrets.key_digest(first)
    with desk.reading() as view:
        kept = session_of(view, digest)
    desk.clock.advance(3600)
    session(desk)
    with desk.reading() as view:
        assert session_of(view, digest) is None
    assert kept is not None
    assert first not in repr(kept)


def test_a_session_says_when_it_ends_and_so_does_a_key(desk: Desk) -> None:
    with desk.reading() as view:
        assert desk.identities.end_of(view, "cs-" + "a" * 43) is None
    shown, key = session(desk), desk.personal_key("ana")
    with desk.reading() as view:
        end = desk.identities.end_of(view, shown)
        assert desk.identities.end_of(view, key) is None
    assert end is not None
    assert (end - desk.clock()).total_seconds() == 30 * 60


def test_no_session_begins_for_who_is_not_here(desk: Desk) -> None:
    with pytest.raises(NoSuchPrincipal):
        session(desk, "nobody")


def test_a_password_opens_to_its_person_alone(desk: Desk) -> None:
    desk.person("ben")
    set_password(desk)
    set_password(desk, "ben", "another set of five words")

    assert recognised(desk, "ana", PASSWORD) == "ana"
    for name, password in (
        ("ana", "another set of five words"),
        ("ana", PASSWORD + " "),
        ("ana", ""),
        ("ben", PASSWORD),
        ("nobody", PASSWORD),
        ("", ""),
    ):
        with pytest.raises(NotKnown):
            recognised(desk, name, password)


def test_a_password_is_kept_by_a_salted_hash_and_nowhere_else(desk: Desk) -> None:
    desk.person("ben")
    set_password(desk)
    set_password(desk, "ben")
    desk.runtime.store.close()
    for file in desk.home.iterdir():
        assert PASSWORD.encode() not in file.read_bytes()

    assert password_digest(PASSWORD, b"a" * 16) != password_digest(PASSWORD, b"b" * 16)


def test_the_same_password_is_the_same_however_its_letters_were_typed() -> None:
    composed, decomposed = "パスワードは五つのことば", "パスワードは五つのことは\u3099"

    assert password_digest(composed, b"a" * 16) == password_digest(decomposed, b"a" * 16)


def test_a_new_password_ends_what_the_old_one_opened(desk: Desk) -> None:
    set_password(desk)
    shown = session(desk)
    set_password(desk, "ana", "another set of five words")

    with pytest.raises(NotKnown):
        desk.known(shown)
    with pytest.raises(NotKnown):
        recognised(desk, "ana", PASSWORD)
    assert recognised(desk, "ana", "another set of five words") == "ana"


@pytest.mark.parametrize("password", ["", "a" * (MIN_CHARACTERS - 1), "a" * 20, "x" * 257])
def test_a_password_that_is_easy_to_guess_is_refused(desk: Desk, password: str) -> None:
    with pytest.raises(Invalid):
        set_password(desk, password=password)
    with pytest.raises(NotKnown):
        recognised(desk, "ana", password)


def test_a_password_made_of_the_name_is_refused() -> None:
    with pytest.raises(Invalid, match="easy to guess"):
        check_password("ana-example" * 2, "ana-example")


def test_nobody_has_a_password_who_is_not_here(desk: Desk) -> None:
    with pytest.raises(NoSuchPrincipal):
        set_password(desk, "nobody")


def test_the_account_of_acts_has_no_password_and_no_session(desk: Desk) -> None:
    set_password(desk)
    shown = session(desk)
    with desk.reading() as view:
        lines = view.audited()

    assert [line.act for line in lines][-3:] == ["account.link", "password.set", "session.begin"]
    assert shown not in str(lines)
    assert PASSWORD not in str(lines)


@pytest.mark.parametrize("scope", ["principal", "organisation", "key"])
def test_who_is_suspended_acts_no_more_until_that_is_lifted(desk: Desk, scope: str) -> None:
    desk.person("alice")
    secret = desk.personal_key("alice")
    with desk.reading() as view:
        key = desk.keys.holding(view, secret)
    target = {"principal": "alice", "organisation": "acme", "key": key.id}[scope]
    fields = {"scope": scope, "target": target, "reason": "misuse"}
    closing = Revocation.model_validate({"made_at": NOON, **fields})
    with desk.writing() as tx:
        tx.append(closing)

    with pytest.raises(NotAllowed, match="misuse"):
        desk.known(secret)

    with desk.writing() as tx:
        tx.append(RevocationLifted(made_at=NOON, revocation_id=closing.id, reason="cleared"))
    assert desk.known(secret) == "alice"
