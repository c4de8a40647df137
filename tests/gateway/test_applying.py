"""One file sets the gateway up: whole, or not at all with the line; the same again does nothing."""

import contextlib
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import NOON
from support.clocks import StoppedClock
from support.nodes import Node, a_node
from support.partners import until
from support.stages import a_stage
from typer.testing import CliRunner, Result

from corridor.catalogue import UnknownProvider
from corridor.core.errors import Conflict, CorridorError, Invalid, NotFound
from corridor.gateway import (
    AllSuspended,
    Applying,
    Gateway,
    Metering,
    NobodyMeets,
    Target,
    UnknownService,
)
from corridor.gateway.commands import commands
from corridor.gateway.rules.set_up import SetUp, set_up_in, text_of

WHOLE = """\
services:
  - name: helpline
    title: Farmers' helpline
    languages: [hi-Deva, en-Latn]
  - name: ledger
    title: 帳簿
    languages: [ja-Jpan]
routes:
  - service: helpline
    providers: [vendor, own]
    default_language: en-Latn
  - service: ledger
    requirement:
      among: [own, vendor]
      max_price: {per_million: 20000, currency: INR}
      without_evidence: last
    audit: strict
limits:
  - project: tests
    requests_per_minute: 600
    monthly_budget: 500000
    currency: INR
  - model: helpline
    concurrency: 4
    priority: 7
prices:
  - {provider: vendor, in: 2500, out: 10000, currency: INR}
  - {model: small, in: 10, out: 20, currency: INR, valid_from: 2026-01-01}
guards:
  - service: helpline
    steps:
      - {guard: size, max_messages: 40}
      - {guard: pii, action: redact, kinds: [aadhaar, email]}
  - steps:
      - {guard: banned_tools, names: [shell]}
retention:
  - {project: tests, days: 7, what: answer, reason: quality review}
"""
PARTS = {
    "services": 2, "routes": 2, "limits": 2, "prices": 2, "guards": 2, "retention": 1,
}  # fmt: skip


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path, clock=StoppedClock()) as node:
        node.add_provider("vendor", "http://127.0.0.1:9/v1")
        node.add_provider("own", None, supplier="us")
        node.issue_key()
        yield node


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(commands, list(words), obj=node.runtime)


def applied(node: Node, text: str, *words: str) -> Result:
    file = node.home / "gateway.yaml"
    file.write_text(text, encoding="utf-8")
    return run(node, "apply", str(file), *words)


def refusal(node: Node, text: str) -> CorridorError:
    """Return why a file is refused; nothing of it may be kept, tried out or not."""
    before = size(node)
    error, tried = applied(node, text).exception, applied(node, text, "--dry-run").exception
    assert isinstance(error, CorridorError), error
    assert isinstance(tried, type(error))
    assert tried.message == error.message
    assert size(node) == before
    return error


def size(node: Node) -> tuple[int, int]:
    """How large the logs are."""
    with node.runtime.store.view() as view:
        return view.log_size(), view.log_size(view.audit_log)


def test_a_file_sets_all_its_parts_and_says_so(node: Node) -> None:
    done = json.loads(applied(node, WHOLE, "--json").output)

    assert (done["dry_run"], done["changed"]) == (False, sum(PARTS.values()))
    assert {each["how"] for each in done["items"]} == {"new"}
    assert {p: sum(e["part"] == p for e in done["items"]) for p in PARTS} == PARTS
    listed = {each["service"]: each for each in json.loads(run(node, "services", "--json").output)}
    assert (listed["helpline"]["route"], listed["helpline"]["audit"]) == (
        ["vendor", "own"],
        "normal",
    )
    assert listed["ledger"]["audit"] == "strict"
    assert "at most 20000 INR" in listed["ledger"]["reaches"]
    [of_project, of_model] = json.loads(run(node, "limit", "list", "--json").output)
    assert (of_project["monthly_budget"], of_model["priority"]) == (500000, 7)
    assert len(json.loads(run(node, "price", "list", "--json").output)) == 2
    assert [
        each["service"] for each in json.loads(run(node, "guard", "show", "--json").output)
    ] == [
        "helpline",
        "*",
    ]


def test_the_same_file_again_does_nothing_and_says_so(node: Node) -> None:
    applied(node, WHOLE)
    before = size(node)

    assert applied(node, WHOLE).output == (
        "Nothing to change: all 11 items of the file are so already.\n"
    )
    assert json.loads(applied(node, WHOLE, "--json").output)["changed"] == 0
    assert size(node) == before


def test_only_what_is_other_is_set(node: Node) -> None:
    applied(node, WHOLE)

    other = WHOLE.replace("requests_per_minute: 600", "requests_per_minute: 60")
    other = other.replace("out: 10000", "out: 9000")
    done = json.loads(applied(node, other, "--json").output)

    changed = [(each["part"], each["name"]) for each in done["items"] if each["how"] == "changed"]
    assert changed == [("prices", "provider vendor"), ("limits", "project tests")]
    assert done["changed"] == 2


def test_what_a_file_does_not_name_stays(node: Node) -> None:
    applied(node, WHOLE)

    assert (
        "changed" in applied(node, "retention: [{project: tests, days: 0, reason: over}]\n").output
    )
    assert len(json.loads(run(node, "services", "--json").output)) == 2
    assert applied(node, "{}\n").output.startswith("Nothing to change: all 0 items")


def test_a_dry_run_says_what_would_change_and_keeps_nothing(node: Node) -> None:
    before = size(node)

    said = applied(node, WHOLE, "--dry-run").output

    assert "What would change" in said
    assert "11 items would change, 0 are as before." in said
    assert size(node) == before
    assert applied(node, WHOLE).output.endswith("11 items changed, 0 are as before.\n")


def test_what_is_exported_is_a_file_that_says_the_same(node: Node) -> None:
    assert run(node, "export").output == "{}\n"
    applied(node, WHOLE)

    text = run(node, "export").output

    assert "Farmers' helpline" in text
    assert "帳簿" in text
    assert applied(node, text).output.startswith("Nothing to change: all 11 items")


def test_what_is_exported_sets_another_node_up_alike(node: Node, tmp_path: Path) -> None:
    applied(node, WHOLE)
    text = run(node, "export").output
    with a_node(tmp_path, "jp", clock=StoppedClock()) as other:
        other.add_provider("vendor", "http://127.0.0.1:9/v1")
        other.add_provider("own", None, supplier="us")
        other.issue_key()

        assert applied(other, text).exit_code == 0
        assert run(other, "export").output == text


def test_a_limit_of_a_key_goes_by_its_prefix_both_ways(node: Node) -> None:
    prefix = node.key_of(node.issue_key(label="app")).prefix
    text = f"limits:\n- key: {prefix}\n  concurrency: 2\n"

    assert applied(node, text).exit_code == 0
    assert run(node, "export").output == text
    assert applied(node, text).output.startswith("Nothing to change")


def test_a_served_gateway_keeps_to_a_file_at_once_and_not_to_one_that_is_refused(
    tmp_path: Path,
) -> None:
    service = "services: [{name: ledger, title: L, languages: [en-Latn]}]\n"
    with a_stage(tmp_path) as stage:
        text = service + "routes:\n- {service: ledger, providers: [beta], audit: strict}\n"
        assert applied(stage.node, text).exit_code == 0
        until(lambda: stage.ask(model="ledger").status == 200)
        assert stage.ask(model="ledger").provider == "beta"

        wrong = text.replace("[beta]", "[alpha]") + "prices:\n- {provider: beta, in: 1, out: 1}\n"
        error = applied(stage.node, wrong).exception
        assert isinstance(error, Invalid)
        assert "Line 5: prices.0.currency is missing" in error.message
        limited = text + "limits:\n- {model: ledger, requests_per_minute: 0}\n"
        assert applied(stage.node, limited).exit_code == 0
        until(lambda: stage.ask(model="ledger").status == 429)
        assert stage.alpha.asked == 0


class TestBadConfiguration:
    """What is wrong is refused when it is set, with the line, and nothing of its file is kept."""

    ONE = "services:\n  - {name: helpline, title: H, languages: [en-Latn]}\n"

    def test_two_routes_with_one_name_are_refused(self, node: Node) -> None:
        text = self.ONE + (
            "routes:\n  - service: helpline\n    providers: [own]\n"
            "  - service: helpline\n    providers: [vendor]\n"
        )
        error = refusal(node, text)
        assert error.message == "Line 6: routes has helpline twice; the first is at line 4."
        assert isinstance(error, Invalid)

    def test_two_routes_with_one_name_are_refused_on_one_line_too(self, node: Node) -> None:
        routes = "routes: [{service: a, providers: [own]}, {service: a, providers: [own]}]\n"
        assert "Line 1: routes has a twice" in refusal(node, routes).message

    @pytest.mark.parametrize(
        ("part", "item", "what"),
        [
            ("services", "{name: a, title: A, languages: [en-Latn]}", "a"),
            ("limits", "{project: tests, concurrency: 1}", "project tests"),
            ("prices", "{provider: own, in: 1, out: 1, currency: INR}", "provider own"),
            ("guards", "{steps: []}", "*"),
            ("retention", "{project: tests, days: 1, reason: why}", "tests"),
        ],
    )
    def test_anything_else_that_is_said_twice_is_refused(
        self, node: Node, part: str, item: str, what: str
    ) -> None:
        error = refusal(node, f"{part}:\n  - {item}\n  - {item}\n")
        assert error.message == f"Line 3: {part} has {what} twice; the first is at line 2."

    def test_a_service_with_the_name_of_a_provider_is_refused(self, node: Node) -> None:
        error = refusal(node, self.ONE.replace("helpline", "vendor"))
        assert error.message == "Line 2: vendor is a provider's name already."
        assert isinstance(error, Conflict)

    def test_a_route_whose_every_provider_is_suspended_is_refused(self, node: Node) -> None:
        gateway = node.runtime.service(Gateway)
        with node.runtime.store.transaction("test") as tx:
            gateway.suspend(tx, Target(kind="provider", name="vendor"), timedelta(1), "a test")
        error = refusal(node, self.ONE + "routes:\n  - {service: helpline, providers: [vendor]}\n")
        assert isinstance(error, AllSuspended)
        assert error.message.startswith(
            "Line 4: All that helpline reaches in en-Latn are suspended"
        )
        assert error.hint

    def test_a_requirement_that_no_model_meets_is_refused(self, node: Node) -> None:
        routes = "routes:\n  - service: helpline\n    requirement: {min_score: 0.9}\n"
        error = refusal(node, self.ONE + routes)
        assert isinstance(error, NobodyMeets)
        assert error.message.startswith("Line 4: Nobody can answer helpline in en-Latn")

    def test_a_requirement_is_held_against_the_prices_of_the_same_file(self, node: Node) -> None:
        ceiling = "max_price: {per_million: 19, currency: INR}, without_evidence: last"
        text = self.ONE + (
            f"routes:\n  - {{service: helpline, requirement: {{{ceiling}}}}}\n"
            "prices: [{model: small, in: 10, out: 20, currency: INR}]\n"
        )
        assert "Line 4: Nobody can answer helpline" in refusal(node, text).message
        assert applied(node, text.replace("19", "20")).exit_code == 0

    def test_a_price_that_an_unchanged_route_does_not_bear_is_refused_at_the_route(
        self, node: Node
    ) -> None:
        ceiling = "max_price: {per_million: 20, currency: INR}, without_evidence: last"
        text = self.ONE + (
            f"routes:\n  - {{service: helpline, requirement: {{{ceiling}}}}}\n"
            "prices: [{model: small, in: 10, out: 20, currency: INR}]\n"
        )
        assert applied(node, text).exit_code == 0
        error = refusal(node, text.replace("out: 20", "out: 21"))
        assert isinstance(error, NobodyMeets)
        assert error.message.startswith("Line 4: Nobody can answer helpline")

    def test_a_price_without_currency_is_refused(self, node: Node) -> None:
        error = refusal(node, "prices:\n  - provider: vendor\n    in: 1\n    out: 1\n")
        assert error.message == "Line 2: prices.0.currency is missing."

    def test_a_price_of_nobody_is_found_among_others(self, node: Node) -> None:
        price = "in: 1, out: 1, currency: INR}\n"
        error = refusal(node, f"prices:\n  - {{provider: own, {price}  - {{provider: x, {price}")
        assert error.message == "Line 3: There is no provider 'x'."
        assert isinstance(error, NotFound)

    def test_an_unchanged_route_has_to_fit_a_service_that_changes(self, node: Node) -> None:
        run(node, "offer", "helpline", "--title", "H", "--language", "en-Latn")
        run(node, "route", "helpline", "own", "--default-language", "en-Latn")
        route = "routes: [{service: helpline, providers: [own], default_language: en-Latn}]\n"

        error = refusal(node, self.ONE.replace("en-Latn", "ja-Jpan") + route)

        assert error.message == "Line 3: helpline is not offered in en-Latn."

    def test_a_service_need_not_fit_a_route_that_the_file_replaces(self, node: Node) -> None:
        run(node, "offer", "helpline", "--title", "H", "--language", "en-Latn")
        run(node, "route", "helpline", "own", "--default-language", "en-Latn")
        japanese = self.ONE.replace("en-Latn", "ja-Jpan")

        assert "Line 2: helpline is not offered" in refusal(node, japanese).message
        route = "routes: [{service: helpline, providers: [own], default_language: ja-Jpan}]\n"
        assert applied(node, japanese + route).exit_code == 0

    @pytest.mark.parametrize(
        ("text", "kind", "said"),
        [
            ("routes:\n  - {service: x, providers: [own]}\n", UnknownService, "Line 2: There is no"),
            (ONE + "routes:\n  - {service: helpline, providers: [x]}\n", UnknownProvider, "Line 4: "),
            (ONE + "routes:\n  - {service: helpline}\n", Invalid, "Line 4: routes.0: a route lists"),
            (ONE + "routes:\n  - service: helpline\n    providers: [own, own]\n", Invalid, "Line 4: routes.0: own is named twice"),
            ("limits:\n  - {project: nobody, concurrency: 1}\n", NotFound, "Line 2: There is no project"),
            ("limits:\n  - {project: tests}\n", Invalid, "Line 2: Nothing is set"),
            ("limits:\n  - {concurrency: 1}\n", Invalid, "Line 2: limits.0: a limit names one of"),
            ("limits:\n  - {project: tests, daily_budget: 5}\n", Invalid, "Line 2: a budget needs"),
            ("limits:\n  - {project: tests, daily_budget: 5, currency: INR}\n", Invalid, "Line 2: No price in force"),
            ("limits:\n  - project: tests\n    concurrency: -1\n", Invalid, "Line 3: limits.0.concurrency"),
            ("prices:\n  - {provider: own, in: 1, out: 1, currency: RUPEE}\n", Invalid, "Line 2: prices.0.currency: 'RUPEE' is no"),
            ("prices:\n  - provider: own\n    in: '1'\n", Invalid, "Line 3: prices.0.in"),
            ("prices:\n  - {provider: own, in: 1, out: 1, currency: INR, valid_from: 9999-01-01}\n", Invalid, "Line 2: Prices begin within"),
            ("prices:\n  - {provider: own, in: 1, out: 1, currency: INR, valid_from: soon}\n", Invalid, "Line 2: prices.0.valid_from"),
            ("guards:\n  - {service: x, steps: []}\n", UnknownService, "Line 2: There is no"),
            ("guards:\n  - steps:\n    - guard: pii\n      action: hide\n", Invalid, "Line 4: guards.0.steps.0.action"),
            ("guards:\n  - steps:\n    - guard: shouting\n", Invalid, "Line 3: guards.0.steps.0"),
            ("retention:\n  - {project: x, days: 1, reason: y}\n", NotFound, "Line 2: There is no project"),
            ("retention:\n  - project: tests\n    days: 4000\n", Invalid, "Line 3: retention.0.days"),
            ("services:\n  - name: Help Line\n", Invalid, "Line 2: services.0.name"),
            ("services:\n  - {name: a, title: A, languages: [hindi]}\n", Invalid, "Line 2: services.0.languages.0"),
            ("services:\n  - name: a\n    titel: A\n", Invalid, "Line 2: services.0.title is missing"),
            ("\nsuspensions: []\n", Invalid, "Line 2: suspensions means nothing here"),
            ("services: [\n", Invalid, "Line 2 cannot be read"),
            ("services: {}\nservices: {}\n", Invalid, "Line 1 cannot be read: services is there twice"),
            ("services: &a []\nroutes: *a\n", Invalid, "cannot be read: aliases"),
            ("- services\n", Invalid, "Line 1: the file"),
            ("", Invalid, "Line 1: the file"),
            ("services: !!set {a}\n", Invalid, "no text, number, day or list"),
        ],
    )  # fmt: skip
    def test_whatever_else_is_wrong_is_refused_with_the_line(
        self, node: Node, text: str, kind: type[CorridorError], said: str
    ) -> None:
        error = refusal(node, text)
        assert said in error.message
        assert isinstance(error, kind)

    def test_what_comes_before_the_fault_in_the_file_is_not_kept(self, node: Node) -> None:
        error = refusal(node, WHOLE.replace("project: tests, days", "project: nobody, days"))
        assert error.message.startswith("Line 37: There is no project 'nobody'")

    def test_a_file_that_is_not_there_is_refused(self, node: Node) -> None:
        assert isinstance(run(node, "apply", str(node.home / "none.yaml")).exception, Invalid)


names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)
amounts = st.none() | st.integers(0, 10**15)
titles = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]))
SERVICES = st.fixed_dictionaries(
    {
        "name": names,
        "title": titles,
        "languages": st.lists(st.sampled_from(["en-Latn", "ja-Jpan"]), min_size=1),
    }
)
ROUTES = st.fixed_dictionaries(
    {"service": names, "providers": st.lists(names, min_size=1, unique=True)},
    optional={
        "default_language": st.just("en-Latn"),
        "audit": st.sampled_from(["strict", "normal"]),
    },
)
PRICES = st.fixed_dictionaries(
    {"provider": names, "in": amounts, "out": amounts, "currency": st.just("JPY")},
    optional={"valid_from": st.just(NOON)},
)
set_ups = st.fixed_dictionaries(
    {},
    optional={
        "services": st.lists(SERVICES, max_size=3),
        "routes": st.lists(ROUTES, max_size=3),
        "prices": st.lists(PRICES, max_size=3),
    },
)


@settings(max_examples=60)
@given(set_ups)
def test_what_a_set_up_is_written_as_is_read_as_the_same(fields: dict[str, object]) -> None:
    found = SetUp.model_validate(fields)

    assert set_up_in(text_of(found))[0] == found


@settings(max_examples=60)
@given(st.text() | st.from_regex(r"(services|routes|prices|guards):\n(\s{0,4}-? ?[a-z:]{0,9}\n)*"))
def test_any_text_is_taken_or_refused_with_a_place(text: str) -> None:
    with contextlib.suppress(Invalid):
        set_up_in(text)
        return
    with pytest.raises(Invalid, match=r"Line \d+|The file"):
        set_up_in(text)


def test_the_file_of_the_guide_is_one() -> None:
    guide = Path(__file__).parents[2] / "docs/guides/set-up-by-a-file.md"
    [text] = re.findall(r"^```yaml\n(.*?)^```$", guide.read_text("utf-8"), re.DOTALL | re.MULTILINE)

    found, _ = set_up_in(text)

    assert set(yaml.safe_load(text)) == set(SetUp.model_fields)
    assert found.services


def test_applying_and_the_single_commands_agree(node: Node) -> None:
    run(node, "offer", "helpline", "--title", "H", "--language", "en-Latn")
    run(node, "route", "helpline", "vendor", "own")
    run(node, "price", "set", "vendor", "--in", "1", "--out", "2", "--currency", "INR")
    run(node, "limit", "set", "model", "helpline", "--concurrency", "3")
    run(node, "retained", "keep", "tests", "--days", "3", "--reason", "why")
    with node.runtime.store.view() as view:
        found = node.runtime.service(Applying).export(view)
        assert node.runtime.service(Metering).prices(view)

    text = text_of(found)

    assert applied(node, text).output.startswith("Nothing to change: all 5 items")
