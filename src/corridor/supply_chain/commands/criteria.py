"""How `corridor supply-chain concentration --criteria` shows what governments ask of an input."""

from collections.abc import Sequence

from corridor.edge.terminal import out, show_table
from corridor.supply_chain.service.criteria import Criteria

SAID = {True: "yes", False: "no", None: "not known"}


def show_criteria(found: Sequence[Criteria]) -> None:
    """Show the four tests and the supply risk of some inputs, with their sources."""
    show_table(
        "Japan's four tests for specified critical products",
        ("input", "test", "indicated", "because", "not known"),
        [
            (each.input, test.test, SAID[test.indicated], test.because, test.missing)
            for each in found
            for test in each.tests
        ],
    )
    show_table(
        "The EU's supply risk; from 1 on it counts as critical, if economic importance is 2.8 or more",
        ("input", "at least", "at most", "1 or more", "not stated"),
        [
            (
                each.input,
                f"{each.supply_risk.low:.2f}",
                "no bound" if each.supply_risk.high is None else f"{each.supply_risk.high:.2f}",
                SAID[each.supply_risk.critical],
                "; ".join(each.supply_risk.missing),
            )
            for each in found
        ],
    )
    for source in dict.fromkeys(_sources(found)):
        out.print(f"Source: {source}.", highlight=False)


def _sources(found: Sequence[Criteria]) -> list[str]:
    listed: list[str] = []
    for each in found:
        cited = each.source
        via = f", as reported by {cited.via}" if cited and cited.via else ""
        listed += [f"{cited.title}{via}"] if cited else []
        listed += [each.tests_source, each.supply_risk.formula, each.supply_risk.source or ""]
    return [each for each in listed if each]
