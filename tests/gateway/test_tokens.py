"""A caller's own token of an OpenID provider opens what its principal was granted, and no other."""

import asyncio
import hmac
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx2
import orjson
import pytest
from joserfc.jwk import RSAKey
from support import opening
from support.access import FakeProvider, a_provider_of_identities, an_rsa_key
from support.clocks import StoppedClock
from support.connections import FakeConnection
from support.forging import forgeries
from support.nodes import Node, a_node, bearer
from support.openid import RealProvider, a_real_provider
from support.partners import until
from support.proxies import a_proxy
from support.stages import SERVICE, Seen, Stage, a_stage

from corridor.access import Decider, People, Revocations
from corridor.access.service.bearers import REMEMBER_SECONDS
from corridor.core.clock import wall_clock
from corridor.gateway import Proxy, Refusal
from corridor.gateway.service import Shown

PEOPLE: tuple[dict[str, object], ...] = (
    {"sub": "ana"},
    {"sub": "ben", "jti": "of-ben"},
    {"sub": "stranger"},
)
DAY = 24 * 3600


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealProvider]:
    with a_real_provider(tmp_path_factory.mktemp("provider"), *PEOPLE) as provider:
        yield provider


def issuer(url: str, **fields: object) -> dict[str, object]:
    return {"issuer": url, "client_id": "corridor", "level": 2, "organisation": "acme", **fields}


def lets_in(node: Node, url: str, subject: str, *, granted: bool = True) -> str:
    """Link an account to a principal of its own, to whom every model is open; return its name."""
    runtime, name = node.runtime, f"{subject}-here"
    with runtime.store.transaction("test") as tx:
        opening.make_caller(runtime, tx, name)
        runtime.service(People).link(tx, name, url, subject)
        if granted:
            opening.open_models(runtime, tx, name)
    return name


def caught_up(stage: Stage) -> None:
    decider = stage.node.runtime.service(Decider)
    with stage.node.runtime.store.view() as view:
        head = view.head()
    until(lambda: decider.state.head >= head)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, provider: RealProvider) -> Iterator[Stage]:
    access = {"issuers": [issuer(provider.url)], "wrong_keys_per_minute": 1_000_000}
    folder = tmp_path_factory.mktemp("tokens")
    with a_stage(folder, clock=StoppedClock(wall_clock()), access=access) as stage:
        lets_in(stage.node, provider.url, "ana")
        caught_up(stage)
        yield stage


class TestOfARealProvider:
    def test_it_opens_what_its_principal_was_granted_as_a_key_would(
        self, stage: Stage, provider: RealProvider
    ) -> None:
        token = provider.id_token("ana")

        seen = ask(stage, token)
        again = ask(stage, token, stream=True)

        assert (seen.status, seen.said, again.status) == (200, "alpha says hello", 200)
        who = stage.node.runtime.service(Decider).secrets.pseudonym("ana-here", "in")
        assert stage.accounted(seen).caller == f"oidc:{who[:8]}"
        listed = stage.client.get(f"{stage.node.address}/v1/models", headers=bearer(token))
        assert SERVICE in {each["id"] for each in listed.json()["data"]}

    def test_who_was_never_linked_is_known_by_no_token(
        self, stage: Stage, provider: RealProvider
    ) -> None:
        assert is_refused(ask(stage, provider.id_token("stranger")), 401, "invalid_api_key")

    def test_a_token_for_another_audience_is_refused(
        self, stage: Stage, provider: RealProvider
    ) -> None:
        token = provider.id_token("ana", client_id="another-application")

        assert is_refused(ask(stage, token), 401, "invalid_api_key")

    def test_an_expired_token_is_refused_though_it_was_seen_before(
        self, tmp_path: Path, provider: RealProvider
    ) -> None:
        clock = StoppedClock(wall_clock())
        with a_stage(tmp_path, clock=clock, access={"issuers": [issuer(provider.url)]}) as stage:
            lets_in(stage.node, provider.url, "ana")
            caught_up(stage)
            token = provider.id_token("ana")
            assert ask(stage, token).status == 200
            clock.advance(3_600 - 30)
            assert ask(stage, token).status == 200

            clock.advance(120)

            assert is_refused(ask(stage, token), 401, "invalid_api_key")

    @pytest.mark.parametrize("alg", ["none", "NONE", "HS256"])
    def test_a_token_that_names_another_algorithm_is_refused(
        self, stage: Stage, provider: RealProvider, alg: str
    ) -> None:
        header, claims, signature = provider.id_token("ana").split(".")
        public = httpx2.get(f"{provider.url}/jwks").json()["keys"][0]
        named = part({"alg": alg, "kid": header_of(header).get("kid")})

        def signed_with(secret: bytes) -> str:
            text = f"{named}.{claims}"
            return f"{text}.{encoded(hmac.digest(secret, text.encode(), 'sha256'))}"

        forged = [
            f"{named}.{claims}.",
            f"{named}.{claims}.{signature}",
            signed_with(RSAKey.import_key(public).as_pem(private=False)),
            signed_with(orjson.dumps(public)),
        ]
        for token in forged:
            assert is_refused(ask(stage, token), 401, "invalid_api_key")

    def test_a_token_that_was_changed_after_signing_is_refused(
        self, stage: Stage, provider: RealProvider
    ) -> None:
        header, claims, signature = provider.id_token("stranger").split(".")
        changed = part({**header_of(claims), "sub": "ana"})

        assert is_refused(ask(stage, f"{header}.{changed}.{signature}"), 401, "invalid_api_key")

    def test_a_token_that_is_good_once_opens_one_request_on_any_worker(
        self, tmp_path: Path, provider: RealProvider
    ) -> None:
        access = {"issuers": [issuer(provider.url, single_use=True)]}
        with a_stage(tmp_path, clock=StoppedClock(wall_clock()), access=access) as stage:
            for subject in ("ana", "ben"):
                lets_in(stage.node, provider.url, subject)
            caught_up(stage)
            token = provider.id_token("ben")
            assert ask(stage, token).status == 200

            replayed = ask(stage, token)
            other_worker = a_proxy(stage.node, {})
            other_worker.admission.bearers.seen.clear()
            with pytest.raises(Refusal, match="used already"):
                asyncio.run(other_worker.admission.caller(Shown(token)))

            assert is_refused(replayed, 401, "invalid_api_key")
            nameless = ask(stage, provider.id_token("ana"))  # it has no jti to use up
            assert is_refused(nameless, 401, "invalid_api_key")

    def test_a_grant_of_another_project_opens_nothing(
        self, tmp_path: Path, provider: RealProvider
    ) -> None:
        with a_stage(tmp_path, access={"issuers": [issuer(provider.url)]}) as stage:
            lets_in(stage.node, provider.url, "ana")
            people = stage.node.runtime.service(People)
            with stage.node.runtime.store.transaction("test") as tx:
                people.add_project(tx, "second", "Second", "acme", opening.PURPOSE)
            caught_up(stage)
            token = provider.id_token("ana")

            granted = ask(stage, token, project=opening.PROJECT)
            elsewhere = ask(stage, token, project="second")
            unsaid = ask(stage, token)

        assert granted.status == 200
        assert is_refused(elsewhere, 403, "access_denied")
        assert "no_grant" in str(elsewhere.error["message"])
        assert is_refused(unsaid, 400, "project_missing")


def ask(stage: Stage, token: str, *, stream: bool = False, project: str = "") -> Seen:
    named = {"x-corridor-project": project} if project else {}
    return stage.ask(stream=stream, headers={**bearer(token), **named})


def is_refused(seen: Seen, status: int, code: str) -> bool:
    assert (seen.status, seen.error["code"]) == (status, code), seen.text
    assert seen.provider == "none"
    return True


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value: object) -> str:
    return encoded(orjson.dumps(value))


def header_of(text: str) -> dict[str, object]:
    return orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class TestAtTheDoor:
    """With a provider that says whatever a test wants it to."""

    @pytest.fixture
    def clock(self) -> StoppedClock:
        return StoppedClock()

    @pytest.fixture
    def provider(self, clock: StoppedClock) -> Iterator[FakeProvider]:
        with a_provider_of_identities(now=lambda: clock().timestamp()) as provider:
            yield provider

    @pytest.fixture
    def node(self, tmp_path: Path, clock: StoppedClock, provider: FakeProvider) -> Iterator[Node]:
        access = {"issuers": [issuer(provider.url)], "wrong_keys_per_minute": 1_000}
        with a_node(tmp_path, clock=clock, access=access) as node:
            node.add_provider("alpha", "http://127.0.0.1:9/v1")
            lets_in(node, provider.url, "sub-ana")
            yield node

    @pytest.mark.parametrize("name", sorted(forgeries(FakeProvider(url="http://127.0.0.1:1"))))
    def test_a_forged_token_opens_nothing(
        self, node: Node, provider: FakeProvider, name: str
    ) -> None:
        proxy = a_proxy(node, {})
        forged = forgeries(provider)[name](provider.said("sub-ana"))

        refusal = refused(proxy, forged)

        assert (refusal.status, refusal.code) == (401, "invalid_api_key")
        assert known(proxy, provider.signed(provider.said("sub-ana"))) == "sub-ana-here"

    def test_a_token_is_verified_once_and_again_after_some_minutes(
        self, node: Node, provider: FakeProvider, clock: StoppedClock
    ) -> None:
        proxy = a_proxy(node, {})
        provider.claims = {"exp": int(clock().timestamp()) + DAY}
        token = provider.signed(provider.said("sub-ana"))
        known(proxy, token)
        provider.key = an_rsa_key("one", 1)  # it takes back the key that signed it
        clock.advance(3_600)
        fresh = provider.signed(provider.said("sub-ana"))
        assert known(proxy, fresh) == "sub-ana-here"
        asked = len(provider.asked)

        for _ in range(50):
            assert known(proxy, fresh) == "sub-ana-here"

        assert len(provider.asked) == asked
        assert refused(proxy, token).status == 401

    def test_what_was_remembered_counts_no_more_when_the_clock_is_set_back(
        self, node: Node, provider: FakeProvider, clock: StoppedClock
    ) -> None:
        proxy = a_proxy(node, {})
        token = provider.signed(provider.said("sub-ana"))
        assert known(proxy, token) == "sub-ana-here"
        clock.advance(-REMEMBER_SECONDS)

        assert refused(proxy, token).status == 401  # it says that it was issued in the future

    def test_who_left_or_is_closed_is_let_in_by_no_token_that_was_remembered(
        self, node: Node, provider: FakeProvider
    ) -> None:
        runtime = node.runtime
        proxy = a_proxy(node, {"alpha": FakeConnection()})
        token = provider.signed(provider.said("sub-ana"))
        assert known(proxy, token) == "sub-ana-here"

        with runtime.store.transaction("test") as tx:
            runtime.service(Revocations).revoke(tx, "principal", "sub-ana-here", "misuse", None)
        proxy = a_proxy(node, {"alpha": FakeConnection()})
        assert reply_refused(proxy, token).code == "access_denied"
        with runtime.store.transaction("test") as tx:
            runtime.service(People).leave(tx, "sub-ana-here", "it is over")
        proxy = a_proxy(node, {})

        assert refused(proxy, token).status == 401

    def test_a_project_of_another_organisation_cannot_be_named(
        self, node: Node, provider: FakeProvider
    ) -> None:
        token = provider.signed(provider.said("sub-ana"))
        key = node.issue_key()
        proxy = a_proxy(node, {})

        for shown in (token, key):
            refusal = refused(proxy, shown, "theirs")
            assert (refusal.status, refusal.code) == (403, "wrong_project")
            assert known(proxy, shown, opening.PROJECT)

    def test_while_the_provider_is_silent_that_is_said_and_counts_as_no_wrong_key(
        self, node: Node, provider: FakeProvider
    ) -> None:
        proxy = a_proxy(node, {})
        provider.silent = True

        refusal = refused(proxy, provider.signed(provider.said("sub-ana")))

        assert (refusal.status, refusal.code) == (503, "issuer_unavailable")
        assert proxy.admission.keys.wrong.buckets == {}

    def test_no_other_caller_waits_for_a_provider_that_is_slow(
        self, node: Node, provider: FakeProvider
    ) -> None:
        key, proxy, release = node.issue_key(), a_proxy(node, {}), threading.Event()
        token = provider.signed(provider.said("sub-ana"))
        verify = proxy.admission.bearers

        async def both() -> tuple[bool, str, str]:
            loop = asyncio.get_running_loop()
            for _ in range(2):  # both threads are busy with a provider that does not answer
                loop.run_in_executor(proxy.admission.threads, release.wait)
            slow = asyncio.ensure_future(proxy.admission.caller(Shown(token)))
            quick = await proxy.admission.caller(Shown(key))
            waiting = not slow.done()
            release.set()
            return waiting, quick.principal, (await slow).principal

        assert asyncio.run(both()) == (True, "tester", "sub-ana-here")
        assert verify.recalled(token) is not None


def known(proxy: Proxy, shown: str, project: str = "") -> str:
    return asyncio.run(proxy.admission.caller(Shown(shown, project=project))).principal


def refused(proxy: Proxy, shown: str, project: str = "") -> Refusal:
    with pytest.raises(Refusal) as caught:
        known(proxy, shown, project)
    return caught.value


def reply_refused(proxy: Proxy, shown: str) -> Refusal:
    """Ask for alpha, and return how that is refused."""

    async def ask_alpha() -> None:
        body = b'{"model":"alpha"}'
        async with proxy.reply("/chat/completions", Shown(shown), body, request_id="r"):
            raise AssertionError("It was answered.")

    with pytest.raises(Refusal) as caught:
        asyncio.run(ask_alpha())
    return caught.value
