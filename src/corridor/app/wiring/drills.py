"""How the services of drills are built."""

from corridor import access, drills, evaluation, federation, supply_chain
from corridor.app.services import Factories, Services
from corridor.catalogue import Catalogue
from corridor.gateway import Gateway


def factories(node: Services) -> Factories:
    """Return what builds each service."""
    return {**_foretelling(node), **_holding(node), **_agreeing(node)}


def _foretelling(node: Services) -> Factories:
    """Return what builds those that foretell, report and remind."""
    own, clock, the = node.settings.drills, node.clock, node.service
    return {
        "Reader": lambda: drills.Reader(
            own,
            clock,
            the(Catalogue),
            the(evaluation.Evaluator),
            the(Gateway),
            the(access.ApiKeys),
            the(access.People),
            the(access.Decider),
            the(supply_chain.SupplyChain),
        ),
        "Planning": lambda: drills.Planning(the(drills.Reader)),
        "Losing": lambda: drills.Losing(own, clock, the(Gateway), the(drills.Planning)),
        "Reporting": lambda: drills.Reporting(clock, the(Catalogue), the(supply_chain.SupplyChain)),
        "Reminding": lambda: drills.Reminding(the(Catalogue), the(Gateway)),
    }


def _holding(node: Services) -> Factories:
    """Return what builds those that withdraw a supplier on the running node, and measure."""
    own, clock, the = node.settings.drills, node.clock, node.service
    return {
        "Drills": lambda: drills.Drills(
            own,
            clock,
            the(Catalogue),
            the(evaluation.Evaluator),
            the(Gateway),
            the(access.ApiKeys),
            the(access.People),
            evaluation.Quizzes(the(evaluation.Runs)),
        ),
        "Rehearsals": lambda: drills.Rehearsals(
            own,
            clock,
            the(Catalogue),
            the(Gateway),
            the(access.ApiKeys),
            the(access.People),
            the(access.Permitting),
        ),
        "Conducting": lambda: _conducting(node),
        "Hosting": lambda: drills.Hosting(the(drills.Conducting)),
        "Scheduling": lambda: drills.Scheduling(
            own, clock, the(Gateway), the(drills.Rehearsals), the(drills.Hosting)
        ),
    }


def _agreeing(node: Services) -> Factories:
    """Return what builds those that agree on drills with partners, and hold this node's part."""
    own, clock, the = node.settings.drills, node.clock, node.service
    return {
        "Agreements": lambda: drills.Agreements(own, clock, the(federation.Federation)),
        "Parts": lambda: drills.Parts(the(drills.Agreements), the(drills.Hosting)),
        "Proposing": lambda: drills.Proposing(
            clock, the(drills.Agreements), the(federation.Federation), the(Catalogue), the(Gateway)
        ),
    }


def _conducting(node: Services) -> "drills.Conducting":
    # Only here: who foretells a drill asks nobody over HTTP.
    from corridor.drills.adapters.prober import HttpProbing

    the, seconds = node.service, node.settings.drills.probe_timeout_seconds
    probing = HttpProbing(node.settings.node.address, seconds, node.clock)
    return drills.Conducting(
        the(drills.Drills), the(drills.Rehearsals), the(drills.Planning), probing
    )
