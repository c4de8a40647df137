"""What counts of a drill with partners: the words of those whom they concern, each about this very proposal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.agreed import Peer
from support.clocks import StoppedClock
from support.drilled import a_result
from support.nodes import Node, a_node

from corridor.core.corrections import Correction
from corridor.core.errors import Conflict, CorridorError, Invalid, NotFound
from corridor.core.records import RecordId
from corridor.core.store import Store
from corridor.drills import (
    Agreements,
    DrillAnswered,
    DrillEnded,
    DrillProposed,
    DrillsJoined,
    DrillStarted,
    Parts,
    ProposalWithdrawn,
    Proposing,
)
from corridor.drills.errors import (
    BeyondProposal,
    IncidentRuns,
    NoPart,
    NoSuchProposal,
    NotYours,
    OtherScenario,
    OutsideWindow,
    PartBegan,
)
from corridor.drills.records import AgreedLoss, Agreement, Cited, Terms, Tripwire
from corridor.drills.rules.loss import Loss
from corridor.drills.rules.parts import cited
from corridor.drills.rules.stages import stages_in
from corridor.drills.rules.turns import ALL
from corridor.drills.service import Wanted
from corridor.drills.service.agreements import OwnPart
from corridor.federation import Exchange, Federation, PartnerUnavailable
from corridor.gateway import Gateway, Target
from corridor.supply_chain import digest, library

HOUR = timedelta(hours=1)
LOST = AgreedLoss(supplier="vendor")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def node(tmp_path: Path, clock: StoppedClock) -> Iterator[Node]:
    with a_node(tmp_path, clock=clock) as made:
        made.add_provider("vendor-small", "http://127.0.0.1:9/v1")
        made.offer("helpline", ["vendor-small"])
        yield made


@pytest.fixture
def japan(node: Node) -> Peer:
    return Peer("jp", node.runtime).introduce()


def agreeing(node: Node) -> Agreements:
    return node.runtime.service(Agreements)


def proposing(node: Node) -> Proposing:
    return node.runtime.service(Proposing)


def every(node: Node) -> list[Agreement]:
    with node.runtime.store.view() as view:
        return agreeing(node).agreements(view)


def terms(text: str = "shadow:10s,full:20s", **fields: object) -> Terms:
    return Terms.model_validate({"stages": stages_in(text), **fields})


def proposed(clock: StoppedClock, to: tuple[str, ...] = ("in",), **fields: object) -> DrillProposed:
    """Return a proposal by another node, with a window of an hour from now."""
    now = clock()
    asked = {"to": to, "lost": LOST, "begins": now, "until": now + HOUR, "terms": terms()}
    return DrillProposed.model_validate(
        {"made_at": now, "visibility": "partners", "why": "a test", **asked, **fields}
    )


def propose(node: Node, clock: StoppedClock, *to: str) -> Agreement:
    with node.runtime.store.transaction("test") as tx:
        window = (clock(), clock() + HOUR)
        return proposing(node).propose(tx, to or ("jp",), LOST, window, terms(), "a test")


def accept(
    node: Node, name: str, own: Terms | None = None, lost: AgreedLoss | None = None
) -> Agreement:
    with node.runtime.store.transaction("test") as tx:
        return proposing(node).accept(tx, name, own, lost)


def part(node: Node, name: str) -> OwnPart:
    with node.runtime.store.view() as view:
        return agreeing(node).part(view, name)


def yes(at: datetime, proposal: Cited, **fields: object) -> DrillAnswered:
    said = {"proposal": proposal, "accepted": True, "lost": LOST, "terms": terms("shadow:5s")}
    return DrillAnswered.model_validate({"made_at": at, "visibility": "partners", **said, **fields})


def begun(at: datetime, proposal: Cited | None) -> DrillStarted:
    return DrillStarted(
        made_at=at,
        visibility="partners",
        lost=(Target(kind="supplier", name="vendor"),),
        services=("helpline",),
        stages=stages_in("shadow:5s"),
        touched=0.0,
        tripwire=Tripwire(),
        key_id=RecordId("d" * 32),
        proposal=proposal,
    )


def look(node: Node) -> list[DrillsJoined]:
    """Look as the node does by itself; return what was signed by that."""
    with node.runtime.store.view() as view:
        before = list(view.own(DrillsJoined))
    agreeing(node).look(node.runtime.store)
    with node.runtime.store.view() as view:
        return list(view.own(DrillsJoined))[len(before) :]


def hold(node: Node, clock: StoppedClock, found: Agreement) -> None:
    """State that this node's part began and ended, with its result."""
    started = begun(clock(), found.proposal)
    result = a_result(id="a" * 32, drill_id=started.id, proposal=found.proposal)
    with node.runtime.store.transaction("test") as tx:
        tx.append(started)
        tx.append(result)


def test_a_partners_proposal_is_accepted_with_smaller_limits(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    entry = japan.states(proposed(clock))
    [found] = every(node)
    assert (found.state, found.part("in").state) == ("open", "unanswered")

    own = terms("shadow:5s", ceiling=0.1, without=["helpline"])
    accepted = accept(node, entry.record_id[:8], own)

    assert accepted.terms("in") == (LOST, own)
    assert part(node, entry.record_id).wanted.items == 0
    assert accepted.answers["in"].proposal == cited(entry)
    assert part(node, f"jp/{entry.record_id}").wanted.stages == own.stages


@pytest.mark.parametrize(
    "text", ["full:40s", "shadow:31s", "canary:1s@10%,full:30s", "shadow:20s,full:20s"]
)
def test_a_part_may_not_go_further_than_was_proposed(
    node: Node, japan: Peer, clock: StoppedClock, text: str
) -> None:
    entry = japan.states(proposed(clock))
    with pytest.raises(BeyondProposal):
        accept(node, entry.record_id, terms(text))
    assert every(node)[0].answers == {}
    entry = japan.states(proposed(clock, terms=terms("canary:60s@10%")))
    with pytest.raises(BeyondProposal):
        accept(node, entry.record_id, terms("canary:60s@11%"))


def test_a_part_asks_as_many_items_as_were_proposed_or_fewer_and_never_more(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    entry = japan.states(proposed(clock, terms=terms(items=24)))
    accept(node, entry.record_id)  # nothing else is said
    assert part(node, entry.record_id).wanted.items == 24
    accept(node, entry.record_id, terms(items=6))
    assert part(node, entry.record_id).wanted.items == 6
    for more in (25, "all"):
        with pytest.raises(BeyondProposal, match="more items"):
            accept(node, entry.record_id, terms(items=more))
    none = japan.states(proposed(clock))
    with pytest.raises(BeyondProposal, match="more items"):
        accept(node, none.record_id, terms(items=1))


def test_a_part_with_items_begins_only_where_the_window_has_room_for_the_most_that_they_take(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    most = 2 * agreeing(node).settings.items_seconds + 30
    until = clock() + timedelta(seconds=most)
    entry = japan.states(proposed(clock, terms=terms(items="all"), until=until))
    with pytest.raises(OutsideWindow):
        accept(node, entry.record_id, terms(items=6, begins_at=clock() + timedelta(seconds=1)))
    accept(node, entry.record_id)
    assert part(node, entry.record_id).wanted.items == ALL
    clock.advance(1)
    with pytest.raises(OutsideWindow, match=f"{most:.0f} s at most"):
        part(node, entry.record_id)
    accept(node, entry.record_id, terms())  # without items it still fits
    assert part(node, entry.record_id).wanted.items == 0
    window = (clock(), clock() + timedelta(seconds=most - 1))
    with node.runtime.store.transaction("test") as tx, pytest.raises(OutsideWindow):
        proposing(node).propose(tx, ["jp"], LOST, window, terms(items=6), "a test")


def test_what_is_lost_must_be_known_here_by_its_own_name(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    entry = japan.states(proposed(clock, lost=AgreedLoss(supplier="their-vendor")))
    with pytest.raises(NotFound) as refusal:
        accept(node, entry.record_id)
    assert "--withdraw" in str(refusal.value.hint)
    with pytest.raises(NotFound):
        accept(node, entry.record_id, terms(without=["nowhere"]), LOST)
    assert accept(node, entry.record_id, lost=LOST).terms("in") == (LOST, terms())


def a_scenario(**fields: object) -> AgreedLoss:
    said = {"scenario": "model-withdrawn", "parameters": {"country": "US"}}
    pinned = {"scenario_sha256": digest(library()["model-withdrawn"])}
    return AgreedLoss.model_validate({**said, **pinned, **fields})


def test_a_scenario_is_proposed_as_this_node_has_it(node: Node, clock: StoppedClock) -> None:
    Peer("jp", node.runtime).introduce()
    with node.runtime.store.transaction("test") as tx:
        window, asked = (clock(), clock() + HOUR), a_scenario(scenario_sha256=None, home="IN")
        ours = proposing(node).propose(tx, ["jp"], asked, window, terms(), "a test")
    assert ours.proposed.lost == a_scenario(home="IN")
    assert str(ours.proposed.lost) == "model-withdrawn/US"
    for name, given in (
        ("nothing-lost", {}),
        ("model-withdrawn", {}),
        ("model-withdrawn", {"x": "y"}),
    ):
        asked = a_scenario(scenario=name, parameters=given)
        with pytest.raises(CorridorError), node.runtime.store.transaction("test") as tx:
            proposing(node).propose(tx, ["jp"], asked, window, terms(), "a test")


def test_a_scenario_is_accepted_only_as_both_have_it_and_asked_from_home(
    node: Node, japan: Peer, clock: StoppedClock, tmp_path: Path
) -> None:
    entry = japan.states(proposed(clock, lost=a_scenario(home="JP", worse=True)))
    accept(node, entry.record_id)
    loss = part(node, entry.record_id).loss
    assert (loss.scenario, loss.home) == (library()["model-withdrawn"], None)
    assert (loss.parameters, loss.worse) == ({"country": "US"}, True)
    accept(node, entry.record_id, lost=a_scenario(home="IN", scenario_sha256=None))
    assert part(node, entry.record_id).loss.home == "IN"
    with pytest.raises(BeyondProposal):
        accept(node, entry.record_id, lost=a_scenario(scenario="cloud-region-lost"))

    (tmp_path / "own.yaml").write_text("name: own\n")
    for other in ({"scenario_sha256": "0" * 64}, {"scenario": "own.yaml"}):
        theirs = japan.states(proposed(clock, lost=a_scenario(**other)))
        with pytest.raises(OtherScenario):
            accept(node, theirs.record_id)
        assert accept(node, theirs.record_id, lost=LOST).terms("in") == (LOST, terms())


def test_only_who_was_asked_answers_and_only_the_proposer_withdraws(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    theirs, ours = japan.states(proposed(clock)), propose(node, clock)
    own = ours.proposal.record_id
    with node.runtime.store.transaction("test") as tx:
        with pytest.raises(NotYours):
            proposing(node).withdraw(tx, theirs.record_id, "no")
        with pytest.raises(NotYours):
            proposing(node).accept(tx, own)
        with pytest.raises(NotYours):
            proposing(node).refuse(tx, own, "no")
    japan.states(ProposalWithdrawn(made_at=clock(), proposal_id=own, why="not theirs"))
    assert every(node)[1].state == "open"


def test_what_is_proposed_to_others_alone_is_no_affair_of_this_node(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    entry = japan.states(proposed(clock, to=("kr",)))
    assert every(node) == []
    with pytest.raises(NoSuchProposal):
        accept(node, entry.record_id)


def test_a_proposal_of_a_node_that_is_no_partner_is_not_accepted(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    stranger = Peer("kr", node.runtime)
    entry = stranger.states(proposed(clock))
    with pytest.raises(NotYours):
        accept(node, entry.record_id)
    with pytest.raises(NotFound):
        propose(node, clock, "kr")

    theirs = japan.states(proposed(clock))
    accept(node, theirs.record_id)
    with node.runtime.store.transaction("test") as tx:
        node.runtime.service(Federation).suspend(tx, "jp", "it lies")
    with pytest.raises(NotYours):  # nor is a part begun any more
        part(node, theirs.record_id)
    with pytest.raises(Conflict):
        propose(node, clock, "jp")


def test_an_answer_of_the_wrong_node_counts_for_nothing(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    korea = Peer("kr", node.runtime).introduce()
    ours = propose(node, clock, "jp")
    korea.states(yes(clock(), ours.proposal))
    korea.states(begun(clock(), ours.proposal))

    [found] = every(node)
    assert found.answers == {}
    assert [each.node for each in found.parts] == ["in", "jp"]
    with pytest.raises(NoPart, match="Nobody has accepted"):
        part(node, ours.proposal.record_id)

    japan.states(yes(clock(), ours.proposal))
    assert part(node, ours.proposal.record_id).wanted.agreed is not None


@pytest.mark.parametrize(
    "changed",
    [{"sha256": "0" * 64}, {"position": 999}, {"issuer": "jp"}, {"record_id": "0" * 32}],
)
def test_what_names_another_proposal_says_nothing_of_this_one(
    node: Node, japan: Peer, clock: StoppedClock, changed: dict[str, object]
) -> None:
    ours = propose(node, clock)
    other = ours.proposal.model_copy(update=changed)
    japan.states(yes(clock(), other))
    japan.states(started := begun(clock(), other))
    japan.states(a_result(id="b" * 32, drill_id=started.id, proposal=other))

    [found] = every(node)
    assert found.part("jp").state == "unanswered"
    assert found.part("jp").result is None


def test_a_proposal_that_was_put_right_has_to_be_accepted_anew(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    first = japan.states(proposed(clock))
    accept(node, first.record_id)
    second = japan.states(larger := proposed(clock, terms=terms("full:50s")))
    japan.states(
        Correction(
            made_at=clock(), record=first.record_id, replacement=larger.id, reason="more of it"
        )
    )

    with pytest.raises(NoSuchProposal):
        part(node, first.record_id)
    with pytest.raises(NoPart):
        part(node, second.record_id)
    assert accept(node, second.record_id).part("in").state == "awaited"


def test_another_nodes_proposal_that_a_partner_replays_is_its_own_and_not_the_others(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    korea = Peer("kr", node.runtime).introduce()
    original = proposed(clock)
    japan.states(original)
    accept(node, original.id)
    korea.states(original)

    with pytest.raises(NoSuchProposal):  # it has to be said whose is meant
        part(node, original.id)
    assert part(node, f"jp/{original.id}").name.startswith("jp/")
    with pytest.raises(NoPart):
        part(node, f"kr/{original.id}")


def test_a_part_is_begun_once_and_not_answered_again(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    entry = japan.states(proposed(clock))
    hold(node, clock, accept(node, entry.record_id))
    for again in (part, accept):
        with pytest.raises(PartBegan):
            again(node, entry.record_id)
    with node.runtime.store.transaction("test") as tx, pytest.raises(PartBegan):
        proposing(node).refuse(tx, entry.record_id, "too late")


def test_a_part_is_held_within_the_window_alone(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    late = japan.states(proposed(clock, begins=clock() + HOUR / 2))
    accept(node, late.record_id)
    with pytest.raises(OutsideWindow, match="begins"):
        part(node, late.record_id)
    clock.advance(HOUR.total_seconds() - 30)
    assert part(node, late.record_id).wanted.stages == terms().stages
    clock.advance(1)
    with pytest.raises(OutsideWindow, match="over"):
        part(node, late.record_id)
    gone = japan.states(proposed(clock, begins=clock() - HOUR, until=clock() - HOUR / 2))
    with pytest.raises(OutsideWindow):
        accept(node, gone.record_id)
    assert every(node)[1].state == "over"


@dataclass
class Starter:
    """Begins drills by writing down that they began; or fails as often as it is told."""

    clock: StoppedClock
    failures: int = 0
    asked: int = 0

    def start(self, store: Store, loss: Loss, wanted: Wanted) -> DrillStarted:
        self.asked += 1
        if self.failures:
            self.failures -= 1
            raise IncidentRuns("Something is lost in earnest.")
        assert (loss.supplier, wanted.agreed is not None) == ("vendor", True)
        with store.transaction("test") as tx:
            tx.append(started := begun(self.clock(), wanted.agreed and wanted.agreed.proposal))
        return started


def test_a_part_begins_by_itself_at_its_time_once_somebody_accepted_and_never_twice(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    store, starter = node.runtime.store, Starter(clock)
    parts = Parts(agreeing(node), starter)
    with store.transaction("test") as tx:
        own = terms(begins_at=clock() + HOUR / 2)
        window = (clock(), clock() + HOUR)
        ours = proposing(node).propose(tx, ["jp"], LOST, window, own, "a test")
    theirs = japan.states(proposed(clock))
    accept(node, theirs.record_id)  # an operator begins this one
    clock.advance(HOUR.total_seconds() / 2)
    assert parts.look(store) == []  # nobody has accepted

    japan.states(yes(clock(), ours.proposal))
    assert [each.proposal for each in parts.look(store)] == [ours.proposal]
    assert parts.look(store) == []
    assert starter.asked == 1


def test_a_part_that_can_not_begin_is_tried_again_later_and_not_at_every_look(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    store, starter = node.runtime.store, Starter(clock, failures=1)
    accept(node, japan.states(proposed(clock)).record_id, terms(begins_at=clock()))
    parts = Parts(agreeing(node), starter)
    assert [parts.look(store), parts.look(store)] == [[], []]
    assert starter.asked == 1
    assert len(Parts(agreeing(node), starter).look(store)) == 1  # as after a restart


def test_a_part_that_begins_by_itself_fits_into_the_window(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    entry = japan.states(proposed(clock))
    for moment in (-HOUR, HOUR):
        with pytest.raises(OutsideWindow):
            accept(node, entry.record_id, terms(begins_at=clock() + moment))


def test_a_withdrawn_proposal_is_neither_accepted_nor_begun(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    first, second = japan.states(proposed(clock)), japan.states(proposed(clock))
    accept(node, first.record_id)
    for entry in (first, second):
        japan.states(
            ProposalWithdrawn(made_at=clock(), proposal_id=entry.record_id, why="under repair")
        )
    with pytest.raises(NoPart, match="under repair"):
        part(node, first.record_id)
    with pytest.raises(NoPart, match="under repair"):
        accept(node, second.record_id)


@pytest.mark.usefixtures("japan")
def test_a_proposal_that_makes_no_sense_is_refused_whole(node: Node, clock: StoppedClock) -> None:
    now = clock()
    for window in ((now, now - HOUR), (now - 2 * HOUR, now - HOUR), (now, now + HOUR / 200)):
        with pytest.raises(CorridorError), node.runtime.store.transaction("test") as tx:
            proposing(node).propose(tx, ["jp"], LOST, window, terms(), "a test")
    with pytest.raises(Invalid), node.runtime.store.transaction("test") as tx:
        proposing(node).propose(tx, ["jp", "jp"], LOST, (now, now + HOUR), terms(), "a test")
    assert every(node) == []


def test_each_end_is_joined_once_and_again_when_a_result_arrives(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    ours = propose(node, clock)
    japan.states(yes(clock(), ours.proposal))
    assert look(node) == []  # its own part is not over
    hold(node, clock, ours)
    [first] = look(node)
    assert (first.own.state, first.others[0].state) == ("finished", "awaited")
    started = begun(clock(), ours.proposal)
    japan.states(started)
    assert look(node) == []  # that it runs is told when it is over

    theirs = japan.states(a_result(id="b" * 32, drill_id=started.id, proposal=ours.proposal))
    [second] = look(node)

    assert (second.others[0].state, second.others[0].result) == ("finished", cited(theirs))
    assert second.others[0].entries == 3
    assert look(node) == []
    with node.runtime.store.view() as view:
        assert agreeing(node).joined(view, ours.proposal) == second
        assert [each.id for each in view.own(DrillsJoined)] == [first.id, second.id]


def test_a_part_without_a_result_is_silent_once_the_window_is_over(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    ours = propose(node, clock)
    japan.states(yes(clock(), ours.proposal))
    started = begun(clock(), ours.proposal)
    japan.states(started)
    hold(node, clock, ours)
    [first] = look(node)
    assert first.others[0].state == "running"
    clock.advance(HOUR.total_seconds() + 60)
    assert look(node) == []  # it may be probing after its stages
    clock.advance(61)
    [second] = look(node)
    assert (second.others[0].state, second.others[0].result) == ("silent", None)

    japan.states(
        DrillEnded(made_at=clock(), drill_id=started.id, how="lapsed", why="nothing was heard")
    )
    [third] = look(node)
    assert (third.others[0].state, third.others[0].how) == ("ended early", "lapsed")


def test_a_proposal_that_waits_for_an_answer_is_logged_once(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    entry, store = japan.states(proposed(clock)), node.runtime.store
    propose(node, clock)  # the own one asks nobody here
    with capture_logs() as logs:
        glance = agreeing(node).look(store)
        glance = agreeing(node).look(store, glance)
        accept(node, entry.record_id)
        agreeing(node).look(store, glance)
    told = [each["proposal"] for each in logs if each["event"] == "drill.proposal.waits"]
    assert told == [f"jp/{entry.record_id}"]


def test_a_partner_whose_log_can_not_be_read_for_a_while_is_silent(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    ours = propose(node, clock)
    japan.states(yes(clock(), ours.proposal))
    started = begun(clock(), ours.proposal)
    japan.states(started)
    hold(node, clock, ours)
    runtime = node.runtime
    with runtime.store.view() as view:
        partner = runtime.service(Federation).partner(view, "jp")

    def fails() -> None:
        with runtime.store.transaction("test") as tx:
            gone = PartnerUnavailable("jp does not answer.")
            runtime.service(Exchange).note_failure(tx, partner, gone)

    assert [each.others[0].state for each in look(node)] == ["running"]
    fails()
    assert [each.others[0].state for each in look(node)] == ["silent"]
    assert look(node) == []

    theirs = japan.states(a_result(id="b" * 32, drill_id=started.id, proposal=ours.proposal))
    [later] = look(node)
    assert (later.others[0].state, later.others[0].result) == ("finished", cited(theirs))


def test_nothing_that_partners_state_of_drills_suspends_anything_here(
    node: Node, japan: Peer, clock: StoppedClock
) -> None:
    entry = japan.states(proposed(clock))
    japan.states(begun(clock(), cited(entry)))
    with node.runtime.store.view() as view:
        gateway = node.runtime.service(Gateway)
        assert gateway.suspensions(view) == []
        assert gateway.proposals(view) == []
        assert [each for each in gateway.stated(view)] == []


def test_answers_have_terms_or_a_reason() -> None:
    place = Cited(issuer="jp", record_id=RecordId("0" * 32), position=0, sha256="0" * 64)
    now = StoppedClock()()
    with pytest.raises(ValueError, match="refusal says why"):
        DrillAnswered(made_at=now, proposal=place, accepted=False)
    with pytest.raises(ValueError, match="has terms"):
        DrillAnswered(made_at=now, proposal=place, accepted=True, lost=LOST)
    with pytest.raises(ValueError, match="a supplier, or a scenario"):
        AgreedLoss()
