"""A partner shows two logs under one key; its victims find out by gossip and go on without it."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.builders import Note, an_identity
from support.logs import befriend, standing_of
from support.nodes import Node, a_node
from support.partners import a_note, a_served_node, until
from support.programs import corridor, corridor_here

from corridor.core.cosignatures import cosigner_key
from corridor.core.signing import PublicKey
from corridor.edge.runtime import Runtime
from corridor.federation import Federation, Fork
from corridor.federation.rules.witnessing import check_evidence

BRISK = {"witness_seconds": 0.1, "gossip_seconds": 0.2}


@dataclass(frozen=True)
class Stage:
    """Nodes b and c, partners of each other; a shows each of them another log."""

    b: Node
    c: Node
    to_b: Runtime
    to_c: Runtime


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("fork")
    with ExitStack() as stack:
        key = an_identity("a")
        to_b = stack.enter_context(a_served_node(folder / "a1", "a", identity=key))
        to_c = stack.enter_context(a_served_node(folder / "a2", "a", identity=key))
        b = stack.enter_context(a_node(folder, "b", federation=BRISK))
        c = stack.enter_context(a_node(folder, "c", federation=BRISK))
        for face, victim, notes in ((to_b, b, 5), (to_c, c, 3)):
            befriend(face, victim.runtime.identity, victim.address)
            befriend(victim.runtime, key, face.address)
            with face.store.transaction("test") as tx:
                for number in range(notes):
                    tx.append(a_note(f"{notes} {number}"))
        for node in (b, c):
            node.start()
        for node, notes in ((b, 5), (c, 3)):
            until(lambda node=node, notes=notes: len(texts(node, "a")) == notes)
        befriend(b.runtime, c.runtime.identity, c.address)
        befriend(c.runtime, b.runtime.identity, b.address)
        yield Stage(b, c, to_b, to_c)


def said(node: Node, *words: str) -> str:
    """What a command prints in a process of its own, where no running node's events mix in."""
    done = corridor("--home", node.home, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def texts(node: Node, issuer: str) -> list[str]:
    with node.runtime.store.view() as view:
        return [kept.record.text for kept in view.every(Note, issuer)]


def forks_of(stage: Stage) -> list[Fork]:
    found: list[Fork] = []
    for node in (stage.b, stage.c):
        with node.runtime.store.view() as view:
            found += list(view.own(Fork))
    return found


def test_both_victims_freeze_the_partner_and_go_on_with_each_other(stage: Stage) -> None:
    for node in (stage.b, stage.c):
        until(lambda node=node: standing_of(node.runtime, "a") == "frozen")

    # Its old records stay readable, its new ones are not taken.
    assert len(texts(stage.b, "a")) == 5
    assert len(texts(stage.c, "a")) == 3
    with stage.to_b.store.transaction("test") as tx:
        tx.append(a_note("later"))

    # The victims exchange records with each other as before.
    for one, other in ((stage.b, stage.c), (stage.c, stage.b)):
        name = one.runtime.identity.name
        with one.runtime.store.transaction("test") as tx:
            tx.append(a_note(f"from {name}"))
        until(lambda other=other, name=name: f"from {name}" in texts(other, name))
    assert "later" not in texts(stage.b, "a")
    with stage.b.runtime.store.view() as view:
        assert stage.b.runtime.service(Federation).is_active(view, "c")


def test_the_evidence_holds_for_anybody_who_knows_the_partners_key(stage: Stage) -> None:
    until(lambda: bool(forks_of(stage)))
    found = forks_of(stage)
    key = PublicKey(stage.to_b.identity.signer.public.raw)
    for fork in found:
        assert fork.log == "a"
        assert check_evidence(fork.evidence, "a", key) == key


def test_the_operator_sees_the_evidence_with_both_notes(stage: Stage) -> None:
    for node in (stage.b, stage.c):
        until(
            lambda node=node: (
                "a forked" in corridor_here("--home", node.home, "partner", "forks").stdout
            )
        )
    shown = json.loads(said(stage.b, "partner", "forks", "--json"))

    assert all(each["believed"] for each in shown["forks"])
    evidence = shown["forks"][0]["fork"]["evidence"]
    assert evidence["smaller"].startswith("a\n")
    assert evidence["larger"].startswith("a\n")
    assert "frozen" in corridor_here("--home", stage.b.home, "partner", "list").stdout


def test_the_logs_of_honest_nodes_are_settled_meanwhile_and_their_accounts_checked(
    stage: Stage,
) -> None:
    until(lambda: "first time" in _audit(stage) or "since" in _audit(stage))
    with stage.c.runtime.store.transaction("test") as tx:
        tx.audit("test.act", "something")
    said = _audit(stage)

    assert "Nothing was removed from or changed in the first" in said
    assert "Nothing is known of what" in said
    assert "something" not in said


def test_a_bundle_carries_the_cosignatures_so_that_others_can_ask_for_them(
    stage: Stage, tmp_path: Path
) -> None:
    key = cosigner_key("c", stage.c.runtime.identity.signer.public).text()
    with stage.b.runtime.store.transaction("test") as tx:
        place = tx.append(a_note("for all", visibility="public")).position
    bundle, trust = tmp_path / "one.bundle.json", tmp_path / "trust"
    trust.write_text(said(stage.b, "partner", "witnesses"))
    assert f"witness {key}\nquorum 1\n" in trust.read_text()

    def is_verified() -> bool:
        made = corridor_here("--home", stage.b.home, "log", "bundle", str(place), "-o", bundle)
        assert made.returncode == 0, made.stderr
        return corridor_here("verify", bundle, "--trust", trust).returncode == 0

    until(is_verified)
    assert key in bundle.read_text()


def _audit(stage: Stage) -> str:
    return corridor_here("--home", stage.b.home, "partner", "audit", "c").stdout
