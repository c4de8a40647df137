"""What is kept for the next request says what would be found without it, whatever has changed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVarTuple, Unpack

from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import NOON
from support.clocks import StoppedClock
from support.supply import a_provider

from corridor.gateway import Refusal
from corridor.gateway.adapters.tallies import SECONDS, Tallies
from corridor.gateway.records import Limit, Requirement, Route, Service
from corridor.gateway.rules.languages import Told
from corridor.gateway.rules.limits import Bounds, in_force, limit_table
from corridor.gateway.rules.prices import PriceBook
from corridor.gateway.rules.requests import Asked, Caller, asked
from corridor.gateway.rules.routing import Known, orders
from corridor.gateway.rules.snapshot import Snapshot
from corridor.gateway.service.lanes import Lanes, in_order
from corridor.gateway.service.limits import Limits
from corridor.gateway.settings import GatewaySettings
from corridor.gateway.store import Handled

LANGUAGES = ("hi-Deva", "en-Latn")
PROVIDERS = ("alpha", "beta")
TARGETS = ("help", "school", *PROVIDERS, "nobody")
WAYS: st.SearchStrategy[Mapping[str, object]] = st.one_of(
    st.permutations(PROVIDERS).map(lambda names: {"providers": names}),
    st.just({"providers": ("beta", "gone")}),
    st.sampled_from(("last", "refuse")).map(
        lambda what: {"requirement": Requirement.model_validate({"without_evidence": what})}
    ),
)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    services = {
        name: Service(made_at=NOON, name=name, title=name, languages=LANGUAGES)
        for name in draw(st.sets(st.sampled_from(("help", "school"))))
    }
    routes = {
        name: Route.model_validate({"made_at": NOON, "service": name, **draw(WAYS)})
        for name in services
    }
    there = draw(st.sets(st.sampled_from(PROVIDERS)))
    providers = {name: a_provider(name) for name in there}
    known = Known(providers)
    return Snapshot(0, services, routes, providers, orders=orders(services, routes, known))


Wish = tuple[tuple[str, ...], object, str]
"""What a key covers, what is asked for, and in which language."""
WISHES = st.tuples(
    st.sampled_from((("*",), ("help",), ("alpha", "school"), ())),
    st.sampled_from((*TARGETS, None, 7)),
    st.sampled_from((*LANGUAGES, "ta-Taml", "und")),
)


def a_caller(*models: str, key_id: str = "", project: str = "tests") -> Caller:
    return Caller("app", "helpdesk", project, models, key_id=key_id)


ArgsT = TypeVarTuple("ArgsT")


def came_of(find: Callable[[Unpack[ArgsT]], Asked], *given: *ArgsT) -> object:
    try:
        return find(*given)
    except Refusal as refusal:
        return refusal.status, refusal.code, refusal.message


@given(st.lists(st.tuples(snapshots(), st.lists(WISHES, max_size=12)), max_size=4))
def test_whom_a_request_concerns_is_the_same_whatever_was_asked_before(
    turns: Sequence[tuple[Snapshot, Sequence[Wish]]],
) -> None:
    lanes = Lanes()
    for snapshot, wishes in [*turns, *turns]:  # an earlier one comes again as well
        for models, target, language in wishes:
            caller = a_caller(*models)
            concerned = came_of(asked, snapshot, caller, target)
            assert came_of(lanes.asked, snapshot, caller, target) == concerned
            if isinstance(concerned, Asked) and concerned.service is not None:
                found = Told(language, "script")
                ordered = came_of(lanes.ordered, snapshot, concerned, found)
                assert ordered == came_of(in_order, snapshot, concerned, language)


LIMITS = st.fixed_dictionaries(
    {
        "made_at": st.just(NOON),
        "subject": st.sampled_from(("key", "project", "model")),
        "name": st.sampled_from(("one", "two")),
        "requests_per_minute": st.one_of(st.none(), st.integers(1, 5)),
        "priority": st.one_of(st.none(), st.integers(0, 9)),
    }
).map(Limit.model_validate)
KINDS = st.tuples(*[st.sampled_from(("one", "two", "three"))] * 3)


@given(st.lists(st.tuples(st.lists(LIMITS, max_size=4), st.lists(KINDS, max_size=8)), max_size=4))
def test_the_limits_of_a_request_are_those_in_force_whatever_was_asked_before(
    turns: Sequence[tuple[Sequence[Limit], Sequence[tuple[str, str, str]]]],
) -> None:
    limits = Limits(GatewaySettings(), StoppedClock())
    for stated, kinds in turns:
        table = limit_table(in_force(stated), {}, {})
        limits.learn(table, PriceBook())
        for key, project, target in [*kinds, *kinds]:
            caller = a_caller(key_id=key, project=project)
            found = limits.bounds_of(caller, target)
            assert found == Bounds.of(table.of("", key, project, target))
            assert found.names == tuple(f"{each.subject}:{each.name}" for each in found.limits)


def a_line(
    service: str, provider: str | None, seconds: float, tokens: int | None, cost: int | None
) -> Handled:
    return Handled(
        request_id="r",
        at=0.0,
        caller="app",
        target=service,
        language="und",
        provider=provider,
        outcome="served" if provider else "failed",
        status=200,
        seconds=seconds,
        tokens_in=tokens,
        tokens_out=tokens,
        cost=cost,
        currency=None if cost is None else "INR",
        first_byte_seconds=seconds,
    )


LINES = st.lists(
    st.builds(
        a_line,
        st.sampled_from(("help", "school")),
        st.sampled_from((None, "alpha", "beta")),
        st.one_of(st.sampled_from(SECONDS), st.floats(0, 400)),
        st.one_of(st.none(), st.integers(0, 100)),
        st.one_of(st.none(), st.integers(0, 10**9)),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(LINES)
def test_what_was_counted_adds_up_to_the_requests(lines: Sequence[Handled]) -> None:
    tallies = Tallies()
    for line in lines:
        tallies.note(line)
    found = {
        (sample.name.removeprefix("corridor_gateway_"), *sample.labels.values()): sample.value
        for family in tallies.collect()
        for sample in family.samples
    }
    for (service, provider), count in Counter((one.target, one.provider) for one in lines).items():
        outcome = "served" if provider else "failed"
        assert found["requests_total", service, provider or "none", outcome] == count
    for service in {one.target for one in lines}:
        took = [one.seconds for one in lines if one.target == service]
        for bound in SECONDS:
            shown = found["request_seconds_bucket", service, str(float(bound))]
            assert shown == sum(seconds <= bound for seconds in took)
        assert found["request_seconds_bucket", service, "+Inf"] == len(took)
        assert found["request_seconds_count", service] == len(took)
        assert abs(found["request_seconds_sum", service] - sum(took)) < 1e-6
    for provider in ("alpha", "beta"):
        mine = [one for one in lines if one.provider == provider]
        told = {name: value for name, value in found.items() if provider in name}
        untold = sum(one.tokens_in is None for one in mine)
        assert told.get(("unknown_usage_total", provider, "tokens"), 0) == untold
        tokens = sum(v for name, v in told.items() if name[0] == "tokens_total" and "in" in name)
        assert tokens == sum(one.tokens_in or 0 for one in mine)
        cost = sum(v for name, v in told.items() if name[0] == "cost_total")
        assert abs(cost * 1_000_000 - sum(one.cost or 0 for one in mine)) < 1
