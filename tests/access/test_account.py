"""The account: what is kept of a decision, and that the index says nothing that the log does not."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from support.access import Desk, a_desk
from support.builders import NOON
from support.decided import DIGEST, SECRETS, an_account, some_decided, some_facts

from corridor.access.adapters.secret_file import secrets_at
from corridor.access.errors import NoSuchPrincipal
from corridor.access.records import Decision, Query
from corridor.access.records.account import Accounted, Answered, Decided
from corridor.access.rules.account import (
    ANSWERED,
    DECIDE,
    MOST_BYTES,
    MOST_ENTRY_BYTES,
    Frame,
    answer_written,
    decided,
    digest,
    facts_of,
    fault_of,
    plain,
    restated,
)
from corridor.access.service.account import Account
from corridor.access.store.account import Which
from corridor.access.store.schema import answers, decisions
from corridor.core.canonical import canonical
from corridor.core.store.schema import audit

SHA = "ef" * 32
ANY = Which()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk at which something else than a decision is in the audit log first."""
    with a_desk(tmp_path) as desk:
        with desk.writing() as tx:
            tx.audit("test.act", "something")
        yield desk


def write(desk: Desk, *items: Decided | Answered) -> None:
    with desk.writing() as tx:
        an_account().write(tx, items)


def found(desk: Desk, which: Which = ANY, limit: int = 100) -> list[Accounted]:
    with desk.reading() as view:
        return list(an_account().decided_between(view, which, limit))


def requests(desk: Desk, **which: object) -> list[str]:
    return [each.decided.request_id for each in found(desk, Which(**which))]  # pyright: ignore[reportArgumentType]


def faults(desk: Desk) -> list[tuple[int, str]]:
    with desk.reading() as view:
        [checked] = an_account().checked(view)
    return [(fault.position, fault.message) for fault in checked.faults]


def test_to_write_nothing_changes_nothing(desk: Desk) -> None:
    write(desk)

    with desk.reading() as view:
        assert [each.act for each in view.audited()] == ["test.act"]
    assert found(desk) == []


def test_a_decision_is_found_as_it_was_written(desk: Desk) -> None:
    item = some_decided(request_sha256=SHA)
    write(desk, item)

    [kept] = found(desk)

    assert kept.decided == item
    assert kept.answer_sha256 is None
    assert (kept.log, kept.decided.facts) == (f"{desk.runtime.identity.name}/audit", some_facts())


def test_the_audit_log_says_who_did_what_under_which_policy_and_nothing_more(desk: Desk) -> None:
    item = some_decided("r7", "asha", reasons=("evidence_missing", "no_grant"), request_sha256=SHA)
    write(desk, item)

    with desk.reading() as view:
        [line] = view.audited(act=DECIDE)

    assert line.subject == SECRETS.pseudonym("asha", "in")
    assert "asha" not in line.model_dump_json()
    assert line.facts == {
        "at": NOON.timestamp(),
        "evidence": "",
        "grant": "1" * 32,
        "home": "in",
        "language": "hi-Deva",
        "model": "own-1",
        "model_sha256": DIGEST,
        "organisation": "institute",
        "outcome": "deny",
        "policies": "granted-use",
        "policy_version": "cd" * 32,
        "project": "helpline",
        "purpose": "research",
        "reasons": "evidence_missing no_grant",
        "request": "r7",
        "request_sha256": SHA,
        "revocations": "",
        "sha256": digest(item),
        "surface": "api",
    }


def test_the_order_of_providers_is_in_the_entry_only_where_there_was_one(desk: Desk) -> None:
    order = "alpha (score 0.810 hi-Deva), beta (no evidence); not gamma (tier 3 > 2)"
    ordered, by_name = some_decided("r1", order=order), some_decided("r2")
    write(desk, ordered, by_name)

    with desk.reading() as view:
        first, second = view.audited(act=DECIDE)
    assert first.facts["order"] == order
    assert "order" not in second.facts
    assert digest(ordered) != digest(some_decided("r1"))
    assert [each.decided.order for each in found(desk)] == ["", order]


def test_a_long_order_is_cut_in_the_entry_and_whole_under_its_digest(desk: Desk) -> None:
    order = ", ".join(f"provider-{n} (score 0.{n} hi-Deva)" for n in range(100, 120))
    write(desk, some_decided("r1", order=order))

    with desk.reading() as view:
        [line] = view.audited(act=DECIDE)
    [kept] = found(desk)
    assert kept.decided.order == order
    assert str(line.facts["order"]) == order[:300]
    with desk.writing() as tx:
        tx.connection.execute(update(decisions).values(order=order[:300]))
    assert faults(desk) == [(kept.position, "the index says another thing")]


def test_an_answer_is_tied_to_its_request_by_hash(desk: Desk) -> None:
    who = some_decided().who
    answer = Answered(
        request_id="r1", at=1.0, who=who, answer_sha256=SHA, complete=False, grant_id="g", tokens=7
    )
    write(desk, some_decided("r1"), some_decided("r2"), answer)

    assert {each.decided.request_id: each.answer_sha256 for each in found(desk)} == {
        "r1": SHA,
        "r2": None,
    }
    with desk.reading() as view:
        [line] = view.audited(act=ANSWERED)
    assert line.subject == who
    assert line.facts == {
        "answer_sha256": SHA,
        "at": 1,
        "complete": False,
        "grant": "g",
        "request": "r1",
        "tokens": 7,
    }


def test_decisions_are_found_by_who_model_purpose_time_and_outcome(desk: Desk) -> None:
    write(
        desk,
        some_decided("a", "asha", at=1.0),
        some_decided("b", "ben", at=2.0, model="own-2"),
        some_decided("c", "asha", at=3.0, purpose="triage"),
        some_decided("d", "asha", at=4.0, reasons=("no_grant",)),
    )

    assert requests(desk) == ["d", "c", "b", "a"]
    assert requests(desk, who=SECRETS.pseudonym("ben", "in")) == ["b"]
    assert requests(desk, model="own-2") == ["b"]
    assert requests(desk, model=DIGEST) == ["d", "c", "b", "a"]
    assert requests(desk, purpose="triage") == ["c"]
    assert requests(desk, since=2.0, until=4.0) == ["c", "b"]
    assert requests(desk, allowed=False) == ["d"]
    assert [each.decided.request_id for each in found(desk, limit=2)] == ["d", "c"]
    with desk.reading() as view:
        assert an_account().totals(view, Which(since=2.0)) == (2, 1)


def test_a_person_is_found_by_name_only_at_home(desk: Desk) -> None:
    desk.person("asha")
    account = Account(secrets_at(desk.home))
    with desk.reading() as view:
        assert account.pseudonym_of(view, "asha") == account.secrets.pseudonym(
            "asha", desk.runtime.identity.name
        )
        with pytest.raises(NoSuchPrincipal):
            account.pseudonym_of(view, "nobody")


def test_an_account_that_nobody_touched_holds(desk: Desk) -> None:
    answer = Answered(request_id="r1", at=1.0, who="x", answer_sha256=SHA)
    write(desk, some_decided("r1"), some_decided("r2", reasons=("no_grant",)), answer)

    with desk.reading() as view:
        [checked] = an_account().checked(view)
        assert checked.root == view.log_root(view.audit_log).hex()

    assert (checked.decisions, checked.faults) == (2, ())
    assert checked.size == 4, "what else was done on the node is in the same log"


@pytest.mark.parametrize(
    "change",
    [
        {"allowed": True},
        {"who": "0" * 32},
        {"at": 2.0},
        {"model": "other"},
        {"evidence_ids": "3" * 32},
        {"order": "beta (listed), alpha (listed)"},
        {"facts": "of another country"},
    ],
)
def test_an_index_that_says_another_thing_than_the_log_is_found(
    desk: Desk, change: dict[str, object]
) -> None:
    write(desk, some_decided("r1", reasons=("no_grant",)))
    [kept] = found(desk)
    if "facts" in change:
        facts = kept.decided.model_dump(mode="json")["facts"]
        change = {"facts": json.dumps({**facts, "country": "JP"})}
    with desk.writing() as tx:
        tx.connection.execute(update(decisions).values(**change))

    assert faults(desk) == [(kept.position, "the index says another thing")]


def test_a_decision_that_was_taken_out_of_the_index_is_found(desk: Desk) -> None:
    write(desk, some_decided("r1"))
    [kept] = found(desk)
    with desk.writing() as tx:
        tx.connection.execute(delete(decisions))

    assert faults(desk) == [(kept.position, "a decision is not in the index")]


def test_a_decision_that_was_put_into_the_index_alone_is_found(desk: Desk) -> None:
    write(desk, some_decided("r1"))
    [kept] = found(desk)
    with desk.writing() as tx:
        tx.connection.execute(update(decisions).values(position=0))
    over = faults(desk)
    with desk.writing() as tx:
        tx.connection.execute(update(decisions).values(position=99))
    beyond = faults(desk)

    missing = (kept.position, "a decision is not in the index")
    assert over == [(0, "it is no decision"), missing]
    assert beyond == [missing, (99, "the audit log has nothing there")]


def test_an_answer_that_was_changed_in_the_index_is_found(desk: Desk) -> None:
    write(desk, Answered(request_id="r1", at=1.0, who="x", answer_sha256=SHA))
    with desk.writing() as tx:
        tx.connection.execute(update(answers).values(answer_sha256=DIGEST))

    assert [message for _, message in faults(desk)] == ["the index has another answer"]


def test_log_and_index_that_were_changed_alike_do_not_fit_the_tree(desk: Desk) -> None:
    write(desk, some_decided("r1"), some_decided("r2"))
    first = found(desk)[-1]
    other = some_decided("r9")
    with desk.writing() as tx:
        before = tx.log_size(tx.audit_log)
        an_account().write(tx, [other])
        here = audit.c.position
        forged = tx.connection.execute(audit.select().where(here == before)).one()
        tx.connection.execute(
            update(audit).where(here == first.position).values(entry=forged.entry, salt=forged.salt)
        )
        moved = decisions.c.position
        tx.connection.execute(delete(decisions).where(moved == first.position))
        row = tx.connection.execute(decisions.select().where(moved == before)).mappings().one()
        copy = {**row, "position": first.position}
        tx.connection.execute(decisions.insert().values(**copy))

    assert [message for _, message in faults(desk)] == ["the entries are not those of the tree"]


texts = st.text(st.characters(), max_size=300)


@given(text=texts)
def test_what_a_caller_wrote_is_kept_short_and_printable(text: str) -> None:
    kept = plain(text)

    assert len(kept.encode()) <= MOST_BYTES
    assert kept.isprintable()


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    names=st.lists(texts, min_size=5, max_size=5),
    codes=st.lists(texts, max_size=60),
    ids=st.lists(st.just("f" * 32), max_size=60),
    order=st.text(st.characters(), max_size=1500),
)
def test_no_decision_makes_a_long_line_or_one_that_reads_otherwise(
    desk: Desk, names: list[str], codes: list[str], ids: list[str], order: str
) -> None:
    fields = ("model", "project", "purpose", "language", "surface")
    facts = some_facts(organisation="o" * 64, **dict(zip(fields, names, strict=True)))
    decision = Decision(
        "deny", tuple(codes), tuple(codes), facts, "c" * 64, "d" * 32, tuple(ids), tuple(ids)
    )
    query = Query("p", names[1], names[0], "e" * 64)
    item = decided(query, decision, "a" * 32, "b" * 64, 1767268800.123, SHA, order)
    with desk.writing() as tx:
        tx.connection.execute(delete(decisions))
        an_account().write(tx, [item])
    [kept] = found(desk)
    with desk.reading() as view:
        here = audit.select().where(audit.c.position == kept.position)
        [line] = view.connection.execute(here).all()

    assert kept.decided == item
    assert fault_of(line.entry, kept.decided) is None
    assert len(line.entry) < MOST_ENTRY_BYTES


@given(
    requests=st.lists(texts, min_size=1, max_size=5),
    at=st.floats(0, 4e9),
    order=st.text(st.characters(), max_size=50),
    sha=st.sampled_from([None, SHA]),
)
def test_a_line_that_shares_a_frame_is_the_line_that_was_written_alone(
    requests: list[str], at: float, order: str, sha: str | None
) -> None:
    first = some_decided("r1").model_copy(update={"order": order})
    frame = Frame.of(first)
    for request in requests:
        item = restated(first, request, at, sha, order)
        if frame.fits(item):
            assert frame.facts_of(item) == canonical(facts_of(item))

    assert frame.fits(first)
    assert frame.facts_of(first) == canonical(facts_of(first))
    for other in ({"who": "b"}, {"allowed": not first.allowed}, {"order": order + "x"}):
        assert not frame.fits(first.model_copy(update=other))


@given(
    request=st.text(min_size=1, max_size=64),
    at=st.floats(0, 4e9),
    complete=st.booleans(),
    tokens=st.none() | st.integers(0, 10**12),
)
def test_an_answers_line_is_canonical_and_says_all_of_it(
    request: str, at: float, complete: bool, tokens: int | None
) -> None:
    item = Answered(
        request_id=request,
        at=at,
        who="w",
        answer_sha256=SHA,
        complete=complete,
        grant_id="g",
        tokens=tokens,
    )

    said = {
        "answer_sha256": SHA,
        "at": at,
        "complete": complete,
        "grant": "g",
        "request": request,
        "tokens": tokens,
    }
    assert answer_written(item) == canonical(said)
