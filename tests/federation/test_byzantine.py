"""Partners that lie, over real HTTP: nothing is kept, and the error names the partner and the place."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders import NOON, Note
from support.liars import Liar, a_served_liar
from support.partners import QUICK, FakeLog, a_node, a_note, pull

from corridor.core.checkpoints import Checkpoint, signed_note, verified_note
from corridor.core.errors import CorridorError
from corridor.core.proofs import check_consistency
from corridor.core.signing import Signer
from corridor.core.statements import STATEMENT_TYPE, predicate_type, statement_of
from corridor.core.tiles import Tile
from corridor.edge.runtime import Runtime
from corridor.federation import (
    Evidence,
    Exchange,
    Federation,
    LogForked,
    LogRolledBack,
    PartnerUnavailable,
    Pulled,
    Refused,
)
from corridor.federation.errors import AnswerTooLarge, NotSigned
from corridor.federation.ports import LogEntry

IMPATIENT = QUICK.model_copy(update={"request_seconds": 0.5, "piece_entries": 512})
Copy = tuple[int, bytes, list[str]]


@pytest.fixture
def liar() -> Iterator[Liar]:
    with a_served_liar() as server:
        for text in ("one", "two", "three"):
            server.log.add(a_note(text))
        yield server


@pytest.fixture(scope="module")
def large() -> FakeLog:
    """A log of three tiles, so that there is one above them."""
    log = FakeLog()
    for number in range(600):
        log.add(a_note(str(number)))
    return log


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Runtime]:
    with a_node(tmp_path, settings=IMPATIENT) as runtime:
        yield runtime


def copy(node: Runtime) -> Copy:
    """What the node has of north: size, root, texts."""
    with node.store.view() as view:
        texts = [kept.record.text for kept in view.every(Note, "north")]
        return view.log_size("north"), view.log_root("north"), texts


def refusal(node: Runtime, liar: Liar) -> CorridorError:
    """Pull what is a lie; nothing of it is kept."""
    before = copy(node)
    with pytest.raises(CorridorError) as caught:
        pull(node, liar.partner)
    assert copy(node) == before
    assert "north" in caught.value.message
    assert caught.value.hint
    return caught.value


def evidence_in(error: CorridorError, liar: Liar) -> tuple[int, int]:
    """Check the evidence as anybody could; return the sizes of the two states."""
    assert isinstance(error, LogForked)
    assert isinstance(error.evidence, Evidence)
    found, key = error.evidence, liar.log.identity.signer.public
    smaller = verified_note(found.smaller, "north", key)
    larger = verified_note(found.larger, "north", key)
    root, proof = bytes.fromhex(found.root), [bytes.fromhex(each) for each in found.proof]
    check_consistency(smaller.size, root, larger.size, larger.root, proof)
    assert root != smaller.root
    return smaller.size, larger.size


def test_an_honest_server_is_believed(node: Runtime, liar: Liar) -> None:
    assert pull(node, liar.partner) == Pulled(partner="north", entries=3, records=3)
    assert copy(node) == (3, liar.log.state().root, ["one", "two", "three"])


def test_a_log_of_several_tiles_is_believed(node: Runtime, large: FakeLog) -> None:
    with a_served_liar(large) as liar:
        assert pull(node, liar.partner).entries == 600
        assert liar.starts == [0, 512]
    assert copy(node)[1] == large.state().root


def test_a_checkpoint_with_a_forged_signature_is_refused(node: Runtime, liar: Liar) -> None:
    liar.note = lambda _: signed_note(liar.log.state(), Signer.generate())

    assert isinstance(refusal(node, liar), NotSigned)


def test_a_record_with_a_forged_signature_is_refused(node: Runtime, liar: Liar) -> None:
    liar.log.add_statement(statement_of(a_note(), "north"), signer=Signer.generate())

    assert refusal(node, liar).message.startswith("north, position 3: No signature")


@pytest.mark.parametrize("change", [-1, -32, 32])
def test_a_tile_that_is_cut_or_too_long_is_refused(node: Runtime, liar: Liar, change: int) -> None:
    liar.tile = lambda _, content: (content + bytes(32))[: len(content) + change]

    message = refusal(node, liar).message

    assert message.startswith("north, position 0: tile/0/000.p/3 has ")


@pytest.mark.parametrize("index", [0, 1])
def test_a_tile_in_the_place_of_another_is_refused(
    node: Runtime, large: FakeLog, index: int
) -> None:
    def swapped(tile: Tile, content: bytes) -> bytes:
        if (tile.level, tile.index) == (0, index):
            return large.tile_of(Tile(0, 1 - index, 256))
        return content

    with a_served_liar(large) as liar:
        liar.tile = swapped
        error = refusal(node, liar)
    assert error.message.startswith(
        f"north, position {256 * index}: tile/0/00{index} does not lead"
    )
    assert isinstance(error, Refused)


@pytest.mark.parametrize("level", [0, 1])
def test_a_changed_hash_at_the_edge_is_refused(node: Runtime, large: FakeLog, level: int) -> None:
    def changed(tile: Tile, content: bytes) -> bytes:
        at_edge = tile.level == level and tile.width < 256
        return bytes(32) + content[32:] if at_edge else content

    with a_served_liar(large) as liar:
        liar.tile = changed
        assert "another root than the one to which its tiles lead" in refusal(node, liar).message


def test_a_wrong_root_is_refused(node: Runtime, liar: Liar) -> None:
    liar.log.signed = Checkpoint("north", 3, b"r" * 32)

    assert "another root than the one to which its tiles lead" in refusal(node, liar).message


def test_an_old_checkpoint_is_a_rollback_and_no_fork(node: Runtime, liar: Liar) -> None:
    old = liar.log.state()
    liar.log.add(a_note("four"))
    pull(node, liar.partner)
    liar.log.signed = old

    error = refusal(node, liar)

    assert isinstance(error, LogRolledBack)
    assert error.message == "north signed a log of 3 entries; its log had 4 before."


def another(liar: Liar, size: int) -> FakeLog:
    """A log of the same node with another past: its second entry is another one."""
    log = FakeLog(liar.log.identity)
    for number in range(size):
        log.served.append(liar.log.served[0]) if number == 0 else log.add(a_note(f"other {number}"))
    return log


@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_log_with_another_past_is_a_fork_that_anybody_can_check(
    node: Runtime, liar: Liar, size: int
) -> None:
    other = another(liar, size)
    pull(node, liar.partner)
    liar.show_log(other)

    sizes = evidence_in(refusal(node, liar), liar)

    assert sizes == (min(size, 3), max(size, 3))


def test_a_log_that_forks_while_it_is_fetched_contradicts_what_was_worked_towards(
    node: Runtime, large: FakeLog
) -> None:
    with a_served_liar(large) as liar:
        before = asyncio.run(first_piece(node, liar))
        liar.show_log(another(liar, 700))
        sizes = evidence_in(refusal(node, liar), liar)

    assert (before, sizes) == (512, (600, 700))


async def first_piece(node: Runtime, liar: Liar) -> int:
    """Do a round up to its first piece, as if the program ended there."""
    exchange = node.service(Exchange)
    note = await exchange.look(liar.partner)
    with node.store.view() as view:
        found = exchange.begun(view, liar.partner, note)
    assert found is not None
    pieces = exchange.pieces(found)
    piece = await anext(pieces)
    await pieces.aclose()
    with node.store.transaction("test") as tx:
        return exchange.index(tx, piece).entries


def test_a_round_that_was_interrupted_goes_on_where_it_ended(node: Runtime, large: FakeLog) -> None:
    with a_served_liar(large) as liar:
        with node.store.transaction("test") as tx:
            tx.append(liar.partner)
        asyncio.run(first_piece(node, liar))
        with node.store.view() as view:
            (status,) = node.service(Federation).partners(view)
        assert (status.next_position, status.log_size) == (512, 600)
        liar.starts.clear()
        assert pull(node, liar.partner).entries == 88
        assert liar.starts == [512]
    assert copy(node)[:2] == (600, large.state().root)


def test_a_replayed_entry_is_refused(node: Runtime, liar: Liar) -> None:
    first = liar.log.served[0]
    liar.entry = lambda entry: first if entry.position == 2 else entry
    assert refusal(node, liar).message == (
        "north, position 2: the entry there says it is number 0: there is a gap."
    )

    renumbered = first.model_copy(update={"position": 2})
    liar.entry = lambda entry: renumbered if entry.position == 2 else entry
    assert refusal(node, liar).message == (
        "north, position 2: the entry is not the one in the tree that the partner signed."
    )


def test_entries_in_another_order_are_refused(node: Runtime, liar: Liar) -> None:
    served = list(liar.log.served)

    def reordered(entry: LogEntry) -> LogEntry:
        there = served[2 - entry.position]
        return there.model_copy(update={"position": entry.position})

    liar.entry = reordered

    assert refusal(node, liar).message.startswith("north, position 0: the entry is not the one")


def test_a_record_of_another_issuer_is_refused(node: Runtime, liar: Liar) -> None:
    liar.log.add(a_note(), issuer="west")

    assert refusal(node, liar).message == (
        "north, position 3: the record claims to be issued by west."
    )


def test_a_record_of_our_own_shown_back_as_theirs_is_refused(node: Runtime, liar: Liar) -> None:
    ours = statement_of(a_note(), node.identity.name)
    liar.log.add_statement(ours, signer=node.identity.signer)

    assert refusal(node, liar).message.startswith("north, position 3: No signature")


def test_a_server_that_trickles_is_cut_off(node: Runtime, liar: Liar) -> None:
    async def trickled(body: bytes) -> AsyncIterator[bytes]:
        for byte in body:
            yield bytes([byte])
            await asyncio.sleep(1)

    liar.stream = trickled

    assert isinstance(refusal(node, liar), PartnerUnavailable)


def test_an_entry_of_a_gibibyte_costs_no_more_than_the_largest_entry_may(
    tmp_path: Path, liar: Liar
) -> None:
    sent = 0

    async def endless(body: bytes) -> AsyncIterator[bytes]:
        nonlocal sent
        yield body[:200]
        for _ in range(2**30 // 65536):
            yield b"A" * 65536
            sent += 65536
            await asyncio.sleep(0)

    liar.stream = endless
    settings = QUICK.model_copy(update={"max_entry_bytes": 2**20, "request_seconds": 60})
    with a_node(tmp_path, settings=settings) as node:
        tracemalloc.start()
        error = refusal(node, liar)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert isinstance(error, AnswerTooLarge)
    assert error.message.startswith("north, position 0: the entry is larger than 1048576 bytes")
    assert peak < 16 * 2**20
    assert sent >= 2**20


def test_a_clock_a_year_ahead_is_refused_and_one_a_year_behind_is_not(
    node: Runtime, liar: Liar
) -> None:
    liar.log.add(a_note(made_at=NOON - timedelta(days=365)))
    assert pull(node, liar.partner).entries == 4
    liar.log.add(a_note(made_at=NOON + timedelta(days=365)))

    assert refusal(node, liar).message == (
        "north, position 4: the record is dated 2027-01-01 12:00 UTC, in the future."
    )


def a_statement(record: str, kind: str = '"future.thing"', version: str = "1") -> bytes:
    """A statement whose record has these further fields, in canonical order where they allow it."""
    common = f'"id":"{"a" * 32}","made_at":"2026-01-01T12:00:00Z","visibility":"partners"'
    predicate = (
        f'{{"issuer":"north","kind":{kind},"record":{{{common}{record}}},"version":{version}}}'
    )
    uri = json.dumps(predicate_type(json.loads(kind), int(version)), ensure_ascii=False)
    text = (
        f'{{"_type":"{STATEMENT_TYPE}","predicate":{predicate},"predicateType":{uri},"subject":[]}}'
    )
    return text.encode()


@pytest.mark.parametrize(
    "record",
    [
        '"x": 1',
        '"x":-0.0',
        '"x":-0',
        '"x":1.0',
        '"x":1e400',
        '"x":-1e400',
        '"x":9007199254740993',
        '"x":1E21',
        '"x":NaN',
        '"x":1,"x":1',
        '"x":"\\ud800"',
        '"x":"\\u0041"',
        '"x":"\\u007f"',
        '"x":"\\U0001f600"',
        '"x":"/\\/"',
        '"z\\ue000":1,"z\U0001f600":1',
        '"z\ue000":1,"z\U0001f600":1',
        '"y":1,"x":1',
        '"x":' + "[" * 5000 + "]" * 5000,
    ],
)
def test_json_that_is_not_canonical_is_refused_though_its_digest_is_right(
    node: Runtime, liar: Liar, record: str
) -> None:
    liar.log.add_statement(a_statement("," + record))

    assert refusal(node, liar).message.startswith("north, position 3: ")


@pytest.mark.parametrize(
    "record",
    [
        '"x":0',
        '"x":9007199254740992',
        '"x":1e+21',
        '"x":1.5e-9',
        '"x":"\\u0000"',
        '"x":"\x7f"',
        '"z\U0001f600":1,"z\ue000":1',
        '"\u0130":1',
        '"x":"e\u0301\u00e9"',
    ],
)
def test_canonical_json_is_believed_however_odd(node: Runtime, liar: Liar, record: str) -> None:
    liar.log.add_statement(a_statement("," + record))

    assert pull(node, liar.partner).entries == 4


@pytest.mark.parametrize(
    ("kind", "version"),
    [('"a\\u0000b"', "1"), ('""', "1"), ('"' + "k" * 500 + '"', "1"), ('"a"', str(2**40))],
)
def test_a_kind_or_version_that_no_store_could_keep_is_refused(
    node: Runtime, liar: Liar, kind: str, version: str
) -> None:
    liar.log.add_statement(a_statement("", kind, version))

    assert refusal(node, liar).message.startswith("north, position 3: ")


def test_an_answer_that_is_cut_at_any_byte_is_resumed_after_what_came_whole(
    tmp_path: Path, liar: Liar
) -> None:
    length = len(liar.log.served[0].model_dump_json(exclude_none=True)) + 1
    for cut in (length, length + 1, 2 * length - 1, 2 * length, 2 * length + 7, 3 * length - 1):

        async def cut_off(body: bytes, cut: int = cut) -> AsyncIterator[bytes]:
            yield body[:cut]
            raise ConnectionError

        liar.stream, liar.announced = cut_off, True
        liar.starts.clear()
        with a_node(tmp_path / str(cut), settings=IMPATIENT) as node:
            for _ in range(3):
                try:
                    pull(node, liar.partner)
                except PartnerUnavailable:
                    continue
            assert copy(node) == (3, liar.log.state().root, ["one", "two", "three"])
        assert liar.starts == sorted(set(liar.starts))
