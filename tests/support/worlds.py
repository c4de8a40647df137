"""A served node with a vendor, a fallback and callers, on which drills are held."""

import asyncio
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2

from corridor.catalogue import Catalogue
from corridor.core.clock import Clock, wall_clock
from corridor.drills import Conducting, DrillEnded, DrillResult, Rehearsals
from corridor.drills.rules.loss import Loss
from corridor.drills.rules.stages import stages_in
from corridor.drills.service import Wanted
from corridor.drills.service.holding import Halt
from corridor.gateway import Gateway
from support.nodes import Node, a_node, bearer
from support.supply import DIGEST, a_supplier, an_organisation
from support.upstream import FakeUpstream, a_fake_upstream

QUICK = {
    "baseline_seconds": 0.5,
    "baseline_items": 4,
    "return_seconds": 0.4,
    "recovery_seconds": 10.0,
    "probe_pause_seconds": 0.05,
}


@dataclass
class World:
    """A node with a vendor, a fallback, two services, and somebody who calls one of them."""

    node: Node
    vendor: FakeUpstream
    other: FakeUpstream
    secret: str
    cloud: FakeUpstream | None = None
    """Of a world of three."""

    @property
    def rehearsals(self) -> Rehearsals:
        return self.node.runtime.service(Rehearsals)

    def asked(self, model: str = "helpline") -> str:
        """Ask as a caller does; return who answered."""
        answer = httpx2.post(
            f"{self.node.address}/v1/chat/completions",
            json={"model": model, "messages": [{"role": "user", "content": "hello"}]},
            headers=bearer(self.secret),
            trust_env=False,
            timeout=60,
        )
        return answer.headers.get("x-corridor-provider", f"status {answer.status_code}")

    def held(
        self,
        stages: str,
        loss: Loss | None = None,
        *,
        settings: Mapping[str, object] | None = None,
        halt: Halt | None = None,
        **wanted: object,
    ) -> DrillResult:
        """Hold a drill from here, as the command does; the vendor withdraws if nothing else is said.

        `settings` count in place of the node's own, for this drill. `halt` tells whether it is to end before its stages are over.
        """
        runtime, how = self.node.runtime, Wanted(stages_in(stages), **wanted)  # pyright: ignore[reportArgumentType]

        conducting, loss = runtime.service(Conducting), loss or Loss("vendor")
        if settings is not None:
            own = conducting.drills.settings.model_copy(update=settings)
            drills = replace(conducting.drills, settings=own)
            rehearsals = replace(conducting.rehearsals, settings=own)
            conducting = replace(conducting, drills=drills, rehearsals=rehearsals)
        held = conducting.conduct(runtime.store, loss, how, lambda _: None, halt=halt)
        return asyncio.run(held).result

    def ended(self) -> list[DrillEnded]:
        with self.node.runtime.store.view() as view:
            return list(view.own(DrillEnded))

    def stage(self) -> str:
        """Return in which stage the drill is that runs; empty if none does."""
        return str(self.shown().get("stage", ""))

    def shown(self) -> Mapping[str, Any]:
        """Return what is seen of the drill that runs; nothing if none does."""
        with self.node.runtime.store.view() as view:
            if not self.rehearsals.open(view):
                return {}
            return self.rehearsals.running(view)[1].shown

    def moved(self) -> int:
        """Return how many of its probes others have answered since the withdrawal."""
        return sum(each["moved"] for each in self.shown().get("services", ()))

    def nothing_is_left(self) -> bool:
        with self.node.runtime.store.view() as view:
            labels = {key.label for key in self.node.keys_in_force()}
            nothing = not self.node.runtime.service(Gateway).suspensions(view)
            return nothing and not self.rehearsals.open(view) and "drill" not in labels


def a_world(
    stack: ExitStack,
    folder: Path,
    vendors: str = DIGEST,
    others: str = DIGEST,
    clock: Clock = wall_clock,
    *,
    name: str = "in",
    **drills: object,
) -> World:
    """Serve one; `vendors` and `others` are the digests of their models.

    Both have evidence in English, vendors' a little better: without any no drill is held.
    """
    vendor, other = (stack.enter_context(a_fake_upstream(name)) for name in ("vendor", "other"))
    node = stack.enter_context(a_node(folder, name, clock=clock, drills={**QUICK, **drills}))
    node.add_provider("vendor", vendor.url, sha256=vendors)
    node.add_provider("other", other.url, supplier="jp-inc", model="other", sha256=others)
    node.offer("helpline", ["vendor", "other"])
    node.offer("tutor", ["other"])
    node.publish({others: 30} | {vendors: 36})
    node.open_to_drills()
    world = World(node, vendor, other, node.issue_key("*"))
    node.start()
    return world


def a_world_of_three(stack: ExitStack, folder: Path, **drills: object) -> World:
    """Serve one whose helpline asks two suppliers of one country, then one of another.

    `vendor` and `cloud` are at home in the US, `other` in India; `desk` asks the vendor, then the other,
    and `tutor` the other alone.
    """
    vendor, cloud, other = (
        stack.enter_context(a_fake_upstream(name)) for name in ("vendor", "cloud", "other")
    )
    node = stack.enter_context(a_node(folder, "in", drills={**QUICK, **drills}))
    homes = {"vendor": (vendor, "US"), "cloud": (cloud, "US"), "other": (other, "IN")}
    for number, (name, (upstream, country)) in enumerate(homes.items()):
        with node.runtime.store.transaction("test") as tx:
            catalogue = node.runtime.service(Catalogue)
            catalogue.register(tx, an_organisation(f"{name}-labs", country=country))
            catalogue.register(tx, a_supplier(name, organisation=f"{name}-labs"))
        digest = f"{number + 1}a" * 32
        node.add_provider(name, upstream.url, supplier=name, model=f"{name}-file", sha256=digest)
        node.publish({digest: 36 - 6 * number})
    node.offer("helpline", ["vendor", "cloud", "other"])
    node.offer("desk", ["vendor", "other"])
    node.offer("tutor", ["other"])
    node.open_to_drills()
    world = World(node, vendor, other, node.issue_key("*"), cloud)
    node.start()
    return world


@contextmanager
def beside(work: Callable[[], DrillResult]) -> Generator["Future[DrillResult]"]:
    """Hold a drill beside the test; it is over when the block ends."""
    with ThreadPoolExecutor(1) as threads:
        yield threads.submit(work)
