"""A drill's report: a page that opens offline, the same as data, and its picture."""

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from support.drilled import (
    a_figure,
    a_line,
    a_listed,
    a_prediction,
    a_quality,
    a_report,
    a_result,
    a_taker,
)

from corridor.core.records import RecordId
from corridor.drills import DrillResult, Figure
from corridor.drills.adapters.names import NAMES, direction, language_name, own_name
from corridor.drills.adapters.report import answer_of, data_of, write_report
from corridor.drills.adapters.report.page import page, part, spent
from corridor.drills.records import (
    Amount,
    Contradiction,
    CostLine,
    DrillCosts,
    Gone,
    Live,
    Pace,
    Spent,
    Timeline,
)
from corridor.drills.rules.figures import NOTHING, UNKNOWN
from corridor.drills.rules.live import Answerer
from corridor.drills.rules.reporting import Advice, LeftOpen, Report, by_verdict, left_open, verdict
from corridor.supply_chain import FirstStep, FirstSteps

FIGURE_FIELDS = {"value", "low", "high"}
HOSTILE = "<script>alert(1)</script>\"'&"
UNBOUNDED = Figure(value=0.1, low=0.0, high=0.3)


class Page(HTMLParser):
    """What a page is made of: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


PREDICTION = RecordId("f" * 32)
LIVE = Live(sent=9, served=2, moved=3, degraded=3, failed=1, unmeasured=1)
PACE = Pace(answered=8, median_seconds=0.4, p95_seconds=1.25)
COST = Spent(
    answered=8,
    amounts=(Amount(currency="INR", millionths=41_000_000, answers=5),),
    unpriced=3,
    price_ids=(RecordId("9" * 32),),
)
NO_COST = Spent(answered=0, unpriced=0)


def a_full_result() -> DrillResult:
    """Return a result with all that a drill keeps now."""
    more = {"live": LIVE, "pace_before": PACE, "pace_during": PACE, "detect_seconds": 0.06}
    takers = (a_taker("partner-small", 0, 6),)
    lines = [
        a_line(tag, after=after).model_copy(update={**more, "takers": takers})
        for tag, after in (
            ("en-Latn", a_figure(22)),
            ("hi-Deva", a_figure(0)),
            ("ta-Taml", UNKNOWN),
            ("ja-Jpan", NOTHING),
        )
    ]
    nobody = a_quality(None, NOTHING)
    lines[-1] = lines[-1].model_copy(update={"after": nobody, "takers": ()})
    rows = (
        Answerer(provider="vendor-small", probes=False, counts=(3, 2, 0)),
        Answerer(provider=None, probes=True, counts=(0, 1, 1)),
    )
    return a_result(
        *lines,
        **more,
        live_elsewhere=Live(sent=2, served=2, moved=0, degraded=0, failed=0),
        timeline=Timeline(step_seconds=15, rows=rows),
        prediction_id=PREDICTION,
        entered_at=(a_result().withdrawn_at,),
    )


def a_full_report(**fields: object) -> Report:
    result = a_full_result()
    costs = DrillCosts(
        id=RecordId("c" * 32),
        made_at=result.made_at,
        result_id=result.id,
        lines=(CostLine(service="helpline", language="en-Latn", before=NO_COST, during=COST),),
        before=NO_COST,
        during=COST,
    )
    step = FirstStep(
        measure="m",
        title="Own-small joins the route",
        kind="other-model",
        cost_low=None,
        cost_high=None,
        cost_source=None,
        source="This node's records",
        avoids_alone=0.25,
        left=0.05,
    )
    first = FirstSteps(services={"s": 1.0}, before=0.3, steps=(step,), scenarios=(), notes=())
    wrong = Contradiction(
        service="helpline",
        language="hi-Deva",
        foretold=a_figure(40),
        measured=a_figure(0),
        why="less continued than was foretold",
    )
    foretold = {line.language: a_figure(40) for line in result.lines}
    given: dict[str, object] = {
        "prediction": a_prediction(foretold, PREDICTION),
        "contradictions": (wrong,),
        "costs": costs,
        "advice": (
            Advice(service="helpline", of="loss", steps=None, why="No service loses anything."),
            Advice(service="helpline", of="library", steps=first, tables=("cited", "live")),
        ),
        "left_open": tuple(left_open(result.lines, (wrong,))),
        **fields,
    }
    report = a_report(result, **given)
    more = (a_listed(4, costs.id, "in", 14), a_listed(5, "9" * 32, "jp", 2, own=False))
    return report.model_copy(update={"records": (*report.records, *more)})


def drawn(result: DrillResult, node: str = "in") -> str:
    return page(a_report(result, node=node, issuer=node))


@pytest.fixture(scope="module")
def html() -> str:
    return page(a_full_report())


class TestPage:
    def test_what_was_lost_is_told_in_sentences_with_spaces_between(self) -> None:
        result = a_full_result()
        late = result.restored_at + timedelta(seconds=3)

        html = drawn(result.model_copy(update={"returned_at": late}))

        assert "did nothing. From then on requests came back by and by" in html

    def test_it_fetches_nothing_from_anywhere(self, html: str) -> None:
        for tag, attributes in Page(html).tags:
            assert tag not in {"script", "link", "iframe", "object", "embed", "img", "base"}
            for name in ("src", "href", "xlink:href", "srcset", "action", "background", "data"):
                value = attributes.get(name) or "#"
                assert value.startswith("#"), (tag, name, value)
        assert "@import" not in html
        assert all(target.startswith("#") for target in re.findall(r"url\(['\"]?([^)]*)", html))

    def test_an_address_stands_in_it_only_as_the_name_of_a_format(self, html: str) -> None:
        assert set(re.findall(r"https?://[^\s\"'<>)]+", html)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }

    def test_it_runs_nothing_and_may_fetch_nothing(self, html: str) -> None:
        [policy] = [a["content"] for _, a in Page(html).tags if a.get("http-equiv")]

        assert policy == "default-src 'none'; style-src 'unsafe-inline'"

    def test_the_first_screen_says_what_was_lost_what_continued_the_worst_and_what_to_do(
        self, html: str
    ) -> None:
        text = " ".join(Page(html).text.split())
        first = text[: text.index("What was foretold, and what was measured")]

        assert "What continues without overseas-vendor" in first
        assert "Supplier overseas-vendor, for 30 s: from 12:00:04 to 12:00:34 UTC" in first
        assert re.search(r"Worst case 0\.00 \(0\.00 to 0\.\d\d\)1: helpline in हिन्दी Hindi", first)
        assert "In 1 of 4 cases nobody knows" in first
        assert "Own-small joins the route: by itself it avoids 25" in first
        assert "there is nothing for the supply chain to plan for helpline" in first
        assert "1 of 91live requests failed" in first
        places = [first.index(word) for word in ("Not known", "Nobody answers", "Continues, worse")]
        assert places == sorted(places)

    def test_what_nobody_knows_comes_first_wherever_languages_are_listed(self, html: str) -> None:
        text = Page(html).text
        details = text[text.index("Service by service") :]

        assert text.index("Tamil") < min(text.index(name) for name in ("Hindi", "Japanese"))
        assert details.index("Tamil") < min(details.index(n) for n in ("Hindi", "English"))

    def test_every_number_that_leads_to_a_record_leads_to_one_that_is_listed(
        self, html: str
    ) -> None:
        tags = Page(html).tags
        anchors = [a["href"] for tag, a in tags if tag == "a" and a.get("href")]
        places = {f"#{a['id']}" for _, a in tags if a.get("id")}

        assert len([each for each in anchors if str(each).startswith("#record-")]) > 40
        assert set(anchors) <= places
        assert {f"#record-{n}" for n in range(1, 5)} <= set(anchors)

    def test_each_record_is_listed_with_its_place_its_digest_and_what_verifies_it(
        self, html: str
    ) -> None:
        text = Page(html).text

        assert html.count("sha256:" + "ab" * 32) == 5
        assert "corridor log bundle 12 -o 1.json" in text
        assert "corridor verify 1.json --trust trusted.keys" in text
        assert "At node jp:" in text
        assert all(each in text for each in ("d" * 32, "e" * 32, "c" * 32, str(PREDICTION)))

    def test_a_contradiction_is_marked_where_the_language_stands(self, html: str) -> None:
        text = " ".join(Page(html).text.split())

        assert "otherwise than foretold" in text
        assert "Contradicts: less continued than was foretold" in text
        assert "contradicts what was foretold" in html[html.index("<svg") :]

    def test_live_requests_times_pace_and_costs_are_told_of_each_line_and_of_all(
        self, html: str
    ) -> None:
        text = " ".join(Page(html).text.split())

        assert text.count("2 / 3 / 3 / 1") == 5
        assert "1 of the moved unmeasured" in text
        assert "0.06 s1 to detect" in text
        assert "before: 0.40 s, p95 1.25 s" in text
        assert "0.082 INR an answer (5: 0.41 INR); unknown for 3" in text
        assert "2 in languages that the drill did not probe" in text

    def test_it_is_made_for_a4_and_no_row_or_picture_is_cut(self, html: str) -> None:
        assert "@page { size: A4" in html
        printed = html[html.index("@media print") :]
        assert (
            "tr, figure, .card, article.line, li, .cards, .said { break-inside: avoid; }" in printed
        )
        assert "color-scheme: light" in html

    def test_each_language_is_written_in_its_own_script_with_a_font_for_it(self, html: str) -> None:
        own = {a["lang"]: a["dir"] for _, a in Page(html).tags if a.get("class") == "own"}

        assert own == {"hi-Deva": "ltr", "ta-Taml": "ltr", "ja-Jpan": "ltr"}
        assert "தமிழ்" in Page(html).text
        fonts = set(re.findall(r":lang\(([\w-]+)\)", html))
        for tag in NAMES:
            if not tag.endswith("-Latn") and own_name(tag):
                assert tag in fonts or tag.split("-", maxsplit=1)[0] in fonts, tag

    def test_a_drill_of_before_live_requests_were_counted_is_drawn_without_them(self) -> None:
        text = " ".join(Page(drawn(a_result())).text.split())

        assert "2 of 181requests failed" in text
        assert "did not count live ones apart" in text
        assert "not foretold" in text
        assert "The course of the drill" not in text

    def test_losses_of_different_days_are_said_to_have_been_rehearsed_together(self) -> None:
        def gone(name: str, begins: float, certain: float) -> Gone:
            days = {"begins_day": begins, "certain_day": certain}
            return Gone.model_validate(
                {"what": "provider", "name": name, "low": 1, "high": 1, **days}
            )

        def reported(*found: Gone) -> Report:
            foretold = a_prediction({"en-Latn": UNKNOWN}).model_copy(update={"gone": found})
            lost = [{"target": {"kind": "provider", "name": each.name}} for each in found[:2]]
            result = a_result(lost=lost, prediction_id=PREDICTION)
            return a_report(result, prediction=foretold)

        report = reported(gone("vendor", 0, 0), gone("cloud", 0, 400), gone("unasked", 9, 9))
        said = (
            "All of these were rehearsed as lost at once; in the scenario vendor from day 0 on, "
            "cloud from day 0 on, for certain from day 400."
        )
        assert report.days_in_words == said
        assert said in " ".join(Page(page(report)).text.split())
        days = json.loads(json.dumps(data_of(report)))["days"]
        assert [each["name"] for each in days] == ["vendor", "cloud"]
        assert reported(gone("vendor", 0, 0), gone("cloud", 0, 0)).days_in_words == ""
        one = reported(gone("vendor", 2, 2)).days_in_words
        assert one == "This was rehearsed as lost at once; in the scenario vendor from day 2 on."

    @pytest.mark.parametrize(
        "result",
        [
            a_result(a_line(issuer=HOSTILE)),
            a_result().model_copy(update={"supplier": HOSTILE}),
            a_result().model_copy(
                update={
                    "lines": (
                        a_line().model_copy(update={"service": HOSTILE, "language": HOSTILE}),
                    )
                }
            ),
        ],
        ids=["issuer", "supplier", "service and language"],
    )
    def test_a_hostile_name_is_text_wherever_it_stands(self, result: DrillResult) -> None:
        html = page(
            a_report(
                result,
                node=HOSTILE,
                issuer=HOSTILE,
                advice=(Advice(service="helpline", of="loss", steps=None, why=HOSTILE),),
            )
        )

        assert "script" not in {tag for tag, _ in Page(html).tags}
        assert "alert(1)" in html
        assert not any(name.startswith("on") for _, given in Page(html).tags for name in given)

    def test_the_same_record_gives_the_same_page(self, html: str) -> None:
        assert page(Report.model_validate_json(a_full_report().model_dump_json())) == html

    @pytest.mark.parametrize(
        ("result", "words"),
        [
            (
                a_result(
                    a_line(after=UNKNOWN, switch_seconds=None),
                    switch_seconds=None,
                    recovered_seconds=None,
                ),
                ("unknown", "never", "not seen"),
            ),
            (a_result(a_line(after=NOTHING)), ("0.00 (0.00 to 0.00)",)),
            (a_result(a_line(before=UNBOUNDED)), ("no upper bound",)),
            (a_result(a_line("ta-Taml")), ("ta-Taml",)),
        ],
        ids=["unknown", "nothing answers", "no upper bound", "another language"],
    )
    def test_what_is_not_known_is_said_in_words(
        self, result: DrillResult, words: tuple[str, ...]
    ) -> None:
        text = Page(drawn(result)).text

        assert all(word in text for word in words)
        assert "None" not in text
        assert "nan" not in text.lower().split()

    def test_its_picture_is_well_formed(self, html: str) -> None:
        drawings = re.findall(r"<svg.*?</svg>", html, re.DOTALL)

        assert len(drawings) == 4  # two, each wide and narrow
        for each in drawings:
            assert ET.fromstring(each).tag.endswith("svg")  # noqa: S314  our own


class TestData:
    def test_the_contract_holds(self) -> None:
        answer = json.loads(json.dumps(answer_of(a_result())))

        assert set(answer) >= {"services", "requests", "switch_seconds", "worst_case"}
        for line in answer["services"]:
            assert set(line) >= {"service", "language", "before", "after", "continuity"}
            assert all(
                set(line[name]) == FIGURE_FIELDS for name in ("before", "after", "continuity")
            )
        assert answer["requests"] == {"sent": 18, "served": 10, "moved": 6, "failed": 2}
        assert answer["switch_seconds"] == 0.25
        assert set(answer["worst_case"]) == {"service", "language", *FIGURE_FIELDS}

    def test_the_figures_are_those_of_the_record(self) -> None:
        result = a_result(a_line(before=a_figure(24), after=a_figure(12)))

        [line] = json.loads(json.dumps(answer_of(result)))["services"]

        assert (line["before"]["value"], line["after"]["value"]) == (0.5, 0.25)
        assert line["continuity"]["value"] == 0.5
        assert line["before_evidence"]["position"] == 7

    def test_what_is_unknown_is_null(self) -> None:
        answer = answer_of(
            a_result(a_line(after=UNKNOWN), switch_seconds=None, recovered_seconds=None)
        )

        assert json.loads(json.dumps(answer))["services"][0]["continuity"] == {
            "value": None,
            "low": None,
            "high": None,
        }
        assert answer["worst_case"] is None
        assert answer["switch_seconds"] is None

    def test_all_that_the_page_shows_is_in_it(self) -> None:
        report = a_full_report()

        found = json.loads(json.dumps(data_of(report), allow_nan=False))

        assert found["services"][0]["language"] == "ta-Taml"
        assert [each["verdict"] for each in found["services"]] == [
            "unknown",
            "nothing",
            "worse",
            "same",
        ]
        assert found["live"] == LIVE.model_dump()
        assert found["services"][2]["contradicted"] == ["less continued than was foretold"]
        assert found["costs"]["during"]["amounts"][0]["currency"] == "INR"
        assert found["timeline"]["step_seconds"] == 15
        assert found["first"][1]["steps"]["steps"][0]["title"] == "Own-small joins the route"
        assert [each["position"] for each in found["records"]] == [12, 7, 3, 14, 2]
        assert {each["what"] for each in found["left_open"]} == {
            "measure",
            "find",
            "improve",
            "explain",
        }

    def test_it_is_json_that_any_reader_takes(self) -> None:
        json.dumps(answer_of(a_result(a_line(before=UNBOUNDED))), allow_nan=False)


class TestFiles:
    def test_there_are_three_and_nothing_else(self, tmp_path: Path) -> None:
        folder = write_report(a_report(), tmp_path / "a" / "b")

        assert sorted(path.name for path in folder.iterdir()) == [
            "report.html",
            "report.json",
            "report.png",
        ]
        assert (folder / "report.png").read_bytes().startswith(b"\x89PNG\r\n")
        assert json.loads((folder / "report.json").read_text()) == json.loads(
            json.dumps(data_of(a_report()))
        )

    def test_an_earlier_report_is_replaced_whole(self, tmp_path: Path) -> None:
        write_report(a_report(), tmp_path)
        reader = (tmp_path / "report.json").open()
        with reader:
            write_report(a_report(a_result(supplier="another")), tmp_path)
            assert json.load(reader)["supplier"] == "overseas-vendor"

        assert json.loads((tmp_path / "report.json").read_text())["supplier"] == "another"

    def test_other_files_in_the_folder_are_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "store.db").write_text("mine")

        write_report(a_report(), tmp_path)

        assert (tmp_path / "store.db").read_text() == "mine"

    def test_a_folder_that_can_not_be_made_is_an_os_error(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("a regular file")

        with pytest.raises(OSError, match="file"):
            write_report(a_report(), tmp_path / "file" / "report")


class TestWords:
    @pytest.mark.parametrize(
        ("figure", "word"),
        [
            (UNKNOWN, "unknown"),
            (NOTHING, "nothing"),
            (Figure(value=0.0, low=0.0, high=0.4), "worse"),
            (Figure(value=0.8, low=0.6, high=1.0), "same"),
            (Figure(value=0.8, low=0.6, high=None), "same"),
            (Figure(value=1.5, low=1.01, high=2.0), "better"),
        ],
    )
    def test_a_continuity_in_a_word(self, figure: Figure, word: str) -> None:
        assert verdict(figure) == word

    def test_every_line_is_told_once(self) -> None:
        lines = a_full_result().lines

        told = [line for _, here in by_verdict(lines) for line in here]

        assert sorted(told, key=id) == sorted(lines, key=id)

    def test_what_a_drill_leaves_open_is_what_is_unknown_then_what_is_not_good(self) -> None:
        found = left_open(a_full_result().lines, ())

        assert [(each.what, each.languages, each.providers) for each in found] == [
            ("measure", ("ta-Taml",), ()),
            ("find", ("ja-Jpan",), ()),
            ("improve", ("hi-Deva",), ("partner-small",)),
        ]

    def test_languages_that_are_alike_are_one_thing_to_do(self) -> None:
        worse = [a_line(tag, after=a_figure(0)) for tag in ("hi-Deva", "ta-Taml")]

        [found] = left_open(worse, ())

        assert (found.what, found.languages) == ("improve", ("hi-Deva", "ta-Taml"))

    def test_with_many_languages_the_first_screen_stays_one(self) -> None:
        tags = [tag for tag in NAMES if tag != "en-Latn"]
        lines = [a_line(tag, after=a_figure(4 + at)) for at, tag in enumerate(tags)]
        html = page(a_report(a_result(a_line("en-Latn", after=UNKNOWN), *lines)))

        text = Page(html).text
        first = text[: text.index("What was foretold")]
        assert len(re.findall(r"\(\d\.\d\d to", first)) == 1  # of the worst case alone
        assert "The intervals are below" in first
        assert html.count("<svg") == 2 * 3  # a wide and a narrow one of each picture
        assert "The least 24 of 36; the details have all" in text
        assert "Not known, so in no picture: helpline in English" in " ".join(text.split())

    def test_where_all_went_well_nothing_is_left_open(self) -> None:
        assert left_open([a_line(after=a_figure(22))], ()) == []
        text = Page(page(a_report(a_result(a_line(after=a_figure(22)))))).text
        assert "Nothing is suggested" in text

    def test_who_has_no_evidence_is_who_is_to_be_measured(self) -> None:
        line = a_line(after=UNKNOWN)
        after = line.after.model_copy(update={"source": None})

        found = left_open([line.model_copy(update={"after": after})], ())

        assert found == [
            LeftOpen(
                what="measure",
                service="helpline",
                languages=("en-Latn",),
                providers=("partner-small",),
            )
        ]

    def test_costs_are_told_by_currency_and_what_is_unknown_is_counted(self) -> None:
        free = Spent(
            answered=2, amounts=(Amount(currency="JPY", millionths=0, answers=2),), unpriced=0
        )

        assert spent(free) == "0 JPY an answer (2: 0 JPY)"
        assert spent(Spent(answered=3, unpriced=3)) == "unknown for 3"
        assert spent(NO_COST) == "nothing was answered"

    def test_a_part_has_no_false_nought_and_no_false_whole(self) -> None:
        words = [
            part(value).replace("\N{NO-BREAK SPACE}", " ") for value in (0.001, 0.999, 1 - 1e-16)
        ]

        assert words == ["under 1 %", "over 99 %", "100 %"]

    def test_a_language_that_is_not_known_here_is_shown_by_its_tag(self) -> None:
        assert language_name("hi-Deva") == "Hindi (hi-Deva)"
        assert language_name("xx-Latn") == "xx-Latn"
        assert (own_name("en-Latn"), own_name("xx-Latn")) == ("", "")
        assert (direction("ur-Arab"), direction("hi-Deva")) == ("rtl", "ltr")
