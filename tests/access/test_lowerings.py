"""Two persons of different organisations lower a tier; one does not, whoever it is."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from fastapi.testclient import TestClient
from support.asking import Office, an_office
from support.supply import DIGEST
from support.tiered import a_rule, some_rules
from typer.testing import CliRunner, Result

from corridor.access.commands import lowerings as commands
from corridor.access.errors import NotAllowed, NotKnown, SelfApproval
from corridor.access.routes import lowerings as routes
from corridor.access.service.lowerings import Lowerings
from corridor.assurance import Assurance, LoweringConfirmed, TierLowering
from corridor.assurance.errors import NoSuchLowering, NotAnother, NotLower
from corridor.core.errors import Conflict, Forbidden

DAY = 86_400
WHY = "tested by two teams, and the same was found"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path / "in") as made:
        made.rate(2)
        made.approver("asha", "mission")
        made.approver("ravi", "mission")
        made.approver("yuki", "tokodai")
        yield made


def propose(office: Office, by: str = "asha", tier: int = 1, days: int = 30) -> str:
    with office.writing() as tx:
        proposal = office.runtime.service(Lowerings).propose(
            tx,
            office.people.principal(tx, by),
            "small",
            tier,  # pyright: ignore[reportArgumentType]
            WHY,
            domain="general",
            days=days,
        )
    return str(proposal.id)


def confirm(office: Office, lowering: str, by: str = "yuki", sha256: str | None = None) -> None:
    service = office.runtime.service(Lowerings)
    with office.writing() as tx:
        kept = service.lowering.proposal(tx, lowering)
        person = office.people.principal(tx, by)
        service.confirm(tx, person, lowering, sha256=sha256 or kept.entry.sha256, reasons=WHY)


def tier_of(office: Office) -> int:
    with office.reading() as view:
        return office.runtime.service(Assurance).tier(view, DIGEST, ["hi-Deva"])[0]


def test_a_proposal_lowers_nothing_before_somebody_of_another_organisation_agrees(
    office: Office,
) -> None:
    lowering = propose(office)
    assert tier_of(office) == 2

    confirm(office, lowering)

    assert tier_of(office) == 1
    with office.reading() as view:
        acts = [each.act for each in view.audited()]
    assert acts[-2:] == ["tier.lower", "tier.confirm"]


@pytest.mark.parametrize(
    ("by", "error"), [("ravi", NotAnother), ("asha", SelfApproval), ("meera", NotAllowed)]
)
def test_who_is_no_other_approver_of_another_organisation_does_not_confirm(
    office: Office, by: str, error: type[Forbidden]
) -> None:
    lowering = propose(office)

    with pytest.raises(error):
        confirm(office, lowering, by)

    assert tier_of(office) == 2


def test_one_person_does_not_confirm_under_a_second_account(office: Office) -> None:
    office.approver("asha-2", "tokodai", person="asha")
    office.verify("asha", "high", "asha")
    lowering = propose(office)

    with pytest.raises(SelfApproval):
        confirm(office, lowering, "asha-2")


def test_whose_identity_is_not_verified_as_the_tier_asks_does_not_propose(office: Office) -> None:
    office.rate(3)
    office.approver("kenji", "tokodai", level="low")

    with pytest.raises(NotAllowed):
        propose(office, "kenji")


def test_what_is_not_lower_or_for_no_time_is_refused(office: Office) -> None:
    with pytest.raises(NotLower):
        propose(office, tier=2)
    with pytest.raises(Conflict):
        propose(office, days=0)
    with pytest.raises(Conflict):
        propose(office, days=732)


def test_a_proposal_that_is_over_or_taken_back_or_of_other_bytes_is_not_confirmed(
    office: Office,
) -> None:
    lowering, withdrawn = propose(office, days=1), propose(office)
    with office.writing() as tx:
        tx.withdraw(withdrawn, "the tests were wrong")

    with pytest.raises(NoSuchLowering):
        confirm(office, withdrawn)
    with pytest.raises(Conflict):
        confirm(office, lowering, sha256="f" * 64)
    office.clock.advance(DAY)
    with pytest.raises(NoSuchLowering):
        confirm(office, lowering)


def test_a_lowering_ends_by_itself_and_when_it_is_taken_back(office: Office) -> None:
    lowering = propose(office, days=1)
    confirm(office, lowering)
    assert tier_of(office) == 1
    office.clock.advance(DAY)
    assert tier_of(office) == 2

    again = propose(office)
    confirm(office, again)
    assert tier_of(office) == 1
    with office.writing() as tx:
        tx.withdraw(again, "the tests were wrong")
    assert tier_of(office) == 2


def test_it_lowers_below_what_rules_come_to(office: Office) -> None:
    with office.writing() as tx:
        tx.append(some_rules(a_rule()))
    assert tier_of(office) == 3

    confirm(office, propose(office, tier=0))

    with office.reading() as view:
        found = office.runtime.service(Assurance).standing(view, DIGEST, "hi-Deva")
    assert {each.domain: each.tier for each in found.domains}["general"] == 0


def test_a_partners_person_confirms_by_a_record_of_their_node(tmp_path: Path) -> None:
    with an_office(tmp_path / "in") as here, an_office(tmp_path / "jp", "jp") as there:
        for office, other in ((here, there), (there, here)):
            office.partner(other.name)
        here.rate(2)
        here.approver("asha", "mission")
        there.approver("yuki", "tokodai")
        there.rate(2)
        lowering = propose(here)
        there.read(here)

        confirm(there, lowering)

        assert (tier_of(here), tier_of(there)) == (2, 2)
        here.read(there)
        assert (tier_of(here), tier_of(there)) == (1, 2)
        with here.reading() as view:
            [found] = here.runtime.service(Lowerings).all(view)
        assert [(issuer, word.confirmed_by) for issuer, word in found.confirmations] == [
            ("jp", "yuki")
        ]


@pytest.fixture
def caller(office: Office) -> Iterator[TestClient]:
    with TestClient(office.app(routes.router)) as made:
        yield made


def headers(office: Office, name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {office.personal_key(name)}"}


def test_it_is_proposed_and_confirmed_over_http(office: Office, caller: TestClient) -> None:
    body = {"model": "small", "domain": "general", "tier": 1, "reasons": WHY}
    asha, yuki = headers(office, "asha"), headers(office, "yuki")
    assert caller.post("/assurance/lowerings", json=body).status_code == 401

    proposed = caller.post("/assurance/lowerings", json=body, headers=asha)
    assert proposed.status_code == 201, proposed.text
    [listed] = caller.get("/assurance/lowerings", headers=yuki).json()
    assert (listed["lowers"], listed["issuer"]) == (False, "in")
    place = f"/assurance/lowerings/{proposed.json()['id']}/confirmations"
    word = {"sha256": listed["sha256"], "reasons": WHY}
    assert caller.post(place, json=word, headers=asha).status_code == 403
    confirmed = caller.post(place, json=word, headers=yuki)

    assert confirmed.status_code == 201, confirmed.text
    assert LoweringConfirmed.model_validate(confirmed.json()).organisation == "tokodai"
    assert TierLowering.model_validate(proposed.json()).organisation == "mission"
    assert tier_of(office) == 1


def test_a_file_is_named_by_its_digest_as_well(office: Office, caller: TestClient) -> None:
    body = {"model": DIGEST, "domain": "general", "tier": 1, "reasons": WHY}

    answer = caller.post("/assurance/lowerings", json=body, headers=headers(office, "asha"))

    assert (answer.status_code, answer.json()["model"]) == (201, "small")


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "A B"},
        {"domain": "weather"},
        {"tier": 4},
        {"tier": "1"},
        {"days": 0},
        {"reasons": "no"},
    ],
)
def test_a_proposal_that_is_not_right_is_refused_with_its_place(
    office: Office, caller: TestClient, wrong: dict[str, object]
) -> None:
    body = {"model": "small", "domain": "general", "tier": 1, "reasons": WHY, **wrong}

    answer = caller.post("/assurance/lowerings", json=body, headers=headers(office, "asha"))

    assert answer.status_code == 422
    assert next(iter(wrong)) in answer.text


def run(office: Office, *words: str, by: str | None = None) -> Result:
    app = typer.Typer()
    for command in (commands.lower, commands.confirm, commands.lowerings):
        app.command(command.__name__)(command)
    file = office.home.parent / f"{by}.key"
    if by:
        file.write_text(office.personal_key(by))
    key = ["--key", str(file)] if by else []
    return CliRunner(env={"COLUMNS": "250"}).invoke(app, [*words, *key], obj=office.runtime)


def test_it_is_proposed_and_confirmed_on_the_command_line(office: Office) -> None:
    assert (
        "counts when another"
        in run(office, "lower", "small", "1", "--reasons", WHY, by="asha").output
    )
    [listed] = json.loads(run(office, "lowerings", "--json").output)
    lowering = listed["proposal"]["id"]
    assert (listed["lowers"], listed["confirmations"]) == (False, [])
    assert "nobody yet" in run(office, "lowerings").output
    alone = run(office, "confirm", lowering, "--reasons", WHY)
    assert isinstance(alone.exception, NotKnown)

    said = run(office, "confirm", lowering, "--reasons", WHY, by="yuki")

    assert said.exit_code == 0, said.exception
    assert "limited, in general at in till" in said.output
    assert "yuki of tokodai" in run(office, "lowerings").output
    assert tier_of(office) == 1
