"""A partner shows two accounts of its acts, and two victims that never saw the same size find out."""

import json
from contextlib import ExitStack
from pathlib import Path

from support.builders import an_identity
from support.logs import befriend, standing_of
from support.nodes import a_node
from support.partners import a_served_node, until
from support.programs import corridor, corridor_here

from corridor.federation import Fork
from corridor.federation.rules.witnessing import check_evidence, checkpoint_in

BRISK = {"witness_seconds": 0.1, "gossip_seconds": 0.2}


def test_an_account_with_two_pasts_is_found_out_though_nobody_saw_both_at_one_size(
    tmp_path: Path,
) -> None:
    key = an_identity("a")
    with ExitStack() as stack:
        victims = [
            stack.enter_context(a_node(tmp_path, name, federation=BRISK)) for name in ("b", "c")
        ]
        for number, (victim, acts) in enumerate(zip(victims, (4, 7), strict=True)):
            face = stack.enter_context(
                a_served_node(tmp_path / f"face {number}", "a", identity=key)
            )
            befriend(victim.runtime, key, face.address)
            with face.store.transaction("test") as tx:
                for act in range(acts):
                    tx.audit("test.act", f"of face {number}: {act}")
            said = corridor_here("--home", victim.home, "partner", "audit", "a").stdout
            assert f"a/audit has {acts} acts." in said
        b, c = victims
        befriend(b.runtime, c.runtime.identity, c.address)
        befriend(c.runtime, b.runtime.identity, b.address)
        b.start()
        c.start()

        for victim in victims:
            until(lambda victim=victim: standing_of(victim.runtime, "a") == "frozen")

        found: list[Fork] = []
        for victim in victims:
            with victim.runtime.store.view() as view:
                found += list(view.own(Fork))
        for fork in found:
            assert check_evidence(fork.evidence, "a/audit", key.signer.public)
        sizes = {
            tuple(checkpoint_in(note).size for note in (f.evidence.smaller, f.evidence.larger))
            for f in found
        }
        assert sizes == {(4, 7)}
        shown = json.loads(corridor("--home", b.home, "partner", "forks", "--json").stdout)
        assert {each["fork"]["log"] for each in shown["forks"] if each["believed"]} == {"a/audit"}
