"""How long a ruling takes that was not made before, under 1,000 policies, beside bare Cedar.

The operator's policies name principals, organisations, purposes and tiers; each request is another
one. Bare Cedar is one call of `cedarpy` with parsed policies and all facts as ready JSON, so that
what the node adds (choosing the policies, writing the facts) is on the node's side only. Both
are measured in turn, in blocks of requests; the measure is the median of the processor's time, which
is all the time that passes where nothing else runs: a ruling waits for nothing.
"""

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import cedarpy
import orjson

from benchmarks.rows import Row
from corridor.access.adapters.cedar import CedarEngine, CedarPolicies
from corridor.access.adapters.policy_cases import shipped_case_file
from corridor.access.records import Facts

POLICIES = 1_000
REQUESTS = 2_000
QUICK_REQUESTS = 200
BLOCK = 50
LIMIT = 100.0
"""Microseconds that a ruling may take at the median."""
DIGEST = "ab" * 32
NOTHING = cedarpy.Entities.from_json_str("[]")  # pyright: ignore[reportUnknownMemberType]
SHAPES = (
    'principal == Principal::"p{n}", action, resource) when {{ context.tier > 1 && context.hour < 6 }};',
    'principal, action, resource) when {{ context.organisation == "org-{n}" && context.evidence_days > 90 }};',
    'principal, action, resource) when {{ context.purpose == "purpose-{n}" && !context.overseer }};',
    'principal, action, resource) when {{ context.tier == {tier} && context.country == "C{n}" && context.hour > 21 }};',
)
ALL_CAN_MATTER = "principal, action, resource) when {{ context.hour > {n} && context.tier > 1 }};"

Asked = tuple[str, Facts]


def rows(quick: bool) -> Iterator[Row]:
    """Measure rulings under many policies, and what it takes to load them."""
    chance = random.Random(20261122)  # noqa: S311  nobody is to guess
    requests = some_requests(QUICK_REQUESTS if quick else REQUESTS, chance)
    engine = CedarEngine()
    count = POLICIES - len(engine.policies({}).loaded)
    texts = {f"own-{n // 50}": "" for n in range(count)}
    for n in range(count):
        texts[f"own-{n // 50}"] += written(SHAPES[n % len(SHAPES)], n)
    began = time.process_time()
    policies = engine.policies(texts)
    yield Row(f"loading {POLICIES:,} policies", (time.process_time() - began) * 1e3, "ms CPU")
    began = time.process_time()
    engine.policies({**texts, "one-more": written(SHAPES[0], POLICIES)})
    yield Row("loading one text more", (time.process_time() - began) * 1e3, "ms CPU")

    yield from rulings(engine, policies, requests)

    none = "\n".join(written(ALL_CAN_MATTER, n) for n in range(count))
    wide = engine.policies({"own": none})
    some = requests[: max(len(requests) // 20, 10)]
    yield Row(
        f"uncached ruling, {POLICIES:,} policies that all can matter",
        statistics.median(ruled(wide, some)),
        "µs CPU",
    )


def rulings(
    engine: CedarEngine, policies: CedarPolicies, requests: Sequence[Asked]
) -> Iterator[Row]:
    """Measure rulings: the first of their kind, and those after it, in turn with bare Cedar."""
    first = ruled(policies, requests)
    shipped = cedarpy.PolicySet.from_str(engine.shipped)
    whole = cedarpy.PolicySet.from_str("\n".join(policies.texts.values()))
    ours, bare = list[float](), list[float]()
    for start in range(0, len(requests), BLOCK):
        block = requests[start : start + BLOCK]
        ours += ruled(policies, block)
        bare += answered(shipped, block)
    bare_whole = answered(whole, requests[: len(requests) // 10])
    bare_name = f"bare cedarpy, {len(shipped)} shipped policies"
    bare_median = statistics.median(bare)
    yield Row(bare_name, bare_median, "µs CPU")
    yield Row(f"bare cedarpy, all {POLICIES:,}", statistics.median(bare_whole), "µs CPU")
    for name, found in (("", ours), (" for the first time", first)):
        median = statistics.median(found)
        yield Row(
            f"uncached ruling{name}, {POLICIES:,} policies",
            median,
            "µs CPU",
            bare_name,
            median / bare_median,
            f"at most {LIMIT:.0f} µs at the median",
            median <= LIMIT,
        )
        yield Row(f"uncached ruling{name}, 95 of 100", share_below(found, 0.95), "µs CPU")


def ruled(policies: CedarPolicies, requests: Sequence[Asked]) -> list[float]:
    """Return how long each ruling takes, in microseconds."""
    found = list[float]()
    for who, facts in requests:
        began = time.process_time_ns()
        policies.rule(who, DIGEST, facts)
        found.append((time.process_time_ns() - began) / 1000)
    return found


def answered(policies: cedarpy.PolicySet, requests: Sequence[Asked]) -> list[float]:
    """Return how long Cedar takes for each with nothing of ours, all facts as ready JSON."""
    found = list[float]()
    for who, facts in requests:
        request = {
            "principal": {"type": "Principal", "id": who},
            "action": {"type": "Action", "id": "use"},
            "resource": {"type": "Model", "id": DIGEST},
            "context": orjson.dumps(facts).decode(),
        }
        began = time.process_time_ns()
        cedarpy.is_authorized(request, policies, NOTHING)  # pyright: ignore[reportUnknownMemberType]
        found.append((time.process_time_ns() - began) / 1000)
    return found


def some_requests(count: int, chance: random.Random) -> list[Asked]:
    """Return requests of people of many organisations, for many purposes, at all tiers."""
    base = shipped_case_file()[1]
    found = list[Asked]()
    for _ in range(count):
        n, tier = chance.randrange(POLICIES), chance.randrange(4)
        facts = replace(
            base,
            organisation=f"org-{n}",
            country=f"C{chance.randrange(200)}",
            purpose=f"purpose-{chance.randrange(POLICIES)}",
            tier=tier,
            grant_tier=tier,
            hour=chance.randrange(24),
            evidence_days=chance.randrange(200),
            language=chance.choice(("hi-Deva", "ja-Jpan", "ta-Taml")),
        )
        found.append((f"p{n}", facts))
    return found


def written(shape: str, n: int) -> str:
    """Return one policy of a shape."""
    return f'@id("own-{n}") forbid({shape.format(n=n, tier=n % 4)}\n'


def share_below(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of them lies."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
