from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from support.access import Desk, a_desk
from support.builders import NOON

from corridor.access.errors import NoSuchPrincipal, NoSuchPurpose, NotKnown, NotTrusted
from corridor.access.records import LOCAL, Account, Principal, Role, VerifiedClaim
from corridor.access.rules.identities import looks_like_a_document
from corridor.access.settings import IssuerSettings
from corridor.core.errors import Conflict, Invalid, NotFound

ISSUER = "https://id.example"
LATER = NOON + timedelta(days=30)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    trusted = IssuerSettings(issuer=ISSUER, client_id="corridor")
    with a_desk(tmp_path, issuers=[trusted]) as desk:
        yield desk


def keep(desk: Desk, name: str, **fields: object) -> VerifiedClaim:
    values = {
        "claim": "identity",
        "value": "verified",
        "level": "low",
        "verified_by": "operator",
        "method": "in person",
        "until": LATER,
        "person": None,
    } | fields
    with desk.writing() as tx:
        return desk.people.claim(tx, name, **values)  # pyright: ignore[reportArgumentType]


def level(desk: Desk, name: str) -> int:
    with desk.reading() as view:
        return desk.people.identity_level(view, name)


def same(desk: Desk, one: str, other: str) -> bool:
    with desk.reading() as view:
        found = desk.people.same_person(view, one, other)
        assert desk.people.same_person(view, other, one) == found
    return found


def test_who_was_registered_is_found_and_the_same_again_changes_nothing(desk: Desk) -> None:
    first = desk.person("ana", roles=("member", "approver", "member"))

    assert first.roles == ("approver", "member")
    assert desk.person("ana", roles=("approver", "member")) == first
    with desk.reading() as view:
        assert desk.people.principal(view, "ana") == first
        assert len(list(view.own(Principal))) == 1


def test_a_name_is_given_once(desk: Desk) -> None:
    desk.person("ana")
    with pytest.raises(Conflict):
        desk.person("ana", organisation="tokodai")
    with desk.writing() as tx:
        desk.people.leave(tx, "ana", "left acme")

    with pytest.raises(Conflict):
        desk.person("ana")


def test_an_organisation_that_the_catalogue_lacks_has_no_people(desk: Desk) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        desk.person("ana", organisation="nowhere")
    desk.person("ana")
    with desk.writing() as tx, pytest.raises(NotFound):
        desk.people.change(tx, "ana", "moved", organisation="nowhere")


@pytest.mark.parametrize("name", ["operator", "cli", "Ana Example", "", "../ana", "a" * 64])
def test_a_name_that_could_be_taken_for_something_else_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises((Invalid, ValidationError)):
        desk.person(name)


def test_a_service_needs_a_person_who_answers_for_it(desk: Desk) -> None:
    desk.person("ana")
    with desk.writing() as tx:
        for responsible in (None, "bot"):
            with pytest.raises((Invalid, NoSuchPrincipal)):
                desk.people.register(tx, "bot", "service", "acme", (), responsible)
        made = desk.people.register(tx, "bot", "service", "acme", (), "ana")
        with pytest.raises(Invalid, match="no person"):
            desk.people.register(tx, "bot-2", "agent", "acme", (), "bot")
        with pytest.raises(Invalid, match="answers for themselves"):
            desk.people.register(tx, "ben", "person", "acme", (), "ana")

    assert made.responsible == "ana"


def test_only_a_person_approves(desk: Desk) -> None:
    desk.person("ana")
    desk.service_of("ana", "bot")
    with desk.writing() as tx:
        wishes: tuple[tuple[Role, ...], ...] = (("approver",), ("member", "approver"))
        for wanted in wishes:
            with pytest.raises(Invalid, match="only a person decides"):
                desk.people.change(tx, "bot", "more", roles=wanted)


def test_roles_change_and_what_is_not_named_stays(desk: Desk) -> None:
    desk.person("ana", "acme", ("member",))
    with desk.writing() as tx:
        changed = desk.people.change(tx, "ana", "new task", roles=("auditor",))
        again = desk.people.change(tx, "ana", "new task", roles=("auditor",))
        none: tuple[Role, ...] = ()
        bare = desk.people.change(tx, "ana", "no task", roles=none)

    assert (changed.roles, changed.organisation, changed.reason) == (
        ("auditor",),
        "acme",
        "new task",
    )
    assert again == changed
    assert bare.roles == ()


def test_who_leaves_takes_keys_and_sessions_with_them(desk: Desk) -> None:
    desk.person("ana")
    desk.project()
    personal, project = desk.personal_key("ana"), desk.project_key("ana")
    with desk.writing() as tx:
        desk.identities.set_password(tx, "ana", "four words that rhyme")
        session = desk.identities.begin_session(tx, "ana").token
    assert desk.known(session) == desk.known(personal) == "ana"

    with desk.writing() as tx:
        desk.people.leave(tx, "ana", "left acme")

    for shown in (personal, session):
        with pytest.raises(NotKnown):
            desk.known(shown)
    with desk.reading() as view:
        with pytest.raises(NotKnown):
            desk.keys.holding(view, project)
        with pytest.raises(NotKnown):
            desk.identities.check_password(view, "ana", "four words that rhyme")
        with pytest.raises(NoSuchPrincipal):
            desk.people.principal(view, "ana")
        assert [p.active for p in desk.people.people(view)] == [False]


def test_nobody_leaves_twice_or_without_having_been_here(desk: Desk) -> None:
    desk.person("ana")
    with desk.writing() as tx:
        desk.people.leave(tx, "ana", "left")
        for name in ("ana", "ben", "\udcff", "a" * 5000, '"%_'):
            with pytest.raises(NoSuchPrincipal):
                desk.people.leave(tx, name, "left")


def test_services_of_one_who_left_are_listed_until_another_answers_for_them(desk: Desk) -> None:
    desk.person("ana")
    desk.person("ben")
    desk.service_of("ana", "bot")
    with desk.writing() as tx:
        desk.people.leave(tx, "ana", "left")
        assert [p.name for p in desk.people.unanswered(tx)] == ["bot"]
        desk.people.change(tx, "bot", "taken over", responsible="ben")
        assert desk.people.unanswered(tx) == []


def test_an_account_is_one_principals_and_of_a_trusted_issuer(desk: Desk) -> None:
    desk.person("ana")
    desk.person("ben")
    with desk.writing() as tx:
        made = desk.people.link(tx, "ana", ISSUER, "42")
        assert desk.people.link(tx, "ana", ISSUER, "42") == made
        with pytest.raises(Conflict, match="ana"):
            desk.people.link(tx, "ben", ISSUER, "42")
        with pytest.raises(NotTrusted):
            desk.people.link(tx, "ben", "https://evil.example", "42")
        with pytest.raises(NotTrusted):
            desk.people.link(tx, "ben", LOCAL, "ana")
        assert [a.subject for a in desk.people.accounts(tx, "ana")] == ["42"]
        assert len(list(tx.own(Account))) == 1


def test_a_verified_claim_counts_until_it_ends(desk: Desk) -> None:
    desk.person("ana")
    keep(desk, "ana", level="high", until=NOON + timedelta(days=1))
    keep(desk, "ana", level="low")
    keep(desk, "ana", claim="nationality", level="high", value="JP")

    assert level(desk, "ana") == 3
    desk.clock.advance(24 * 3600)
    assert level(desk, "ana") == 1
    desk.clock.advance(30 * 24 * 3600)
    assert level(desk, "ana") == 0


def test_the_same_result_again_is_kept_once(desk: Desk) -> None:
    desk.person("ana")

    assert keep(desk, "ana") == keep(desk, "ana")
    with desk.reading() as view:
        assert len(desk.people.claims(view, "ana")) == 1


def test_a_withdrawn_claim_counts_no_more(desk: Desk) -> None:
    desk.person("ana")
    made = keep(desk, "ana", level="high")
    with desk.writing() as tx:
        tx.withdraw(made.id, "it was another Ana")

    assert level(desk, "ana") == 0


def test_a_claim_of_an_issuer_that_is_not_trusted_is_refused(desk: Desk) -> None:
    desk.person("ana")
    for fields in (
        {"verified_by": "https://evil.example", "method": "oidc"},
        {"verified_by": "https://evil.example", "method": "in person"},
        {"verified_by": "ben", "method": "oidc"},
    ):
        with pytest.raises(NotTrusted):
            keep(desk, "ana", **fields)

    assert keep(desk, "ana", verified_by=ISSUER, method="oidc").verified_by == ISSUER


@pytest.mark.parametrize("by", ["stranger", "", "app", "gone", "ana", "ana2"])
def test_only_a_person_of_the_node_verifies_and_never_themselves(desk: Desk, by: str) -> None:
    for name in ("ana", "ana2", "ben", "gone"):
        desk.person(name)
    with desk.writing() as tx:
        desk.people.register(tx, "app", "service", "acme", (), "ben")
        desk.people.leave(tx, "gone", "moved on")
    for name in ("ana", "ana2"):
        keep(desk, name, person="ana of Pune")

    with pytest.raises(NotTrusted, match="^verified_by: "):
        keep(desk, "ana", verified_by=by, level="high")

    keep(desk, "ben", person="ben of Osaka")
    with pytest.raises(NotTrusted, match="themselves"):
        keep(desk, "ana", verified_by="ben", person="ben of Osaka")
    assert level(desk, "ana") == 1, "what was known stays"
    assert keep(desk, "ana", verified_by="ben", level="high").verified_by == "ben"


def test_a_claim_counts_no_more_when_its_issuer_is_trusted_no_more(tmp_path: Path) -> None:
    trusted = IssuerSettings(issuer=ISSUER, client_id="corridor")
    with a_desk(tmp_path, issuers=[trusted]) as desk:
        desk.person("ana")
        keep(desk, "ana", verified_by=ISSUER, method="oidc", level="high")
        assert level(desk, "ana") == 3
        identity = desk.runtime.store.identity
    with a_desk(tmp_path, identity=identity) as desk:
        assert level(desk, "ana") == 0


@pytest.mark.parametrize(
    "value",
    ["1234 5678 9012", "TK1234567", "Z9876543 (passport)", "ABCDE1234F", "123-456-789"],
)
def test_the_number_of_a_document_is_refused(desk: Desk, value: str) -> None:
    desk.person("ana")

    with pytest.raises(Invalid, match="document"):
        keep(desk, "ana", value=value)


@pytest.mark.parametrize(
    "value", ["JP", "employee", "owns 192.0.2.0/24", "trained 2026-11-22", "AS64500", "level 3"]
)
def test_results_of_verifications_do_not_look_like_documents(value: str) -> None:
    assert not looks_like_a_document(value)


def test_a_claim_that_has_ended_or_is_too_long_is_refused(desk: Desk) -> None:
    desk.person("ana")
    with pytest.raises(Invalid, match="until"):
        keep(desk, "ana", until=NOON)
    with pytest.raises(ValidationError):
        keep(desk, "ana", value="x" * 201)
    with pytest.raises(NoSuchPrincipal):
        keep(desk, "nobody")


def test_what_tells_a_person_from_others_is_kept_by_a_keyed_hash(desk: Desk) -> None:
    desk.person("ana")
    made = keep(desk, "ana", person="born 1970-01-01 in Pune")

    assert made.same_person is not None
    desk.runtime.store.close()
    for file in desk.home.iterdir():
        assert b"1970-01-01" not in file.read_bytes()


def test_two_principals_are_one_person_by_a_mark_an_account_or_an_answer(desk: Desk) -> None:
    for name in ("ana", "ana2", "ana3", "ben"):
        desk.person(name)
    desk.service_of("ana", "bot")
    desk.service_of("ben", "bot2")
    keep(desk, "ana", person="ana of Pune")
    keep(desk, "ana2", person="ana of Pune", claim="residence", value="IN")
    keep(desk, "ben", person="ben of Osaka")

    assert same(desk, "ana", "ana")
    assert same(desk, "ana", "ana2")
    assert same(desk, "ana", "bot")
    assert same(desk, "ana2", "bot")
    for one, other in (("ana", "ben"), ("ana", "ana3"), ("bot", "bot2"), ("ana", "bot2")):
        assert not same(desk, one, other)


def test_one_person_stays_one_person_after_claims_end_and_by_way_of_others(desk: Desk) -> None:
    for name in ("ana", "ana2", "ana3"):
        desk.person(name)
    keep(desk, "ana", person="one")
    keep(desk, "ana2", person="one")
    keep(desk, "ana2", person="two", claim="residence", value="IN")
    keep(desk, "ana3", person="two")
    desk.clock.advance(400 * 24 * 3600)
    with desk.writing() as tx:
        desk.people.leave(tx, "ana2", "left")

    assert same(desk, "ana", "ana3")


def test_an_account_that_was_linked_to_two_makes_them_one_person(desk: Desk) -> None:
    desk.person("ana")
    desk.person("ana2")
    with desk.writing() as tx:
        for name in ("ana", "ana2"):
            tx.append(Account(made_at=NOON, principal=name, issuer=ISSUER, subject="42"))

    assert same(desk, "ana", "ana2")


def test_a_project_is_its_organisations(desk: Desk) -> None:
    first = desk.project("helpdesk", "acme")

    assert desk.project("helpdesk", "acme") == first
    with pytest.raises(Conflict):
        desk.project("helpdesk", "tokodai")
    with pytest.raises(NotFound):
        desk.project("other", "nowhere")
    with desk.writing() as tx:
        newer = desk.people.add_project(tx, "helpdesk", "Help", "acme", "translation")
        assert desk.people.projects(tx) == {"helpdesk": newer}


def test_a_project_is_for_no_purpose_that_is_not_listed(desk: Desk) -> None:
    for purpose in ("world-peace", "", "Translation", "translation\x1b[2J"):
        with desk.writing() as tx, pytest.raises(NoSuchPurpose, match="purpose: "):
            desk.people.add_project(tx, "helpdesk", "Help", "acme", purpose)
    with desk.reading() as view:
        assert desk.people.projects(view) == {}


def test_nothing_of_people_leaves_the_node(desk: Desk) -> None:
    desk.person("ana")
    desk.project()
    desk.personal_key("ana")
    keep(desk, "ana")
    with desk.writing() as tx:
        desk.people.link(tx, "ana", ISSUER, "42")
        desk.people.leave(tx, "ana", "left")

    with desk.reading() as view:
        kinds = {e.kind: e.visibility for e in view.entries() if e.kind.startswith("access.")}
    assert set(kinds.values()) == {"internal"}
    assert len(kinds) == 6


def test_each_act_is_in_the_account_of_acts(desk: Desk) -> None:
    desk.person("ana")
    keep(desk, "ana")
    with desk.writing() as tx:
        desk.people.link(tx, "ana", ISSUER, "42")
        desk.people.change(tx, "ana", "more", roles=("auditor",))
        desk.people.leave(tx, "ana", "left")
    with desk.reading() as view:
        acts = [line.act for line in view.audited() if line.subject == "ana"]

    assert acts == [
        "principal.register",
        "claim.keep",
        "account.link",
        "principal.change",
        "principal.leave",
    ]
