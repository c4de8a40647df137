"""What a drill does to the running gateway, step by step, and what keeps it from doing more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from corridor.access import Act, ApiKeys, People, Permit, Permitting, Principal
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.records import RecordId
from corridor.core.store import Transaction, View
from corridor.drills.errors import (
    DrillRuns,
    IncidentRuns,
    NeedsSecond,
    NoDrill,
    PartBegan,
    TouchesTooMuch,
)
from corridor.drills.records import (
    Cited,
    DrillEnded,
    DrillStarted,
    Ending,
    Stage,
    Tripwire,
    Withdrawn,
)
from corridor.drills.rules.agreements import Agreed
from corridor.drills.rules.stages import checked
from corridor.drills.service.planning import keep
from corridor.drills.service.plans import Plan
from corridor.drills.settings import DrillSettings
from corridor.drills.store import Seen, ask_to_end, begin, forget, seen
from corridor.gateway import Extent, Gateway, Suspension

MARGIN = timedelta(seconds=30)
"""Beyond its last stage a suspension of a drill ends, whatever becomes of its lease."""
AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rehearsals:
    """Begin drills, take them from stage to stage, and end them."""

    settings: DrillSettings
    clock: Clock
    catalogue: Catalogue
    gateway: Gateway
    keys: ApiKeys
    people: People
    permitting: Permitting

    def start(
        self,
        tx: Transaction,
        plan: Plan,
        stages: Sequence[Stage],
        tripwire: Tripwire | None = None,
        second_key: str = "",
        agreed: Agreed | None = None,
        *,
        items: int = 0,
        asked_by: str = "operator",
        person: Principal | None = None,
    ) -> DrillStarted:
        """Begin a drill, or this node's part of one that was agreed on, and keep what is foretold of it.

        Nothing is suspended yet.

        Raises:
            NoStages: if the stages contradict each other.
            DrillRuns: if another drill runs.
            IncidentRuns: if something is suspended in earnest, or a provider said no.
            TouchesTooMuch: if it concerns more of live traffic than the ceiling.
            NeedsSecond: if no service would have a supplier left, and nobody else agreed.
            NotKnown: if the second key opens nothing.
            PartBegan: if this node's part was begun before.
            NoItems: if it is to ask so many `items` of each language, and there are none.
            NotPermitted: if a person asks whom the node's policies do not permit it on each service.
        """
        permit = self.permitted(tx, person, "drill.start", plan.services, stages)
        touched, second = self.check(tx, plan, stages, second_key, agreed, person)
        if plan.prediction is not None:
            keep(tx, plan.prediction, "partners")
        started = DrillStarted(
            made_at=self.clock(),
            visibility="partners",
            lost=tuple(each.target for each in plan.lost),
            parts=tuple(each.part for each in plan.lost),
            scenario=plan.scenario,
            prediction_id=plan.prediction.id if plan.prediction else None,
            services=plan.services,
            shadowed=self._shadowed(plan),
            stages=tuple(stages),
            touched=touched,
            tripwire=tripwire or Tripwire(),
            key_id=plan.key_id,
            second=self.permitting.pseudonym(tx, second) if second else "",
            proposal=agreed and agreed.proposal,
            asked_by=permit.pseudonym if permit else asked_by,
            items=plan.items(items),
            extra_seconds=self.settings.items_seconds if items else 0.0,
        )
        tx.append(started)
        begin(tx, started.id)
        names = " ".join(map(str, started.taken))
        watched = " ".join(plan.services)
        tx.audit(
            "drill.start",
            names,
            drill=started.id,
            services=watched,
            by=permit.by if permit else asked_by,
            second=second,
            **_said(permit),
        )
        return started

    def check(
        self,
        view: View,
        plan: Plan,
        stages: Sequence[Stage],
        second_key: str = "",
        agreed: Agreed | None = None,
        person: Principal | None = None,
    ) -> tuple[float, str]:
        """Check that a drill may begin; return what share it touches, and who agreed beside the operator.

        Raises:
            NoStages, DrillRuns, IncidentRuns, TouchesTooMuch, NeedsSecond, NotKnown, PartBegan: as
                `start`.
        """
        checked(stages)
        if agreed is not None:
            self._check_new(view, agreed.proposal)
        self.check_free(view)
        if lost := self.incident(view):
            raise IncidentRuns(f"No drill starts now: {lost}.")
        touched = self.touched(view, plan, stages)
        ceiling = min(self.settings.ceiling, agreed.ceiling if agreed else 1.0)
        if touched > ceiling:
            raise TouchesTooMuch(
                f"It would concern {touched:.0%} of live requests; the ceiling is {ceiling:.0%}."
            )
        takes_all = any(stage.share == 1 for stage in stages) and self._takes_all(view, plan)
        return touched, self._second(view, plan, second_key, person) if takes_all else ""

    def permitted(
        self,
        view: View,
        person: Principal | None,
        act: Act,
        services: Sequence[str],
        stages: Sequence[Stage],
    ) -> Permit | None:
        """Return that a person may do something with a drill; the operator may, and needs no permit.

        Raises:
            NotPermitted: if the node's policies do not permit it on each of its services.
        """
        if person is None:
            return None
        share = max(stage.share for stage in stages)
        return self.permitting.permit(view, person, act, services, share, self.settings.critical)

    def check_free(self, view: View) -> None:
        """Check that no drill is open.

        Raises:
            DrillRuns: if one is.
        """
        if runs := self.open(view):
            raise DrillRuns(f"Drill {runs[0].id[:12]} of {runs[0].made_at:%H:%M:%S} is not over.")

    def touched(self, view: View, plan: Plan, stages: Sequence[Stage]) -> float:
        """Return the share of the last hour's requests that the largest stage would concern.

        Where there were none, the share of services whose traffic is not left alone.
        """
        left_alone = self._shadowed(plan)
        free = {name: plan.part_of(name) for name in plan.services if name not in left_alone}
        now = self.clock()
        asked = self.gateway.asked(view, now - AN_HOUR, now)
        asked = asked or dict.fromkeys(self.gateway.routes(view), 1)
        concerned = sum(free.get(target, 0.0) * count for target, count in asked.items())
        share = concerned / sum(asked.values()) if asked else 1.0
        return share * max(stage.share for stage in stages)

    def enter(self, tx: Transaction, started: DrillStarted, stage: Stage) -> list[Suspension]:
        """Suspend what the stage asks for, in the place of what the one before it did."""
        reason = f"drill: {stage.kind} for {stage.seconds:.0f} s"
        return self._suspend(tx, started, reason, stage.share)

    def ease(self, tx: Transaction, started: DrillStarted, left: float) -> list[Suspension]:
        """Let what is lost come back for all but a share of the requests that the last stage concerned."""
        reason = f"drill: coming back, {left:.0%} left"
        return self._suspend(tx, started, reason, started.stages[-1].share * left, left)

    def _suspend(
        self, tx: Transaction, started: DrillStarted, reason: str, share: float, probes: float = 1.0
    ) -> list[Suspension]:
        """Suspend for a share of live requests and of probes, in the place of what was before."""
        before = self.suspensions(tx, started.id)
        seconds = sum(each.seconds for each in started.stages) + started.extra_seconds
        lasting = timedelta(seconds=seconds) + MARGIN
        made = [
            self.gateway.suspend(tx, lost.target, lasting, reason, extent)
            for lost in started.taken
            for extent in _extents(started, lost, share, probes)
        ]
        self._lift(tx, before, "the next stage")
        self.gateway.beat(tx, made)
        return made

    def end(self, tx: Transaction, started: DrillStarted, how: Ending, why: str) -> DrillEnded:
        """End a drill: nothing is suspended in its name any more, and its key opens nothing.

        A drill that is over already stays as it ended.
        """
        self.restore(tx, started)
        for key, state in self.keys.keys(tx):
            if key.id == started.key_id and state == "in_force":
                self.keys.revoke(tx, key.prefix, "drill over")
        forget(tx, started.id)
        self.gateway.forget_circuits(tx)
        for ended in tx.own(DrillEnded):
            if ended.drill_id == started.id:
                return ended
        ended = DrillEnded(
            made_at=self.clock(),
            visibility="partners",
            drill_id=started.id,
            how=how,
            why=why[:500],
        )
        tx.append(ended)
        names = " ".join(each.name for each in started.lost)
        tx.audit("drill.end", names, drill=started.id, how=how, why=why)
        return ended

    def restore(self, tx: Transaction, started: DrillStarted) -> None:
        """Open again what is suspended in a drill's name."""
        self._lift(tx, self.suspensions(tx, started.id), "drill over")

    def suspensions(self, view: View, drill_id: RecordId) -> list[Suspension]:
        """Return what is suspended in a drill's name."""
        return [each for each in self.gateway.suspensions(view) if each.drill_id == drill_id]

    def open(self, view: View) -> list[DrillStarted]:
        """Return the drills that began and did not end."""
        over = {ended.drill_id for ended in view.own(DrillEnded)}
        return [each for each in view.own(DrillStarted) if each.id not in over]

    def running(self, view: View) -> tuple[DrillStarted, Seen]:
        """Return the drill that runs, and what is seen of it.

        Raises:
            NoDrill: if none runs.
        """
        shown = {each.drill_id: each for each in seen(view)}
        for started in self.open(view):
            if started.id in shown:
                return started, shown[started.id]
        raise NoDrill("No drill runs.")

    def watch(self, view: View, person: Principal | None = None) -> Seen:
        """Return what is seen of the drill that runs, to whoever may see it.

        Raises:
            NoDrill: if none runs.
            NotPermitted: if a person asks whom the node's policies do not permit it.
        """
        started, found = self.running(view)
        self.permitted(view, person, "drill.watch", started.services, started.stages)
        return found

    def abort(self, tx: Transaction, why: str, person: Principal | None = None) -> DrillStarted:
        """End the drill that runs: what it suspended is open again with this transaction.

        Raises:
            NoDrill: if none runs.
            NotPermitted: if a person asks whom the node's policies do not permit it.
        """
        started, _ = self.running(tx)
        permit = self.permitted(tx, person, "drill.abort", started.services, started.stages)
        ask_to_end(tx, started.id, why or "aborted by the operator")
        self._lift(tx, self.suspensions(tx, started.id), "aborted")
        tx.audit("drill.abort", started.id, why=why, **_said(permit))
        return started

    def incident(self, view: View) -> str:
        """Return what is lost in earnest now; empty if nothing is."""
        now = self.clock()
        for stated in self.gateway.stated(view):
            each = stated.suspension
            holds = each.drill_id is None and each.begins <= now
            if holds and self.gateway.closes(view, stated):
                return f"{each.target} is suspended"
        closed = next((each for each in self.gateway.proposals(view) if each.closed), None)
        return f"{closed.said_by} said no" if closed else ""

    def _check_new(self, view: View, proposal: Cited) -> None:
        if any(each.proposal == proposal for each in view.own(DrillStarted)):
            raise PartBegan("This node's part has begun before; one acceptance is for one part.")

    def _shadowed(self, plan: Plan) -> tuple[str, ...]:
        return tuple(name for name in plan.services if name in self.settings.critical)

    def _takes_all(self, view: View, plan: Plan) -> bool:
        """Tell whether no service of this node would have a supplier left."""
        left_alone = set(self._shadowed(plan))
        return all(
            name in plan.others and not plan.others[name] and name not in left_alone
            for name in self.gateway.routes(view)
        )

    def _second(self, view: View, plan: Plan, key: str, person: Principal | None) -> str:
        """Return who agrees beside the operator."""
        if not key:
            raise NeedsSecond(f"{plan.in_words}: no service has a supplier left.")
        found = self.keys.holding(view, key)
        if found.project is not None:
            raise NeedsSecond("The second key is no person's own.")
        if person is not None and self.people.same_person(view, person.name, found.principal):
            raise NeedsSecond("The second person is the one who asks.")
        return found.principal

    def _lift(self, tx: Transaction, found: Iterable[Suspension], why: str) -> None:
        for each in found:
            self.gateway.lift(tx, each, why)


def _extents(started: DrillStarted, lost: Withdrawn, share: float, probes: float) -> list[Extent]:
    """Return of which requests something is taken away: of so many probes, and so many others."""
    part = None if lost.part == 1 else lost.part
    whole = partial(Extent, drill_id=started.id, part=part, is_leased=True)
    own = whole(services=started.services, key_ids=(started.key_id,), share=_share(probes))
    live = [name for name in started.services if name not in started.shadowed]
    return [own, whole(services=live, share=_share(share))] if share and live else [own]


def _share(share: float) -> float | None:
    return None if share == 1 else share


def _said(permit: Permit | None) -> dict[str, str]:
    """Return by which policies a person was permitted something, for the audit log."""
    if permit is None:
        return {}
    return {"policies": " ".join(permit.policies), "policy_version": permit.policy_version}
