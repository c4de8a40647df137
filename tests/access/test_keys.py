from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.access import Desk, a_desk
from support.builders import NOON

from corridor.access.adapters.secret_file import FILE_NAME, secrets_at
from corridor.access.errors import KeyInQuery, NoSuchKey, NoSuchPrincipal, NotKnown, Throttled
from corridor.access.records import ApiKey, KeyRevoked
from corridor.access.rules.keys import (
    Bucket,
    caller_of,
    covers,
    emptied_by_one,
    refilled,
    refuse_key_in_query,
    seconds_to_wait,
)
from corridor.access.service.keys import MAX_CALLERS, WrongKeys
from corridor.core.errors import Conflict, Invalid, NotFound, Unavailable

SECRET = "ck-" + "a" * 43


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path, wrong_keys_per_minute=6) as desk:
        desk.person("ana")
        desk.project()
        yield desk


def holder(desk: Desk, secret: str) -> ApiKey:
    with desk.reading() as view:
        return desk.keys.holding(view, secret)


def states(desk: Desk) -> dict[str, str]:
    with desk.reading() as view:
        return {key.prefix: state for key, state in desk.keys.keys(view)}


def test_a_key_is_known_by_its_hash_and_nowhere_kept(desk: Desk) -> None:
    with desk.writing() as tx:
        key, secret = desk.keys.issue(tx, "ana", "helpdesk", "app", ["helpline"])

    assert holder(desk, secret) == key
    assert secret.startswith(key.prefix)
    assert len(secret) == 46
    desk.runtime.store.close()
    for file in desk.home.iterdir():
        assert secret.encode() not in file.read_bytes()


def test_another_nodes_secret_finds_no_key(desk: Desk, tmp_path: Path) -> None:
    secret = desk.project_key("ana")
    (tmp_path / "other").mkdir()
    other = secrets_at(tmp_path / "other")

    assert other.key_digest(secret) != holder(desk, secret).digest


def test_a_personal_key_is_for_no_model_and_a_projects_for_some(desk: Desk) -> None:
    desk.service_of("ana", "bot")
    with desk.writing() as tx:
        with pytest.raises(Invalid, match="no model"):
            desk.keys.issue(tx, "ana", None, "app", ["helpline"])
        with pytest.raises(Invalid, match="at least one"):
            desk.keys.issue(tx, "ana", "helpdesk", "app")
        with pytest.raises(Invalid, match="Only a person"):
            desk.keys.issue(tx, "bot", None, "app")
        personal, _ = desk.keys.issue(tx, "ana", None, "laptop")
        some, _ = desk.keys.issue(tx, "bot", "helpdesk", "app", ["helpline"])
        every, _ = desk.keys.issue(tx, "ana", "helpdesk", "app", ["*"])

    assert [covers(k, "helpline") for k in (personal, some, every)] == [False, True, True]
    assert [covers(k, "other") for k in (personal, some, every)] == [False, False, True]


def test_a_key_is_for_somebody_who_is_here_and_a_project_of_theirs(desk: Desk) -> None:
    desk.person("jun", "tokodai")
    with desk.writing() as tx:
        with pytest.raises(NoSuchPrincipal):
            desk.keys.issue(tx, "nobody", None, "app")
        with pytest.raises(NotFound):
            desk.keys.issue(tx, "ana", "nothing", "app", ["*"])
        with pytest.raises(Invalid, match="tokodai"):
            desk.keys.issue(tx, "jun", "helpdesk", "app", ["*"])
        with pytest.raises(Invalid, match="lifetime"):
            desk.keys.issue(tx, "ana", None, "app", (), timedelta(0))
        with pytest.raises(ValidationError):
            desk.keys.issue(tx, "ana", None, "x" * 101)


def test_an_expired_a_revoked_and_an_unknown_key_look_the_same_to_who_shows_them(
    desk: Desk,
) -> None:
    with desk.writing() as tx:
        _, expiring = desk.keys.issue(tx, "ana", None, "a", (), timedelta(days=1))
        key, revoked = desk.keys.issue(tx, "ana", None, "b")
        desk.keys.revoke(tx, key.prefix, "lost")
    assert holder(desk, expiring).label == "a"
    desk.clock.advance(24 * 3600)

    said: set[tuple[str, str | None]] = set()
    for shown in (expiring, revoked, SECRET, "", "ck-", "x" * 100_000, "ck-" + "ö" * 43):
        with pytest.raises(NotKnown) as caught:
            holder(desk, shown)
        said.add((caught.value.message, caught.value.hint))
    assert len(said) == 1


def test_the_operator_sees_which_keys_expired_and_which_were_revoked(desk: Desk) -> None:
    with desk.writing() as tx:
        expired, _ = desk.keys.issue(tx, "ana", None, "a", (), timedelta(days=1))
        revoked, _ = desk.keys.issue(tx, "ana", None, "b")
        open_one, _ = desk.keys.issue(tx, "ana", None, "c")
        desk.keys.revoke(tx, revoked.prefix, "lost")
    desk.clock.advance(24 * 3600)

    assert states(desk) == {
        expired.prefix: "expired",
        revoked.prefix: "revoked",
        open_one.prefix: "in_force",
    }


def test_a_key_that_was_closed_at_once_stays_closed_though_the_clock_is_put_back(
    desk: Desk,
) -> None:
    with desk.writing() as tx:
        closed, secret = desk.keys.issue(tx, "ana", None, "a")
        rotated, old = desk.keys.issue(tx, "ana", None, "b")
        desk.keys.revoke(tx, closed.prefix, "lost")
        desk.keys.rotate(tx, rotated.prefix, timedelta(0))
    desk.clock.advance(-3600)

    assert {states(desk)[each.prefix] for each in (closed, rotated)} == {"revoked"}
    for shown in (secret, old):
        with pytest.raises(NotKnown):
            holder(desk, shown)


def test_a_rotation_lets_both_keys_work_for_a_while(desk: Desk) -> None:
    with desk.writing() as tx:
        lifetime = timedelta(days=10)
        old, first = desk.keys.issue(tx, "ana", "helpdesk", "app", ["helpline"], lifetime)
    desk.clock.advance(9 * 24 * 3600)
    with desk.writing() as tx:
        new, second = desk.keys.rotate(tx, old.prefix, timedelta(hours=2))

    assert (new.replaces, new.models, new.project) == (old.id, ("helpline",), "helpdesk")
    assert new.expires_at == NOON + timedelta(days=19)
    assert (holder(desk, first).id, holder(desk, second).id) == (old.id, new.id)
    desk.clock.advance(2 * 3600)
    assert holder(desk, second) == new
    with pytest.raises(NotKnown):
        holder(desk, first)
    assert states(desk)[old.prefix] == "revoked"


def test_a_rotated_key_can_be_closed_at_once_but_not_rotated_again(desk: Desk) -> None:
    with desk.writing() as tx:
        old, first = desk.keys.issue(tx, "ana", None, "laptop")
        desk.keys.rotate(tx, old.prefix)
        with pytest.raises(Conflict):
            desk.keys.rotate(tx, old.prefix)
    assert holder(desk, first) == old

    with desk.writing() as tx:
        desk.keys.revoke(tx, old.prefix, "it leaked")

    with pytest.raises(NotKnown):
        holder(desk, first)


def test_a_rotation_without_overlap_ends_the_old_key_now(desk: Desk) -> None:
    with desk.writing() as tx:
        old, first = desk.keys.issue(tx, "ana", None, "laptop")
        desk.keys.rotate(tx, old.prefix, timedelta(0))

    with pytest.raises(NotKnown):
        holder(desk, first)


def test_a_key_that_is_not_there_or_has_ended_cannot_be_rotated_or_closed(desk: Desk) -> None:
    with desk.writing() as tx:
        key, _ = desk.keys.issue(tx, "ana", None, "laptop")
        desk.keys.revoke(tx, key.prefix, "lost")
        for prefix in (key.prefix, "ck-nothing1", "", '%"', "\udcff"):
            with pytest.raises(NoSuchKey):
                desk.keys.rotate(tx, prefix)
            with pytest.raises(NoSuchKey):
                desk.keys.revoke(tx, prefix, "again")
        assert len(list(tx.own(KeyRevoked))) == 1


def test_keys_are_never_alike(desk: Desk) -> None:
    secrets = {desk.personal_key("ana") for _ in range(40)}

    assert len({secret[:11] for secret in secrets}) == 40
    assert len(states(desk)) == 40


def test_the_account_of_acts_names_keys_by_their_beginnings_alone(desk: Desk) -> None:
    secret = desk.personal_key("ana")
    with desk.writing() as tx:
        desk.keys.rotate(tx, secret[:11])
        desk.keys.revoke(tx, secret[:11], "lost")
    with desk.reading() as view:
        lines = [line for line in view.audited() if line.act.startswith("key.")]

    assert [line.act for line in lines] == ["key.issue", "key.rotate", "key.revoke"]
    assert all(line.subject == secret[:11] for line in lines)
    assert secret not in str(lines)
    assert holder_digests(desk).isdisjoint(str(lines).split("'"))


def holder_digests(desk: Desk) -> set[str]:
    with desk.reading() as view:
        return {key.digest for key in view.own(ApiKey)}


def test_an_address_that_shows_too_many_wrong_keys_waits_and_others_do_not(desk: Desk) -> None:
    for _ in range(6):
        desk.keys.check_pace("192.0.2.1")
        desk.keys.note_wrong("192.0.2.1")

    with pytest.raises(Throttled) as caught:
        desk.keys.check_pace("192.0.2.1")
    assert caught.value.facts == {"retry_after": 10}
    desk.keys.check_pace("192.0.2.2")
    desk.clock.advance(9.9)
    with pytest.raises(Throttled):
        desk.keys.check_pace("192.0.2.1")
    desk.clock.advance(0.2)
    desk.keys.check_pace("192.0.2.1")


def test_putting_the_clock_back_gives_no_more_tries(desk: Desk) -> None:
    for _ in range(6):
        desk.keys.note_wrong("192.0.2.1")
    desk.clock.advance(-3600)

    with pytest.raises(Throttled):
        desk.keys.check_pace("192.0.2.1")


def test_a_network_of_ipv6_addresses_counts_as_one() -> None:
    assert caller_of("2001:db8::1") == caller_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert caller_of("2001:db8:0:1::1") != caller_of("2001:db8::1")
    assert caller_of("::ffff:192.0.2.1") == caller_of("192.0.2.1")
    assert caller_of("testclient") == "testclient"


def test_the_table_of_addresses_does_not_grow_without_end() -> None:
    wrong = WrongKeys()
    for number in range(MAX_CALLERS + 50):
        wrong.note(f"caller {number}", 0.0, 30)

    assert len(wrong.buckets) == MAX_CALLERS
    assert "caller 0" not in wrong.buckets


@given(
    steps=st.lists(st.tuples(st.floats(-100, 100), st.booleans()), max_size=60),
    per_minute=st.integers(1, 60),
)
def test_no_more_than_the_rate_and_one_minutes_worth_pass(
    steps: list[tuple[float, bool]], per_minute: int
) -> None:
    bucket: Bucket | None = None
    now, forward, passed = 0.0, 0.0, 0
    for seconds, tries in steps:
        now += seconds
        forward += max(0.0, seconds)
        bucket = refilled(bucket, now, per_minute)
        if tries and seconds_to_wait(bucket, per_minute) == 0:
            bucket = emptied_by_one(bucket)
            passed += 1

    assert passed <= per_minute + forward * per_minute / 60 + 1e-6


@pytest.mark.parametrize(
    "query",
    [
        f"key={SECRET}",
        f"a=b&x={SECRET}",
        SECRET,
        f"x=cs-{'A' * 43}",
        "x=%63k-" + "a" * 43,
        "x=%2563k-" + "a" * 43,
        "x=ck%2D" + "a" * 43,
        "access_token=x",
        "API_KEY=",
        "api%5Fkey=x",
        "token=eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
    ],
)
def test_a_key_in_a_query_string_is_refused_and_not_repeated(query: str) -> None:
    with pytest.raises(KeyInQuery) as caught:
        refuse_key_in_query(query.encode())

    assert SECRET not in str(caught.value) + str(caught.value.hint) + str(caught.value.facts)


@pytest.mark.parametrize(
    "query", ["", "issuer=https://id.example", "code=abc&state=xyz", "start=0&limit=1", "%ff%00=%"]
)
def test_other_query_strings_pass(query: str) -> None:
    refuse_key_in_query(query.encode())


@given(st.binary(max_size=300), st.sampled_from(["", "&x=", "?", "%26"]))
def test_whatever_else_is_in_a_query_string_a_key_is_found(other: bytes, between: str) -> None:
    with pytest.raises(KeyInQuery):
        refuse_key_in_query(other + between.encode() + SECRET.encode())


def test_the_access_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = secrets_at(tmp_path)

    assert secrets_at(tmp_path) == first
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert repr(first) == "Secrets()"


def test_a_damaged_access_secret_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"short")

    with pytest.raises(Conflict, match="damaged"):
        secrets_at(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == b"short"
    with pytest.raises(Unavailable):
        secrets_at(tmp_path / "nowhere")


def renewed(desk: Desk, prefix: str, hours: float | None = None) -> tuple[ApiKey, str]:
    overlap = None if hours is None else timedelta(hours=hours)
    with desk.writing() as tx:
        return desk.keys.renew(tx, prefix, overlap)


def test_a_holder_makes_a_key_in_the_place_of_another_but_gets_no_more_time(desk: Desk) -> None:
    with desk.writing() as tx:
        old, first = desk.keys.issue(tx, "ana", None, "laptop", (), timedelta(days=30))
    desk.clock.advance(10 * 24 * 3600)

    new, second = renewed(desk, old.prefix, 2)

    assert (new.expires_at, new.by_holder, new.replaces) == (old.expires_at, True, old.id)
    assert desk.known(first) == desk.known(second) == "ana"
    desk.clock.advance(2 * 3600)
    with pytest.raises(NotKnown):
        desk.known(first)
    assert desk.known(second) == "ana"
    with pytest.raises(NoSuchKey):
        renewed(desk, old.prefix)


def test_a_key_that_was_rotated_cannot_be_rotated_by_its_holder_again(desk: Desk) -> None:
    with desk.writing() as tx:
        old, _ = desk.keys.issue(tx, "ana", None, "laptop")
    renewed(desk, old.prefix)

    with pytest.raises(Conflict):
        renewed(desk, old.prefix)


def test_who_revokes_a_key_closes_all_that_its_holders_made_of_it(desk: Desk) -> None:
    with desk.writing() as tx:
        stolen, _ = desk.keys.issue(tx, "ana", None, "laptop")
    second, _ = renewed(desk, stolen.prefix)
    third, _ = renewed(desk, second.prefix)

    with desk.writing() as tx:
        desk.keys.revoke(tx, stolen.prefix, "stolen")

    assert states(desk) == dict.fromkeys((stolen.prefix, second.prefix, third.prefix), "revoked")


def test_who_revokes_a_key_that_the_operator_rotated_leaves_the_new_one(desk: Desk) -> None:
    with desk.writing() as tx:
        old, _ = desk.keys.issue(tx, "ana", None, "laptop")
        new, _ = desk.keys.rotate(tx, old.prefix)
        desk.keys.revoke(tx, old.prefix, "stolen")

    assert states(desk) == {old.prefix: "revoked", new.prefix: "in_force"}
