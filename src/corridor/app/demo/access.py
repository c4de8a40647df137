"""Who may use what in the demonstration: asked for by one person, approved by another, on evidence."""

from dataclasses import dataclass

from corridor.access import Grant, Grants, People, Requests
from corridor.app.demo.roles import LANGUAGES, PURPOSE, SERVICE
from corridor.app.demo.tiers import rate
from corridor.catalogue import Catalogue, Model, Organisation
from corridor.core.store import Transaction
from corridor.edge.runtime import Runtime

OFFICE = "helpline-office"
ASKS, APPROVES = "asha", "ravi"
APP, PROBER, DRILLS = "helpline-app", "prober", "drills"


@dataclass(frozen=True, slots=True)
class Granted:
    """One grant of the demonstration, and whether it was there already."""

    grantee: str
    grant: Grant
    found: bool


def opened(node: Runtime, models: tuple[tuple[Model, str], ...]) -> list[Granted]:
    """Rate the models, ask for them and approve, as far as an earlier run has not.

    `models` are those that the helpline uses, each with the node that serves it.
    """
    found: list[Granted] = []
    with node.store.transaction("operator") as tx:
        _people(node, tx)
        rate(node, tx, *(model for model, _ in models))
        for caller, project in ((APP, SERVICE), (PROBER, DRILLS)):
            found += [_granted(node, tx, caller, project, *each) for each in models]
    return found


def _people(node: Runtime, tx: Transaction) -> None:
    people = node.service(People)
    office = Organisation(
        made_at=node.store.clock(),
        visibility="partners",
        name=OFFICE,
        title="The helpline's office",
        country="IN",
    )
    node.service(Catalogue).register(tx, office)
    people.register(tx, ASKS, "person", OFFICE, ("operator",))
    people.register(tx, APPROVES, "person", OFFICE, ("approver",))
    for caller, project in ((APP, SERVICE), (PROBER, DRILLS)):
        people.register(tx, caller, "service", OFFICE, (), ASKS)
        people.add_project(tx, project, project.title(), OFFICE, PURPOSE)


def _granted(
    node: Runtime, tx: Transaction, caller: str, project: str, model: Model, where: str
) -> Granted:
    people, requests, grants = node.service(People), node.service(Requests), node.service(Grants)
    for standing in grants.grants(tx):
        same = (standing.grantee, standing.grant.model_sha256) == (caller, model.file.sha256)
        if same and standing.stage == "in_force":
            return Granted(caller, standing.grant, found=True)
    asks, approves = people.principal(tx, ASKS), people.principal(tx, APPROVES)
    draft = requests.new(
        tx,
        asks,
        {
            "requester": caller,
            "project": project,
            "model": model.name,
            "model_sha256": model.file.sha256,
            "node": where,
            "surface": "api",
            "purpose": PURPOSE,
            "purpose_text": "Answer simple questions of the public in their own language.",
            "use_class": "general",
            "sensitivity": "public",
            "languages": list(LANGUAGES),
            "oversight": f"{ASKS} reads a sample of the answers every week.",
            "days": 90,
        },
    )
    request = requests.submit(tx, draft.id, asks)
    grant = grants.approve(
        tx,
        request.id,
        approves,
        sha256=requests.state(tx, request.id).sha256 or "",
        reason="The evidence is there in all three languages, and a person watches over it.",
    )
    if grant is None:
        waits = "; ".join(wait.words for wait in requests.state(tx, request.id).waits)
        raise AssertionError(f"The demonstration's request waits for {waits}.")
    return Granted(caller, grant, found=False)
