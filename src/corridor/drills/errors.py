"""Why a drill cannot be held."""

from corridor.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class NothingDepends(NotFound):
    """No service's route leads to the supplier."""

    advice = "`corridor gateway services` shows the routes; withdraw a supplier that is in one."


class NodeDown(Unavailable):
    """The node's gateway does not answer, so there is nothing to measure."""

    advice = "Start the node first: corridor --home FOLDER node start."


class NoDrillAccess(Forbidden):
    """The drill may not ask what it is to measure: it needs grants, as every caller does."""

    advice = (
        "Register the service and project that drills.principal and drills.project name, and ask "
        "for its access: corridor access ask --help."
    )


class NoDuration(Invalid):
    """A duration is written as 30s, 5m or 1h."""

    advice = "Write a whole number and a unit: 30s, 5m, 1h. At most 24h."


class NothingLive(NotFound):
    """What a scenario takes away is nothing that the services of this node rest on."""

    advice = "`corridor supply-chain shock` shows what it takes away; name a supplier here instead."


class NothingThen(NotFound):
    """On the day that was asked for nothing of a scenario is gone."""

    advice = "`corridor drill plan SCENARIO` shows from which day on each thing is lost; name one of those days."


class NobodyAnswers(NotFound):
    """Nobody answers these services as it is, whatever is lost."""

    advice = "`corridor gateway services` shows the routes; `corridor access key issue` lets somebody ask."


class NoEvidence(NotFound):
    """Nobody has measured what would answer, in no language."""

    advice = "Measure it first: corridor evaluate run --help."


class NoSuchPrediction(NotFound):
    """No kept prediction has this id."""

    advice = "`corridor drill predictions` lists those that are kept."


class NotComparable(Invalid):
    """Two drills have no service and language in common."""

    advice = "Compare drills of the same services: `corridor drill list` shows what there is."


class NoStages(Invalid):
    """The stages of a drill cannot be read, or contradict each other."""

    advice = (
        "Write them as shadow:10s,canary:30s@10%,full:60s: each concerns more than the one before."
    )


class NoSchedule(Invalid):
    """A drill cannot be scheduled so."""

    advice = "`corridor drill schedule add --help` shows how."


class NoSuchSchedule(NotFound):
    """No schedule has this name."""

    advice = "`corridor drill schedule list` shows them."


class DrillRuns(Conflict):
    """One drill runs at a time."""

    advice = "`corridor drill watch` shows it; `corridor drill abort` ends it."


class IncidentRuns(Conflict):
    """Something is lost in earnest: what a drill would show now is not what it asks for."""

    advice = "`corridor gateway suspensions` and `corridor gateway objections` show what is lost."


class TouchesTooMuch(Forbidden):
    """A drill would concern more of live traffic than the operator's ceiling."""

    advice = "Drill fewer services, take a smaller canary, or raise drills.ceiling."


class NeedsSecond(Forbidden):
    """A drill would leave no service with a supplier: a second person has to agree."""

    advice = "That person gives a personal key of theirs: --second-key FILE."


class NoItems(Invalid):
    """A drill is to ask a number of items, and no probe of it has any."""

    advice = (
        "Its probes are items of the suite that the services' evidence rests on; without that, or without the suite's "
        "data here, say how long it is to last: --for."
    )


class NoDrill(NotFound):
    """No drill runs."""

    advice = "`corridor drill run --help` shows how to begin one."


class NoSuchProposal(NotFound):
    """No partner proposed such a drill to this node, nor did this node."""

    advice = "`corridor drill proposals` shows them; write NODE/ID where two ids begin alike."


class NotYours(Forbidden):
    """What only the proposer may do, or only those it asked."""

    advice = "The proposer withdraws a drill; the nodes it was proposed to accept or refuse it."


class BeyondProposal(Invalid):
    """A part would go further than was proposed."""

    advice = "Accept with fewer or shorter stages, or fewer items: --stages shadow:10s --items 12."


class NoPart(Conflict):
    """This node has no part in the drill, or nobody else has."""

    advice = "`corridor drill proposals` shows who agreed; `corridor drill run` drills alone."


class PartBegan(Conflict):
    """A node's part of a drill is begun once."""

    advice = "`corridor drill proposals` shows how it stands; propose another drill."


class OutsideWindow(Conflict):
    """A part begins within the window of its proposal, and its stages fit into what is left of it."""

    advice = "Wait for the window, accept with shorter stages, or propose another one."


class OtherScenario(Conflict):
    """Nodes that rehearse a scenario together have the very same one."""

    advice = "Run the same version of Corridor at both, or rehearse a supplier: --withdraw NAME."
