"""Drafting a request, seeing what it lacks, handing it in, seeing how it stands."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from support.asking import COMPLETE, REASON, Office, an_office
from support.supply import DIGEST, a_model

from corridor.access.errors import Incomplete, NoSuchRequest, NotAllowed, WrongState
from corridor.access.records import Form, TierForm
from corridor.access.records.requests import Gap
from corridor.access.rules.drafts import HOW, edited, fields_in, narrowing, nested
from corridor.access.rules.requests import FILLERS, Known, gaps
from corridor.access.service.requests import MAX_OPEN_DRAFTS
from corridor.core.errors import Conflict
from corridor.core.records import Part


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path) as made:
        made.rate(0)
        made.evidence()
        yield made


def lacking(office: Office, **fields: JsonValue) -> dict[str, Gap]:
    """Return what blocks a draft that is complete but for some fields."""
    return {gap.field: gap for gap in all_gaps(office, **fields) if gap.blocks}


def all_gaps(office: Office, **fields: JsonValue) -> list[Gap]:
    changes = {name.replace("__", "."): value for name, value in fields.items()}
    with office.writing() as tx:
        meera = office.people.principal(tx, "meera")
        return office.requests.missing(tx, office.requests.new(tx, meera, {**COMPLETE, **changes}))


def leaves(part: type[Part], above: str = "") -> Iterator[str]:
    for name, field in part.model_fields.items():
        inner: Any = field.annotation
        kinds = [inner, *getattr(inner, "__args__", ())]
        parts = [k for k in kinds if isinstance(k, type) and issubclass(k, Part)]
        if parts:
            yield from leaves(parts[0], f"{above}{name}.")
        else:
            yield f"{above}{name}"


def test_every_field_of_a_request_can_be_filled_in_and_says_how() -> None:
    assert set(HOW) == {*leaves(Form), *leaves(TierForm)}
    assert FILLERS.keys() == {name for name, f in Form.model_fields.items() if f.is_required()}


def test_a_draft_is_kept_though_nearly_everything_is_missing(office: Office) -> None:
    with office.writing() as tx:
        meera = office.people.principal(tx, "meera")
        draft = office.requests.new(tx, meera, {"surface": "agent"})
    with office.reading() as view:
        kept = office.requests.draft(view, draft.id, meera)
        found = office.requests.missing(view, kept)

    assert kept.fields == {"requester": "meera", "surface": "agent"}
    assert {gap.field for gap in found if gap.blocks} >= {"days", "languages", "purpose", "model"}
    assert all(gap.why == "is missing" for gap in found if gap.field in ("days", "purpose"))
    assert "conditions.tools" in {gap.field for gap in found}, "what fits is looked at as well"


def test_the_file_and_node_of_a_model_follow_from_its_name_and_the_class_from_the_purpose(
    office: Office,
) -> None:
    draft = office.draft()
    with office.reading() as view:
        fields = office.requests.draft(view, draft).fields

    assert (fields["model_sha256"], fields["node"]) == (DIGEST, "in")
    assert fields["use_class"] == "general"


def test_another_model_takes_its_own_file_along(office: Office) -> None:
    with office.writing() as tx:
        office.requests.catalogue.register(tx, a_model("large", sha256="cd" * 32))
    draft = office.draft()
    with office.writing() as tx:
        meera = office.people.principal(tx, "meera")
        changed = office.requests.edit(tx, draft, meera, {"model": "large"})
        unknown = office.requests.edit(tx, draft, meera, {"model": "nothing"})

    assert changed.fields["model_sha256"] == "cd" * 32
    assert "model_sha256" not in unknown.fields


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("purpose", "world-peace", "world-peace is not in the list of purposes"),
        ("days", None, "is missing"),
        ("days", 0, "is too small: at least 1"),
        ("days", 732, "is too large: at most 731"),
        ("days", "soon", "is no whole number"),
        ("languages", "hindi", "no language tag"),
        ("languages", "hi-Deva,xx", "no language tag"),
        ("languages", None, "is missing"),
        ("use_class", "harmless", "is not one of"),
        ("sensitivity", "none", "is not one of"),
        ("purpose_text", "short", "is too short: at least 10"),
        ("project", "moonshot", "there is no project moonshot"),
        ("requester", "nobody", "nobody is nobody who is known here"),
        ("node", "mars", "mars is neither this node nor a partner"),
        ("model", "nothing", "is missing"),
        ("model_sha256", "ef" * 32, "is not the file that in states as small"),
        ("conditions.hours.start", 25, "is too large"),
        ("conditions.quota.requests", 0, "is too small"),
    ],
)
def test_a_field_that_does_not_fit_is_named_with_what_to_do(
    office: Office, field: str, value: JsonValue, why: str
) -> None:
    found = lacking(office, **{field: value})
    place = "model_sha256" if field == "model" else field

    assert why in found[place].why
    assert found[place].how


def test_a_class_below_that_of_the_purpose_does_not_do(office: Office) -> None:
    found = lacking(office, purpose="security-defence", use_class="general")

    assert "is below" in found["use_class"].why


def test_offensive_use_needs_a_right_to_the_target_and_where_it_is_kept(office: Office) -> None:
    without = lacking(office, use_class="offensive")
    unfounded = lacking(office, use_class="dual_use", target__basis="own")
    founded = lacking(
        office, use_class="dual_use", target__basis="own", target__reference="file 12 at acme"
    )

    assert list(without) == ["target.basis"]
    assert list(unfounded) == ["target.reference"]
    assert founded == {}


def test_an_agent_needs_tools_and_nobody_else_has_any(office: Office) -> None:
    assert list(lacking(office, surface="agent")) == ["conditions.tools"]
    assert lacking(office, surface="agent", conditions__tools="search, mail") == {}
    waiting = lacking(
        office, surface="agent", conditions__tools="search", conditions__ask_for="mail"
    )
    assert waiting["conditions.ask_for"].why == "mail is none of the tools that are asked for"
    assert "agents only" in lacking(office, conditions__tools="search")["conditions.tools"].why


def test_a_grant_lasts_no_longer_than_the_tier_allows_and_an_unrated_model_is_of_the_highest(
    tmp_path: Path,
) -> None:
    with an_office(tmp_path) as office:
        unrated = lacking(office, days=91)
        office.rate(1)
        rated = lacking(office, days=91)

    assert unrated["days"].why == "is too long: at most 90 days for a model of tier 3"
    assert rated == {}


def test_a_language_without_evidence_is_told_and_does_not_block(office: Office) -> None:
    found = all_gaps(office, languages="hi-Deva,ta-Taml")

    assert [(gap.field, gap.blocks) for gap in found] == [("languages", False)]
    assert "ta-Taml" in found[0].why


def test_work_of_another_organisation_is_not_asked_for(office: Office) -> None:
    office.project("theirs", "tokodai")

    assert "work of tokodai" in lacking(office, project="theirs")["project"].why


@pytest.mark.parametrize(
    "changes",
    [
        {"dayz": 3},
        {"conditions": {"quota": {"request": 3}}},
        {"days": [1]},
        {"days": float("nan")},
        {"days": 10**400},
        {"languages": [["hi-Deva"]]},
        {"purpose_text": "line\x1b[2Jcleared"},
        {"oversight": "\x00"},
        {"affected": "\ud800"},
        {"purpose_text": "x" * 70_000},
        {"__class__": "x"},
        {"requester.name": "x"},
    ],
)
def test_what_no_field_can_hold_is_refused_and_the_draft_stays(
    office: Office, changes: dict[str, JsonValue]
) -> None:
    draft = office.draft()
    with office.reading() as view:
        before = office.requests.draft(view, draft)

    with pytest.raises(Incomplete), office.writing() as tx:
        office.requests.edit(tx, draft, office.people.principal(tx, "meera"), changes)

    with office.reading() as view:
        assert office.requests.draft(view, draft) == before


def test_a_misspelt_field_is_told_what_it_may_have_meant() -> None:
    with pytest.raises(Incomplete) as refused:
        edited({}, {"purpos_text": "x"})

    assert refused.value.hint == "Did you mean purpose_text?"


def test_an_empty_value_takes_a_field_out() -> None:
    assert edited({"affected": "all", "days": 3}, {"affected": ""}) == {"days": 3}


def test_fields_are_read_from_yaml_and_json_alike() -> None:
    yaml = "days: 30\nlanguages: [hi-Deva]\nconditions:\n  quota: {requests: 100}\n"
    json = '{"days": 30, "languages": ["hi-Deva"], "conditions.quota.requests": 100}'

    assert edited({}, fields_in(yaml)) == edited({}, fields_in(json))
    assert nested(edited({}, fields_in(json)))["conditions"] == {"quota": {"requests": 100}}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("days: [1", "at line"),
        ("- 1", "no list of fields"),
        ("1: 2", "no list of fields"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("a: !!python/object/apply:os.getcwd []", "constructor"),
        ("x" * 70_000, "larger"),
        ("[" * 5000, "cannot be read"),
    ],
)
def test_a_file_that_holds_no_fields_is_refused_with_the_place(text: str, why: str) -> None:
    with pytest.raises(Incomplete, match=why):
        fields_in(text)


def test_only_a_complete_draft_is_handed_in_and_the_first_gap_is_named(office: Office) -> None:
    draft = office.draft(purpose="world-peace", days=None)

    with pytest.raises(Incomplete) as refused, office.writing() as tx:
        office.requests.submit(tx, draft, office.people.principal(tx, "meera"))

    assert refused.value.message.startswith("purpose: world-peace is not in the list")
    assert refused.value.facts["fields"] == "purpose use_class days"
    assert office.state(draft).stage == "draft"
    assert office.state(draft).waits[0].names == ("purpose", "use_class", "days")


def test_a_request_that_was_handed_in_does_not_change(office: Office) -> None:
    draft = office.draft()
    with office.writing() as tx:
        meera = office.people.principal(tx, "meera")
        request = office.requests.submit(tx, draft, meera)

    with pytest.raises(WrongState), office.writing() as tx:
        office.requests.edit(tx, draft, meera, {"days": 60})
    with pytest.raises(WrongState), office.writing() as tx:
        office.requests.submit(tx, draft, meera)

    assert office.state(draft).id == request.id, "it is found by the draft's id too"
    assert office.state(request.id).stage == "waiting"


def test_a_request_is_handed_in_by_who_will_use_it_or_answers_for_it(office: Office) -> None:
    office.service_of("meera", "bot", "mission")
    office.person("ravi", "mission")

    own = office.ask(requester="bot")
    with pytest.raises(NotAllowed, match="ravi cannot ask for bot"):
        office.ask("ravi", requester="bot")

    form = office.state(own).form
    assert form is not None
    assert (form.requester, office.state(own).asked_by) == ("bot", "meera")


def test_nobody_sees_or_changes_the_draft_of_another(office: Office) -> None:
    ravi, draft = office.person("ravi", "mission"), office.draft()

    with pytest.raises(NoSuchRequest), office.reading() as view:
        office.requests.draft(view, draft, ravi)
    with pytest.raises(NoSuchRequest), office.writing() as tx:
        office.requests.edit(tx, draft, ravi, {"days": 1})


def test_members_see_their_own_requests_and_approvers_see_all(office: Office) -> None:
    request = office.ask()
    ravi, asha = office.person("ravi", "mission"), office.approver("asha")

    with office.reading() as view:
        meera = office.people.principal(view, "meera")
        assert [s.id for s in office.requests.states(view, meera)] == [request]
        assert [s.id for s in office.requests.states(view, asha)] == [request]
        assert office.requests.states(view, ravi) == []
        with pytest.raises(NoSuchRequest):
            office.requests.state(view, request, ravi)


def test_a_request_is_taken_back_by_whose_it_is_and_then_nobody_decides_on_it(
    office: Office,
) -> None:
    request, asha = office.ask(), office.approver("asha")

    with pytest.raises(NotAllowed), office.writing() as tx:
        office.requests.withdraw(tx, request, asha, REASON)
    with office.writing() as tx:
        office.requests.withdraw(tx, request, office.people.principal(tx, "meera"), REASON)

    assert office.state(request).stage == "withdrawn"
    with pytest.raises(WrongState):
        office.approve(request, "asha")


def test_what_it_waits_for_is_said_in_words_and_data(office: Office) -> None:
    request = office.ask(languages="ta-Taml")

    approval, evidence = office.state(request).waits

    assert (approval.waits_for, approval.missing) == ("approvals", 1)
    assert approval.words == "the approval of another person"
    assert (evidence.waits_for, evidence.names) == ("evidence", ("ta-Taml",))
    assert "in ta-Taml: there is none" in evidence.words


def test_drafts_do_not_pile_up_without_end(office: Office) -> None:
    for _ in range(MAX_OPEN_DRAFTS):
        office.draft()

    with pytest.raises(Conflict, match="drafts already"):
        office.draft()


def test_an_approver_sets_conditions_languages_and_days_and_nothing_else() -> None:
    less = narrowing({"conditions.quota.requests": "5", "languages": "hi-Deva", "days": "3"})

    assert (less.days, less.languages) == (3, ("hi-Deva",))
    assert less.conditions is not None
    assert less.conditions.model_fields_set == {"quota"}
    with pytest.raises(Incomplete, match="not for an approver"):
        narrowing({"purpose": "research"})
    with pytest.raises(Incomplete, match="conditions.hours.end: is missing"):
        narrowing({"conditions.hours.start": 3})


NOBODY = Known({}, {}, {}, "in", frozenset(), {})
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.text(max_size=12), max_size=3),
)


@given(st.dictionaries(st.sampled_from(list(HOW)), VALUES, max_size=12))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_typed_is_refused_or_kept_and_its_gaps_are_of_the_form(
    changes: dict[str, JsonValue],
) -> None:
    try:
        fields = edited({}, changes)
    except Incomplete:
        return
    for gap in gaps(fields, NOBODY):
        assert any(name == gap.field or name.startswith(f"{gap.field}.") for name in HOW), gap
