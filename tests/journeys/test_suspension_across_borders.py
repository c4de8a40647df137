"""A suspension that one node signs arrives at its partner, which asks its operator or keeps to it."""

from datetime import timedelta
from pathlib import Path

from support.nodes import a_node
from support.partners import introduce, until
from support.stages import a_stage
from support.supply import DIGEST

from corridor.gateway import Extent, Gateway, Proxy, Target


def test_a_partners_suspension_arrives_is_asked_about_and_confirmed(tmp_path: Path) -> None:
    with a_stage(tmp_path) as stage, a_node(tmp_path, "jp") as japan:
        japan.start()
        introduce(stage.node.runtime, japan.runtime)
        introduce(japan.runtime, stage.node.runtime)
        ours = stage.node.runtime.service(Gateway)
        with japan.runtime.store.transaction("test") as tx:
            extent = Extent(visibility="partners", cuts_streams=True)
            target = Target(kind="model_sha256", name=DIGEST)
            theirs = japan.runtime.service(Gateway).suspend(
                tx, target, timedelta(hours=1), "their order", extent
            )

        def waiting() -> list[str]:
            with stage.node.runtime.store.view() as view:
                return [each.id for each in ours.proposals(view)]

        until(lambda: waiting() == [theirs.id])
        assert stage.ask().provider == "alpha"  # ours goes on until the operator has decided
        assert not stage.node.runtime.service(Proxy).snapshot.closures
        stage.alpha.next("hold_in_the_middle")
        with stage.reading() as events:
            next(events)
            with stage.node.runtime.store.transaction("test") as tx:
                ours.confirm(tx, theirs.id, "we follow")
            [last] = list(events)
        assert '"code":"suspended"' in last
        assert stage.ask().status == 503
