"""Why a drill cannot be held."""

from corridor.core.errors import Forbidden, Invalid, NotFound, Unavailable


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


class NoEvidence(NotFound):
    """Nobody has measured what would answer, in no language."""

    advice = "Measure it first: corridor evaluate run --help."


class NoSuchPrediction(NotFound):
    """No kept prediction has this id."""

    advice = "`corridor drill predictions` lists those that are kept."


class NotComparable(Invalid):
    """Two drills have no service and language in common."""

    advice = "Compare drills of the same services: `corridor drill list` shows what there is."
