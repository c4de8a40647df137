"""What suppliers and callers do that they should not, one by one, against a served node."""

import json
import socket
import ssl
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.builders import NOON
from support.partners import until
from support.stages import HELLO, SERVICE, Stage, a_stage

SECRET_WORDS = ("sk-SECRET-1", "/etc/secrets")


@pytest.fixture(scope="module")
def whole_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(
        tmp_path_factory.mktemp("faults"),
        gateway={"failures_to_open": 10_000, "attempt_seconds": 1.5, "first_byte_seconds": 1.5},
    ) as stage:
        yield stage


@pytest.fixture
def stage(whole_stage: Stage) -> Stage:
    whole_stage.reset()
    return whole_stage


@contextmanager
def a_server_with_a_bad_certificate(folder: Path) -> Generator[tuple[int, list[bytes]]]:
    """Serve TLS with a certificate that nobody signed; keep what is sent over it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOON - timedelta(days=1))
        .not_valid_after(NOON + timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    heard: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # the test is over
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    heard.append(secure.recv(65536))
            except OSError:
                continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1], heard
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(60)


def test_a_provider_whose_certificate_nobody_signed_hears_nothing(
    stage: Stage, tmp_path: Path
) -> None:
    with a_server_with_a_bad_certificate(tmp_path) as (port, heard):
        stage.node.add_provider("tls", f"https://localhost:{port}/v1", supplier="tls-inc")
        stage.node.offer("secure", ["tls", "beta"])
        until(lambda: stage.ask(model="secure").status == 200)

        seen = stage.ask(model="secure")

    assert (seen.status, seen.provider) == (200, "beta")
    assert heard == []


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "mode", ["enormous", "head_without_end", "bad_chunk_size", "not_http", "404 model", "429 bare"]
)
def test_a_supplier_that_misbehaves_before_a_word_is_passed_over(
    stage: Stage, mode: str, *, stream: bool
) -> None:
    stage.alpha.mode = mode

    seen = stage.ask(stream=stream)

    assert (seen.status, seen.provider, seen.said) == (200, "beta", "beta says hello")


def test_an_answer_with_two_lengths_is_no_answer(stage: Stage) -> None:
    stage.alpha.mode = "two_lengths"

    assert stage.ask().provider == "beta"


@pytest.mark.parametrize("stream", [False, True])
def test_the_name_under_which_a_model_answers_is_its_suppliers_word(
    stage: Stage, *, stream: bool
) -> None:
    stage.alpha.mode = "wrong_model"

    seen = stage.ask(stream=stream)

    assert (seen.status, seen.provider) == (200, "alpha")
    assert "another-model" in seen.text


def test_no_header_of_a_supplier_reaches_a_caller_that_was_not_meant_for_it(stage: Stage) -> None:
    stage.alpha.mode = "split_header"

    seen = stage.ask(headers={"x-request-id": "mine-3"})

    assert (seen.provider, seen.request_id) == ("alpha", "mine-3")
    assert not {"set-cookie", "location", "access-control-allow-origin"} & set(seen.headers)


def test_no_header_of_a_caller_reaches_a_supplier_that_was_not_meant_for_it(stage: Stage) -> None:
    stage.ask(
        headers={
            "cookie": "session=abc",
            "x-forwarded-for": "10.0.0.1",
            "x-api-key": "secret",
            "openai-organization": "org",
            "x-corridor-purpose": "public-service",
            "proxy-authorization": "Basic YTpi",
            "te": "trailers",
            "expect": "",
        }
    )

    [request] = stage.alpha.requests
    assert set(request.headers) <= {
        "host",
        "accept",
        "accept-encoding",
        "content-length",
        "content-type",
        "user-agent",
        "x-request-id",
        "connection",
        "traceparent",
    }
    assert "corridor" in request.headers["user-agent"]


@pytest.mark.parametrize("text", ["a\r\nx-evil: 1", "a\nb", "a\x00b", "a\x1b[31m", "é\u2028"])
def test_line_ends_in_names_and_ids_go_nowhere(stage: Stage, text: str) -> None:
    seen = stage.ask(model=text)

    assert seen.status == 404
    assert "x-evil" not in seen.headers
    assert stage.alpha.asked == 0


def test_bytes_that_smuggle_a_second_request_make_none(stage: Stage) -> None:
    body = json.dumps({"model": SERVICE, **HELLO}).encode()
    hidden = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n\r\n"
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n"
        f"authorization: Bearer {stage.secret}\r\n"
        f"content-length: {len(body)}\r\ntransfer-encoding: chunked\r\n\r\n"
    ).encode()
    port = int(stage.node.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as caller:
        caller.sendall(head + b"0\r\n\r\n" + hidden + body)
        heard = caller.recv(65536)

    assert b" 200 " not in heard.split(b"\r\n")[0]
    assert stage.alpha.asked == 0


@pytest.mark.parametrize("depth", [200, 1_000, 100_000])
def test_deeply_nested_json_is_answered_and_harms_nobody(stage: Stage, depth: int) -> None:
    begin = json.dumps({"model": SERVICE, **HELLO})[:-1]
    nested = f'{begin},"x":{"[" * depth}{"]" * depth}}}'
    answer = stage.client.post(
        f"{stage.node.address}/v1/chat/completions",
        content=nested,
        headers={"authorization": f"Bearer {stage.secret}"},
    )

    assert answer.status_code in (200, 400)
    assert stage.ask().status == 200


def test_a_suppliers_words_about_its_inside_stay_with_us(stage: Stage) -> None:
    stage.alpha.mode = stage.beta.mode = "500 with secrets"

    seen = stage.ask()

    assert seen.status == 503
    assert not any(word in seen.text for word in SECRET_WORDS)
    line = stage.accounted(seen)
    assert not any(word in line.model_dump_json() for word in SECRET_WORDS)


def test_a_key_is_in_no_error(stage: Stage) -> None:
    answer = stage.client.post(
        f"{stage.node.address}/v1/chat/completions",
        content=b"{",
        headers={"authorization": f"Bearer {stage.secret}"},
    )

    assert answer.status_code == 400
    assert stage.secret not in answer.text
    assert stage.secret[11:] not in str(answer.headers)
