"""/add-checkpoint and what is shown of logs and of audit logs, over HTTP on the loopback."""

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from support.builders import an_identity
from support.logs import ALog, befriend, stand, standing_of
from support.partners import TOKEN, a_note, a_served_node

from corridor.core.checkpoints import verified_note
from corridor.core.cosignatures import cosignatures_of, cosigned, cosigner_key
from corridor.core.notes import with_signatures
from corridor.core.proofs import check_consistency
from corridor.core.store import Identity
from corridor.edge.runtime import Runtime
from corridor.federation import Fork, Witness
from corridor.federation.adapters.signatures import sign
from corridor.federation.store import sync


@pytest.fixture
def log() -> ALog:
    return ALog().grow(10)


@pytest.fixture
def node(tmp_path: Path, log: ALog) -> Iterator[Runtime]:
    """A served node with north as its partner and some acts in its account."""
    with a_served_node(tmp_path, "south") as runtime:
        befriend(runtime, log.identity)
        with runtime.store.transaction("operator") as tx:
            tx.append(a_note("public", visibility="public"))
            for number in range(5):
                tx.audit("test.act", f"secret subject {number}", reason=f"secret reason {number}")
        yield runtime


def post(node: Runtime, body: bytes) -> httpx2.Response:
    with httpx2.Client(trust_env=False) as client:
        return client.post(f"{node.address}/add-checkpoint", content=body)


def get(
    node: Runtime, path: str, signer: Identity | None = None, **headers: str
) -> httpx2.Response:
    with httpx2.Client(trust_env=False) as client:
        request = client.build_request("GET", f"{node.address}{path}", headers=headers)
        if signer is not None:
            sign(request, signer)
        return client.send(request)


def forks(node: Runtime) -> list[Fork]:
    with node.store.view() as view:
        return list(view.own(Fork))


def test_a_checkpoint_is_cosigned_and_then_shown_with_both_signatures(
    node: Runtime, log: ALog
) -> None:
    answer = post(node, log.body(0, 4))

    key = cosigner_key("south", node.identity.signer.public)
    assert (answer.status_code, answer.text[0], answer.text[-1]) == (200, "—", "\n")
    assert answer.headers["content-type"].startswith("text/plain")
    assert cosignatures_of(with_signatures(log.note(4), [answer.text]), [key])
    shown = get(node, f"/witness/{hashlib.sha256(b'north').hexdigest()}/checkpoint")
    assert verified_note(shown.text, "north", log.identity.signer.public).size == 4
    assert cosignatures_of(shown.text, [key])
    assert (
        get(node, f"/witness/{hashlib.sha256(b'west').hexdigest()}/checkpoint").status_code == 404
    )


def test_another_old_size_is_a_conflict_that_names_the_size(node: Runtime, log: ALog) -> None:
    post(node, log.body(0, 4))

    answer = post(node, log.body(0))

    assert (answer.status_code, answer.text) == (409, "4\n")
    assert answer.headers["content-type"].startswith("text/x.tlog.size")
    assert post(node, log.body(4)).status_code == 200


def test_of_checkpoints_that_race_one_alone_is_cosigned(node: Runtime, log: ALog) -> None:
    bodies = [log.body(0, size) for size in range(1, 9)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(post, [node] * 8, bodies))

    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    [winner] = [size for size, answer in enumerate(answers, 1) if answer.status_code == 200]
    assert post(node, log.body(winner, winner)).status_code == 200


def test_each_refusal_has_the_status_of_the_standard(node: Runtime, log: ALog) -> None:
    post(node, log.body(0, 4))
    root, another = (base64.b64encode(each.root(10)) for each in (log, log.fork(8, 2)))
    for body, status in (
        (b"nonsense", 400),
        (b"", 400),
        (log.body(4).replace(b"old 4", b"old 11"), 400),
        (ALog(an_identity("west")).grow(3).body(0), 404),
        (ALog(an_identity("north")).grow(5).body(4), 403),
        (log.body(4).replace(root, another), 403),  # changed under the signature
        (log.fork(3, 7).body(4), 422),
        (log.fork(3, 1).body(4), 409),  # of the same size
        (b"x" * 200_000, 413),
    ):
        answer = post(node, body)
        assert answer.status_code == status, body[:40]
        form = "text/x.tlog.size" if status == 409 else "text/plain"
        assert answer.headers["content-type"].startswith(form)
    stand(node, "north", "suspended")
    assert post(node, log.body(4)).status_code == 403
    stand(node, "north", "removed")
    assert post(node, log.body(4)).status_code == 404


def test_a_body_that_goes_on_without_a_length_is_cut_off(node: Runtime) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    with httpx2.Client(trust_env=False) as client:
        answer = client.post(f"{node.address}/add-checkpoint", content=chunks())
    assert answer.status_code == 413


def test_a_fork_that_is_handed_in_is_kept_as_evidence_and_freezes_the_partner(
    node: Runtime, log: ALog
) -> None:
    post(node, log.body(0, 6))

    answer = post(node, log.fork(2, 4).body(6))

    assert (answer.status_code, answer.text) == (409, "6\n")
    [fork] = forks(node)
    assert fork.log == "north"
    assert standing_of(node, "north") == "frozen"
    assert post(node, log.body(6)).status_code == 403


def test_a_fork_with_a_wrong_old_size_is_a_conflict_and_kept_all_the_same(
    node: Runtime, log: ALog
) -> None:
    post(node, log.body(0, 6))

    assert post(node, log.fork(2, 4).body(0)).status_code == 409
    assert len(forks(node)) == 1


def test_a_larger_tree_that_does_not_continue_is_kept_until_it_can_be_compared(
    node: Runtime, log: ALog
) -> None:
    post(node, log.body(0, 6))
    other = log.fork(2, 9)

    assert post(node, other.body(6)).status_code == 422
    assert forks(node) == []  # two notes of different sizes prove nothing by themselves
    with node.store.transaction("test") as tx:
        tx.grow("north", 0, other.commitments)
        sync.note_success(tx, node.store.clock, "north", other.note())
    post(node, log.body(6))
    assert len(forks(node)) == 1


def test_a_log_that_hands_in_too_much_is_told_when_to_come_again_and_others_are_not(
    node: Runtime,
) -> None:
    busy, other = ALog(an_identity("busy")).grow(60), ALog(an_identity("other")).grow(1)
    for log in (busy, other):
        befriend(node, log.identity)
    answers = [post(node, busy.body(size, size + 1)) for size in range(12)]

    # The node's clock stands still: there is one second's worth, and no more.
    assert [each.status_code for each in answers] == [200] * 10 + [429] + [409]
    assert answers[10].headers["retry-after"] == "1"
    assert answers[10].text == "Checkpoints of busy come too often.\n"
    assert post(node, other.body(0)).status_code == 200


def test_whoever_repeats_what_a_log_handed_in_uses_up_nothing_of_its_allowance(
    node: Runtime, log: ALog
) -> None:
    post(node, log.body(0, 4))
    garbled = log.body(4, 9).replace(b"old 4\n", b"old 4\n" + b"A" * 43 + b"=\n")
    for body, status in ((log.body(0, 4), 409), (log.body(4, 4), 200), (garbled, 422)):
        assert {post(node, body).status_code for _ in range(15)} == {status}

    assert post(node, log.body(4, 8)).status_code == 200


def test_what_was_seen_is_told_to_active_partners_only(node: Runtime, log: ALog) -> None:
    post(node, log.body(0, 6))

    assert get(node, "/federation/seen").status_code == 403
    assert get(node, "/federation/seen", an_identity("north")).status_code == 403
    shown = get(node, "/federation/seen", log.identity).json()
    assert [each["origin"] for each in shown["logs"]] == ["north"]
    stand(node, "north", "suspended")
    assert get(node, "/federation/seen", log.identity).status_code == 403


def test_the_checkpoint_bears_the_cosignatures_it_has_and_the_settled_one_stays(
    node: Runtime, log: ALog
) -> None:
    assert get(node, "/checkpoint/settled").status_code == 404
    assert get(node, "/checkpoint/settled").json()["hint"]
    witness, key = node.service(Witness), cosigner_key("north", log.identity.signer.public)
    with node.store.view() as view:
        taken = {"south": witness.take(view, "south")}
        [errand] = witness.errands(view, taken)
    text = errand.taken.note.partition("\n\n")[0] + "\n"
    line = cosigned(text, "north", log.identity.signer, node.store.clock())
    with node.store.transaction("test") as tx:
        witness.keep(tx, errand, line)

    settled = get(node, "/checkpoint/settled")
    assert get(node, "/checkpoint").text == settled.text
    assert cosignatures_of(settled.text, [key])
    assert settled.headers["cache-control"] == "no-store"
    with node.store.transaction("test") as tx:
        tx.append(a_note())
    assert cosignatures_of(get(node, "/checkpoint").text, [key]) == ()
    assert get(node, "/checkpoint/settled").text == settled.text


def test_the_account_of_acts_is_proved_to_have_grown_only(node: Runtime) -> None:
    before = get(node, "/audit/checkpoint").text
    with node.store.transaction("operator") as tx:
        for _ in range(7):
            tx.audit("test.act", "more")
    after = get(node, "/audit/checkpoint").text
    key = node.identity.signer.public
    old = verified_note(before, "south/audit", key)
    new = verified_note(after, "south/audit", key)

    shown = get(node, f"/audit/consistency?old={old.size}&new={new.size}").json()

    proof = [bytes.fromhex(hash_) for hash_ in shown["proof"]]
    check_consistency(old.size, old.root, new.size, new.root, proof)
    assert (old.size, new.size) == (5, 12)
    assert get(node, "/audit/checkpoint/settled").status_code == 404
    for wrong in ("old=3&new=99", "old=9&new=3", "old=-1&new=3", "old=x&new=3", "new=3"):
        assert get(node, f"/audit/consistency?{wrong}").status_code == 422


def test_no_address_shows_anything_of_what_an_act_says(node: Runtime, log: ALog) -> None:
    with node.store.view() as view:
        table = "SELECT salt, entry FROM audit_entries"
        rows = [tuple(row) for row in view.connection.exec_driver_sql(table)]
        leaves = [hash_.hex() for hash_ in view.hashes("south/audit", 0, 0, 100)]
        commitments = list(view.commitments("south/audit"))
    secrets = [salt for salt, _ in rows] + [entry for _, entry in rows] + commitments
    spelled = [s.hex() for s in secrets] + [base64.b64encode(s).decode() for s in secrets]
    paths = get(node, "/openapi.json").json()["paths"]
    asked = 0
    for path in {*paths, "/tile/0/000.p/5", "/audit/tile/0/000.p/5", "/audit/entries"}:
        filled = path.format(name="north", address="entries/000.p/5", origin_hash="0" * 64)
        for query in ("", "?start=0", "?old=4&new=5", "?start=0&log=south/audit"):
            for signer in (None, log.identity):
                answer = get(node, filled + query, signer)
                asked += answer.status_code == 200
                assert b"secret" not in answer.content, filled
                for secret, text in zip(secrets * 2, spelled, strict=True):
                    assert secret not in answer.content, filled
                    assert text not in answer.text, filled
    answer = get(node, "/partners", authorization=f"Bearer {TOKEN}")
    assert "secret" not in answer.text
    assert asked > 10
    assert leaves  # hashes of salted commitments may be part of a proof, and say nothing
