"""Drills side by side: what is better or worse beyond noise."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drilled import a_figure, a_line, a_quality, a_result
from support.nodes import Node, a_node
from typer.testing import CliRunner

from corridor.core.errors import NotFound
from corridor.drills import DrillResult, Figure, Line
from corridor.drills.commands import commands
from corridor.drills.errors import NotComparable
from corridor.drills.records import Requests
from corridor.drills.rules.comparing import compared, difference, lines_compared, verdict
from corridor.drills.rules.figures import UNKNOWN
from corridor.drills.service.comparing import compare

figures = st.integers(1, 200).flatmap(
    lambda n: st.integers(0, n).map(lambda right: a_figure(right, n))
)


def measured(
    language: str, right: int, of: int, *, record: str = "a", failed: int = 0, sent: int = 100
) -> Line:
    """Return a line whose continuity is a plain share, on evidence of its own."""
    after = a_quality("partner-small", a_figure(right, of))
    assert after.source is not None
    source = after.source.model_copy(update={"record_id": record * 32})
    requests = Requests(sent=sent, served=sent - failed, moved=0, failed=failed)
    return a_line(language).model_copy(
        update={
            "after": after.model_copy(update={"source": source}),
            "continuity": a_figure(right, of),
            "requests": requests,
        }
    )


class TestDifferences:
    def test_a_known_value(self) -> None:
        """56 of 70 less 48 of 80: Newcombe, Stat. Med. 17 (1998) 873, table II (a), method 10."""
        found = difference(a_figure(56, 70), a_figure(48, 80))

        assert found.value == pytest.approx(0.2)
        assert found.low == pytest.approx(0.0524, abs=5e-5)
        assert found.high == pytest.approx(0.3339, abs=5e-5)

    @given(figures, figures)
    def test_the_other_way_round_it_is_the_other_way_round(self, a: Figure, b: Figure) -> None:
        one, two = difference(a, b), difference(b, a)

        assert one.low is not None
        assert two.high is not None
        assert one.low == pytest.approx(-two.high)
        assert verdict(one, more_is_better=True) == verdict(two, more_is_better=False)

    @given(figures)
    def test_the_same_figures_are_no_difference(self, figure: Figure) -> None:
        assert (
            verdict(difference(figure, figure), more_is_better=True) == "no difference beyond noise"
        )

    def test_without_a_bound_nothing_is_said_on_that_side(self) -> None:
        open_ = Figure(value=2.0, low=1.5, high=None)

        assert verdict(difference(open_, a_figure(10)), more_is_better=True) == "better"
        assert difference(open_, a_figure(10)).high is None
        assert verdict(difference(UNKNOWN, open_), more_is_better=True) == "unknown"


class TestLines:
    def test_better_worse_and_noise_are_told_apart_by_language_the_worse_first(self) -> None:
        first = a_result(
            measured("en-Latn", 50, 100), measured("hi-Deva", 50, 100), measured("ta-Taml", 5, 10)
        )
        second = a_result(
            measured("en-Latn", 80, 100, record="b"),
            measured("hi-Deva", 20, 100, record="b"),
            measured("ta-Taml", 6, 10, record="b"),
        )

        found = lines_compared(first, second)

        assert [(each.language, each.continuity) for each in found] == [
            ("hi-Deva", "worse"),
            ("ta-Taml", "no difference beyond noise"),
            ("en-Latn", "better"),
        ]

    def test_the_very_same_evidence_is_no_change_of_quality(self) -> None:
        found = compared(measured("en-Latn", 5, 10), measured("en-Latn", 5, 10))

        assert found.same_evidence
        assert found.difference == Figure(value=0.0, low=0.0, high=0.0)

    def test_requests_that_fail_are_compared_apart_from_quality(self) -> None:
        found = compared(
            measured("en-Latn", 5, 10, failed=1), measured("en-Latn", 5, 10, failed=30)
        )

        assert found.failures == "worse"
        assert found.continuity == "no difference beyond noise"

    def test_where_nobody_asked_nothing_is_known_of_failures(self) -> None:
        nobody = measured("en-Latn", 5, 10, sent=0)

        assert compared(nobody, nobody).failures == "unknown"


class TestDoors:
    @pytest.fixture
    def node(self, tmp_path: Path) -> Iterator[Node]:
        with a_node(tmp_path) as made:
            yield made

    def kept(self, node: Node, *results: DrillResult) -> None:
        with node.runtime.store.transaction("test") as tx:
            for each in results:
                tx.append(each)

    def test_the_terminal_shows_both_and_says_what_differs(self, node: Node) -> None:
        first = a_result(measured("en-Latn", 50, 100), a_line("ja-Jpan"), id="a1" * 16)
        second = a_result(
            measured("en-Latn", 20, 100, record="b"),
            a_line("hi-Deva"),
            id="b2" * 16,
            supplier="other-vendor",
        )
        self.kept(node, first, second)

        result = CliRunner(env={"COLUMNS": "200"}).invoke(
            commands, ["compare", "a1", "b2"], obj=node.runtime
        )

        assert "worse" in result.output
        assert "Only in the first: helpline/ja-Jpan." in result.output
        assert "Only in the second: helpline/hi-Deva." in result.output
        assert "different losses" in result.output

    def test_json_has_all_of_it(self, node: Node) -> None:
        self.kept(node, a_result(id="a1" * 16), a_result(id="b2" * 16))

        result = CliRunner().invoke(commands, ["compare", "a1", "b2", "--json"], obj=node.runtime)

        shown = json.loads(result.output)
        assert shown["first"]["record_id"] == "a1" * 16
        assert {each["same_evidence"] for each in shown["lines"]} == {True}

    def test_what_can_not_be_compared_is_refused(self, node: Node) -> None:
        self.kept(
            node,
            a_result(a_line("en-Latn"), id="a1" * 16),
            a_result(a_line("hi-Deva"), id="b2" * 16),
        )

        with node.runtime.store.view() as view:
            with pytest.raises(NotComparable):
                compare(view, "a1", "b2")
            with pytest.raises(NotFound):
                compare(view, "a1", "c3")
            with pytest.raises(NotFound):
                compare(view, "", "b2")
