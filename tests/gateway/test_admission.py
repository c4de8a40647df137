"""Who gets through: decisions before anything is sent, what closes at once, and the account of it."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from support import opening
from support.clocks import StoppedClock
from support.connections import FakeConnection
from support.nodes import Node, a_node, bearer
from support.partners import until
from support.programs import a_node_process
from support.proxies import Notes, a_proxy
from support.stages import HELLO, SERVICE, Seen, Stage, a_stage, store_gone
from support.supply import DIGEST

from corridor.access import Account, ApiKeys, Decider, Grant, People, Revocations
from corridor.access.records.account import Accounted
from corridor.access.records.revocations import Scope
from corridor.catalogue import Catalogue, Provider
from corridor.core.store import StoreUnavailable, Transaction
from corridor.gateway import Gateway, Proxy, Refusal
from corridor.gateway.routes import OpenAIDoor
from corridor.gateway.service import Shown

OTHER, THIRD = "cd" * 32, "ef" * 32
MARKER = "the-secret-of-this-test"


@dataclass(frozen=True)
class Caller:
    """Somebody with a key of its own, at a node that is served."""

    stage: Stage
    name: str
    secret: str

    def ask(self, model: str = SERVICE, **headers: str) -> Seen:
        """Ask; `purpose="x"` is sent as x-corridor-purpose."""
        return self.asks(model, headers)

    def streams(self, model: str = SERVICE) -> Seen:
        """Ask for a stream."""
        return self.asks(model, {}, stream=True)

    def asks(self, model: str, headers: Mapping[str, str], *, stream: bool = False) -> Seen:
        sent = {f"x-corridor-{name}": value for name, value in headers.items()}
        return self.stage.ask(model=model, stream=stream, headers={**bearer(self.secret), **sent})

    @property
    def asked(self) -> int:
        """How many requests have come to any provider."""
        return self.stage.alpha.asked + self.stage.beta.asked

    def key_id(self) -> str:
        return self.stage.node.key_of(self.secret).id


@pytest.fixture(scope="module")
def whole_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(
        tmp_path_factory.mktemp("admission"), access={"wrong_keys_per_minute": 1_000_000}
    ) as stage:
        stage.node.add_provider("other", stage.beta.url, model="other", sha256=OTHER)
        stage.node.offer("mixed", ["other", "alpha"])
        stage.node.offer("abroad", ["alpha"], ["en-Latn", "fr-Latn"])
        yield stage


@pytest.fixture
def stage(whole_stage: Stage) -> Stage:
    whole_stage.reset()
    return whole_stage


def caught_up(stage: Stage) -> None:
    """Wait until the gateway decides by all that is in the store, and answers by it."""
    decider = stage.node.runtime.service(Decider)
    proxy = stage.node.runtime.service(Proxy)
    with stage.node.runtime.store.view() as view:
        head = view.head()
    until(lambda: min(decider.state.head, proxy.snapshot.head) >= head)


def providers_of(stage: Stage, *names: str) -> list[Provider]:
    with stage.node.runtime.store.view() as view:
        found = stage.node.runtime.service(Catalogue).providers(view)
    return [found[name] for name in names]


def a_caller(stage: Stage, name: str, *granted: str) -> Caller:
    """Return a caller to whom the models of these providers are open, and no other."""
    runtime, providers = stage.node.runtime, providers_of(stage, *granted)
    with runtime.store.transaction("test") as tx:
        opening.make_caller(runtime, tx, name)
        opening.open_models(runtime, tx, name, providers=providers)
        _, secret = runtime.service(ApiKeys).issue(tx, name, opening.PROJECT, name, ("*",))
    caught_up(stage)
    return Caller(stage, name, secret)


def is_denied(seen: Seen, *codes: str) -> bool:
    """Tell whether a refusal says that access is denied, and just these reasons."""
    assert (seen.status, seen.error["code"]) == (403, "access_denied"), seen.text
    assert (seen.error["type"], seen.provider) == ("permission_error", "none")
    said = str(seen.error["message"]).partition(" so: ")[2].partition(". ")[0]
    return set(said.split(", ")) == set(codes)


def decisions(stage: Stage, request_id: str) -> list[Accounted]:
    runtime = stage.node.runtime
    with runtime.store.view() as view:
        return runtime.service(Account).of_request(view, request_id)


def accounted(stage: Stage, seen: Seen, number: int = 1) -> list[Accounted]:
    until(lambda: len(decisions(stage, seen.request_id)) >= number)
    return decisions(stage, seen.request_id)


def answers(stage: Stage, request_id: str) -> list[dict[str, object]]:
    """Return what the audit log says of the answers to a request."""
    with stage.node.runtime.store.view() as view:
        lines = view.audited(0, 1_000_000, "access.answered")
    return [dict(line.facts) for line in lines if line.facts["request"] == request_id]


class TestDecidedBeforeAnythingIsSent:
    def test_without_a_grant_nobody_is_asked_and_the_reasons_are_told(self, stage: Stage) -> None:
        caller = a_caller(stage, "nobody")

        for refused in (caller.ask(), caller.streams()):
            assert is_denied(refused, "no_grant")
        seen = caller.ask("alpha", language="en-Latn")

        assert is_denied(seen, "no_grant")
        assert is_denied(caller.ask("alpha"), "no_grant", "evidence_other_language")
        assert caller.asked == 0
        [kept] = accounted(stage, seen)
        assert (kept.decided.allowed, kept.decided.reasons) == (False, ("no_grant",))
        assert (kept.decided.model_sha256, kept.decided.grant_id) == (DIGEST, "")
        assert stage.accounted(seen).outcome == "refused"

    def test_a_provider_that_is_denied_is_passed_over_and_the_next_one_answers(
        self, stage: Stage
    ) -> None:
        caller = a_caller(stage, "half", "alpha")

        seen = caller.ask("mixed")

        assert (seen.status, seen.provider) == (200, "alpha")
        assert stage.beta.asked == 0
        kept = [each.decided for each in accounted(stage, seen, 2)]
        assert [(each.model_sha256, each.allowed) for each in kept] == [
            (OTHER, False),
            (DIGEST, True),
        ]
        assert stage.accounted(seen).outcome == "moved"

    def test_where_one_is_denied_and_the_other_fails_nobody_answered(self, stage: Stage) -> None:
        caller = a_caller(stage, "unlucky", "alpha")
        stage.alpha.next("503", "503")  # it is asked once more

        seen = caller.ask("mixed")

        assert (seen.status, seen.error["code"]) == (503, "no_provider")
        assert "no_grant" in str(seen.error["message"])
        assert stage.beta.asked == 0

    def test_a_grant_for_one_file_opens_no_other(self, stage: Stage) -> None:
        caller = a_caller(stage, "exact", "alpha")

        assert caller.ask("alpha").status == 200
        assert is_denied(caller.ask("other", language="en-Latn"), "no_grant")

    def test_a_grant_of_another_project_opens_nothing(self, stage: Stage) -> None:
        runtime = stage.node.runtime
        with runtime.store.transaction("test") as tx:
            opening.make_caller(runtime, tx, "two-hats", "elsewhere")
            opening.open_models(runtime, tx, "two-hats", "elsewhere")
        caller = a_caller(stage, "two-hats")

        assert is_denied(caller.ask(), "no_grant")
        assert caller.asked == 0

    def test_a_language_that_was_not_granted_is_refused(self, stage: Stage) -> None:
        caller = a_caller(stage, "polyglot", "alpha")

        for model in ("abroad", "alpha", SERVICE):
            assert caller.ask(model, language="en-Latn").status == 200
            before = caller.asked
            refused = caller.ask(model, language="fr-Latn")
            assert is_denied(refused, "language_not_granted", "evidence_other_language")
            assert caller.asked == before

    def test_a_purpose_that_is_not_listed_is_refused(self, stage: Stage) -> None:
        caller = a_caller(stage, "curious", "alpha")

        assert caller.ask(purpose=opening.PURPOSE).status == 200
        assert is_denied(caller.ask(purpose="world-peace"), "no_grant", "purpose_not_listed")
        assert is_denied(caller.ask(purpose="research"), "no_grant")
        assert is_denied(caller.ask(surface="agent"), "no_grant")

    @pytest.mark.parametrize(
        ("name", "value"),
        [("purpose", "a b"), ("surface", "telepathy"), ("language", "in Hindi"), ("language", "h")],
    )
    def test_a_header_that_cannot_be_read_is_named(
        self, stage: Stage, name: str, value: str
    ) -> None:
        seen = a_caller(stage, "scribe", "alpha").ask("alpha", **{name: value})

        assert (seen.status, seen.error["code"]) == (400, "invalid_header")
        assert f"x-corridor-{name}" in str(seen.error["message"])
        assert stage.alpha.asked == 0

    def test_a_personal_key_opens_no_model(self, stage: Stage) -> None:
        runtime = stage.node.runtime
        a_caller(stage, "helper", "alpha")
        with runtime.store.transaction("test") as tx:
            _, secret = runtime.service(ApiKeys).issue(tx, opening.OWNER, None, "laptop")
        caught_up(stage)

        seen = Caller(stage, opening.OWNER, secret).ask()

        assert (seen.status, seen.error["code"]) == (401, "invalid_api_key")
        assert stage.alpha.asked == 0

    def test_a_key_in_the_query_is_refused_and_is_in_no_log(self, tmp_path: Path) -> None:
        with a_node(tmp_path, "in") as node:
            node.add_provider("alpha", "http://127.0.0.1:9/v1")
            secret = node.issue_key()
            node.listener.close()  # the port is for the process that will serve the folder
            with a_node_process(node.home, node.address) as program:
                for query in (f"api_key={secret}", f"x={secret}", f"x=c%6B-{secret[3:]}"):
                    answer = httpx2.post(
                        f"{node.address}/v1/chat/completions?{query}",
                        json={"model": "alpha", **HELLO},
                        headers=bearer(secret),
                        trust_env=False,
                    )
                    assert answer.status_code == 400
                    assert answer.json()["error"]["code"] == "key_in_query"
                    assert secret[3:] not in answer.text
            everything = [f.read_bytes() for f in node.home.rglob("*") if f.is_file()]
            assert "gateway.snapshot" in program.said()
            assert all(secret[3:].encode() not in content for content in everything)


def _grant_of(tx: Transaction, caller: Caller) -> str:
    runtime = caller.stage.node.runtime
    who = runtime.service(Decider).secrets.pseudonym(caller.name, runtime.identity.name)
    return next(str(grant.id) for grant in tx.own(Grant) if grant.grantee == who)


def _target(tx: Transaction, caller: Caller, scope: Scope) -> str:
    if scope == "grant":
        return _grant_of(tx, caller)
    return {
        "key": caller.key_id(),
        "principal": caller.name,
        "project": opening.PROJECT,
        "organisation": "acme",
        "model": DIGEST,
        "purpose": opening.PURPOSE,
        "jurisdiction": "IN",
    }[scope]


class TestWhatCloses:
    @pytest.mark.parametrize(
        "scope",
        [
            "grant",
            "key",
            "principal",
            "project",
            "organisation",
            "model",
            "purpose",
            "jurisdiction",
        ],
    )
    def test_what_is_closed_is_refused_until_it_is_opened_again(
        self, stage: Stage, scope: Scope
    ) -> None:
        runtime = stage.node.runtime
        revocations = runtime.service(Revocations)
        caller = a_caller(stage, f"closed-{scope}", "alpha")
        assert caller.ask().status == 200

        with runtime.store.transaction("test") as tx:
            target = _target(tx, caller, scope)
            made = revocations.revoke(tx, scope, target, "it was misused", None, whole=True)
        try:
            until(lambda: caller.ask().status == 403)
            before = caller.asked
            seen = caller.ask()
            assert is_denied(seen, "revoked")
            assert caller.asked == before
            [kept, _] = accounted(stage, seen, 2)
            assert made[0].id in kept.decided.revocation_ids
        finally:
            with runtime.store.transaction("test") as tx:
                revocations.lift(tx, made[0].id, "it was a mistake", None)
        until(lambda: caller.ask().status == 200)

    def test_a_key_that_is_revoked_opens_nothing(self, stage: Stage) -> None:
        caller = a_caller(stage, "loser", "alpha")
        assert caller.ask().status == 200

        with stage.node.runtime.store.transaction("test") as tx:
            stage.node.runtime.service(ApiKeys).revoke(tx, caller.secret[:11], "lost")

        until(lambda: caller.ask().status == 401)

    def test_the_keys_of_somebody_who_left_open_nothing(self, stage: Stage) -> None:
        caller = a_caller(stage, "leaver", "alpha")
        assert caller.ask().status == 200

        with stage.node.runtime.store.transaction("test") as tx:
            stage.node.runtime.service(People).leave(tx, caller.name, "the service was closed")

        until(lambda: caller.ask().status == 401)

    def test_evidence_that_is_withdrawn_closes(self, stage: Stage) -> None:
        stage.node.add_provider("third", stage.beta.url, model="third", sha256=THIRD)
        caller = a_caller(stage, "reader", "third")
        assert caller.ask("third").status == 200

        with stage.node.runtime.store.transaction("test") as tx:
            [record_id, *_] = [
                used.record_id
                for grant in tx.own(Grant)
                for used in grant.evidence
                if (grant.model_sha256, used.language) == (THIRD, "en-Latn")
            ]
            tx.withdraw(record_id, "it was measured on another file")

        until(lambda: caller.ask("third").status == 403)
        assert is_denied(caller.ask("third"), "evidence_withdrawn")


class TestTheAccount:
    @pytest.mark.parametrize("stream", [False, True])
    def test_it_has_the_hash_of_what_was_asked_and_of_what_the_caller_got(
        self, stage: Stage, *, stream: bool
    ) -> None:
        caller = a_caller(stage, "auditee", "alpha")
        body = json.dumps({"model": "alpha", "stream": stream, **HELLO}).encode()

        answer = stage.client.post(
            f"{stage.node.address}/v1/chat/completions",
            content=body,
            headers={**bearer(caller.secret), "content-type": "application/json"},
        )

        request_id = answer.headers["x-request-id"]
        until(lambda: bool(answers(stage, request_id)))
        [kept] = decisions(stage, request_id)
        assert kept.decided.request_sha256 == sha256(body).hexdigest()
        assert kept.answer_sha256 == sha256(answer.content).hexdigest()
        [told] = answers(stage, request_id)
        assert (told["answer_sha256"], told["complete"]) == (kept.answer_sha256, True)
        assert stage.node.runtime.service(Decider).secrets.pseudonym("auditee", "in") == (
            kept.decided.who
        )

    def test_an_answer_that_the_caller_left_is_not_complete(self, stage: Stage) -> None:
        caller = a_caller(stage, "leaving", "alpha")
        stage.alpha.mode = "hold_in_the_middle"
        body = {"model": "alpha", "stream": True, **HELLO}
        with stage.client.stream(
            "POST",
            f"{stage.node.address}/v1/chat/completions",
            json=body,
            headers=bearer(caller.secret),
        ) as answer:
            first = next(answer.iter_raw())
        request_id = answer.headers["x-request-id"]

        until(lambda: bool(answers(stage, request_id)))

        [told] = answers(stage, request_id)
        assert told["complete"] is False
        assert told["answer_sha256"] == sha256(first).hexdigest()
        assert stage.account_of(request_id).outcome == "left"

    def test_an_answer_that_broke_is_not_complete(self, stage: Stage) -> None:
        caller = a_caller(stage, "broken", "alpha")
        stage.alpha.next("error_later")

        seen = caller.streams("alpha")

        until(lambda: bool(answers(stage, seen.request_id)))
        [told] = answers(stage, seen.request_id)
        assert told["complete"] is False
        assert told["answer_sha256"] == sha256(seen.text.encode()).hexdigest()

    def test_neither_questions_nor_answers_are_anywhere_in_the_nodes_folder(
        self, stage: Stage
    ) -> None:
        caller = a_caller(stage, "discreet", "alpha")
        said = [{"role": "user", "content": MARKER}]
        found = [
            stage.ask(model="alpha", headers=bearer(caller.secret), stream=stream, messages=said)
            for stream in (False, True)
        ]
        refused = stage.ask(model="other", headers=bearer(caller.secret), messages=said)
        for seen in (*found, refused):
            accounted(stage, seen)
            stage.accounted(seen)

        assert refused.status == 403
        everything = [file.read_bytes() for file in stage.node.home.rglob("*") if file.is_file()]
        assert any(found[0].request_id.encode() in content for content in everything)
        for words in (MARKER, "alpha says hello"):
            assert all(words.encode() not in content for content in everything)

    def test_a_decision_is_in_the_audit_log_soon_after(self, stage: Stage) -> None:
        caller = a_caller(stage, "soon", "alpha")
        stage.alpha.mode = "hold"
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(caller.ask, "alpha")
            until(lambda: stage.alpha.asked == 1)
            request_id = stage.alpha.requests[0].headers["x-request-id"]
            until(lambda: bool(decisions(stage, request_id)))  # while the answer is not there yet
            stage.alpha.release()
            assert asking.result().status == 200


class TestStrictly:
    def test_a_decision_is_in_the_audit_log_before_anything_is_sent(self, tmp_path: Path) -> None:
        with a_stage(tmp_path, access={"strict_audit": True}) as stage:
            stage.alpha.mode = "hold"
            with ThreadPoolExecutor(1) as pool:
                asking = pool.submit(stage.ask)
                until(lambda: stage.alpha.asked == 1)
                [kept] = decisions(stage, stage.alpha.requests[0].headers["x-request-id"])
                stage.alpha.release()
                assert asking.result().status == 200
            assert kept.decided.allowed
            assert kept.answer_sha256 is None

    def test_what_cannot_be_accounted_for_is_not_sent(self, tmp_path: Path) -> None:
        with a_stage(tmp_path, access={"strict_audit": True}) as stage:
            assert stage.ask().status == 200

            with store_gone(stage.node):
                until(lambda: stage.ask().status == 503)  # what was being written is written
                before = stage.alpha.asked
                seen = stage.ask()
                assert (seen.status, seen.error["code"]) == (503, "not_accounted")
                assert (stage.alpha.asked, stage.beta.asked) == (before, 0)

            until(lambda: stage.ask().status == 200)
            assert decisions(stage, seen.request_id) == []


class TestStrictlyOnOneRoute:
    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[Stage]:
        with a_stage(tmp_path, access={"audit_seconds": 1.0}) as stage:
            gateway = stage.node.runtime.service(Gateway)
            with stage.node.runtime.store.transaction("test") as tx:
                gateway.offer(tx, "ledger", "Ledger", ["en-Latn"])
                gateway.route(tx, "ledger", ["alpha"], audit="strict")
            until(lambda: stage.ask(model="ledger").status == 200)
            stage.reset()
            yield stage

    def test_its_decisions_alone_are_durable_before_anything_is_sent(self, stage: Stage) -> None:
        stage.alpha.mode = "hold"
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(stage.ask, model="ledger")
            until(lambda: stage.alpha.asked == 1)
            [kept] = decisions(stage, stage.alpha.requests[0].headers["x-request-id"])
            stage.alpha.release()
            assert asking.result().status == 200
        assert kept.decided.allowed

    def test_it_alone_is_not_answered_without_the_store(self, stage: Stage) -> None:
        with store_gone(stage.node):
            until(lambda: stage.ask(model="ledger").status == 503)
            before = stage.alpha.asked
            strict, normal = stage.ask(model="ledger"), stage.ask()
            assert (strict.status, strict.error["code"]) == (503, "not_accounted")
            assert (normal.status, stage.alpha.asked) == (200, before + 1)

        until(lambda: bool(decisions(stage, normal.request_id)))
        assert decisions(stage, strict.request_id) == []


def test_a_route_may_be_normal_on_a_node_that_is_strict(tmp_path: Path) -> None:
    with a_stage(tmp_path, access={"strict_audit": True}) as stage:
        gateway = stage.node.runtime.service(Gateway)
        with stage.node.runtime.store.transaction("test") as tx:
            gateway.route(tx, SERVICE, ["alpha"], audit="normal")
        until(lambda: stage.node.runtime.service(Proxy).snapshot.routes[SERVICE].audit is not None)

        with store_gone(stage.node):
            until(lambda: stage.ask(model="beta").status == 503)
            assert stage.ask().status == 200


def test_what_was_decided_and_answered_just_before_the_stop_is_kept(tmp_path: Path) -> None:
    with a_stage(tmp_path, access={"audit_seconds": 1.0}) as stage:
        seen = [stage.ask(), stage.ask(stream=True)]
        stage.node.stop()

        for each in seen:
            [kept] = decisions(stage, each.request_id)
            assert kept.answer_sha256 == sha256(each.text.encode()).hexdigest()
        with stage.node.runtime.store.view() as view:
            checked = stage.node.runtime.service(Account).checked(view)
        assert [each.faults for each in checked] == [()]
        assert checked[0].decisions == len(seen)


class TestWithoutAServer:
    @pytest.fixture
    def node(self, tmp_path: Path, clock: StoppedClock) -> Iterator[Node]:
        with a_node(tmp_path, clock=clock, access={"wrong_keys_per_minute": 5}) as node:
            node.add_provider("alpha", "http://127.0.0.1:9/v1")
            yield node

    @pytest.fixture
    def clock(self) -> StoppedClock:
        return StoppedClock()

    def test_where_no_account_is_written_nothing_is_sent(self, node: Node) -> None:
        secret, alpha = node.issue_key(), FakeConnection()
        proxy = a_proxy(node, {"alpha": alpha})
        proxy.admission.recorder = None

        refusal = refused(proxy, secret)

        assert (refusal.status, refusal.code) == (503, "not_accounted")
        assert alpha.calls == []

    def test_a_refusal_that_cannot_be_accounted_for_is_not_given_either(self, node: Node) -> None:
        node.issue_key()
        with node.runtime.store.transaction("test") as tx:
            opening.make_caller(node.runtime, tx, "nobody")
            keys = node.runtime.service(ApiKeys)
            _, secret = keys.issue(tx, "nobody", opening.PROJECT, "nobody", ("*",))
        proxy = a_proxy(node, {}, Notes(defect=StoreUnavailable("The disk is full.")))

        assert refused(proxy, secret).code == "not_accounted"

    def test_who_tries_too_many_keys_waits_and_nobody_else_does(
        self, node: Node, clock: StoppedClock
    ) -> None:
        secret = node.issue_key()
        admission = a_proxy(node, {}).admission

        def tried(shown: str, address: str) -> Refusal | None:
            try:
                asyncio.run(admission.caller(Shown(shown, address)))
            except Refusal as refusal:
                return refusal
            return None

        wrong = [tried(f"ck-{number}", "192.0.2.1") for number in range(6)]
        assert [r.status for r in wrong if r] == [401] * 5 + [429]
        waits = tried(secret, "192.0.2.1")
        assert waits is not None
        assert (waits.status, waits.code) == (429, "too_many_wrong_keys")
        assert waits.retry_after is not None
        assert tried(secret, "192.0.2.2") is None

        clock.advance(waits.retry_after)

        assert tried(secret, "192.0.2.1") is None

    def test_whoever_waits_is_told_for_how_long(self, node: Node) -> None:
        door = OpenAIDoor(a_proxy(node, {}))

        async def tries() -> list[httpx2.Response]:
            transport = httpx2.ASGITransport(app=door, client=("192.0.2.1", 1))  # pyright: ignore[reportArgumentType]
            async with httpx2.AsyncClient(transport=transport, base_url="http://in") as client:
                headers = bearer("ck-wrong")
                return [await client.get("/v1/models", headers=headers) for _ in range(6)]

        last = asyncio.run(tries())[-1]

        assert last.status_code == 429
        assert 1 <= int(last.headers["retry-after"]) <= 13
        assert last.json()["error"]["code"] == "too_many_wrong_keys"


def refused(proxy: Proxy, secret: str) -> Refusal:
    """Ask for alpha, and return how that is refused."""

    async def ask() -> None:
        body = b'{"model":"alpha"}'
        async with proxy.reply("/chat/completions", Shown(secret), body, request_id="r"):
            raise AssertionError("It was answered.")

    with pytest.raises(Refusal) as caught:
        asyncio.run(ask())
    return caught.value
