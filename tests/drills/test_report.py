"""A drill's report: a page that opens offline, the same as data, and its picture."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from support.drilled import a_figure, a_line, a_result

from corridor.drills import DrillResult, Figure
from corridor.drills.adapters.charts import picture, svg
from corridor.drills.adapters.names import language_name
from corridor.drills.adapters.report import answer_of, page, write_report
from corridor.drills.rules.figures import NOTHING, UNKNOWN

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


def drawn(result: DrillResult, node: str = "in") -> str:
    return page(result, node, svg(picture(result)))


@pytest.fixture(scope="module")
def html() -> str:
    return drawn(a_result())


class TestPage:
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

    def test_it_says_what_was_withdrawn_when_and_what_continued(self, html: str) -> None:
        text = " ".join(Page(html).text.split())

        assert "What continues without overseas-vendor" in text
        assert "12:00:04" in text
        assert "12:00:34" in text
        assert "2 of 18 requests failed" in text
        assert "worst-case continuity: helpline in Hindi (hi-Deva)" in text
        assert "8 of 18 were the drill's own probes" in text

    def test_it_names_the_record_and_the_evidence_behind_each_quality(self, html: str) -> None:
        assert html.count("sha256:" + "ab" * 32) == 4
        assert "d" * 32 in html

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
        html = drawn(result, HOSTILE)

        assert "script" not in {tag for tag, _ in Page(html).tags}
        assert "alert(1)" in html
        assert not any(name.startswith("on") for _, given in Page(html).tags for name in given)

    def test_the_same_record_gives_the_same_page(self, html: str) -> None:
        assert drawn(DrillResult.model_validate_json(a_result().model_dump_json())) == html

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
        [drawing] = re.findall(r"<svg.*</svg>", html, re.DOTALL)

        assert ET.fromstring(drawing).tag.endswith("svg")  # noqa: S314  our own


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

    def test_it_is_json_that_any_reader_takes(self) -> None:
        json.dumps(answer_of(a_result(a_line(before=UNBOUNDED))), allow_nan=False)


class TestFiles:
    def test_there_are_three_and_nothing_else(self, tmp_path: Path) -> None:
        folder = write_report(a_result(), "in", tmp_path / "a" / "b")

        assert sorted(path.name for path in folder.iterdir()) == [
            "report.html",
            "report.json",
            "report.png",
        ]
        assert (folder / "report.png").read_bytes().startswith(b"\x89PNG\r\n")
        assert json.loads((folder / "report.json").read_text()) == json.loads(
            json.dumps(answer_of(a_result()))
        )

    def test_an_earlier_report_is_replaced_whole(self, tmp_path: Path) -> None:
        write_report(a_result(), "in", tmp_path)
        reader = (tmp_path / "report.json").open()
        with reader:
            write_report(a_result(supplier="another"), "in", tmp_path)
            assert json.load(reader)["supplier"] == "overseas-vendor"

        assert json.loads((tmp_path / "report.json").read_text())["supplier"] == "another"

    def test_other_files_in_the_folder_are_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "store.db").write_text("mine")

        write_report(a_result(), "in", tmp_path)

        assert (tmp_path / "store.db").read_text() == "mine"

    def test_a_folder_that_can_not_be_made_is_an_os_error(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("a regular file")

        with pytest.raises(OSError, match="file"):
            write_report(a_result(), "in", tmp_path / "file" / "report")


def test_a_language_without_an_english_name_is_shown_by_its_tag() -> None:
    assert language_name("hi-Deva") == "Hindi (hi-Deva)"
    assert language_name("ta-Taml") == "ta-Taml"
