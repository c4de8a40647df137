"""What a partner's gateway shows with a request: good for one request, and for no attack."""

import base64
import hmac
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.borders import TABLES, USER, Border, a_border
from support.builders import NOON

from corridor.access.adapters.tokens import HEADER, signed, verified
from corridor.access.errors import NotAllowed, NotTrusted
from corridor.access.records import Decision, Query
from corridor.access.records.borders import Presented
from corridor.access.rules.borders import TOKEN_SECONDS
from corridor.core.canonical import canonical, sha256
from corridor.core.signing import PublicKey, Signer
from corridor.core.store import Store

BODY = sha256(b'{"model":"small"}')
OTHER_BODY = sha256(b'{"model":"large"}')
JP = Signer.generate()
KEYS: Mapping[str, PublicKey] = {"jp": JP.public, "kr": Signer.generate().public}


def says(**fields: object) -> Presented:
    now = int(NOON.timestamp())
    return Presented.model_validate(
        {
            "iss": "jp",
            "aud": "in",
            "sub": "ab" * 16,
            "grant": "cd" * 16,
            "project": "helpline",
            "purpose": "agriculture-advice",
            "surface": "api",
            "language": "hi-Deva",
            "overseer": False,
            "iat": now,
            "exp": now + 60,
            "jti": "ef" * 16,
            "body": BODY,
            **fields,
        }
    )


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(header: Mapping[str, object], claims: bytes, signature: bytes = b"") -> str:
    """A token with any header, claims and signature."""
    return f"{encoded(canonical(header))}.{encoded(claims)}.{encoded(signature)}"


def honest(header: Mapping[str, object], claims: bytes, signer: Signer = JP) -> str:
    """A token with any header and claims that a key did sign."""
    first = f"{encoded(canonical(header))}.{encoded(claims)}"
    return f"{first}.{encoded(signer.sign(first.encode()))}"


def claims_of(presented: Presented, **changes: object) -> bytes:
    return canonical({**presented.model_dump(mode="json"), **changes})


@pytest.fixture(scope="module")
def border(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Border]:
    with a_border(tmp_path_factory.mktemp("border")) as border:
        yield border


@pytest.fixture(scope="module")
def passed_on(border: Border) -> tuple[Query, Decision]:
    return border.allowed_at_home(border.grant(tier=1))


def presented(border: Border, token: str, body: str = BODY, seconds: float = 0) -> Presented:
    """What `in` makes of a token, so long after noon."""
    with border.at_in.runtime.store.view() as view:
        partners = border.at_in.borders.partners(view)
    now = NOON + timedelta(seconds=seconds)
    return border.at_in.borders.presented(token, body, partners, now)


def token_of(border: Border, passed_on: tuple[Query, Decision], audience: str = "in") -> str:
    return border.jp.borders.token(*passed_on, audience, BODY)


def test_a_token_says_who_asks_by_pseudonym_under_which_grant_and_for_what(
    border: Border, passed_on: tuple[Query, Decision]
) -> None:
    query, decision = passed_on
    said = presented(border, token_of(border, passed_on))

    asked = said.query(query.model, query.model_sha256)
    expected = replace(query, principal=border.pseudonym, issuer="jp", grant_id=decision.grant_id)
    assert asked == expected
    assert USER not in said.model_dump_json()


def test_a_token_opens_what_its_grant_opens(
    border: Border, passed_on: tuple[Query, Decision]
) -> None:
    query, _ = passed_on
    said = presented(border, token_of(border, passed_on))
    with border.at_in.runtime.store.view() as view:
        border.at_in.decider.refresh(view)

    decision = border.at_in.decider.decide(said.query(query.model, query.model_sha256))

    assert decision.reasons == ("granted",)


def test_nothing_is_passed_on_that_was_not_allowed(
    border: Border, passed_on: tuple[Query, Decision]
) -> None:
    query, decision = passed_on
    for refused in (replace(decision, outcome="deny"), replace(decision, grant_id="")):
        with pytest.raises(NotAllowed):
            border.jp.borders.token(query, refused, "in", BODY)


def test_the_purpose_of_the_project_is_told_where_none_was_declared(
    border: Border, passed_on: tuple[Query, Decision]
) -> None:
    query, decision = passed_on
    token = border.jp.borders.token(replace(query, purpose=""), decision, "in", BODY)

    assert presented(border, token).purpose == query.purpose


# Attacks


def test_a_token_for_another_node_is_refused(
    border: Border, passed_on: tuple[Query, Decision]
) -> None:
    with pytest.raises(NotTrusted, match="is for kr, not for in"):
        presented(border, token_of(border, passed_on, "kr"))


def test_a_token_with_another_body_is_refused(
    border: Border, passed_on: tuple[Query, Decision]
) -> None:
    with pytest.raises(NotTrusted, match="its body differs"):
        presented(border, token_of(border, passed_on), OTHER_BODY)


@pytest.mark.parametrize(
    ("seconds", "message"), [(TOKEN_SECONDS, "has ended"), (-6, "dated in the future")]
)
def test_a_token_is_good_for_a_minute(
    border: Border, passed_on: tuple[Query, Decision], seconds: float, message: str
) -> None:
    token = token_of(border, passed_on)
    assert presented(border, token, seconds=59)

    with pytest.raises(NotTrusted, match=message):
        presented(border, token, seconds=seconds)


@pytest.mark.parametrize("life", [0, -1, TOKEN_SECONDS + 1, 10**9])
def test_a_partner_cannot_make_a_token_that_lives_longer(border: Border, life: int) -> None:
    signer = border.jp.runtime.identity.signer
    now = int(NOON.timestamp())

    with pytest.raises(NotTrusted, match="lives longer"):
        presented(border, signed(says(exp=now + life), signer))


def test_a_token_is_used_once_whichever_worker_is_shown_it(
    border: Border, passed_on: tuple[Query, Decision]
) -> None:
    store = border.at_in.runtime.store
    other = Store.open(str(store.engine.url), store.identity, border.clock, TABLES)
    said = presented(border, token_of(border, passed_on))

    def spend(worker: Store) -> bool:
        try:
            with worker.transaction("gateway") as tx:
                border.at_in.borders.spend(tx, said)
        except NotTrusted:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(spend, [store, other] * 8))
    other.close()

    assert outcomes.count(True) == 1


def test_used_tokens_are_forgotten_only_when_they_could_not_be_used_again(border: Border) -> None:
    said = says(jti="12" * 16)
    borders, store = border.at_in.borders, border.at_in.runtime.store
    with store.transaction("gateway") as tx:
        borders.spend(tx, said)
    border.clock.advance(TOKEN_SECONDS + 599)
    with store.transaction("gateway") as tx:
        assert borders.forget_tokens(tx) == 0
    with pytest.raises(NotTrusted, match="used already"), store.transaction("gateway") as tx:
        borders.spend(tx, said)
    border.clock.advance(2)
    with store.transaction("gateway") as tx:
        assert borders.forget_tokens(tx) >= 1
    border.clock.now = NOON


def test_two_partners_may_choose_the_same_id(border: Border) -> None:
    with border.at_in.runtime.store.transaction("gateway") as tx:
        border.at_in.borders.spend(tx, says(jti="34" * 16))
        border.at_in.borders.spend(tx, says(jti="34" * 16, iss="kr"))


def test_a_token_of_a_suspended_partner_is_refused(
    tmp_path: Path,
) -> None:
    with a_border(tmp_path) as border:
        token = token_of(border, border.allowed_at_home(border.grant(tier=1)))
        assert presented(border, token)
        border.at_in.suspend("jp")

        with pytest.raises(NotTrusted, match="no active partner"):
            presented(border, token)


def test_a_token_of_this_node_itself_is_refused(border: Border) -> None:
    signer = border.at_in.runtime.identity.signer

    with pytest.raises(NotTrusted, match="no active partner"):
        presented(border, signed(says(iss="in"), signer))


def test_a_grant_of_another_partner_opens_nothing(
    border: Border, passed_on: tuple[Query, Decision]
) -> None:
    query, decision = passed_on
    stolen = says(iss="kr", sub=border.pseudonym, grant=decision.grant_id)

    answer = border.at_in.decider.decide(stolen.query(query.model, query.model_sha256))

    assert not answer.allowed
    assert "no_grant" in answer.reasons


def test_a_grant_of_another_project_opens_nothing(
    border: Border, passed_on: tuple[Query, Decision]
) -> None:
    query, decision = passed_on
    signer = border.jp.runtime.identity.signer
    said = says(sub=border.pseudonym, grant=decision.grant_id, project="another")
    held = presented(border, signed(said, signer))

    assert not border.at_in.decider.decide(held.query(query.model, query.model_sha256)).allowed


def test_a_token_that_is_good_says_what_was_signed() -> None:
    assert verified(signed(says(), JP), KEYS) == says()
    assert verified(honest(HEADER, claims_of(says())), KEYS) == says()


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "corridor-grant+jwt"},
        {"alg": "None", "typ": "corridor-grant+jwt"},
        {"alg": "EdDSA", "typ": "corridor-grant+jwt"},
        {"alg": "ES256", "typ": "corridor-grant+jwt"},
        {"alg": "Ed25519", "typ": "JWT"},
        {"alg": "Ed25519"},
        {**HEADER, "kid": "../../keys/mine"},
        {**HEADER, "jku": "http://127.0.0.1/keys"},
        {**HEADER, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": encoded(JP.public.raw)}},
        {**HEADER, "x5c": ["AAAA"]},
        {**HEADER, "crit": ["b64"], "b64": False},
    ],
)
def test_no_header_but_one_is_taken_though_the_key_is_right(header: Mapping[str, object]) -> None:
    with pytest.raises(NotTrusted, match="is not of type"):
        verified(honest(header, claims_of(says())), KEYS)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "Ed25519"])
def test_the_public_key_signs_nothing(algorithm: str) -> None:
    header = {"alg": algorithm, "typ": "corridor-grant+jwt"}
    first = f"{encoded(canonical(header))}.{encoded(claims_of(says()))}"
    for key in (JP.public.raw, JP.public.hex.encode()):
        mac = hmac.digest(key, first.encode(), "sha256")
        for signature in (mac, mac * 2, b""):
            with pytest.raises(NotTrusted):
                verified(f"{first}.{encoded(signature)}", KEYS)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sub", "12" * 16),
        ("grant", "12" * 16),
        ("project", "another"),
        ("purpose", "weapons"),
        ("overseer", True),
        ("exp", 2**40),
        ("aud", "kr"),
        ("body", OTHER_BODY),
        ("iss", "kr"),
    ],
)
def test_claims_edited_after_signing_are_refused(field: str, value: object) -> None:
    header, _, signature = signed(says(), JP).split(".")
    claims = encoded(claims_of(says(), **{field: value}))

    with pytest.raises(NotTrusted, match="did not sign this token"):
        verified(f"{header}.{claims}.{signature}", KEYS)


def test_a_token_that_another_partner_signed_is_refused() -> None:
    with pytest.raises(NotTrusted, match="jp did not sign"):
        verified(signed(says(), Signer.generate()), KEYS)


@pytest.mark.parametrize(
    "claims",
    [
        claims_of(says(), name="Meera"),
        claims_of(says(), iat="1767268800"),
        claims_of(says(), iat=1767268800.5),
        claims_of(says(), sub="meera"),
        claims_of(says(), overseer=1),
        claims_of(says(), jti=""),
        claims_of(says(), iss="jp\n"),
        json.dumps(says().model_dump()).encode(),
        claims_of(says())[:-1] + b',"sub":"' + b"12" * 16 + b'"}',
        b"[]",
        b"",
        b"\xff",
        b'{"iss":' * 3000,
    ],
    ids=range(13),
)
def test_claims_that_are_not_just_so_are_refused_though_they_are_signed(claims: bytes) -> None:
    with pytest.raises(NotTrusted):
        verified(honest(HEADER, claims), KEYS)


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300).map(encoded)))
def test_whatever_is_no_token_is_refused_as_such(text: str) -> None:
    for token in (text, f"{encoded(canonical(HEADER))}.{text}", f"{text}.{text}.{text}"):
        with pytest.raises(NotTrusted):
            verified(token, KEYS)


@given(st.data())
def test_a_token_with_one_byte_changed_is_refused_or_says_the_same(data: st.DataObject) -> None:
    token = signed(says(), JP)
    place = data.draw(st.integers(0, len(token) - 1))
    changed = token[:place] + data.draw(st.characters(codec="ascii")) + token[place + 1 :]
    try:
        said = verified(changed, KEYS)
    except NotTrusted:
        return
    assert said == says()
