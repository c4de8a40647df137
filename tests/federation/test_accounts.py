"""Accounts of partners' acts at different sizes: only the partner can show that they are one log."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.builders import an_identity
from support.logs import ALog, befriend, standing_of
from support.partners import a_node

from corridor.core.errors import CorridorError, Unavailable
from corridor.edge.runtime import Runtime
from corridor.federation import Cosigner, Fork, Gossip, PartnerUnavailable
from corridor.federation.errors import NotProved, NotUnderstood
from corridor.federation.ports import AuditProof, Remote, Seen, SeenLogs, WitnessAnswer
from corridor.federation.records import Unproved
from corridor.federation.rules.witnessing import Comparison, check_evidence
from corridor.federation.store import witness as store


def an_account(entries: int) -> ALog:
    return ALog(an_identity("north"), "north/audit").grow(entries)


@dataclass
class Account:
    """North, asked for the account of its acts; it shows what a test tells it."""

    log: ALog = field(default_factory=lambda: an_account(12))
    fails: CorridorError | None = None
    bare: bool = False
    """Whether it shows no root beside a proof."""
    garbled: bool = False
    """Whether its proofs and roots are of no log at all."""

    async def add_checkpoint(self, who: str, url: str, body: bytes) -> WitnessAnswer:
        raise Unavailable(f"{who} {url} {len(body)}")

    async def seen(self, partner: Remote) -> SeenLogs:
        raise Unavailable(partner.name)

    async def audit_checkpoint(self, partner: Remote) -> str:
        assert partner.name == "north"
        return self.log.note()

    async def audit_proof(self, partner: Remote, old: int, new: int) -> AuditProof:
        assert partner.name == "north"
        if self.fails is not None:
            raise self.fails
        if self.garbled:
            return AuditProof(old=old, new=new, root="ab" * 32, proof=("cd" * 32,))
        proof = tuple(each.hex() for each in self.log.proof(old, new))
        root = None if self.bare else self.log.root(old).hex()
        return AuditProof(old=old, new=new, root=root, proof=proof)


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def node(tmp_path: Path, account: Account) -> Iterator[Runtime]:
    """A node that cosigned 8 acts of north's account; west is its other partner."""
    with a_node(tmp_path, asking=account) as runtime:
        befriend(runtime, account.log.identity)
        befriend(runtime, an_identity("west"))
        with runtime.store.transaction("test") as tx:
            runtime.service(Cosigner).cosign(tx, account.log.submission(0, 8))
        yield runtime


def hear(node: Runtime, note: str) -> list[Comparison]:
    """Hear from west what it saw; return what is to be compared then."""
    shown = SeenLogs(logs=(Seen(origin="north/audit", note=note),))
    with node.store.transaction("test") as tx:
        assert node.service(Gossip).hear(tx, "west", shown) == 0
    with node.store.view() as view:
        return node.service(Gossip).to_compare(view)


def compared(node: Runtime, note: str) -> bool:
    """Hear a note and do what the background does; return whether it shows a fork."""
    gossip = node.service(Gossip)
    [comparison] = hear(node, note)
    evidence = asyncio.run(gossip.compare(comparison))
    with node.store.transaction("test") as tx:
        return gossip.settle(tx, comparison, evidence)


def unproved(node: Runtime) -> list[Unproved]:
    with node.store.view() as view:
        return node.service(Gossip).unproved(view)


def open_claims(node: Runtime) -> list[int]:
    with node.store.view() as view:
        return [claim.size for claim in store.claims_of(view)]


@pytest.mark.parametrize("size", [1, 4, 7, 9, 12])
def test_a_note_of_another_size_that_the_partner_shows_to_be_of_one_log_is_settled(
    node: Runtime, account: Account, size: int
) -> None:
    assert not compared(node, account.log.note(size))
    assert open_claims(node) == []
    assert standing_of(node, "north") == "active"


@pytest.mark.parametrize("size", [3, 4, 5, 7, 9, 11, 12])
def test_a_fork_of_an_account_is_found_at_another_size_than_the_one_seen_here(
    node: Runtime, account: Account, size: int
) -> None:
    other = account.log.fork(2, size - 2)

    assert compared(node, other.note())

    with node.store.view() as view:
        [fork] = view.own(Fork)
    key = account.log.identity.signer.public
    assert (fork.log, fork.evidence.smaller) == ("north/audit", other.note())
    assert check_evidence(fork.evidence, "north/audit", key) == key
    assert standing_of(node, "north") == "frozen"
    assert (open_claims(node), unproved(node)) == ([], [])


def test_a_partner_that_shows_the_other_branch_is_convicted_by_what_was_cosigned(
    node: Runtime, account: Account
) -> None:
    cosigned = account.log.note(8)
    account.log = account.log.fork(2, 20)

    assert compared(node, account.log.note(10))

    with node.store.view() as view:
        [fork] = view.own(Fork)
    assert fork.evidence.smaller.startswith(cosigned)  # with our cosignature below


def refuses(account: Account) -> None:
    account.fails = NotUnderstood("north answered with status 404.")


def lies(account: Account) -> None:
    account.garbled = True


def is_somebody_else(account: Account) -> None:
    account.log = ALog(an_identity("north"), "north/audit").grow(30)


def has_a_new_account(account: Account) -> None:
    account.log = ALog(account.log.identity, "north/audit.2").grow(30)


@pytest.mark.parametrize("claimed", [3, 10])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (refuses, "does not show north/audit: north answered with status 404"),
        (lies, "does not show that north/audit with 12 acts begins with the"),
        (is_somebody_else, "not signed by a key of north/audit"),
        (has_a_new_account, "another account than north/audit by now"),
    ],
)
def test_what_a_partner_does_not_show_is_told_and_called_no_fork(
    node: Runtime,
    account: Account,
    claimed: int,
    change: Callable[[Account], None],
    words: str,
) -> None:
    [comparison] = hear(node, account.log.fork(2, claimed - 2).note())
    change(account)

    with pytest.raises(NotProved, match=words) as refused:
        asyncio.run(node.service(Gossip).compare(comparison))
    with node.store.transaction("test") as tx:
        node.service(Gossip).leave_open(tx, comparison, refused.value)

    [told] = unproved(node)
    assert (told.log, told.size, told.shown_to) == ("north/audit", claimed, "west")
    assert told.reason == refused.value.message
    assert standing_of(node, "north") == "active"
    with node.store.view() as view:
        assert list(view.own(Fork)) == []


@pytest.mark.parametrize("size", [5, 8])
def test_an_account_that_became_shorter_than_what_was_cosigned_is_no_proof(
    node: Runtime, account: Account, size: int
) -> None:
    [comparison] = hear(node, account.log.note(10))
    account.log = ALog(account.log.identity, "north/audit", account.log.commitments[:size])

    with pytest.raises(NotProved, match=f"had (8|10) acts and has {size} now"):
        asyncio.run(node.service(Gossip).compare(comparison))


def test_without_a_root_beside_the_proof_nothing_is_proved(node: Runtime, account: Account) -> None:
    account.bare = True
    [comparison] = hear(node, account.log.fork(2, 3).note())

    with pytest.raises(NotProved, match="does not show that north/audit with 12 acts begins"):
        asyncio.run(node.service(Gossip).compare(comparison))


def test_a_partner_that_does_not_answer_is_asked_again(node: Runtime, account: Account) -> None:
    account.fails = PartnerUnavailable("north does not answer.")
    [comparison] = hear(node, account.log.fork(2, 3).note())

    with pytest.raises(PartnerUnavailable):
        asyncio.run(node.service(Gossip).compare(comparison))
    account.fails = None
    assert asyncio.run(node.service(Gossip).compare(comparison)) is not None


def test_a_log_whose_entries_are_held_needs_no_answer_of_the_partner(
    node: Runtime, account: Account
) -> None:
    log = ALog(account.log.identity).grow(5)
    shown = SeenLogs(logs=(Seen(origin="north", note=log.note()),))
    with node.store.transaction("test") as tx:
        node.service(Gossip).hear(tx, "west", shown)
    with node.store.view() as view:
        assert node.service(Gossip).to_compare(view) == []
        assert [each.log for each in node.service(Gossip).behind(view)] == ["north"]


def test_an_account_is_not_listed_as_a_log_that_stays_behind(
    node: Runtime, account: Account
) -> None:
    hear(node, account.log.note(11))
    with node.store.view() as view:
        assert node.service(Gossip).behind(view) == []
