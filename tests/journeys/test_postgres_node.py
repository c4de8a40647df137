"""A node on PostgreSQL and one on SQLite do everything with each other that two nodes do."""

import asyncio
from pathlib import Path

from support.nodes import Node, a_node
from support.partners import a_note, until
from support.postgres import PostgresServer
from support.programs import corridor_here

from corridor.core.checkpoints import checkpoint_of
from corridor.core.merkle import edge_over
from corridor.core.notes import note_of
from corridor.federation import Federation, Witness


def introduce(us: Node, them: Node) -> None:
    federation, identity = us.runtime.service(Federation), them.runtime.identity
    card = asyncio.run(federation.card(them.address))
    with us.runtime.store.transaction("test") as tx:
        federation.add(tx, identity.name, them.address, identity.signer.public.fingerprint, card)


def state(node: Node, count: int) -> None:
    with node.runtime.store.transaction("test") as tx:
        for number in range(count):
            hidden = number % 3 == 0
            tx.append(a_note(f"नमस्ते {number}", visibility="internal" if hidden else "partners"))
        tx.audit("test.state", node.runtime.identity.name, count=count)


def holds_all(us: Node, them: Node) -> bool:
    name = them.runtime.identity.name
    with us.runtime.store.view() as ours, them.runtime.store.view() as theirs:
        return ours.log_root(name) == theirs.log_root() and ours.log_size(name) > 0


def is_settled(node: Node) -> bool:
    witness = node.runtime.service(Witness)
    with node.runtime.store.view() as view:
        notes = (witness.settled(view), witness.settled(view, view.audit_log))
        sizes = [checkpoint_of(note_of(note)).size if note else 0 for note in notes]
        return sizes == [view.log_size(), view.log_size(view.audit_log)]


def test_records_cosignatures_and_bundles_go_both_ways(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    with (
        a_node(tmp_path, "in", store={"url": postgres.a_database()}) as india,
        a_node(tmp_path, "jp") as japan,
    ):
        for node in (india, japan):
            state(node, 300)
            node.start()
        introduce(india, japan)
        introduce(japan, india)

        until(lambda: holds_all(india, japan) and holds_all(japan, india))
        until(lambda: is_settled(india) and is_settled(japan))

        with india.runtime.store.view() as view:
            assert edge_over(view.commitments("jp")).root == view.log_root("jp")
            assert edge_over(view.commitments(view.audit_log)).root == view.log_root(view.audit_log)
        bundle, trust = tmp_path / "r.json", tmp_path / "trust.txt"
        home = ("--home", india.home)
        made = corridor_here(*home, "log", "bundle", "1", "-o", bundle)
        assert made.returncode == 0, made.stderr
        trust.write_text(corridor_here(*home, "partner", "witnesses").stdout)
        checked = corridor_here("verify", bundle, "--trust", trust)
        assert checked.returncode == 0, checked.stderr
        assert "jp cosigned them" in checked.stdout
