"""A scripted world for plans: two suppliers in two countries, two services, and known scores.

helpline   vendor-small, then partner-small   en-Latn  hi-Deva  ta-Taml
tutor      vendor-small                       ja-Jpan

right of 48   en-Latn  hi-Deva  ta-Taml                        ja-Jpan
vendor          36       24       30                              24
partner         30       12       4 of 4, asked otherwise
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from corridor.access import Decider
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.drills import Asked, Planning, Prediction
from corridor.gateway import Gateway, Handled
from corridor.supply_chain import Scenario, scenario_named
from support.builders import NOON
from support.clocks import StoppedClock
from support.nodes import Node, a_node
from support.quiz import an_evaluation
from support.supply import a_model, a_provider, a_supplier, an_organisation

VENDORS, PARTNERS = "ab" * 32, "cd" * 32
LANGUAGES = ("en-Latn", "hi-Deva", "ta-Taml")
RIGHT = {
    VENDORS: {"en-Latn": 36, "hi-Deva": 24, "ta-Taml": 30, "ja-Jpan": 24},
    PARTNERS: {"en-Latn": 30, "hi-Deva": 12},
}
CASES = {"vendor": ("us-labs", "US", VENDORS), "partner": ("jp-labs", "JP", PARTNERS)}


@contextmanager
def a_world(
    folder: Path, *, capacity: float | None = None, clock: Clock | None = None
) -> Generator[Node]:
    """Make the world; `capacity` is what the partner states."""
    with a_node(folder, clock=clock or StoppedClock()) as node:
        with node.runtime.store.transaction("test") as tx:
            catalogue = node.runtime.service(Catalogue)
            for name, (owner, country, sha256) in CASES.items():
                catalogue.register(tx, an_organisation(owner, country=country))
                catalogue.register(tx, a_supplier(name, organisation=owner))
                catalogue.register(tx, a_model(f"{name}-file", supplier=name, sha256=sha256))
                provider = a_provider(
                    f"{name}-small",
                    supplier=name,
                    model=f"{name}-file",
                    model_sha256=sha256,
                    requests_per_minute=capacity if name == "partner" else None,
                )
                catalogue.register(tx, provider)
                for language, right in RIGHT[sha256].items():
                    tx.append(an_evaluation(right, sha256=sha256, language=language))
        node.offer("helpline", ["vendor-small", "partner-small"], LANGUAGES)
        node.offer("tutor", ["vendor-small"], ["ja-Jpan"])
        node.issue_key("helpline", "tutor", label="caller")
        yield node


def planned(
    node: Node,
    scenario: str | Scenario = "model-withdrawn",
    *,
    country: str | None = "US",
    service: str | None = None,
    home: str | None = "IN",
    day: float | None = None,
) -> Prediction:
    """Plan for a scenario, with access as it is now."""
    wanted = scenario_named(scenario) if isinstance(scenario, str) else scenario
    asked = Asked({"country": country} if country else {}, home, service, day=day)
    with node.runtime.store.view() as view:
        node.runtime.service(Decider).refresh(view)
        return node.runtime.service(Planning).plan(view, wanted, asked)


def continuity(found: Prediction) -> dict[tuple[str, str], float | None]:
    """Return what is foretold of each line that is touched."""
    return {(each.service, each.language): each.continuity.value for each in found.lines}


def account(node: Node, requests: Iterable[tuple[str, str, int]]) -> None:
    """Write so many requests of the caller into the account, all of one hour."""
    key = node.keys_in_force()[0]
    handled = [
        Handled(
            request_id=f"{service}-{language}-{number}",
            at=NOON.timestamp(),
            caller="caller",
            target=service,
            language=language,
            provider="vendor-small",
            outcome="served",
            status=200,
            seconds=0.1,
            project=key.project,
            key_id=str(key.id),
        )
        for service, language, count in requests
        for number in range(count)
    ]
    with node.runtime.store.transaction("test") as tx:
        node.runtime.service(Gateway).account(tx, handled)
