"""What every HTTP route shares: statuses, problems, the operator, the limit of a body."""

import asyncio
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter, Body, FastAPI, Request
from starlette.testclient import TestClient
from starlette.types import Message
from support.builders import NOON, Note, a_store

from corridor.core.errors import (
    Conflict,
    CorridorError,
    Forbidden,
    Invalid,
    NotFound,
    Unavailable,
)
from corridor.core.store import Store, StoreUnavailable, Transaction
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service
from corridor.edge.problems import MAX_BODY_BYTES, problem, status_of
from corridor.edge.runtime import Runtime

TOKEN = "the-operator's-token"  # noqa: S105  of a node that lives for one test
SHOWN = {"Authorization": f"Bearer {TOKEN}"}
MIB = 1024 * 1024


class Greeter:
    """A service that a route can ask for."""

    def greet(self) -> str:
        return "namaste"


class NoCapacity(Conflict):
    """An error as a capability derives one."""

    advice = "Free a GPU."


class Refusing:
    """Raises what a test gave it."""

    error: Exception = NoCapacity("full")

    def refuse(self) -> None:
        raise self.error


class StoreWhoseCommitFails(Store):
    """A store on a disk that is found to be full at the last moment."""

    @contextmanager
    def transaction(self, actor: str) -> Generator[Transaction]:
        with super().transaction(actor) as tx:
            yield tx
            raise StoreUnavailable("The disk is full.")


def a_runtime(folder: Path, store: Store, token: str = TOKEN) -> Runtime:
    services = {Greeter: Greeter(), Refusing: Refusing()}
    return Runtime(folder, "http://127.0.0.1:8800", store, services, {Note.kind: Note}, token)


routes = APIRouter(route_class=LimitedRoute)


@routes.get("/greeting")
def greeting(greeter: Annotated[Greeter, service(Greeter)]) -> str:
    return greeter.greet()


@routes.get("/refusal")
def refusal(refusing: Annotated[Refusing, service(Refusing)]) -> None:
    refusing.refuse()


@routes.get("/operator")
def operator(actor: Operator) -> str:
    return actor


@routes.post("/notes")
def append(tx: Tx, text: str) -> str:
    record_id = tx.append(Note(made_at=tx.clock(), text=text)).record_id
    if text == "bad":
        raise Invalid("A bad note.")
    return f"{tx.actor} {record_id}"


@routes.get("/notes")
def notes(view: Reading) -> list[str]:
    return [note.text for note in view.own(Note)]


@routes.post("/raw")
async def raw(request: Request) -> int:
    return len(await request.body())


@routes.post("/json")
def parsed(text: Annotated[str, Body()]) -> int:
    return len(text)


def an_app(runtime: Runtime) -> FastAPI:
    app = FastAPI()
    app.state.runtime = runtime
    app.add_exception_handler(CorridorError, problem)
    app.include_router(routes)
    return app


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = a_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def runtime(tmp_path: Path, store: Store) -> Runtime:
    return a_runtime(tmp_path, store)


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    with TestClient(an_app(runtime)) as opened:
        yield opened


class TestProblems:
    @pytest.mark.parametrize(
        ("kind", "status"),
        [(Invalid, 422), (Forbidden, 403), (NotFound, 404), (Conflict, 409), (Unavailable, 503)],
    )
    def test_each_kind_of_failure_has_its_status(
        self, client: TestClient, runtime: Runtime, kind: type[CorridorError], status: int
    ) -> None:
        runtime.service(Refusing).error = kind("no")

        response = client.get("/refusal")

        assert response.status_code == status == status_of(kind("no"))

    def test_an_error_that_a_capability_derived_has_the_status_of_its_kind(
        self, client: TestClient
    ) -> None:
        assert client.get("/refusal").status_code == 409

    def test_a_problem_says_what_happened_what_to_do_and_the_facts(
        self, client: TestClient, runtime: Runtime
    ) -> None:
        runtime.service(Refusing).error = NoCapacity("No GPU is free.", asked=3, since=NOON)

        response = client.get("/refusal")

        assert response.headers["content-type"] == "application/problem+json"
        assert response.json() == {
            "type": "NoCapacity",
            "title": "No GPU is free.",
            "status": 409,
            "hint": "Free a GPU.",
            "facts": {"asked": "3", "since": str(NOON)},
        }

    def test_a_hint_given_where_the_error_was_raised_wins_over_the_usual_one(
        self, client: TestClient, runtime: Runtime
    ) -> None:
        runtime.service(Refusing).error = NoCapacity("full", hint="Ask jp.")

        assert client.get("/refusal").json()["hint"] == "Ask jp."

    def test_a_defect_is_not_dressed_up_as_a_problem(
        self, client: TestClient, runtime: Runtime
    ) -> None:
        runtime.service(Refusing).error = KeyError("ours")

        with pytest.raises(KeyError):
            client.get("/refusal")

    def test_the_renderer_of_problems_raises_what_is_none(self) -> None:
        with pytest.raises(KeyError):
            problem(Request({"type": "http"}), KeyError("ours"))

    def test_a_route_gets_the_service_it_declares(self, client: TestClient) -> None:
        assert client.get("/greeting").json() == "namaste"


class TestTheOperator:
    def test_the_operator_is_known_by_the_token(self, client: TestClient) -> None:
        response = client.get("/operator", headers=SHOWN)

        assert (response.status_code, response.json()) == (200, "operator")

    @pytest.mark.parametrize(
        "shown",
        [
            None,
            "",
            "Bearer",
            "Bearer ",
            "Bearer wrong",
            f"Bearer {TOKEN}x",
            f"Bearer {TOKEN[:-1]}",
            f"Bearer Bearer {TOKEN}",
            f"Basic {TOKEN}",
            TOKEN,
            "Bearer clé",
        ],
    )
    def test_nobody_else_is_let_in(self, client: TestClient, shown: str | None) -> None:
        headers = {} if shown is None else {b"Authorization": shown.encode()}

        response = client.get("/operator", headers=headers)

        assert response.status_code == 403
        assert response.json()["type"] == "NotTheOperator"
        assert "operator.token" in response.json()["hint"]

    @pytest.mark.parametrize("shown", [None, "", "Bearer "])
    def test_a_node_whose_token_is_empty_lets_nobody_in(
        self, tmp_path: Path, store: Store, shown: str | None
    ) -> None:
        headers = {} if shown is None else {"Authorization": shown}
        with TestClient(an_app(a_runtime(tmp_path, store, token=""))) as client:
            assert client.get("/operator", headers=headers).status_code == 403

    def test_the_token_is_in_no_answer(self, client: TestClient) -> None:
        assert TOKEN not in client.get("/operator", headers={"Authorization": "Bearer x"}).text


class TestTransactions:
    def test_what_a_route_did_is_kept_under_the_operator_s_name(
        self, client: TestClient, store: Store
    ) -> None:
        response = client.post("/notes?text=hello", headers=SHOWN)

        actor, record_id = response.json().split()
        assert actor == "operator"
        with store.view() as view:
            assert view.find(Note, record_id).record.text == "hello"
        assert client.get("/notes").json() == ["hello"]

    def test_nothing_is_left_of_what_a_refused_request_did(self, client: TestClient) -> None:
        assert client.post("/notes?text=bad", headers=SHOWN).status_code == 422
        assert client.get("/notes").json() == []

    def test_only_the_operator_may_change_anything(self, client: TestClient) -> None:
        assert client.post("/notes?text=hello").status_code == 403
        assert client.get("/notes").json() == []

    def test_a_caller_is_not_told_of_success_where_the_commit_failed(
        self, tmp_path: Path, store: Store
    ) -> None:
        failing = StoreWhoseCommitFails(store.engine, store.identity, store.clock)
        with TestClient(an_app(a_runtime(tmp_path, failing))) as client:
            response = client.post("/notes?text=hello", headers=SHOWN)

        assert response.status_code == 503
        assert response.json()["title"] == "The disk is full."


@dataclass
class Upload:
    """One request straight to the application, which counts how much of its body was taken."""

    app: FastAPI
    path: str
    headers: Mapping[str, str]
    body: Iterator[bytes]
    taken_bytes: int = 0
    statuses: list[int] = field(default_factory=list[int])

    def status(self) -> int:
        """Send it and return the status of the answer."""
        headers = [(name.encode(), value.encode("latin-1")) for name, value in self.headers.items()]
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": self.path,
            "query_string": b"",
            "headers": [(b"content-type", b"application/json"), *headers],
        }
        asyncio.run(self.app(scope, self._receive, self._send))
        return self.statuses[0]

    async def _receive(self) -> Message:
        chunk = next(self.body, b"")
        self.taken_bytes += len(chunk)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.statuses.append(message["status"])


def a_json_string(size: int) -> Iterator[bytes]:
    """A JSON string of so many bytes, in pieces of at most a MiB."""
    yield b'"'
    for start in range(0, size - 2, MIB):
        yield b"x" * min(MIB, size - 2 - start)
    yield b'"'


CHUNKED = {"transfer-encoding": "chunked"}


@pytest.mark.parametrize("path", ["/raw", "/json"])
class TestTheLimitOfABody:
    def test_a_body_up_to_the_limit_is_taken(self, client: TestClient, path: str) -> None:
        body = b"".join(a_json_string(MAX_BODY_BYTES))

        response = client.post(path, content=body, headers={"content-type": "application/json"})

        assert response.status_code == 200
        assert response.json() in {MAX_BODY_BYTES, MAX_BODY_BYTES - 2}

    def test_a_body_in_chunks_up_to_the_limit_is_taken(self, client: TestClient, path: str) -> None:
        response = client.post(
            path,
            content=a_json_string(MAX_BODY_BYTES),
            headers={"content-type": "application/json"},
        )

        assert response.request.headers["transfer-encoding"] == "chunked"
        assert response.status_code == 200
        assert response.json() in {MAX_BODY_BYTES, MAX_BODY_BYTES - 2}

    def test_a_body_announced_as_too_large_is_refused_with_the_limit(
        self, client: TestClient, path: str
    ) -> None:
        body = b"".join(a_json_string(MAX_BODY_BYTES + 1))

        response = client.post(path, content=body, headers={"content-type": "application/json"})

        assert response.status_code == 413
        assert response.json()["type"] == "TooLarge"
        assert "8 MiB" in response.json()["hint"]

    def test_a_body_in_chunks_that_is_too_large_is_refused(
        self, client: TestClient, path: str
    ) -> None:
        response = client.post(
            path,
            content=a_json_string(MAX_BODY_BYTES + 1),
            headers={"content-type": "application/json"},
        )

        assert response.status_code == 413

    def test_a_body_announced_as_too_large_is_not_even_read(
        self, runtime: Runtime, path: str
    ) -> None:
        size = MAX_BODY_BYTES + MIB
        headers = {"content-length": str(size)}
        upload = Upload(an_app(runtime), path, headers, a_json_string(size))

        assert upload.status() == 413
        assert upload.taken_bytes == 0

    def test_a_body_in_chunks_without_end_is_cut_at_the_limit(
        self, runtime: Runtime, path: str
    ) -> None:
        upload = Upload(an_app(runtime), path, CHUNKED, a_json_string(64 * MIB))

        assert upload.status() == 413
        assert upload.taken_bytes <= MAX_BODY_BYTES + 2 * MIB

    def test_an_announcement_that_is_no_number_is_no_defect(
        self, runtime: Runtime, path: str
    ) -> None:
        upload = Upload(an_app(runtime), path, {"content-length": "²"}, a_json_string(10))

        assert upload.status() in {200, 400, 413, 422}
