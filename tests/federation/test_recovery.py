"""What partners saw of a node's own log: what is believed of it, and what follows."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import a_store, an_identity
from support.nodes import Node, a_node
from support.partners import a_note, introduce, until

from corridor.core.checkpoints import Checkpoint, signed_note
from corridor.core.commitments import commitment_of
from corridor.core.merkle import EMPTY, edge_over
from corridor.core.signing import sealed
from corridor.core.statements import statement_of
from corridor.core.store import Identity, Transaction
from corridor.federation.adapters.signatures import sign
from corridor.federation.errors import Contradicted, Refused
from corridor.federation.ports import LogEntry, Mirror, Mirrored, Seen
from corridor.federation.rules import recovery as rules
from corridor.federation.rules.recovery import Answer
from corridor.federation.store.recovery import hidden_places

ENTRIES = [hashlib.sha256(bytes([number])).digest() for number in range(40)]
OTHERS = [hashlib.sha256(b"other" + bytes([number])).digest() for number in range(40)]


def root(size: int, entries: Sequence[bytes] = ENTRIES) -> bytes:
    return edge_over(entries[:size]).root


def seen(size: int, entries: Sequence[bytes] = ENTRIES, origin: str = "in") -> Checkpoint:
    return Checkpoint(origin, size, root(size, entries))


def answer(partner: str, holds: int, *log: Checkpoint) -> Answer:
    return Answer(partner, holds, log, ())


class TestJudging:
    @given(size=st.integers(0, 40), others=st.lists(st.integers(0, 40), max_size=4))
    def test_nothing_is_missing_only_if_nobody_saw_more(self, size: int, others: list[int]) -> None:
        answers = [answer(f"p{n}", other, seen(other)) for n, other in enumerate(others)]
        found = rules.judged(size, root, answers)
        assert (found.outcome == "whole") == all(other <= size for other in others)
        if found.outcome == "behind":
            assert found.target == seen(max(others))

    @given(size=st.integers(1, 40), other=st.integers(1, 40))
    def test_another_log_is_never_taken_for_ours(self, size: int, other: int) -> None:
        found = rules.judged(size, root, [answer("jp", other, seen(other, OTHERS))])
        assert found.outcome == ("contradicted" if other <= size else "behind")

    def test_partners_that_were_shown_different_logs_contradict_each_other(self) -> None:
        answers = [answer("jp", 9, seen(9)), answer("fr", 9, seen(9, OTHERS))]
        assert rules.judged(4, root, answers).outcome == "contradicted"

    def test_what_nobody_holds_is_lost_though_somebody_cosigned_it(self) -> None:
        found = rules.judged(4, root, [answer("jp", 8, seen(9)), answer("fr", 6, seen(6))])
        assert found.outcome == "lost"
        assert "jp has seen 9 entries" in found.words

    def test_only_partners_that_hold_all_of_it_are_asked_for_it(self) -> None:
        answers = [answer("jp", 9, seen(9)), answer("fr", 8, seen(8)), answer("de", 12, seen(9))]
        assert rules.judged(4, root, answers).sources == ("jp", "de")

    def test_nobody_who_saw_nothing_changes_anything(self) -> None:
        assert rules.judged(4, root, [answer("jp", 0)]).outcome == "whole"


class TestReading:
    def test_a_checkpoint_that_we_did_not_sign_is_refused(self) -> None:
        ours, theirs = an_identity("in"), an_identity("jp")
        note = signed_note(seen(3), theirs.signer)
        mirror = Mirror(size=3, notes=(Seen(origin="in", note=note),))
        with pytest.raises(Refused, match="did not sign"):
            rules.answer_of("jp", mirror, "in", [ours.signer.public])

    def test_logs_of_others_are_passed_over(self) -> None:
        ours = an_identity("in")
        notes = tuple(
            Seen(origin=origin, note=signed_note(seen(3, origin=origin), ours.signer))
            for origin in ("in", "in/audit", "in/audit.2", "indeed", "in/other")
        )
        found = rules.answer_of("jp", Mirror(size=3, notes=notes), "in", [ours.signer.public])
        assert [each.origin for each in (*found.log, *found.audit)] == [
            "in",
            "in/audit",
            "in/audit.2",
        ]

    def test_a_key_from_before_a_change_may_have_signed(self) -> None:
        old, new = an_identity("in"), an_identity("in")
        mirror = Mirror(size=3, notes=(Seen(origin="in", note=signed_note(seen(3), old.signer)),))
        keys = [new.signer.public, old.signer.public]
        assert rules.answer_of("jp", mirror, "in", keys).log == (seen(3),)


class TestTheTail:
    @given(held=st.integers(0, 40), size=st.integers(0, 40), wrong=st.integers(0, 39))
    def test_it_is_believed_only_if_it_leads_to_what_was_signed(
        self, held: int, size: int, wrong: int
    ) -> None:
        if held >= size:
            return
        tail = ENTRIES[held:size]
        rules.check_tail(edge_over(ENTRIES[:held]), tail, [seen(size)])
        place = held + wrong % len(tail)
        changed = [OTHERS[n] if n == place else ENTRIES[n] for n in range(held, size)]
        with pytest.raises(Contradicted):
            rules.check_tail(edge_over(ENTRIES[:held]), changed, [seen(size)])

    def test_every_checkpoint_on_the_way_counts(self) -> None:
        with pytest.raises(Contradicted):
            rules.check_tail(EMPTY, ENTRIES[:9], [seen(9), seen(5, OTHERS)])

    @pytest.mark.parametrize("positions", [[], [3, 5], [4, 5], [3, 3]])
    def test_a_gap_is_refused(self, positions: list[int]) -> None:
        entries = tuple(LogEntry(position=n, commitment="ab" * 32) for n in positions)
        with pytest.raises(Refused):
            rules.commitments_in("jp", Mirrored(start=3, entries=entries), 3)


@dataclass(frozen=True)
class Own:
    """A record of ours as a partner shows it back."""

    identity: Identity
    envelope: bytes
    salt: bytes = b"s" * 32

    def entry(self, **fields: object) -> LogEntry:
        shown = {
            "position": 7,
            "commitment": commitment_of(self.salt, self.envelope).hex(),
            "salt": self.salt.hex(),
            "envelope": base64.b64encode(self.envelope).decode(),
        }
        return LogEntry.model_validate({**shown, **fields})

    def found(self, entry: LogEntry) -> tuple[rules.Found, ...]:
        expected = {7: commitment_of(self.salt, self.envelope)}
        page = Mirrored(start=7, entries=(entry,))
        key = self.identity.signer.public
        return rules.found_in("jp", page, expected, "in", lambda _: key)


@pytest.fixture
def own() -> Own:
    identity = an_identity("in")
    return Own(identity, sealed(statement_of(a_note(), "in"), identity.signer))


class TestTheRecords:
    def test_what_we_stated_is_taken_back(self, own: Own) -> None:
        [found] = own.found(own.entry())
        assert found.arrival is not None
        assert found.arrival.claim.kind == "test.note"

    def test_what_no_partner_could_see_is_a_commitment(self, own: Own) -> None:
        [found] = own.found(own.entry(salt=None, envelope=None))
        assert found.arrival is None

    @pytest.mark.parametrize(
        "fields",
        [
            {"commitment": "ab" * 32},
            {"salt": "ab" * 32},
            {"envelope": "????"},
            {"envelope": base64.b64encode(b"{}").decode()},
        ],
    )
    def test_anything_else_is_refused_with_its_place(
        self, own: Own, fields: dict[str, object]
    ) -> None:
        with pytest.raises(Refused, match="record 7") as refusal:
            own.found(own.entry(**fields))
        assert refusal.value.facts["position"] == 7

    @pytest.mark.parametrize("issuer", ["in", "jp"])
    def test_what_we_did_not_sign_or_did_not_issue_is_refused(self, own: Own, issuer: str) -> None:
        signer = an_identity().signer if issuer == "in" else own.identity.signer
        other = Own(own.identity, sealed(statement_of(a_note(), issuer), signer))
        with pytest.raises(Refused):
            other.found(other.entry())


class TestTheAuditLog:
    def lost(self, size: int, *shown: Checkpoint, log: str = "in/audit") -> Checkpoint | None:
        return rules.lost_audit(Checkpoint(log, size, root(size)), root, shown)

    def test_one_of_which_nobody_saw_more_goes_on(self) -> None:
        assert self.lost(5) is None
        assert self.lost(5, seen(5, origin="in/audit"), seen(2, origin="in/audit")) is None

    def test_one_of_which_somebody_saw_more_or_something_else_is_succeeded(self) -> None:
        assert self.lost(5, seen(6, origin="in/audit")) == seen(6, origin="in/audit")
        other = seen(4, OTHERS, origin="in/audit")
        assert self.lost(5, other) == other

    def test_a_later_one_that_is_not_here_counts_more(self) -> None:
        later = seen(1, origin="in/audit.3")
        assert self.lost(5, seen(9, origin="in/audit"), later) == later
        assert self.lost(5, seen(9, origin="in/audit"), log="in/audit.2") is None

    def test_they_are_numbered(self) -> None:
        assert rules.audit_number("in/audit") == 1
        assert rules.next_audit("in", 1) == "in/audit.2"
        assert rules.audit_number(rules.next_audit("in", 9)) == 10


class TestAsking:
    """Only the node itself is shown what is held of its log."""

    @pytest.fixture
    def nodes(self, tmp_path: Path) -> Iterator[dict[str, Node]]:
        with (
            a_node(tmp_path, "in") as india,
            a_node(tmp_path, "jp") as japan,
            a_node(tmp_path, "fr") as france,
        ):
            for one, other in ((india, japan), (india, france)):
                introduce(one.runtime, other.runtime)
                introduce(other.runtime, one.runtime)
            with japan.runtime.store.transaction("test") as tx:
                tx.append(a_note("for partners"))
            india.start()
            japan.start()
            with japan.runtime.store.view() as view:
                size = view.log_size()

            def held() -> bool:
                with india.runtime.store.view() as view:
                    return view.log_size("jp") == size

            until(held)
            yield {"in": india, "jp": japan, "fr": france}

    @pytest.mark.parametrize("path", ["/federation/mirror/jp", "/federation/mirror/jp/entries"])
    @pytest.mark.parametrize(("asker", "status"), [(None, 403), ("fr", 403), ("jp", 200)])
    def test_nobody_else_is(
        self, nodes: dict[str, Node], path: str, asker: str | None, status: int
    ) -> None:
        with httpx2.Client(trust_env=False) as client:
            request = client.build_request("GET", f"{nodes['in'].address}{path}")
            if asker is not None:
                sign(request, nodes[asker].runtime.identity)
            assert client.send(request).status_code == status


def test_places_without_a_record_are_found_in_the_own_log_only(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_identity("in"))
    with store.transaction("test") as tx:
        hide(tx, "in", ENTRIES[:3])
        hide(tx, "jp", ENTRIES[:5])
        assert hidden_places(tx) == list(enumerate(ENTRIES[:3]))
    store.close()


def hide(tx: Transaction, log: str, entries: Sequence[bytes]) -> None:
    tx.grow(log, 0, entries)
    for position, entry in enumerate(entries):
        tx.hide(log, position, entry)
