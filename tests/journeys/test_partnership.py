"""The life of a partnership between two nodes that serve, from the invitation to a lost key."""

import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.builders import NOON
from support.nodes import HOST, Node, a_node
from support.partners import a_note, until
from support.programs import Ended, corridor_here

from corridor.app.assembly import open_node
from corridor.app.home import Home
from corridor.app.serve import bound_socket
from corridor.core.clock import wall_clock
from corridor.core.signing import opened
from corridor.federation import (
    Federation,
    KeyRecovery,
    KeyRotation,
    Keys,
    Partner,
    PartnerStatus,
)
from corridor.federation.ports import INVITATION
from corridor.federation.rules.keys import recovered

SOME_ROUNDS = 0.6
"""Seconds in which a node of these tests looks at its partners several times."""


@dataclass(frozen=True)
class Pair:
    """Two nodes that serve and know nothing of each other at first."""

    north: Node
    south: Node

    @property
    def ways(self) -> tuple[tuple[Node, Node], tuple[Node, Node]]:
        return (self.north, self.south), (self.south, self.north)

    def both_hold_all(self) -> bool:
        return all(holds_all(us, them) for us, them in self.ways)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with ExitStack() as stack:
        north = stack.enter_context(a_node(tmp_path, "north"))
        south = stack.enter_context(a_node(tmp_path, "south"))
        for node in (north, south):
            state(node, "before anybody was a partner")
            node.start()
        yield Pair(north, south)


@pytest.fixture
def partners(pair: Pair) -> Pair:
    invitation = invited(pair.north)
    run(pair.south, "partner", "accept", invitation, fingerprint(pair.north))
    run(pair.north, "partner", "accept", "south", fingerprint(pair.south))
    until(pair.both_hold_all)
    return pair


def command(node: Node, *words: str) -> Ended:
    return corridor_here("--home", node.home, *words)


def run(node: Node, *words: str) -> Ended:
    ended = command(node, *words)
    assert ended.returncode == 0, ended.stderr
    return ended


def refused(node: Node, *words: str) -> str:
    ended = command(node, *words)
    assert ended.returncode != 0, ended.stdout
    return ended.stderr


def fingerprint(node: Node) -> str:
    """What the operator reads out."""
    return node.runtime.identity.signer.public.fingerprint


def invited(node: Node, *words: str) -> str:
    """The line that the operator mails; events of the nodes that serve may stand around it."""
    lines = run(node, "partner", "invite", *words).stdout.splitlines()
    return next(line for line in lines if line.startswith(INVITATION))


def state(node: Node, text: str) -> None:
    with node.runtime.store.transaction("test") as tx:
        tx.append(a_note(text))


def every_status(node: Node) -> list[PartnerStatus]:
    with node.runtime.store.view() as view:
        return node.runtime.service(Federation).partners(view)


def listed(node: Node) -> PartnerStatus:
    [status] = every_status(node)
    return status


def holds_all(us: Node, them: Node) -> bool:
    name = them.runtime.identity.name
    with us.runtime.store.view() as ours, them.runtime.store.view() as theirs:
        return (ours.log_size(name), ours.log_root(name)) == (
            theirs.log_size(),
            theirs.log_root(),
        )


def held(us: Node, them: Node) -> int:
    with us.runtime.store.view() as view:
        return view.log_size(them.runtime.identity.name)


def acts(node: Node) -> list[str]:
    with node.runtime.store.view() as view:
        return [line.act for line in view.audited()]


def known(us: Node, name: str) -> Partner:
    with us.runtime.store.view() as view:
        return {partner.name: partner for partner in view.own(Partner)}[name]


def check_own_signatures(node: Node) -> None:
    """Verify every record of the node's log by the key that signs its place."""
    keys = node.runtime.service(Keys)
    with node.runtime.store.view() as view:
        spans = keys.spans(view)
        for leaf in view.leaves(0, 10_000):
            key = next(s.key for s in spans if s.end is None or leaf.position < s.end)
            opened(leaf.envelope, key)


def flows(pair: Pair, text: str) -> None:
    """State something new on both sides, and wait until the other side has it."""
    for _, them in pair.ways:
        state(them, text)
    until(pair.both_hold_all)


def test_a_partnership_begins_pauses_and_outlives_a_new_key_on_one_side_and_a_lost_one_on_the_other(
    pair: Pair,
) -> None:
    north, south = pair.north, pair.south

    invitation = invited(north)
    run(south, "partner", "accept", invitation, fingerprint(north))
    assert listed(north).standing == "waiting"
    until(lambda: listed(south).mutual is False)
    run(north, "partner", "accept", "south", fingerprint(south))
    until(pair.both_hold_all)
    until(lambda: listed(north).mutual is True and listed(south).mutual is True)

    run(north, "partner", "suspend", "south", "--reason", "their operator left")
    before = held(north, south), held(south, north)
    for node in (north, south):
        state(node, "while suspended")
    until(lambda: listed(south).mutual is False)
    time.sleep(SOME_ROUNDS)
    with north.runtime.store.view() as view:
        size = view.log_size()
    assert held(north, south) == before[0]
    assert held(south, north) < size
    assert listed(north).standing == "suspended"
    run(north, "partner", "resume", "south", "--reason", "there is a new one")
    until(pair.both_hold_all)

    old = fingerprint(north)
    north.stop()
    run(north, "node", "rotate-key")
    north.start()
    assert fingerprint(north) != old
    until(lambda: known(south, "north").key.fingerprint == fingerprint(north))
    flows(pair, "after the rotation")
    check_own_signatures(north)

    south.stop()
    Home(south.home).key.unlink()
    run(south, "node", "recover-key", "--name", "south")
    south.start()
    state(south, "under the recovered key")
    until(lambda: "has another key" in str(listed(north).last_error))
    assert "corridor partner recover" in str(listed(north).last_error)
    assert not holds_all(north, south)
    said = run(north, "partner", "recover", "south", fingerprint(south)).stdout
    assert "states the key" in said
    flows(pair, "after the recovery")
    check_own_signatures(south)

    with south.runtime.store.view() as view:
        assert [kept.record.rotation.name for kept in view.every(KeyRotation)] == ["north"]
        assert [kept.record.recovery.name for kept in view.every(KeyRecovery)] == ["south"]
    assert acts(north) == [
        *("partner.invite", "partner.waiting", "partner.accept"),
        *("partner.suspend", "partner.resume", "key.rotate", "partner.recover"),
    ]
    assert acts(south) == ["partner.accept", "partner.key", "key.recover"]


def test_an_invitation_is_used_once_and_accepting_again_changes_nothing(
    partners: Pair, tmp_path: Path
) -> None:
    north, south = partners.north, partners.south
    invitation = invited(north, "--days", "1")

    with a_node(tmp_path, "west") as west:
        west.start()
        for _ in range(2):
            run(west, "partner", "accept", invitation, fingerprint(north))
        error = refused(south, "partner", "accept", invitation, fingerprint(north))
        run(north, "partner", "accept", "west", fingerprint(west))
        until(lambda: holds_all(north, west) and holds_all(west, north))
        run(west, "partner", "accept", invitation, fingerprint(north))

    assert "used by another node" in error
    assert acts(north).count("partner.waiting") == 2


def test_a_wrong_fingerprint_makes_nobody_a_partner_on_either_side(pair: Pair) -> None:
    north, south = pair.north, pair.south
    invitation = invited(north)

    refused(south, "partner", "accept", invitation, fingerprint(south))
    assert every_status(south) == []
    assert every_status(north) == []

    run(south, "partner", "accept", invitation, fingerprint(north))
    refused(north, "partner", "accept", "south", fingerprint(north))
    assert listed(north).standing == "waiting"


def test_an_inviter_that_does_not_run_is_named_and_running_the_command_again_completes_it(
    pair: Pair,
) -> None:
    north, south = pair.north, pair.south
    invitation = invited(north)
    key = fingerprint(north)
    north.stop()

    error = refused(south, "partner", "accept", invitation, key)
    assert every_status(south) == []
    north.start()
    run(south, "partner", "accept", invitation, key)

    assert "does not answer" in error
    assert listed(south).standing == "active"
    assert listed(north).standing == "waiting"


def test_a_removed_partner_sees_nothing_new_keeps_what_it_has_and_can_be_accepted_again(
    partners: Pair,
) -> None:
    north, south = partners.north, partners.south
    before = held(north, south)

    run(north, "partner", "remove", "south", "--reason", "the agreement ended")
    for node in (north, south):
        state(node, "while removed")
    until(lambda: listed(south).mutual is False)
    time.sleep(SOME_ROUNDS)
    assert held(north, south) == before > 0
    assert listed(north).standing == "removed"
    with north.runtime.store.view() as view:
        assert view.entries("south")

    invitation = invited(south)
    run(north, "partner", "accept", invitation, fingerprint(south))
    until(partners.both_hold_all)
    assert listed(north).standing == "active"


@contextmanager
def a_stranger(folder: Path, south: Node) -> Generator[Node]:
    """Make a node with south's name at south's address; south is gone."""
    south.stop()
    south.listener.close()
    port = int(south.address.rpartition(":")[2])
    home = Home(folder / "stranger")
    home.create("south", HOST, port)
    stranger = Node(home.path, bound_socket(HOST, port), wall_clock, open_node(home.path))
    try:
        yield stranger
    finally:
        stranger.stop()
        stranger.listener.close()
        stranger.runtime.store.close()


def test_a_stranger_with_the_name_and_not_the_log_is_never_taken_for_the_partner(
    partners: Pair, tmp_path: Path
) -> None:
    north, south = partners.north, partners.south
    before, lost = held(north, south), south.runtime.identity.signer.public

    with a_stranger(tmp_path, south) as stranger:
        for number in range(before):
            state(stranger, f"not what north holds, {number}")
        stranger.start()
        until(lambda: "has another key" in str(listed(north).last_error))
        silent = refused(north, "partner", "recover", "south", fingerprint(stranger))
        wrong = refused(north, "partner", "recover", "south", lost.fingerprint)

        # It claims to have lost south's key, and even north's operator is deceived by a voice.
        signer = stranger.runtime.identity.signer
        with stranger.runtime.store.transaction("test") as tx:
            claim = recovered("south", lost, signer, tx.log_size())
            tx.append(KeyRecovery(made_at=NOON, visibility="public", recovery=claim))
        deceived = refused(north, "partner", "recover", "south", fingerprint(stranger))

    assert "does not say how it came from the key known here" in silent
    assert "not the one given" in wrong
    assert "known before" in deceived
    assert (known(north, "south").key, held(north, south)) == (lost, before)
