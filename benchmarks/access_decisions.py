"""How long a decision takes from memory, with 1,000 policies and 10,000 grants, beside bare Cedar.

Each of 10,000 people has a grant of one of 100 models. Uncached is the first decision on a
person's query: facts are found, the policies ask them, a decision is made of both. Cached is the
same query again. Bare Cedar is one call of `cedarpy` with the shipped policies alone, parsed, and
the facts of the same queries as ready JSON, in turn with ours. The times are of the processor.
"""

import gc
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import cedarpy
from support.builders import NOON
from support.standing import (
    DIGEST,
    HERE,
    LANGUAGE,
    MODEL,
    PROJECT,
    PURPOSE,
    SECRETS,
    USER,
    arrivals_of,
)

from benchmarks.access_policies import (
    BLOCK,
    LIMIT,
    POLICIES,
    SHAPES,
    answered,
    share_below,
    written,
)
from benchmarks.rows import Row
from corridor.access.adapters.cedar import CedarEngine
from corridor.access.records import Facts, Grant, Principal, Query, VerifiedClaim
from corridor.access.rules.state import State, folded
from corridor.access.service.decider import Decider
from corridor.access.service.policies import Policies
from corridor.access.settings import AccessSettings
from corridor.assurance import RiskTier
from corridor.core.clock import wall_clock
from corridor.core.records import Record, RecordId
from corridor.core.store import Kept
from corridor.evaluation import Evaluation

GRANTS, QUICK_GRANTS = 10_000, 1_000
MODELS = 100
CACHED_LIMIT = 5.0
"""Microseconds."""
BASE = Query(USER, PROJECT, MODEL, DIGEST, purpose=PURPOSE, language=LANGUAGE)
AGAIN = 20
"""Cached decisions are measured in groups of so many, for the clock takes as long as one."""


def rows(quick: bool) -> Iterator[Row]:
    """Measure decisions: the first on a query, and those after it."""
    count = QUICK_GRANTS if quick else GRANTS
    engine = CedarEngine()
    own = POLICIES - len(engine.policies({}).loaded)
    texts = {"own": "".join(written(SHAPES[n % len(SHAPES)], n) for n in range(own))}
    policies = engine.policies(texts)
    began = time.process_time()
    state = a_state(count)
    yield Row(f"folding {count:,} grants of {count:,} people", time.process_time() - began, "s CPU")
    decider = Decider.at(AccessSettings(), _clock, SECRETS, Policies(_clock, engine), HERE)
    decider.learn(state, policies)
    queries = [a_query(n) for n in range(count)]
    random.Random(20261122).shuffle(queries)  # noqa: S311  nobody is to guess
    gc.freeze()

    shipped = cedarpy.PolicySet.from_str(engine.shipped)
    found, bare, facts_of = list[float](), list[float](), list[float]()
    for start in range(0, count, BLOCK):
        block = queries[start : start + BLOCK]
        facts_of += looked_up(decider, block)
        found += decided(decider, block)
        bare += answered(shipped, [(query.principal, facts(decider, query)) for query in block])
    allowed = sum(decider.decide(query).allowed for query in queries)
    if allowed != count:
        raise AssertionError(f"Only {allowed} of {count} are allowed.")
    bare_name = "bare cedarpy.is_authorized, shipped policies"
    bare_median = statistics.median(bare)
    yield Row(bare_name, bare_median, "µs CPU")
    yield Row("facts of a query", statistics.median(facts_of), "µs CPU")
    name = f"decision, uncached, {POLICIES:,} policies and {count:,} grants"
    median = statistics.median(found)
    against = (bare_name, median / bare_median)
    target = f"at most {LIMIT:.0f} µs at the median"
    yield Row(name, median, "µs CPU", *against, target, median <= LIMIT)
    yield Row("decision, uncached, 95 of 100", share_below(found, 0.95), "µs CPU")

    repeated = again(decider, queries)
    median = statistics.median(repeated)
    target = f"at most {CACHED_LIMIT:.0f} µs at the median"
    yield Row(
        "decision, cached",
        median,
        "µs CPU",
        bare_name,
        median / bare_median,
        target,
        median <= CACHED_LIMIT,
    )
    yield Row("decision, cached, 95 of 100", share_below(repeated, 0.95), "µs CPU")


def decided(decider: Decider, queries: Sequence[Query]) -> list[float]:
    """Return how long each decision takes, in microseconds."""
    found = list[float]()
    for query in queries:
        began = time.process_time_ns()
        decider.decide(query)
        found.append((time.process_time_ns() - began) / 1000)
    return found


def looked_up(decider: Decider, queries: Sequence[Query]) -> list[float]:
    """Return how long it takes to find the facts of each query, in microseconds."""
    found = list[float]()
    for query in queries:
        began = time.process_time_ns()
        decider.finder.candidates(decider.state, query, NOON)
        found.append((time.process_time_ns() - began) / 1000)
    return found


def again(decider: Decider, queries: Sequence[Query]) -> list[float]:
    """Return how long a decision takes that was made before, in microseconds."""
    found = list[float]()
    for query in queries:
        equal = [replace(query) for _ in range(AGAIN)]  # each request brings one of its own
        began = time.process_time_ns()
        for each in equal:
            decider.decide(each)
        found.append((time.process_time_ns() - began) / 1000 / AGAIN)
    return found


def facts(decider: Decider, query: Query) -> Facts:
    """Return the facts of a query."""
    return decider.finder.candidates(decider.state, query, NOON)[0].facts


def a_query(number: int) -> Query:
    """Return what one of the people asks."""
    return replace(
        BASE,
        principal=name_of(number),
        model=f"{MODEL}-{number % MODELS}",
        model_sha256=digest_of(number),
    )


def a_state(count: int) -> State:
    """Return what is known where each of many people has a grant of one of many models."""
    arrivals = arrivals_of({})
    many = [each for kept in arrivals for each in _copies(kept, count)]
    return folded(HERE, {}, many, head=len(many))


def _copies(kept: Kept[Record], count: int) -> Iterator[Kept[Record]]:
    record = kept.record
    changes: list[dict[str, object]] = [{}]
    match record:
        case Principal():
            changes = [{"name": name_of(n)} for n in range(count)]
        case VerifiedClaim():
            changes = [{"principal": name_of(n)} for n in range(count)]
        case Grant():
            changes = [
                {
                    "id": RecordId(f"{n:032x}"),
                    "grantee": SECRETS.pseudonym(name_of(n), HERE),
                    "model": f"{MODEL}-{n % MODELS}",
                    "model_sha256": digest_of(n),
                }
                for n in range(count)
            ]
        case RiskTier() | Evaluation():
            changes = [{"model_sha256": digest_of(n)} for n in range(MODELS)]
        case _:
            pass
    for change in changes:
        yield Kept(kept.entry, record.model_copy(update=change))


def name_of(number: int) -> str:
    """Return the name of one of the people."""
    return f"{USER}-{number}"


def digest_of(number: int) -> str:
    """Return the digest of the model that one of the people uses."""
    return f"{number % MODELS:064x}"


def _clock() -> datetime:
    wall_clock()  # so that it costs what a clock does
    return NOON
