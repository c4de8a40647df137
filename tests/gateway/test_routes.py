import asyncio
import json
import socket
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from support.clocks import StoppedClock
from support.connections import FakeConnection
from support.nodes import Node, a_node, bearer
from support.partners import until
from support.proxies import a_proxy
from support.stages import HELLO, SERVICE, Seen, Stage, a_stage

from corridor.access import ApiKeys
from corridor.gateway.routes import OpenAIDoor
from corridor.gateway.settings import GatewaySettings

MIB = 1024 * 1024
CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture(scope="module")
def whole_stage(tmp_path_factory: pytest.TempPathFactory, clock: StoppedClock) -> Iterator[Stage]:
    # No time passes, so no pace recovers; how many wrong keys are too many has a test of its own.
    access = {"wrong_keys_per_minute": 1_000_000}
    with a_stage(tmp_path_factory.mktemp("routes"), clock=clock, access=access) as stage:
        yield stage


@pytest.fixture
def stage(whole_stage: Stage) -> Stage:
    whole_stage.reset()
    return whole_stage


def send(
    stage: Stage,
    method: str = "POST",
    path: str = CHAT,
    *,
    secret: str | None = None,
    headers: Mapping[str, str] | None = None,
    content: Any = b"",  # noqa: ANN401  whatever httpx2 takes
) -> Seen:
    """Send anything; see what comes back."""
    shown = bearer(stage.secret if secret is None else secret)
    answer = stage.client.request(
        method,
        stage.node.address + path,
        headers={**shown, **(headers or {})},
        content=content,
        timeout=60,
    )
    return Seen(answer.status_code, answer.headers, answer.text)


def is_clear(seen: Seen, status: int, code: str) -> bool:
    """Tell whether a refusal is one error in OpenAI's shape, with the headers of every answer."""
    assert seen.status == status
    assert seen.headers["content-type"] == "application/json"
    assert seen.provider == "none"
    assert seen.request_id
    assert set(seen.value) == {"error"}
    assert set(seen.error) == {"message", "type", "param", "code"}
    kind = {401: "authentication_error", 503: "server_error"}.get(status, "invalid_request_error")
    assert seen.error["type"] == kind
    assert isinstance(seen.error["message"], str)
    return seen.error["code"] == code


def test_models_lists_services_then_providers(stage: Stage) -> None:
    seen = send(stage, "GET", "/v1/models")

    listed = cast("list[dict[str, object]]", seen.value["data"])
    assert [entry["id"] for entry in listed] == [SERVICE, "alpha", "beta"]
    assert {entry["object"] for entry in listed} == {"model"}
    assert seen.value["object"] == "list"
    assert (seen.status, seen.provider) == (200, "none")


def test_a_key_sees_and_reaches_only_its_own_models(stage: Stage) -> None:
    narrow = stage.node.issue_key("beta", "not-there")
    until(lambda: send(stage, "GET", "/v1/models", secret=narrow).status == 200)

    listed = send(stage, "GET", "/v1/models", secret=narrow).value["data"]
    assert [entry["id"] for entry in cast("list[dict[str, object]]", listed)] == ["beta"]
    other = send(stage, secret=narrow, content=json.dumps({"model": SERVICE, **HELLO}))
    unknown = send(stage, secret=narrow, content=json.dumps({"model": "nothing", **HELLO}))
    assert is_clear(other, 404, "model_not_found")
    assert is_clear(unknown, 404, "model_not_found")
    own = send(stage, secret=narrow, content=json.dumps({"model": "beta", **HELLO}))
    assert (own.status, own.provider) == (200, "beta")
    assert stage.alpha.asked == 0


@pytest.mark.parametrize("path", ["/v1/models", CHAT])
@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Bearer",
        "Basic YTpi",
        "Bearer ck-wrong",
        "Bearer a b",
        "ck-wrong",
        "Bearer é",
    ],
)
def test_without_a_key_in_force_there_is_one_401(stage: Stage, path: str, shown: str) -> None:
    method = "GET" if path == "/v1/models" else "POST"
    answer = stage.client.request(
        method,
        stage.node.address + path,
        headers={"authorization": shown.encode("latin-1")} if shown else {},  # pyright: ignore[reportArgumentType]
        json={"model": SERVICE, **HELLO} if method == "POST" else None,
    )

    seen = Seen(answer.status_code, answer.headers, answer.text)
    assert is_clear(seen, 401, "invalid_api_key")
    assert stage.alpha.asked == 0


def test_an_expired_key_opens_nothing(stage: Stage, clock: StoppedClock) -> None:
    secret = stage.node.issue_key(lifetime=timedelta(seconds=60))
    until(lambda: send(stage, "GET", "/v1/models", secret=secret).status == 200)

    clock.advance(60)

    assert is_clear(send(stage, "GET", "/v1/models", secret=secret), 401, "invalid_api_key")
    refused = send(stage, secret=secret, content=json.dumps({"model": SERVICE, **HELLO}))
    assert is_clear(refused, 401, "invalid_api_key")


def test_a_revoked_key_opens_nothing_from_then_on(stage: Stage) -> None:
    secret = stage.node.issue_key()
    until(lambda: send(stage, "GET", "/v1/models", secret=secret).status == 200)

    with stage.node.runtime.store.transaction("test") as tx:
        stage.node.runtime.service(ApiKeys).revoke(tx, secret[:11], "lost")

    until(lambda: send(stage, "GET", "/v1/models", secret=secret).status == 401)
    refused = send(stage, secret=secret, content=json.dumps({"model": SERVICE, **HELLO}))
    assert is_clear(refused, 401, "invalid_api_key")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"hello",
        b"[]",
        b'"helpline"',
        b"null",
        b'{"model": "\xff"}',
        b'{"model": "\\ud800"}',
        b'{"model": NaN}',
        b'{"a": ' * 2000 + b"1" + b"}" * 2000,
        b"[" * 100_000,
        b"\x00" * 100,
    ],
    ids=lambda content: repr(content[:20]),
)
def test_what_is_no_json_object_is_refused_with_400(stage: Stage, content: bytes) -> None:
    assert is_clear(send(stage, content=content), 400, "invalid_json")
    assert stage.alpha.asked == 0


@pytest.mark.parametrize("depth", [260, 500, 900, 1000])
@pytest.mark.parametrize("where", ["messages", "metadata"])
def test_a_request_nested_too_deeply_to_be_sent_on_is_refused_with_400(
    stage: Stage, depth: int, where: str
) -> None:
    deep = "[" * depth + "]" * depth
    fields = f'"messages": [{{"role": "user", "content": {deep}}}]'
    if where == "metadata":
        fields = f'"messages": [], "metadata": {deep}'

    seen = send(stage, content=f'{{"model": "{SERVICE}", {fields}}}')

    assert is_clear(seen, 400, "invalid_request")
    assert stage.alpha.asked == 0
    assert stage.accounted(seen).outcome == "refused"


@pytest.mark.parametrize(
    "model", ["nothing", "", None, 3, ["helpline"], {"a": 1}, "x" * 100_000, "a\u0000\nb"]
)
def test_an_unknown_model_is_one_404(stage: Stage, model: object) -> None:
    seen = send(stage, content=json.dumps({"model": model, **HELLO}))

    assert is_clear(seen, 404, "model_not_found")
    assert len(seen.text) < 500
    assert stage.accounted(seen).outcome == "refused"


def test_a_request_without_a_model_is_one_404(stage: Stage) -> None:
    assert is_clear(send(stage, content=json.dumps(HELLO)), 404, "model_not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", CHAT),
        ("PUT", CHAT),
        ("DELETE", "/v1/models"),
        ("POST", "/v1/models"),
        ("GET", "/v1/embeddings"),
        ("POST", "/v1/files"),
        ("GET", "/v1/"),
        ("POST", "/v1/v1/chat/completions"),
        ("GET", "/v1/%00%ff"),
    ],
)
def test_what_is_not_served_is_one_404(stage: Stage, method: str, path: str) -> None:
    assert is_clear(send(stage, method, path), 404, "not_found")


def test_the_default_limit_of_a_body_is_8_mib() -> None:
    assert GatewaySettings().max_body_bytes == 8 * MIB


def test_an_announced_body_beyond_the_limit_is_refused_before_it_is_sent(stage: Stage) -> None:
    head = [
        f"POST {CHAT} HTTP/1.1",
        "host: localhost",
        f"authorization: Bearer {stage.secret}",
        f"content-length: {8 * MIB + 1}",
    ]
    said = _raw(stage, "\r\n".join(head).encode() + b"\r\n\r\n{", until_seen=b"request_too_large")

    assert said.startswith(b"HTTP/1.1 413")
    assert b"x-request-id: req-" in said
    assert b"x-corridor-provider: none" in said


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_limit_is_refused_with_413(stage: Stage, *, chunked: bool) -> None:
    content = b" " * (8 * MIB + 1)
    pieces = (content[start : start + MIB] for start in range(0, len(content), MIB))

    seen = send(stage, content=pieces if chunked else content)

    assert is_clear(seen, 413, "request_too_large")
    assert stage.alpha.asked == 0


def test_a_large_body_within_the_limit_is_sent_on(stage: Stage) -> None:
    body = json.dumps({"model": SERVICE, "messages": [{"role": "user", "content": "x" * 7 * MIB}]})

    seen = send(stage, content=body)

    assert (seen.status, seen.provider) == (200, "alpha")


def test_a_request_id_is_the_callers_if_fit_and_ours_if_not(stage: Stage) -> None:
    assert send(stage, headers={"x-request-id": "mine.1"}).request_id == "mine.1"
    for unfit in ("a b", "x" * 65, "é"):
        answer = stage.client.post(
            stage.node.address + CHAT,
            headers={"x-request-id": unfit.encode("latin-1")},  # pyright: ignore[reportArgumentType]
        )
        assert answer.headers["x-request-id"].startswith("req-")


def test_no_two_requests_share_an_id(stage: Stage) -> None:
    assert len({send(stage).request_id for _ in range(20)}) == 20


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_is_not_to_be_kept_by_anyone_between(stage: Stage, *, stream: bool) -> None:
    seen = stage.ask(stream=stream)

    assert seen.headers["cache-control"] == "no-store"
    kind = "text/event-stream; charset=utf-8" if stream else "application/json"
    assert seen.headers["content-type"] == kind


def test_a_caller_who_leaves_in_the_middle_of_its_request_is_no_defect(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    head = [
        f"POST {CHAT} HTTP/1.1",
        "host: localhost",
        f"authorization: Bearer {stage.secret}",
        "content-length: 1000",
    ]
    with caplog.at_level("ERROR"):
        _raw(stage, "\r\n".join(head).encode() + b"\r\n\r\n{", until_seen=b"")
        assert stage.ask().status == 200
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_the_gateway_has_no_part_in_the_control_api(stage: Stage) -> None:
    assert httpx2.get(f"{stage.node.address}/health", trust_env=False).json()["status"] == "ok"


def test_a_defect_is_still_an_answer_in_the_right_shape(tmp_path: Path) -> None:
    sent: list[dict[str, Any]] = []
    connection = FakeConnection(defect=RuntimeError("a defect of a test"))
    connection.goes_on.set()
    connection.lets_go.set()

    async def story(node: Node) -> None:
        node.add_provider("alpha", None)
        secret = node.issue_key()
        proxy = a_proxy(node, {"alpha": connection})
        came = iter([{"type": "http.request", "body": b'{"model":"alpha"}'}])

        async def receive() -> dict[str, Any]:
            for message in came:
                return message
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": CHAT,
            "headers": [
                (b"authorization", f"Bearer {secret}".encode()),
                (b"x-request-id", b"mine"),
            ],
        }
        await OpenAIDoor(proxy)(scope, receive, send)

    with a_node(tmp_path) as node, pytest.raises(RuntimeError, match="a defect of a test"):
        asyncio.run(story(node))
    assert sent[0]["status"] == 500
    headers = dict(sent[0]["headers"])
    assert (headers[b"x-request-id"], headers[b"x-corridor-provider"]) == (b"mine", b"none")
    assert json.loads(sent[1]["body"])["error"]["code"] == "defect"
    assert b"a defect of a test" not in sent[1]["body"]


def _raw(stage: Stage, data: bytes, *, until_seen: bytes) -> bytes:
    """Send bytes as they are; close once something has been heard."""
    port = int(stage.node.address.rpartition(":")[2])
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as caller:
        caller.sendall(data)
        while until_seen not in heard:
            heard += caller.recv(65536)
    return heard
