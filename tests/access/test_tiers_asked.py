"""A request may name a tier; approvers name exact models of it, and each is granted by itself."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import JsonValue
from support.asking import COMPLETE, REASON, Office, an_office
from support.supply import DIGEST, a_model

from corridor.access.errors import Incomplete, NotAllowed, SelfApproval, WrongState
from corridor.access.records import Grant
from corridor.access.service.naming import Naming
from corridor.core.errors import NotFound

SECOND, UNRATED, HIGH = "2" * 64, "3" * 64, "4" * 64
FIELDS: dict[str, JsonValue] = {name: COMPLETE[name] for name in COMPLETE if name != "model"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A node with models of tiers 1, 0 and 2, and one that nobody rated."""
    with an_office(tmp_path) as made:
        models = {"second": SECOND, "unrated": UNRATED, "high": HIGH, "same": DIGEST}
        with made.writing() as tx:
            for name, digest in models.items():
                made.requests.catalogue.register(tx, a_model(name, sha256=digest))
        made.rate(1)
        made.evidence()
        made.approver("asha")
        made.approver("bela")
        for digest in (SECOND, UNRATED, HIGH):
            made.evidence(sha256=digest)
        rate(made, "second", SECOND, 0)
        rate(made, "high", HIGH, 2)
        yield made


def rate(office: Office, model: str, sha256: str, tier: int) -> None:
    with office.writing() as tx:
        office.grants.cases.assurance.rate(tx, model, tier, "rated for a test", sha256=sha256)  # pyright: ignore[reportArgumentType]


def ask(office: Office, tier: int = 1, by: str = "meera", **fields: JsonValue) -> str:
    with office.writing() as tx:
        who = office.people.principal(tx, by)
        draft = office.requests.new(tx, who, {**FIELDS, "tier": tier, **fields})
        return office.requests.submit(tx, draft.id, who).id


def name(
    office: Office, request: str, by: str, models: Sequence[str], **fields: object
) -> Sequence[Grant | None]:
    seen = office.state(request).sha256
    words: dict[str, object] = {"sha256": seen, "reason": REASON, **fields}
    with office.writing() as tx:
        naming = office.runtime.service(Naming)
        return naming.approve(tx, request, office.anyone(tx, by), models, **words)  # pyright: ignore[reportArgumentType]


def grants(office: Office) -> list[Grant]:
    with office.reading() as view:
        return [standing.grant for standing in office.grants.grants(view)]


def test_a_request_for_a_tier_waits_for_somebody_who_names_models(office: Office) -> None:
    request = ask(office)

    state = office.state(request)

    assert (state.stage, state.form, state.tier) == ("waiting", None, 1)
    assert state.tier_form is not None
    assert state.tier_form.tier == 1
    assert [wait.waits_for for wait in state.waits] == ["models"]
    with office.reading() as view:
        assert request in [each.id for each in office.requests.states(view)]


def test_one_grant_comes_of_each_model_that_is_named_on_its_own_evidence(office: Office) -> None:
    request = ask(office)

    made = name(office, request, "asha", ["small", "second"], days=10)

    assert [grant and (grant.model_sha256, grant.tier) for grant in made] == [
        (DIGEST, 1),
        (SECOND, 0),
    ]
    first, second = grants(office)
    assert first.evidence != second.evidence
    assert {(grant.until - grant.valid_from).days for grant in (first, second)} == {10}
    state = office.state(request)
    assert (state.stage, state.waits) == ("named", ())
    exact = [office.state(each) for each in state.became]
    assert [each.stage for each in exact] == ["granted", "granted"]
    assert {each.tier_request_id for each in exact} == {request}


def test_a_model_above_the_tier_is_refused_and_nothing_is_kept(office: Office) -> None:
    request = ask(office)

    with pytest.raises(NotAllowed, match="high is of tier 2"):
        name(office, request, "asha", ["small", "high"])

    assert (office.state(request).stage, grants(office)) == ("waiting", [])


def test_a_model_that_nobody_rated_counts_as_the_highest_and_is_refused(office: Office) -> None:
    request = ask(office, tier=2)

    with pytest.raises(NotAllowed, match="nobody rated unrated, so it counts as tier 3"):
        name(office, request, "asha", ["unrated"])


def test_a_tier_that_rises_later_takes_no_grant_with_it(office: Office) -> None:
    name(office, ask(office), "asha", ["small"])

    office.rate(2)

    with office.reading() as view:
        [standing] = office.grants.grants(view)
    assert standing.grant.tier == 1
    with pytest.raises(NotAllowed, match="small is of tier 2"):
        name(office, ask(office), "asha", ["small"])


def test_an_upper_tier_needs_two_persons_for_each_model(office: Office) -> None:
    request = ask(office, tier=2)

    high, second = name(office, request, "asha", ["high", "second"])

    assert high is None
    assert second is not None
    [waiting] = [each for each in office.state(request).became if office.state(each).waits]
    assert office.state(waiting).waits[0].waits_for == "approvals"
    assert office.state(waiting).approved_by == ("asha",)
    with pytest.raises(WrongState, match="asha has decided"):
        office.approve(waiting, "asha")
    assert office.approve(waiting, "bela") is not None


def test_nobody_names_models_for_themselves_under_any_account(office: Office) -> None:
    office.approver("meera-2", person="meera")
    office.verify("meera", "high", "meera")
    request = ask(office)

    with pytest.raises(SelfApproval):
        name(office, request, "meera-2", ["small"])

    assert office.state(request).stage == "waiting"


def test_only_approvers_name_models(office: Office) -> None:
    office.person("ravi", "mission")
    with pytest.raises(NotAllowed):
        name(office, ask(office), "ravi", ["small"])


def test_a_model_without_evidence_waits_for_it_and_the_others_do_not(office: Office) -> None:
    with office.writing() as tx:
        office.requests.catalogue.register(tx, a_model("third", sha256="5" * 64))
    rate(office, "third", "5" * 64, 1)
    request = ask(office)

    third, small = name(office, request, "asha", ["third", "small"])

    assert third is None
    assert small is not None
    waiting = office.state(office.state(request).became[0])
    assert [wait.waits_for for wait in waiting.waits] == ["evidence"]


def test_what_nobody_has_stated_or_is_one_file_twice_is_refused(office: Office) -> None:
    request = ask(office)
    with pytest.raises(NotFound):
        name(office, request, "asha", ["nothing"])
    for models in (["small", "same"], []):
        with pytest.raises(Incomplete):
            name(office, request, "asha", models)


def test_models_are_named_once_and_for_a_tier_only(office: Office) -> None:
    request, exact = ask(office), office.ask()
    with pytest.raises(WrongState, match="names a tier"):
        office.approve(request, "asha")
    with pytest.raises(WrongState, match="names its model"):
        name(office, exact, "asha", ["small"])
    name(office, request, "asha", ["small"])
    with pytest.raises(WrongState, match="is named"):
        name(office, request, "bela", ["second"])


def test_a_request_for_a_tier_is_refused_appealed_and_decided_by_another(office: Office) -> None:
    request = ask(office)
    office.refuse(request, "asha")
    assert office.state(request).refused_because == REASON
    with office.writing() as tx:
        meera = office.people.principal(tx, "meera")
        office.grants.appeal(tx, request, meera, "the plan was changed")
    assert office.state(request).stage == "appealed"
    with pytest.raises(NotAllowed, match="refused it before"):
        name(office, request, "asha", ["small"])

    assert name(office, request, "bela", ["small"])


def test_a_request_for_a_tier_is_withdrawn_by_those_whose_it_is(office: Office) -> None:
    request = ask(office)
    with office.writing() as tx:
        office.requests.withdraw(tx, request, office.anyone(tx, "meera"), "not needed")
    assert office.state(request).stage == "withdrawn"
    with pytest.raises(WrongState):
        name(office, request, "asha", ["small"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"days": None}, "days"),
        ({"tier": 4}, "tier"),
        ({"tier": "any"}, "tier"),
        ({"model": "small"}, "tier"),
        ({"node": "in"}, "tier"),
        ({"tier": 2, "days": 200}, "days"),
        ({"purpose": "world-peace"}, "purpose"),
        ({"project": "nothing"}, "project"),
    ],
)
def test_an_incomplete_request_for_a_tier_is_kept_and_says_what_it_needs(
    office: Office, changes: dict[str, JsonValue], field: str
) -> None:
    with office.writing() as tx:
        meera = office.people.principal(tx, "meera")
        fields: dict[str, JsonValue] = {**FIELDS, "tier": 1, "use_class": "general", **changes}
        draft = office.requests.new(tx, meera, fields)
    state = office.state(draft.id)
    assert state.stage == "draft"
    assert state.waits[0].names == (field,)

    with office.writing() as tx, pytest.raises(Incomplete, match=field):
        office.requests.submit(tx, draft.id, meera)


def test_others_see_nothing_of_a_request_for_a_tier(office: Office) -> None:
    request = ask(office)
    ravi = office.person("ravi", "mission")
    with office.reading() as view:
        assert office.requests.states(view, ravi) == []
        with pytest.raises(NotFound):
            office.requests.state(view, request, ravi)
