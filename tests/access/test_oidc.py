from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from support.access import Desk, FakeProvider, a_desk, a_provider_of_identities, an_rsa_key
from support.clocks import StoppedClock
from support.forging import forgeries

from corridor.access import Bearers, holder
from corridor.access.adapters.oidc import AGAIN_SECONDS, KEEP_SECONDS, RENEW_SECONDS
from corridor.access.errors import NotKnown, NotTrusted
from corridor.access.records import VerifiedClaim
from corridor.access.rules.id_tokens import MAX_TOKEN_BYTES, header_of, signing_keys
from corridor.access.rules.state import KINDS, folded
from corridor.access.service.identities import CLAIM_DAYS, SIGN_IN_SECONDS, Entered, Returned
from corridor.access.settings import IssuerSettings
from corridor.core.errors import CorridorError, Invalid, NotFound, Unavailable

BACK = "http://node.example/access/sign-in/callback"
DAY = 24 * 3600


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def provider(clock: StoppedClock) -> Iterator[FakeProvider]:
    with a_provider_of_identities(now=lambda: clock().timestamp()) as provider:
        yield provider


@pytest.fixture
def desk(tmp_path: Path, clock: StoppedClock, provider: FakeProvider) -> Iterator[Desk]:
    with a_desk(tmp_path, clock=clock, issuers=[provider.settings()]) as desk:
        yield desk


def begin(desk: Desk, provider: FakeProvider) -> str:
    asking = desk.identities.ask(provider.url, BACK)
    with desk.writing() as tx:
        desk.identities.begin(tx, asking)
    return asking.address


def come_back(desk: Desk, said: dict[str, str]) -> Entered:
    returned = Returned(said["state"], said.get("code"), said.get("iss"), said.get("error"))
    with desk.writing() as tx:
        sign_in = desk.identities.take(tx, returned)
    signed_in = desk.identities.answered(sign_in, returned, BACK)
    with desk.writing() as tx:
        return desk.identities.enter(tx, signed_in)


def sign_in(desk: Desk, provider: FakeProvider, subject: str = "sub-ana") -> Entered:
    return come_back(desk, provider.agree(begin(desk, provider), subject))


def by_token(desk: Desk, token: str) -> str:
    """Return as whom the bearer of a token is known."""
    bearer = Bearers(desk.clock, desk.identities.providers).verified(token)
    with desk.reading() as view:
        known = folded(view.identity.name, {}, list(view.arrived(KINDS)), view.head())
    return holder(known, bearer.issuer, bearer.subject).name


def claims_of(desk: Desk, name: str) -> dict[str, VerifiedClaim]:
    with desk.reading() as view:
        return {claim.claim: claim for claim in desk.people.claims(view, name)}


def test_who_signs_in_is_registered_linked_and_known(desk: Desk, provider: FakeProvider) -> None:
    provider.claims = {"preferred_username": "Ana.Example", "groups": ["staff"]}

    entered = sign_in(desk, provider)

    assert entered.principal.name == "ana.example"
    assert (entered.principal.type, entered.principal.organisation) == ("person", "acme")
    assert desk.known(entered.token) == "ana.example"
    claims = claims_of(desk, "ana.example")
    assert {name: (c.value, c.level, c.method) for name, c in claims.items()} == {
        "identity": ("verified", "substantial", "oidc"),
        "affiliation": ("acme", "substantial", "oidc"),
    }
    assert all(claim.verified_by == provider.url for claim in claims.values())


def test_who_signs_in_again_is_the_same_principal_and_nothing_is_kept_twice(
    desk: Desk, provider: FakeProvider
) -> None:
    first = sign_in(desk, provider)
    with desk.reading() as view:
        head = view.head()

    again = sign_in(desk, provider)

    assert again.principal == first.principal
    assert again.token != first.token
    with desk.reading() as view:
        assert view.head() == head


def test_a_claim_is_kept_anew_when_half_of_its_time_is_over(
    desk: Desk, provider: FakeProvider, clock: StoppedClock
) -> None:
    sign_in(desk, provider)
    clock.advance(CLAIM_DAYS * DAY / 2 + 60)
    sign_in(desk, provider)
    clock.advance(CLAIM_DAYS * DAY / 2)
    assert claims_of(desk, "sub-ana")["identity"].level == "substantial"
    clock.advance(CLAIM_DAYS * DAY)

    assert claims_of(desk, "sub-ana") == {}


def test_two_accounts_of_one_name_are_two_principals(desk: Desk, provider: FakeProvider) -> None:
    desk.person("ana", roles=("operator",))
    provider.claims = {"preferred_username": "ana"}

    one, other = sign_in(desk, provider, "1"), sign_in(desk, provider, "2")

    assert len({"ana", one.principal.name, other.principal.name}) == 3
    assert one.principal.roles == ()


def test_a_linked_account_is_the_principal_it_was_linked_to(
    desk: Desk, provider: FakeProvider
) -> None:
    desk.person("ana")
    with desk.writing() as tx:
        desk.people.link(tx, "ana", provider.url, "sub-ana")

    assert sign_in(desk, provider).principal.name == "ana"


@pytest.mark.parametrize("hint", ["operator", "", "!!", "../..", "\N{HIRAGANA LETTER A}", 7, None])
def test_a_name_that_cannot_be_taken_becomes_another(
    desk: Desk, provider: FakeProvider, hint: object
) -> None:
    provider.claims = {"preferred_username": hint}

    assert sign_in(desk, provider, "\N{HIRAGANA LETTER A}").principal.name != "operator"


def test_groups_give_and_take_the_roles_that_the_settings_map_and_no_others(
    tmp_path: Path, clock: StoppedClock, provider: FakeProvider
) -> None:
    roles = {"ai-approvers": "approver", "staff": "member"}
    with a_desk(tmp_path, clock=clock, issuers=[provider.settings(roles=roles)]) as desk:
        provider.claims = {"groups": ["ai-approvers", "operator", "staff", 7]}
        first = sign_in(desk, provider)
        with desk.writing() as tx:
            desk.people.change(tx, first.principal.name, "x", roles=("approver", "auditor"))
        provider.claims = {"groups": "staff"}
        second = sign_in(desk, provider)

    assert first.principal.roles == ("approver", "member")
    assert second.principal.roles == ("auditor", "member")


def test_a_role_that_there_is_not_is_a_fault_of_the_settings(
    tmp_path: Path, clock: StoppedClock, provider: FakeProvider
) -> None:
    issuers = [provider.settings(roles={"staff": "root"})]
    with (
        a_desk(tmp_path, clock=clock, issuers=issuers) as desk,
        pytest.raises(Invalid, match="root"),
    ):
        sign_in(desk, provider)


def test_the_organisation_is_mapped_and_never_taken_as_it_is_said(
    tmp_path: Path, clock: StoppedClock, provider: FakeProvider
) -> None:
    mapped = provider.settings(organisation=None, organisations={"Tokyo": "tokodai"})
    with a_desk(tmp_path, clock=clock, issuers=[mapped]) as desk:
        provider.claims = {"org": "Tokyo"}
        assert sign_in(desk, provider).principal.organisation == "tokodai"
        for said in ("tokodai", "acme", None, ["x"]):
            provider.claims = {"org": said}
            with pytest.raises(NotTrusted, match="organisation"):
                sign_in(desk, provider)


def test_what_the_provider_no_longer_says_is_withdrawn(
    tmp_path: Path, clock: StoppedClock, provider: FakeProvider
) -> None:
    both = {"A": "acme", "T": "tokodai"}
    settings = provider.settings(organisation=None, organisations=both)
    with a_desk(tmp_path, clock=clock, issuers=[settings]) as desk:
        provider.claims = {"org": "A"}
        sign_in(desk, provider)
        provider.claims = {"org": "T"}
        sign_in(desk, provider)

        with desk.reading() as view:
            kept = [(c.claim, c.value) for c in desk.people.claims(view, "sub-ana")]
            assert desk.people.principal(view, "sub-ana").organisation == "tokodai"
        assert sorted(kept) == [("affiliation", "tokodai"), ("identity", "verified")]


def test_an_organisation_that_the_catalogue_lacks_lets_nobody_in(
    tmp_path: Path, clock: StoppedClock, provider: FakeProvider
) -> None:
    issuers = [provider.settings(organisation="nowhere")]
    with a_desk(tmp_path, clock=clock, issuers=issuers) as desk:
        with pytest.raises(NotFound):
            sign_in(desk, provider)
        with desk.reading() as view:
            assert desk.people.people(view) == []


def test_one_person_with_two_accounts_is_one_person(
    tmp_path: Path, clock: StoppedClock, provider: FakeProvider
) -> None:
    issuers = [provider.settings(person_claim="resident")]
    with a_desk(tmp_path, clock=clock, issuers=issuers) as desk:
        provider.claims = {"resident": "4711"}
        one, other = sign_in(desk, provider, "1"), sign_in(desk, provider, "2")
        provider.claims = {"resident": "4712"}
        third = sign_in(desk, provider, "3")
        names = [each.principal.name for each in (one, other, third)]

        with desk.reading() as view:
            assert desk.people.same_person(view, names[0], names[1])
            assert not desk.people.same_person(view, names[0], names[2])


def test_an_account_that_became_another_persons_lets_nobody_in(
    tmp_path: Path, clock: StoppedClock, provider: FakeProvider
) -> None:
    issuers = [provider.settings(person_claim="resident")]
    with a_desk(tmp_path, clock=clock, issuers=issuers) as desk:
        provider.claims = {"resident": "4711"}
        sign_in(desk, provider)
        clock.advance(400 * DAY)
        provider.claims = {"resident": "4712"}

        with pytest.raises(NotTrusted, match="another person"):
            sign_in(desk, provider)


def test_who_left_does_not_come_back_by_signing_in(desk: Desk, provider: FakeProvider) -> None:
    entered = sign_in(desk, provider)
    token = provider.signed(provider.said("sub-ana"))
    assert by_token(desk, token) == "sub-ana"
    with desk.writing() as tx:
        desk.people.leave(tx, "sub-ana", "left")

    with pytest.raises(NotKnown):
        sign_in(desk, provider)
    with pytest.raises(NotKnown):
        by_token(desk, token)
    with pytest.raises(NotKnown):
        desk.known(entered.token)


def test_a_provider_that_verifies_nothing_leaves_no_claim(
    tmp_path: Path, clock: StoppedClock, provider: FakeProvider
) -> None:
    with a_desk(tmp_path, clock=clock, issuers=[provider.settings(level=0)]) as desk:
        assert claims_of(desk, sign_in(desk, provider).principal.name) == {}


def test_only_issuers_of_the_settings_are_asked(desk: Desk) -> None:
    with a_provider_of_identities() as stranger:
        with pytest.raises(NotTrusted):
            desk.identities.ask(stranger.url, BACK)
        with pytest.raises(NotTrusted):
            by_token(desk, stranger.signed(stranger.said("1")))

        assert stranger.asked == []


def test_a_session_ends_when_its_issuer_is_trusted_no_more(
    tmp_path: Path, clock: StoppedClock, provider: FakeProvider
) -> None:
    with a_desk(tmp_path, clock=clock, issuers=[provider.settings()]) as desk:
        entered = sign_in(desk, provider)
        assert desk.known(entered.token) == "sub-ana"
        identity = desk.runtime.store.identity
    with (
        a_desk(tmp_path, clock=clock, identity=identity) as desk,
        pytest.raises(NotKnown),
    ):
        desk.known(entered.token)


def test_nobody_comes_back_twice_or_late_or_without_having_begun(
    desk: Desk, provider: FakeProvider, clock: StoppedClock
) -> None:
    said = provider.agree(begin(desk, provider))
    come_back(desk, said)
    late = provider.agree(begin(desk, provider))
    clock.advance(SIGN_IN_SECONDS)
    for wrong in (said, late, {**said, "state": ""}, {**said, "state": "x" * 5000}):
        with pytest.raises(NotTrusted, match="under way"):
            come_back(desk, wrong)


def test_a_failed_return_uses_up_its_state(desk: Desk, provider: FakeProvider) -> None:
    said = provider.agree(begin(desk, provider))
    with pytest.raises(NotTrusted):
        come_back(desk, {**said, "code": "guessed"})

    with pytest.raises(NotTrusted, match="under way"):
        come_back(desk, said)


def test_a_code_of_another_sign_in_is_refused(desk: Desk, provider: FakeProvider) -> None:
    stolen = provider.agree(begin(desk, provider), "victim")
    mine = provider.agree(begin(desk, provider), "thief")

    with pytest.raises(NotTrusted, match="code"):
        come_back(desk, {"state": mine["state"], "code": stolen["code"]})


@pytest.mark.parametrize("error", ["access_denied", "\x1b[31m" + "x" * 5000])
def test_a_refusal_of_the_provider_is_told_in_a_short_plain_line(
    desk: Desk, provider: FakeProvider, error: str
) -> None:
    state = provider.agree(begin(desk, provider))["state"]

    with pytest.raises(NotTrusted) as caught:
        come_back(desk, {"state": state, "error": error})
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 200


def test_the_answer_of_another_provider_is_refused(
    desk: Desk, provider: FakeProvider, clock: StoppedClock
) -> None:
    said = provider.agree(begin(desk, provider))
    with pytest.raises(NotTrusted, match="Another provider"):
        come_back(desk, {**said, "iss": "https://evil.example"})
    said = provider.agree(begin(desk, provider))
    assert come_back(desk, {**said, "iss": provider.url}).principal.name == "sub-ana"

    provider.metadata = {"authorization_response_iss_parameter_supported": True}
    clock.advance(RENEW_SECONDS)
    said = provider.agree(begin(desk, provider))
    with pytest.raises(NotTrusted, match="Another provider"):
        come_back(desk, said)


rsa = an_rsa_key


NAMES = sorted(forgeries(FakeProvider(url="http://127.0.0.1:1")))


@pytest.mark.parametrize("name", NAMES)
def test_a_forged_token_lets_nobody_in(desk: Desk, provider: FakeProvider, name: str) -> None:
    sign_in(desk, provider)
    provider.forged = forgeries(provider)[name]

    with pytest.raises(NotTrusted):
        sign_in(desk, provider)
    with pytest.raises(NotTrusted):
        by_token(desk, provider.forged(provider.said("sub-ana")))
    provider.forged = None
    assert by_token(desk, provider.signed(provider.said("sub-ana"))) == "sub-ana"


@pytest.mark.parametrize("nonce", ["another", "", None])
def test_a_token_of_another_sign_in_is_refused(
    desk: Desk, provider: FakeProvider, nonce: str | None
) -> None:
    provider.claims = {"nonce": nonce}

    with pytest.raises(NotTrusted):
        sign_in(desk, provider)


def test_a_token_for_another_access_token_is_refused(desk: Desk, provider: FakeProvider) -> None:
    provider.claims = {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}

    with pytest.raises(NotTrusted, match="does not hold"):
        sign_in(desk, provider)


def test_a_clock_that_differs_by_less_than_a_minute_is_borne(
    desk: Desk, provider: FakeProvider
) -> None:
    now = int(provider.now())
    provider.claims = {"iat": now + 59, "exp": now - 59}

    assert sign_in(desk, provider).principal.name == "sub-ana"


def test_what_a_refusal_says_holds_nothing_of_the_token(desk: Desk, provider: FakeProvider) -> None:
    provider.claims = {"aud": "another", "email": "ana@example.org"}

    with pytest.raises(NotTrusted) as caught:
        sign_in(desk, provider, "sub-secret")
    said = f"{caught.value.message} {caught.value.hint} {caught.value.facts}"
    assert "sub-secret" not in said
    assert "ana@" not in said


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519", "PS384"])
def test_tokens_of_other_asymmetric_algorithms_are_taken(
    desk: Desk, provider: FakeProvider, clock: StoppedClock, algorithm: str
) -> None:
    sign_in(desk, provider)
    kinds: dict[str, Callable[[], RSAKey | ECKey | OKPKey]] = {
        "ES256": lambda: ECKey.generate_key("P-256", {"kid": "new"}),
        "Ed25519": lambda: OKPKey.generate_key("Ed25519", {"kid": "new"}),
        "PS384": lambda: rsa("new"),
    }
    key = kinds[algorithm]()
    provider.key = key  # pyright: ignore[reportAttributeAccessIssue]  only published
    clock.advance(AGAIN_SECONDS)
    header = {"alg": algorithm, "kid": "new"}

    assert by_token(desk, jwt.encode(header, provider.said("sub-ana"), key, [algorithm])) == (
        "sub-ana"
    )


def test_a_new_key_of_the_provider_is_learned_and_the_old_one_forgotten(
    desk: Desk, provider: FakeProvider, clock: StoppedClock
) -> None:
    sign_in(desk, provider)
    old = provider.key
    provider.key = rsa("two")
    token = provider.signed(provider.said("sub-ana"))
    with pytest.raises(NotTrusted, match="no such key"):
        by_token(desk, token)
    clock.advance(AGAIN_SECONDS)

    assert by_token(desk, token) == "sub-ana"
    with pytest.raises(NotTrusted):
        by_token(desk, provider.signed(provider.said("sub-ana"), old))


def test_tokens_with_unknown_keys_make_nobody_ask_more_than_once_a_minute(
    desk: Desk, provider: FakeProvider, clock: StoppedClock
) -> None:
    sign_in(desk, provider)
    asked = provider.asked.count("/keys")
    clock.advance(AGAIN_SECONDS)
    for number in range(20):
        with pytest.raises(NotTrusted):
            by_token(desk, provider.signed(provider.said("sub-ana"), None, kid=f"k{number}"))

    assert provider.asked.count("/keys") == asked + 1


def test_keys_are_renewed_every_hour(
    desk: Desk, provider: FakeProvider, clock: StoppedClock
) -> None:
    sign_in(desk, provider)
    old, provider.key = provider.key, rsa("one", 1)
    assert by_token(desk, provider.signed(provider.said("sub-ana"), old)) == "sub-ana"
    clock.advance(RENEW_SECONDS)

    with pytest.raises(NotTrusted):
        by_token(desk, provider.signed(provider.said("sub-ana"), old))


def test_keys_count_for_some_hours_while_the_provider_is_silent(
    desk: Desk, provider: FakeProvider, clock: StoppedClock
) -> None:
    sign_in(desk, provider)
    provider.silent = True
    clock.advance(RENEW_SECONDS)
    assert by_token(desk, provider.signed(provider.said("sub-ana"))) == "sub-ana"
    clock.advance(KEEP_SECONDS - RENEW_SECONDS)

    with pytest.raises(Unavailable):
        by_token(desk, provider.signed(provider.said("sub-ana")))


def test_a_provider_that_does_not_answer_is_not_asked_again_at_once(
    desk: Desk, provider: FakeProvider, clock: StoppedClock
) -> None:
    provider.silent = True
    for _ in range(5):
        with pytest.raises(Unavailable):
            desk.identities.ask(provider.url, BACK)
    assert len(provider.asked) == 1
    provider.silent = False
    clock.advance(AGAIN_SECONDS)

    assert sign_in(desk, provider).principal.name == "sub-ana"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"jwks_uri": "http://192.0.2.1/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"token_endpoint": "http://evil.example/token"},
        {"token_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://[::1"},
    ],
)
def test_a_configuration_that_leads_elsewhere_is_refused(
    desk: Desk, provider: FakeProvider, metadata: dict[str, object]
) -> None:
    provider.metadata = metadata

    with pytest.raises(NotTrusted):
        desk.identities.ask(provider.url, BACK)
    assert "/keys" not in provider.asked


def test_an_issuer_that_others_could_read_along_is_refused(tmp_path: Path) -> None:
    issuer = IssuerSettings(issuer="http://id.example", client_id="corridor")
    with a_desk(tmp_path, issuers=[issuer]) as desk, pytest.raises(NotTrusted, match="https"):
        desk.identities.ask("http://id.example", BACK)


@pytest.mark.parametrize("answer", [b"", b"[]", b"{", b"x" * 300_000, b"[" * 100_000])
def test_a_provider_that_answers_nonsense_is_unavailable(
    desk: Desk, provider: FakeProvider, answer: bytes
) -> None:
    provider.nonsense = answer

    with pytest.raises(CorridorError):
        desk.identities.ask(provider.url, BACK)


def test_a_client_secret_is_shown_to_the_provider_and_to_nobody_else(
    tmp_path: Path, clock: StoppedClock, provider: FakeProvider
) -> None:
    issuers = [provider.settings(client_secret="env:OIDC_SECRET")]  # noqa: S106  where it is
    with a_desk(
        tmp_path,
        clock=clock,
        issuers=issuers,
        secret_at=lambda reference: "s3cret" if reference == "env:OIDC_SECRET" else None,
    ) as desk:
        sign_in(desk, provider)
        assert "s3cret" not in repr(desk.identities)

    assert provider.authorizations == ["Basic Y29ycmlkb3I6czNjcmV0"]


def test_keys_that_are_weak_secret_or_not_for_signing_are_left_out() -> None:
    good = rsa("good").as_dict(private=False)
    published = {
        "keys": [
            dict(good),
            {**good, "kid": "enc", "use": "enc"},
            {**good, "kid": "weak", "n": str(good["n"])[:171]},
            {"kty": "oct", "kid": "oct", "k": "c2VjcmV0"},
            {"kty": "OKP", "crv": "X25519", "kid": "x", "x": "AAAA"},
            {"kty": "EC", "crv": "P-256", "kid": "broken", "x": "A", "y": "B"},
            {"kty": "new", "kid": "new"},
            "text",
            7,
        ]
    }

    assert [key.kid for key in signing_keys(published)] == ["good"]
    nothings: tuple[object, ...] = (None, [], {}, {"keys": "x"}, {"keys": None}, "keys")
    for nothing in nothings:
        assert signing_keys(nothing) == ()


def test_a_token_is_read_no_further_than_its_limit() -> None:
    with pytest.raises(NotTrusted):
        header_of("a" * (MAX_TOKEN_BYTES + 1))
