"""How the services of assurance are built."""

from corridor import access, assurance, evaluation
from corridor.app.services import Factories, Services
from corridor.catalogue import Catalogue


def factories(node: Services) -> Factories:
    """Return what builds each service."""
    clock, the = node.clock, node.service
    return {
        "Assurance": lambda: assurance.Assurance(clock, the(Catalogue)),
        "Trees": lambda: assurance.Trees(clock, the(Catalogue)),
        "Reviews": lambda: assurance.Reviews(clock, the(Catalogue), the(assurance.Trees)),
        "Rulebook": lambda: assurance.Rulebook(clock, the(Catalogue)),
        "Lowering": lambda: assurance.Lowering(clock, the(Catalogue), the(assurance.Assurance)),
        "Campaigns": lambda: _campaigns(node),
        "Rounds": lambda: assurance.Rounds(
            the(assurance.Campaigns), evaluation.Talks(the(evaluation.Runs))
        ),
        "Findings": lambda: _findings(node),
    }


def _campaigns(node: Services) -> "assurance.Campaigns":
    # Only here, and below: few who ask for assurance want what these take in.
    from corridor.app.enrolled import Enrolled
    from corridor.assurance.adapters.sealed import SealedTexts
    from corridor.evaluation.adapters.vault import Vault

    texts = SealedTexts(node.home / "assurance", node.service(Vault))
    members = assurance.Membership(node.clock, Enrolled(node.service(access.People)))
    return assurance.Campaigns(node.clock, node.service(Catalogue), texts, members)


def _findings(node: Services) -> "assurance.Findings":
    from corridor.federation.adapters.neighbours import HttpNeighbours
    from corridor.gateway.adapters.personal import PersonalIdentifiers

    return assurance.Findings(
        node.clock,
        node.service(Catalogue),
        node.service(assurance.Campaigns),
        PersonalIdentifiers(),
        node.service(HttpNeighbours),
    )
