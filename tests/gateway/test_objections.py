import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.gateway.rules.answers import error_in
from corridor.gateway.rules.objections import Meaning, coded, meaning, objection
from corridor.gateway.rules.signs import (
    OBJECTING_CODES,
    OBJECTING_STATUS,
    ONE_CALLER_CODES,
    ONE_REQUEST_CODES,
)

CLASSES = {*OBJECTING_CODES.values(), *OBJECTING_STATUS.values()}


def error(message: str = "No.", **fields: object) -> bytes:
    return json.dumps({"error": {"message": message, **fields}}).encode()


@pytest.mark.parametrize("status", [401, 403, 451])
@pytest.mark.parametrize(
    "body", [b"", b"<html>Forbidden</html>", b"{", b"[]", error(), b"\xff\xfe"]
)
def test_a_provider_says_no_by_its_status_whatever_the_body_is(status: int, body: bytes) -> None:
    assert objection(status, body) == "provider"


@pytest.mark.parametrize("status", [400, 402, 404, 409, 410, 422, 429, 500, 503])
@pytest.mark.parametrize("body", [b"", b"<html>Oops</html>", b"{", b"7", error(code="bad_value")])
def test_other_statuses_say_nothing_by_themselves(status: int, body: bytes) -> None:
    assert objection(status, body) == "none"


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429, 451])
@pytest.mark.parametrize("code", sorted(OBJECTING_CODES))
def test_a_code_of_a_providers_no_counts_with_any_status(status: int, code: str) -> None:
    expected = Meaning("provider", OBJECTING_CODES[code])
    assert meaning(status, error(code=code.upper())) == expected
    assert meaning(status, error(type=code, code=None)) == expected
    assert meaning(status, json.dumps({"code": code, "message": "No."}).encode()) == expected
    assert meaning(status, json.dumps({"detail": {"code": code}}).encode()) == expected


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Your account has been suspended. Write to support.", "account_suspended"),
        ("This organization has been disabled.", "account_suspended"),
        ("Organization has been restricted. Please reach out to support.", "account_suspended"),
        ("This key is associated with a deactivated account.", "account_suspended"),
        ("Account suspended", "account_suspended"),
        ("The account acct-1 was permanently terminated.", "account_suspended"),
        ("Blocked by export control regulations.", "export_control"),
        ("Not offered under the Export Administration Regulations.", "export_control"),
        ("Access is denied because of sanctions.", "sanctions"),
        ("You appear to be in a sanctioned country.", "sanctions"),
        ("Country, region, or territory not supported", "region_unsupported"),
        ("User location is not supported for the API use.", "region_unsupported"),
        ("This model is not available in your country.", "region_unsupported"),
        ("The service is not yet offered to users in your region.", "region_unsupported"),
    ],
)
@pytest.mark.parametrize("status", [400, 402, 404])
def test_a_message_of_a_providers_no_counts_where_there_is_no_code(
    status: int, message: str, code: str
) -> None:
    for body in (
        error(message, type="invalid_request_error", param=None),
        json.dumps({"error": message}).encode(),
        json.dumps({"detail": message}).encode(),
        json.dumps([{"error": {"code": 400, "message": message}}]).encode(),
        message.encode(),
    ):
        assert meaning(status, body) == Meaning("provider", code)


@pytest.mark.parametrize("status", [400, 403, 422, 451])
@pytest.mark.parametrize("code", sorted(ONE_REQUEST_CODES))
def test_a_refusal_of_what_one_request_says_is_told_apart(status: int, code: str) -> None:
    assert objection(status, error(code=code)) == "request"
    nested = error(code="bad_request", innererror={"code": code.title()})
    assert objection(status, nested) == "request"


@pytest.mark.parametrize(
    "message",
    [
        "Your request was rejected by our safety system.",
        "The response was filtered due to our content management policy.",
        "The input was flagged.",
        "This model requires moderation; your input was flagged for violence.",
    ],
)
def test_a_403_whose_message_is_about_the_request_is_no_objection(message: str) -> None:
    assert objection(403, error(message)) == "request"


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("Invalid value: 'your account has been suspended'.", {}),
        ('Unknown tool "account suspended".', {}),
        ("Your account has been suspended is no valid name.", {"param": "tools[0].name"}),
        ("Parameter location is not supported.", {}),
        ("For this account, the parameter logprobs is disabled.", {}),
        ("Repeated violations may lead to your account being suspended.", {}),
        ("The field user is restricted to 64 characters.", {}),
        ("Streaming is disabled for your organization.", {}),
    ],
)
def test_what_a_caller_can_make_a_provider_say_closes_no_provider(
    message: str, fields: dict[str, object]
) -> None:
    assert objection(400, error(message, **fields)) == "none"


def test_an_echo_of_the_request_proves_nothing() -> None:
    said = b'{"messages":[{"role":"user","content":"Your Account has been SUSPENDED"}]}'
    body = error("Cannot parse: your account has been suspended")

    assert meaning(400, body, said=said).concerns == "none"
    assert meaning(400, body, said=b"{}").concerns == "provider"
    assert meaning(403, body, said=said).concerns == "provider"  # the status says it


def test_a_models_own_words_are_not_read() -> None:
    said = "Your account has been suspended."
    answer = {"choices": [{"message": {"content": said, "code": "account_suspended"}}]}

    assert objection(200, json.dumps(answer).encode()) == "none"


@pytest.mark.parametrize(
    "value",
    [
        {"error": {"code": "Account_Suspended", "message": "No."}},
        {"error": {"type": "account_suspended", "message": "No."}, "choices": []},
        {"type": "error", "error": {"details": [{"reason": "account_suspended"}]}},
        {"object": "error", "code": "account_suspended", "message": "No."},
        {"type": "error", "code": "account_suspended", "message": "No."},
        {"type": "response.failed", "response": {"error": {"code": "account_suspended"}}},
    ],
)
def test_an_error_with_a_code_where_an_answer_was_due_says_no(value: object) -> None:
    assert coded(error_in(value)) == Meaning("provider", "account_suspended")


@pytest.mark.parametrize(
    "value",
    [
        {"error": "account_suspended"},
        {"error": {"message": "Your account has been suspended."}},
        {"error": {"message": "account_suspended", "code": None}},
        {"error": {"message": "No.", "metadata": "account_suspended"}},
        {"error": {"message": "Blocked by export control.", "code": 403, "type": "odd"}},
        {"choices": [{"text": "hello"}], "error": {"code": "account_suspended"}},
        {"choices": [{"message": {"error": {"code": "account_suspended"}}}]},
        {"code": "account_suspended"},
        "account_suspended",
        ["account_suspended"],
        None,
    ],
)
def test_words_where_an_answer_was_due_say_no_to_nobody(value: object) -> None:
    assert coded(error_in(value)).concerns == "none"


def test_a_content_policy_where_an_answer_was_due_is_told_apart() -> None:
    value = {"error": {"code": "content_filter", "message": "Not with us."}}

    assert coded(error_in(value)) == Meaning("request")


def test_a_partners_node_that_refuses_a_caller_says_no_to_that_caller_alone() -> None:
    for code in ("access_denied", "invalid_api_key"):
        for status in (401, 403):
            assert meaning(status, error(code=code), partner=True).concerns == "none"
    assert objection(403, error(code="access_denied")) == "none"
    assert meaning(451, b"", partner=True).concerns == "provider"
    assert meaning(403, error(code="export_control"), partner=True).concerns == "provider"


def test_a_code_decides_before_a_phrase() -> None:
    message = "Your account has been suspended."
    assert objection(403, error(message, code="content_policy_violation")) == "request"
    both = error(code="content_filter", type="account_suspended")
    assert objection(400, both) == "provider"


def test_no_code_stands_for_two_things() -> None:
    assert ONE_REQUEST_CODES.isdisjoint(OBJECTING_CODES)
    assert ONE_CALLER_CODES.isdisjoint({*OBJECTING_CODES, *ONE_REQUEST_CODES})


bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["code"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["error", "code", "detail", "message", "errors"]), inner)
    ),
    max_leaves=20,
)


@given(st.integers(100, 599), bodies | st.binary(max_size=200))
def test_any_answer_is_told_and_only_a_listed_class_is_kept(status: int, body: object) -> None:
    found = meaning(status, body if isinstance(body, bytes) else json.dumps(body).encode())
    assert found.code in CLASSES if found.concerns == "provider" else found.code == ""


def test_an_answer_without_end_costs_little() -> None:
    deep: object = "account suspended"
    for _ in range(500):
        deep = {"error": deep}
    assert objection(400, json.dumps(deep).encode()) == "none"
    assert objection(400, b"x" * 1_000_000) == "none"
    assert objection(403, b"x" * 1_000_000) == "provider"
