"""Planning: the whole library against all services, as scenarios, services and languages grow."""

import math
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from support import opening
from support.nodes import Node, a_node
from support.quiz import an_evaluation
from support.supply import a_model, a_provider, a_supplier, an_organisation

from benchmarks.rows import Row
from corridor.access import ApiKeys, Decider
from corridor.catalogue import Catalogue
from corridor.drills import Asked, Planning
from corridor.supply_chain import Scenario

SCENARIOS, SERVICES, TAGS, LIMIT = 50, 20, 24, 5.0
QUICK_SIZES = [(25, 10, 12), (50, 20, 12)]
SIZES = [(25, 10, 12), (100, 20, 24), (100, 40, 24), (200, 40, 24)]
MOST_EXPONENT = 1.1
Size = tuple[int, int, int]
"""Scenarios, services, languages."""
PROVIDERS, PLACES, ITEMS, CALLERS = 8, 4, 200, ("first", "second")
HOMES = ("US", "JP", "IN", "TW")
LANGUAGES = tuple(f"{first}{second}-Latn" for first in "abcdefgh" for second in "xyz")


def rows(quick: bool) -> Iterator[Row]:
    """Time plans of the whole size, of half of it in each direction, and fit how they grow."""
    whole = SCENARIOS, SERVICES, TAGS
    found: dict[Size, tuple[float, float]] = {whole: _seconds(*whole)}
    clock, processor = found[whole]
    yield Row(
        f"{_named(whole)}, by the clock", clock, "s", "5 s", clock / LIMIT, "at most 5 s",
        clock <= LIMIT,
    )  # fmt: skip
    yield Row(f"{_named(whole)}, processor time", processor, "s CPU", "5 s", processor / LIMIT)
    halves = [
        (SCENARIOS // 2, SERVICES, TAGS),
        (SCENARIOS, SERVICES // 2, TAGS),
        (SCENARIOS, SERVICES, TAGS // 2),
    ]
    for size in QUICK_SIZES if quick else (*halves, *SIZES):
        yield _grown(found, size, processor)
    exponent = grows_as([(_cells(size), cpu) for size, (_, cpu) in found.items()])
    yield Row(
        "processor time grows as cells to the power", exponent, "exponent", "1, in proportion",
        exponent, f"at most {MOST_EXPONENT}", exponent <= MOST_EXPONENT,
    )  # fmt: skip


def grows_as(found: Sequence[tuple[int, float]]) -> float:
    """Return b of the best line log(seconds) = a + b log(cells), by least squares."""
    across, up = zip(*((math.log(cells), math.log(cpu)) for cells, cpu in found), strict=True)
    return statistics.linear_regression(across, up).slope


def _grown(found: dict[Size, tuple[float, float]], size: Size, whole: float) -> Row:
    """Time plans of a size, and hold them against the whole."""
    found[size] = _seconds(*size)
    cpu = found[size][1]
    share = _cells(size) / (SCENARIOS * SERVICES * TAGS)
    name = f"{_named(size)}, {share:.3g} x the cells, processor time"
    return Row(name, cpu, "s CPU", "the whole", cpu / whole)


def _cells(size: Size) -> int:
    return math.prod(size)


def _named(size: Size) -> str:
    return "{} scenarios x {} services x {} languages".format(*size)


def scenarios(count: int) -> list[Scenario]:
    """Return different losses of one, two or three suppliers, each of a part of what it runs."""
    chance, found = random.Random(2), list[Scenario]()  # noqa: S311  no secret
    for number in range(count):
        hit = chance.sample(range(PROVIDERS), 1 + number % 3)
        part = chance.choice([40, 70, 100])
        disruptions = [
            {"kind": "supplier", "actor": f"organisation:owner{each}", "part": part} for each in hit
        ]
        stated = {"name": f"loss-{number}", "title": "A loss", "disruptions": disruptions}
        found.append(Scenario.model_validate(stated))
    return found


def _seconds(count: int, services: int, languages: int) -> tuple[float, float]:
    tags = LANGUAGES[:languages]
    with tempfile.TemporaryDirectory() as folder, a_node(Path(folder)) as node:
        _fill(node, services, tags)
        chosen, planning = scenarios(count), node.runtime.service(Planning)
        with node.runtime.store.view() as view:
            node.runtime.service(Decider).refresh(view)
            planning.plan_all(view, chosen[:1], Asked({}))  # imports, and what SQLite keeps
            clock, processor = time.perf_counter(), time.process_time()
            planning.plan_all(view, chosen, Asked({}))
            return time.perf_counter() - clock, time.process_time() - processor


def _fill(node: Node, services: int, languages: Sequence[str]) -> None:
    """Register providers with evidence in each language, services on them, and two callers."""
    chance, runtime = random.Random(1), node.runtime  # noqa: S311  no secret
    opening.LANGUAGES = tuple(languages)
    with runtime.store.transaction("benchmark") as tx:
        catalogue = runtime.service(Catalogue)
        for number in range(PROVIDERS):
            owner, supplier, sha256 = f"owner{number}", f"supplier{number}", f"{number:064x}"
            file = f"file{number}"
            catalogue.register(tx, an_organisation(owner, country=HOMES[number % len(HOMES)]))
            catalogue.register(tx, a_supplier(supplier, organisation=owner))
            catalogue.register(tx, a_model(file, supplier=supplier, sha256=sha256))
            provider = a_provider(
                f"provider{number}", supplier=supplier, model=file, model_sha256=sha256,
                requests_per_minute=100.0,
            )  # fmt: skip
            catalogue.register(tx, provider)
            for language in languages:
                outcomes = "".join(chance.choices("01", (1, 2), k=ITEMS))
                right = outcomes.count("1")
                evidence = an_evaluation(
                    right, ITEMS, sha256=sha256, language=language, outcomes=outcomes,
                    suite_sha256="ee" * 32,
                )  # fmt: skip
                tx.append(evidence)
    for number in range(services):
        route = [f"provider{(number + place) % PROVIDERS}" for place in range(PLACES)]
        node.offer(f"service{number}", route, languages)
    with runtime.store.transaction("benchmark") as tx:
        for caller in CALLERS:
            opening.make_caller(runtime, tx, caller)
            opening.open_models(runtime, tx, caller, languages=tuple(languages))
            runtime.service(ApiKeys).issue(tx, caller, opening.PROJECT, caller, ("*",))
