"""Measures with sensible defaults, and chains of inputs with measures that fit them."""

from itertools import pairwise

from hypothesis import strategies as st

from corridor.supply_chain import Graph, graph_of
from corridor.supply_chain.rules.plans.measures import Measure
from support.chains import a_need, a_share, a_table, an_actor, an_input


def a_measure(kind: str, **fields: object) -> Measure:
    stated = {"name": f"{kind}-1", "title": "A measure", "kind": kind, "source": "a report"}
    return Measure.model_validate({**stated, **fields})


SIZES = st.integers(0, 100)


@st.composite
def measures_of_chains(draw: st.DrawFn) -> Measure:
    """A measure on one of i0 … i3, each of which the next one needs; i4 is needed by nothing."""
    name = f"i{draw(st.integers(0, 3))}"
    match draw(st.sampled_from(("second-source", "stock", "substitution"))):
        case "second-source":
            part, lead = draw(SIZES), draw(SIZES)
            return a_measure("second-source", input=name, part=part, country="IN", lead_days=lead)
        case "stock":
            return a_measure("stock", input=name, days=draw(SIZES) + 1)
        case _:
            by = f"i{draw(st.integers(0, 4))}"
            return a_measure("substitution", input=name, by=by, part=draw(SIZES))


@st.composite
def stories(draw: st.DrawFn) -> tuple[Graph, list[Measure]]:
    """A chain i0 > i1 > … > helpline with more needs across, and measures that fit it."""
    names = ["i0", "i1", "i2", "i3", "helpline"]
    across = [(a, b) for at, a in enumerate(names) for b in names[at + 2 :]]
    more = draw(st.lists(st.sampled_from(across), max_size=5, unique=True))
    needs = [a_need(a, b) for a, b in pairwise(names)]
    needs += [
        a_need(a, b, essentiality=1, quantity=draw(st.none() | st.just(0.2))) for a, b in more
    ]
    shares = [
        a_share("jp-one", draw(st.sampled_from([20.0, 60.0])), input=name)
        for name in draw(st.lists(st.sampled_from(names[:4]), min_size=1, unique=True))
    ]
    inputs = tuple(an_input(name) for name in (*names, "i4"))
    graph = graph_of([a_table(shares, needs, actors=(an_actor("jp-one", "JP"),), inputs=inputs)])
    found = draw(st.lists(measures_of_chains(), min_size=1, max_size=4))
    return graph, [m.model_copy(update={"name": f"m{at}"}) for at, m in enumerate(found)]
