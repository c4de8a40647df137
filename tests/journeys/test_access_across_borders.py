"""A caller of node jp uses a model of node in: granted there, accepted here, closed on both sides."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import httpx2
import pytest
from support import opening
from support.nodes import Node, a_node, bearer
from support.partners import introduce, until
from support.stages import HELLO, store_gone
from support.supply import DIGEST
from support.upstream import FakeUpstream, a_fake_upstream

from corridor.access import Account, ApiKeys, Borders, Decider, Grant, People, Query, Revocations
from corridor.access.records.account import Accounted
from corridor.access.records.revocations import Scope
from corridor.assurance import Assurance, Tier
from corridor.catalogue import Catalogue
from corridor.core.store import Transaction
from corridor.federation import Federation

SERVED = "small-of-in"
"""What the provider in-small at jp asks for; at in it is a service."""
THIRD = "ef" * 32
MODELS: tuple[tuple[str, str, Tier], ...] = (
    ("small", DIGEST, 0),
    ("high", "cd" * 32, 2),
    ("third", THIRD, 0),
)
"""The models of in: name, file, tier."""
ACCESS: dict[str, object] = {
    "lease_refresh_seconds": 0.2,
    "wrong_keys_per_minute": 1_000_000,
    "delegated_up_to": 2,
}


@dataclass(frozen=True)
class Corridor:
    """Node in, which serves two models of its own, and node jp, which has callers."""

    india: Node
    japan: Node
    upstream: FakeUpstream

    def caller(self, name: str, provider: str = "in-small", tier: Tier = 0) -> "Caller":
        """Return somebody of jp to whom a model of in is open."""
        runtime = self.japan.runtime
        with runtime.store.transaction("test") as tx:
            opening.make_caller(runtime, tx, name)
            found = runtime.service(Catalogue).provider(tx, provider)
            opening.open_models(runtime, tx, name, providers=[found], tier=tier)
            until_ = runtime.store.clock() + timedelta(days=30)
            runtime.service(People).claim(
                tx, name, "identity", "verified", "substantial", "operator", "in person", until_
            )
            _, secret = runtime.service(ApiKeys).issue(tx, name, opening.PROJECT, name, ("*",))
        found_caller = Caller(self, name, provider, secret)
        until(lambda: found_caller.ask().status_code == 200)
        until(lambda: "jp" in self.india.runtime.service(Decider).state.leases)
        return found_caller


@dataclass(frozen=True)
class Caller:
    """Somebody of jp."""

    corridor: Corridor
    name: str
    provider: str
    secret: str

    @property
    def pseudonym(self) -> str:
        return self.corridor.japan.runtime.service(Decider).secrets.pseudonym(self.name, "in")

    def ask(self, *, stream: bool = False) -> httpx2.Response:
        """Ask through jp's gateway."""
        body = {"model": self.provider, "stream": stream, **HELLO}
        return _sent(self.corridor.japan, json.dumps(body).encode(), self.secret)

    def token(self, body: bytes) -> str:
        """Return what jp would show to in for a request of this caller."""
        decider = self.corridor.japan.runtime.service(Decider)
        with self.corridor.japan.runtime.store.view() as view:
            service = self.corridor.japan.runtime.service(Catalogue)
            provider = service.provider(view, self.provider)
        query = Query(
            principal=self.name,
            project=opening.PROJECT,
            model=provider.model,
            model_sha256=provider.model_sha256,
            surface="api",
            purpose="",
            language="en-Latn",
        )
        borders = self.corridor.japan.runtime.service(Borders)
        decision = decider.decide(query, "in")
        return borders.token(query, decision, "in", sha256(body).hexdigest())

    def show(self, token: str, body: bytes) -> httpx2.Response:
        """Show a token to in, as jp's gateway does."""
        return _sent(self.corridor.india, body, token)

    def directly(self) -> httpx2.Response:
        """Ask at in with a new token, as jp's gateway would, whether or not jp is served."""
        served = f"{self.provider.removeprefix('in-')}-of-in"
        body = json.dumps({"model": served, **HELLO}).encode()
        return self.show(self.token(body), body)

    def grant(self, tx: Transaction) -> str:
        return next(str(g.id) for g in tx.own(Grant) if g.grantee == self.pseudonym)


def _sent(node: Node, body: bytes, secret: str) -> httpx2.Response:
    return httpx2.post(
        f"{node.address}/v1/chat/completions",
        content=body,
        headers={**bearer(secret), "content-type": "application/json"},
        trust_env=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def corridor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corridor]:
    folder = tmp_path_factory.mktemp("borders")
    with ExitStack() as stack:
        upstream = stack.enter_context(a_fake_upstream("own"))
        india = stack.enter_context(a_node(folder, "in", access=ACCESS))
        japan = stack.enter_context(a_node(folder, "jp", access=ACCESS))
        for name, digest, tier in MODELS:
            own = india.add_provider(f"own-{name}", upstream.url, model=name, sha256=digest)
            india.offer(f"{name}-of-in", [own.name])
            with india.runtime.store.transaction("test") as tx:
                opening.vouch_for(india.runtime, tx, own, tier)
            japan.add_provider(
                f"in-{name}",
                f"{india.address}/v1",
                model=name,
                sha256=digest,
                credential="node:in",
                served=f"{name}-of-in",
            )
        introduce(india.runtime, japan.runtime)
        introduce(japan.runtime, india.runtime)
        india.start()
        japan.start()
        yield Corridor(india, japan, upstream)


def accounted(node: Node, request_id: str) -> list[Accounted]:
    """Wait until the account has an answer; return its decisions."""
    until(lambda: any(each.answer_sha256 for each in _decided(node, request_id)))
    return _decided(node, request_id)


def _decided(node: Node, request_id: str) -> list[Accounted]:
    def found() -> list[Accounted]:
        with node.runtime.store.view() as view:
            return node.runtime.service(Account).of_request(view, request_id)

    until(lambda: bool(found()))
    return found()


@pytest.mark.parametrize("stream", [False, True])
def test_a_caller_of_one_node_uses_the_model_of_another(
    corridor: Corridor, *, stream: bool
) -> None:
    caller = corridor.caller("meera-s" if stream else "meera")

    answer = caller.ask(stream=stream)

    assert (answer.status_code, answer.headers["x-corridor-provider"]) == (200, "in-small")
    digest = sha256(answer.content).hexdigest()
    request_id = answer.headers["x-request-id"]
    [at_home] = accounted(corridor.japan, request_id)
    [abroad] = accounted(corridor.india, request_id)
    assert at_home.answer_sha256 == abroad.answer_sha256 == digest
    assert at_home.decided.grant_id == abroad.decided.grant_id != ""
    assert (abroad.decided.home, abroad.decided.who) == ("jp", caller.pseudonym)
    assert (at_home.decided.home, abroad.decided.facts.lease) == ("jp", "held")
    shown = corridor.upstream.requests[-1].headers
    assert "authorization" not in shown


def test_the_name_of_a_caller_stays_on_its_own_node(corridor: Corridor) -> None:
    caller = corridor.caller("sachiko-of-the-night-desk")
    answer = caller.ask()
    accounted(corridor.india, answer.headers["x-request-id"])

    def kept(node: Node, word: str) -> bool:
        files = (file for file in node.home.rglob("*") if file.is_file())
        return any(word.encode() in file.read_bytes() for file in files)

    assert kept(corridor.japan, caller.name)
    assert kept(corridor.india, caller.pseudonym)
    assert not kept(corridor.india, caller.name)


def test_a_token_is_good_once_and_for_its_own_body(corridor: Corridor) -> None:
    caller = corridor.caller("kenji")
    body = json.dumps({"model": SERVED, **HELLO}).encode()
    token = caller.token(body)

    assert caller.show(token, body + b" ").status_code == 401
    assert caller.show(token, body).status_code == 200
    before = corridor.upstream.asked
    again = caller.show(token, body)

    assert (again.status_code, again.json()["error"]["code"]) == (401, "invalid_api_key")
    assert corridor.upstream.asked == before


@pytest.mark.parametrize("scope", ["grant", "principal", "project"])
def test_what_jp_revokes_is_closed_at_jp_and_at_in(corridor: Corridor, scope: Scope) -> None:
    caller = corridor.caller(f"closed-{scope}")
    body = json.dumps({"model": SERVED, **HELLO}).encode()
    kept_back = caller.token(body)
    runtime = corridor.japan.runtime
    revocations = runtime.service(Revocations)

    with runtime.store.transaction("test") as tx:
        target = {"principal": caller.name, "project": opening.PROJECT}.get(scope)
        made = revocations.revoke(tx, scope, target or caller.grant(tx), "it was misused", None)
    try:
        until(lambda: caller.ask().status_code == 403)
        assert "revoked" in caller.ask().json()["error"]["message"]
        _until_known(corridor.india, corridor.japan)
        before = corridor.upstream.asked
        late = caller.show(kept_back, body)
        assert late.status_code == 403, late.text
        assert "revoked" in late.json()["error"]["message"]
        assert corridor.upstream.asked == before
    finally:
        with runtime.store.transaction("test") as tx:
            revocations.lift(tx, made[0].id, "it was a mistake", None)
    until(lambda: caller.ask().status_code == 200)


def test_a_model_that_in_revokes_is_closed_to_callers_of_jp(corridor: Corridor) -> None:
    caller = corridor.caller("haruto")
    runtime = corridor.india.runtime
    revocations = runtime.service(Revocations)

    with runtime.store.transaction("test") as tx:
        made = revocations.revoke(tx, "model", DIGEST, "a fault was found in it", None)
    until(lambda: caller.ask().status_code != 200)
    until(lambda: caller.ask().status_code == 403)  # jp has read it, and does not ask any more
    before = corridor.upstream.asked
    assert "revoked" in caller.ask().json()["error"]["message"]
    assert corridor.upstream.asked == before

    with runtime.store.transaction("test") as tx:
        revocations.lift(tx, made[0].id, "it was repaired", None)
    until(lambda: caller.ask().status_code == 200)


def test_a_tier_that_in_raises_closes_what_was_granted_for_a_lower_one(corridor: Corridor) -> None:
    caller = corridor.caller("sora", "in-third")
    runtime = corridor.india.runtime

    with runtime.store.transaction("test") as tx:
        runtime.service(Assurance).rate(tx, "third", 3, "it does more than we knew", sha256=THIRD)

    until(lambda: caller.ask().status_code == 503)
    refused = caller.directly()
    assert refused.status_code == 403
    assert "tier_raised" in refused.json()["error"]["message"]


def test_a_partner_that_is_suspended_opens_nothing(corridor: Corridor) -> None:
    caller = corridor.caller("yuki")
    runtime = corridor.india.runtime
    with runtime.store.transaction("test") as tx:
        runtime.service(Federation).suspend(tx, "jp", "its node is looked into")
    try:
        until(lambda: caller.directly().status_code == 401)
        until(lambda: caller.ask().status_code == 503)
    finally:
        with runtime.store.transaction("test") as tx:
            runtime.service(Federation).resume(tx, "jp", "it was looked into")
    until(lambda: caller.ask().status_code == 200)


def test_while_the_nodes_do_not_see_each_other_low_tiers_stay_open_and_high_ones_close(
    corridor: Corridor,
) -> None:
    low = corridor.caller("low-tier")
    high = corridor.caller("high-tier", "in-high", tier=2)
    assert high.directly().status_code == 200

    corridor.japan.stop()
    try:
        until(lambda: high.directly().status_code == 403)
        refused = high.directly()
        assert "lease_ended" in refused.json()["error"]["message"]
        assert low.directly().status_code == 200
    finally:
        corridor.japan.start()

    until(lambda: high.directly().status_code == 200)
    until(lambda: high.ask().status_code == 200)


def test_a_node_that_is_away_is_a_provider_that_does_not_answer(corridor: Corridor) -> None:
    caller = corridor.caller("ren")

    corridor.india.stop()
    try:
        away = caller.ask()
        assert (away.status_code, away.json()["error"]["code"]) == (503, "no_provider")
        # It is asked once more, for it refused the connection; each attempt is decided upon.
        kept, *_ = _decided(corridor.japan, away.headers["x-request-id"])
        assert kept.decided.allowed  # by jp; in was not there to say anything
        assert kept.answer_sha256 is None
    finally:
        corridor.india.start()

    until(lambda: caller.ask().status_code == 200)


def test_a_token_that_cannot_be_marked_as_used_opens_nothing(corridor: Corridor) -> None:
    caller = corridor.caller("aoi")

    with store_gone(corridor.india):
        until(lambda: caller.directly().status_code != 200)
        before = corridor.upstream.asked
        refused = caller.directly()
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "not_accounted"
        assert corridor.upstream.asked == before

    until(lambda: caller.directly().status_code == 200)


def _until_known(us: Node, them: Node) -> None:
    """Wait until a node decides by all that the other has stated."""
    name = them.runtime.identity.name
    with them.runtime.store.view() as view:
        size = view.log_size()
    decider = us.runtime.service(Decider)
    until(lambda: decider.state.log_sizes.get(name, 0) >= size)
    with us.runtime.store.view() as view:
        head = view.head()
    until(lambda: decider.state.head >= head)
