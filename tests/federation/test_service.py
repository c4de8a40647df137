import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders import NOON, Note, an_identity
from support.clocks import StoppedClock
from support.partners import FakeLog, a_node, a_note
from support.partners import pull as pull_from

from corridor.core.checkpoints import Checkpoint
from corridor.core.errors import Conflict, Invalid
from corridor.core.statements import statement_of
from corridor.core.store import Identity
from corridor.edge.runtime import Runtime
from corridor.federation import (
    Exchange,
    Federation,
    LogForked,
    LogRolledBack,
    Partner,
    PartnerUnavailable,
    Pulled,
    Refused,
)
from corridor.federation.errors import FingerprintMismatch, KeyChanged, NoSuchPartner
from corridor.federation.ports import Card
from corridor.federation.records import Piece, Round

Copy = tuple[int, bytes, list[str]]


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
def node(tmp_path: Path, log: FakeLog) -> Iterator[Runtime]:
    with a_node(tmp_path, client=log) as runtime:
        yield runtime


def pull(node: Runtime, log: FakeLog) -> Pulled:
    return pull_from(node, log.partner)


def begun(node: Runtime, log: FakeLog) -> Round | None:
    note = asyncio.run(node.service(Exchange).look(log.partner))
    with node.store.view() as view:
        return node.service(Exchange).begun(view, log.partner, note)


def copy(node: Runtime) -> Copy:
    """What the node has of north: size, root, texts."""
    with node.store.view() as view:
        texts = [kept.record.text for kept in view.every(Note, "north")]
        return view.log_size("north"), view.log_root("north"), texts


def with_url(node: Runtime, log: FakeLog, url: str, identity: Identity | None = None) -> Partner:
    federation = node.service(Federation)
    key = (identity or log.identity).signer.public
    card = Card(name="north", public_key=key.hex, url=url, protocol=1)
    with node.store.transaction("test") as tx:
        return federation.add(tx, "north", url, key.fingerprint, card)


def test_a_log_of_several_pages_is_copied_whole(node: Runtime, log: FakeLog) -> None:
    for number in range(7):
        log.add(a_note(str(number)), hidden=number == 4)

    assert pull(node, log) == Pulled(partner="north", entries=7, records=6)
    assert copy(node) == (7, log.state().root, ["0", "1", "2", "3", "5", "6"])


def test_what_was_added_since_is_all_that_is_asked_for(node: Runtime, log: FakeLog) -> None:
    log.add(a_note("one"))
    pull(node, log)
    log.add(a_note("two"))
    log.add(a_note("three"))

    assert pull(node, log) == Pulled(partner="north", entries=2, records=2)
    assert copy(node) == (3, log.state().root, ["one", "two", "three"])


def test_entries_beyond_the_checkpoint_are_left_for_the_next_round(
    node: Runtime, log: FakeLog
) -> None:
    log.add(a_note("one"))
    log.signed = log.state()
    log.add(a_note("two"))

    assert pull(node, log).entries == 1
    assert copy(node)[2] == ["one"]


def test_an_empty_log_is_a_sound_log(node: Runtime, log: FakeLog) -> None:
    assert pull(node, log) == Pulled(partner="north")


def test_a_second_pull_of_the_same_changes_nothing(node: Runtime, log: FakeLog) -> None:
    log.add(a_note())
    pull(node, log)
    before = copy(node)
    with node.store.view() as view:
        head = view.head()

    assert pull(node, log) == Pulled(partner="north")
    assert copy(node) == before
    with node.store.view() as view:
        assert view.head() == head
    assert begun(node, log) is None


def test_a_piece_that_was_overtaken_adds_nothing(node: Runtime, log: FakeLog) -> None:
    exchange = node.service(Exchange)
    log.add(a_note())
    early = begun(node, log)
    assert early is not None

    async def first() -> Piece:
        async with aclosing(exchange.pieces(early)) as pieces:
            return await anext(pieces)

    piece = asyncio.run(first())
    log.add(a_note())
    pull(node, log)

    with node.store.transaction("test") as tx:
        assert exchange.index(tx, piece) == Pulled(partner="north")
    assert copy(node)[0] == 2


def test_an_unknown_kind_is_kept_and_listed_as_unknown(tmp_path: Path, log: FakeLog) -> None:
    log.add(a_note())
    with a_node(tmp_path, client=log, kinds={}) as node:
        assert pull(node, log).unknown == 1
        with node.store.view() as view:
            (record,) = node.service(Federation).records(view, "north")

    assert (record.issuer, record.position, record.kind) == ("north", 0, "test.note")
    assert not record.known


def test_one_bad_entry_refuses_all_of_its_piece(node: Runtime, log: FakeLog) -> None:
    log.page_entries = 5
    for _ in range(4):
        log.add(a_note())
    log.add(a_note(), issuer="west")
    before = copy(node)

    with pytest.raises(Refused, match="north, position 4"):
        pull(node, log)
    assert copy(node) == before


def test_a_log_that_became_shorter_is_refused(node: Runtime, log: FakeLog) -> None:
    log.add(a_note("one"))
    log.add(a_note("two"))
    pull(node, log)
    before = copy(node)
    del log.served[1]

    with pytest.raises(LogRolledBack, match="north signed a log of 1 entries; its log had 2"):
        pull(node, log)
    assert copy(node) == before


def test_a_log_of_the_same_size_with_another_root_is_refused(node: Runtime, log: FakeLog) -> None:
    log.add(a_note("one"))
    pull(node, log)
    before = copy(node)
    log.served.clear()
    log.add(a_note("another"))

    with pytest.raises(LogForked, match="north signed a log of 1 entries"):
        pull(node, log)
    assert copy(node) == before


def test_a_log_that_grew_on_another_past_is_refused(node: Runtime, log: FakeLog) -> None:
    log.add(a_note("one"))
    pull(node, log)
    before = copy(node)
    log.served.clear()
    log.add(a_note("another"))
    log.add(a_note("two"))

    with pytest.raises(LogForked, match="of which 1 entries were known before"):
        pull(node, log)
    assert copy(node) == before


def test_a_root_that_was_never_the_logs_is_refused(node: Runtime, log: FakeLog) -> None:
    log.add(a_note())
    log.signed = Checkpoint("north", 1, b"r" * 32)
    before = copy(node)

    with pytest.raises(Refused, match="another root than the one to which its tiles lead"):
        pull(node, log)
    assert copy(node) == before


def test_entries_that_stop_before_the_checkpoint_are_a_gap(node: Runtime, log: FakeLog) -> None:
    log.add(a_note())
    log.page_entries = 0

    with pytest.raises(Refused, match="shows none at position 0: there is a gap"):
        pull(node, log)


def test_an_entry_of_another_place_is_a_gap(node: Runtime, log: FakeLog) -> None:
    log.add(a_note("one"))
    log.change(0, position=1)

    with pytest.raises(Refused, match="north, position 0: the entry there says it is number 1"):
        pull(node, log)


def test_an_id_that_is_used_twice_is_refused(node: Runtime, log: FakeLog) -> None:
    log.add(a_note(id="a" * 32))
    log.add(a_note(id="a" * 32))
    before = copy(node)

    with pytest.raises(Conflict, match="north has a record aaaa"):
        pull(node, log)
    assert copy(node) == before


def test_a_record_may_be_dated_a_little_in_the_future(node: Runtime, log: FakeLog) -> None:
    log.add(a_note(made_at=NOON + timedelta(seconds=299)))
    pull(node, log)
    log.add(a_note(made_at=NOON + timedelta(seconds=301)))

    with pytest.raises(Refused, match="in the future"):
        pull(node, log)


def test_a_failure_is_shown_until_the_next_success(node: Runtime, log: FakeLog) -> None:
    federation = node.service(Federation)
    with_url(node, log, log.url)
    with node.store.transaction("test") as tx:
        node.service(Exchange).note_failure(
            tx, log.partner, PartnerUnavailable("gone", hint="wait")
        )
    with node.store.view() as view:
        (failing,) = federation.partners(view)
    log.add(a_note())
    pull(node, log)
    with node.store.view() as view:
        (well,) = federation.partners(view)

    assert (failing.last_error, failing.last_failure) == ("gone wait", NOON)
    assert failing.last_success is None
    assert (well.last_error, well.last_success) == (None, NOON)
    assert (well.records_known, well.next_position) == (1, 1)
    assert well.fingerprint == log.identity.signer.public.fingerprint


def test_a_partner_with_nothing_new_is_noted_now_and_then(tmp_path: Path, log: FakeLog) -> None:
    clock = StoppedClock()
    with a_node(tmp_path, client=log, clock=clock) as node:
        pull(node, log)
        assert begun(node, log) is None
        clock.advance(30)
        found = begun(node, log)
        assert found is not None
        assert pull(node, log) == Pulled(partner="north")
        assert begun(node, log) is None


def test_a_partner_that_moves_keeps_its_key(node: Runtime, log: FakeLog) -> None:
    with_url(node, log, "http://old.example")
    with_url(node, log, "http://new.example")
    with_url(node, log, "http://new.example")

    with node.store.view() as view:
        assert node.service(Federation).partner(view, "north").url == "http://new.example"
        assert len(list(view.own(Partner))) == 2


def test_a_name_cannot_change_hands(node: Runtime, log: FakeLog) -> None:
    with_url(node, log, log.url)

    with pytest.raises(KeyChanged, match="There is a partner north"):
        with_url(node, log, log.url, an_identity("north"))


def test_another_fingerprint_than_the_one_read_out_adds_nobody(node: Runtime, log: FakeLog) -> None:
    federation = node.service(Federation)
    card = asyncio.run(federation.card(log.url + "/"))

    with node.store.transaction("test") as tx, pytest.raises(FingerprintMismatch):
        federation.add(tx, "north", log.url, "0000:1111", card)
    with node.store.view() as view, pytest.raises(NoSuchPartner):
        federation.partner(view, "north")


def test_a_node_is_no_partner_of_itself(node: Runtime) -> None:
    federation = node.service(Federation)
    card = federation.own_card(node.address)
    fingerprint = node.identity.signer.public.fingerprint

    with node.store.transaction("test") as tx, pytest.raises(Invalid, match="this node itself"):
        federation.add(tx, "south", node.address, fingerprint, card)


def test_a_partner_record_of_another_node_makes_no_partner(node: Runtime, log: FakeLog) -> None:
    west = an_identity("west").signer.public.hex
    log.add(
        Partner(made_at=NOON, visibility="partners", name="west", url="http://w", public_key=west)
    )
    assert pull(node, log).records == 1

    with node.store.view() as view:
        assert node.service(Federation).known(view) == []


def test_a_statement_signed_for_another_log_cannot_be_replayed(node: Runtime, log: FakeLog) -> None:
    log.add_statement(statement_of(a_note(), "south"))

    with pytest.raises(Refused, match="claims to be issued by south"):
        pull(node, log)
