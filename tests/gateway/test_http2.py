"""A provider over HTTP/2 behind a served node: passed on as it comes, and ended when nobody listens."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.http2 import SecureSupplier, a_secure_supplier
from support.nodes import Node, a_node
from support.partners import until

from corridor.catalogue import Catalogue, HttpEndpoint, Provider

ASKED = {"model": "helpline", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def supplier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecureSupplier]:
    with a_secure_supplier(tmp_path, ["h2"]) as supplier:
        root = tmp_path / "root.pem"
        root.write_bytes(supplier.root)
        monkeypatch.setenv("SSL_CERT_FILE", str(root))
        yield supplier


@pytest.fixture
def served(supplier: SecureSupplier, tmp_path: Path) -> Iterator[tuple[Node, dict[str, str]]]:
    with a_node(
        tmp_path, "in", catalogue={"private_addresses": ["127.0.0.0/8", "::1/128"]}
    ) as node:
        provider = node.add_provider("far", supplier.url)
        assert isinstance(provider.endpoint, HttpEndpoint)
        endpoint = provider.endpoint.model_copy(update={"http2": True})
        known = provider.model_dump(exclude={"id", "endpoint"})
        with node.runtime.store.transaction("operator") as tx:
            node.runtime.service(Catalogue).register(tx, Provider(**known, endpoint=endpoint))
        node.offer("helpline", ["far"])
        key = node.issue_key("helpline")
        node.start()
        yield node, {"authorization": f"Bearer {key}"}


def test_answers_come_over_one_connection(
    served: tuple[Node, dict[str, str]], supplier: SecureSupplier
) -> None:
    node, headers = served
    for _ in range(5):
        answer = httpx2.post(f"{node.address}/v1/chat/completions", headers=headers, json=ASKED)
        assert answer.status_code == 200, answer.text
        assert answer.json()["choices"][0]["message"]["content"] == "hello"

    assert supplier.spoken == ["h2"]
    assert len(supplier.asked) == 5


def test_a_caller_who_leaves_ends_the_request_at_the_provider(
    served: tuple[Node, dict[str, str]], supplier: SecureSupplier
) -> None:
    node, headers = served
    supplier.mode = "stream"
    host, _, port = node.address.removeprefix("http://").partition(":")
    body = json.dumps({**ASKED, "stream": True}).encode()
    with socket.create_connection((host, int(port)), timeout=60) as caller:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\n"
        head += f"authorization: {headers['authorization']}\r\ncontent-length: {len(body)}\r\n\r\n"
        caller.sendall(head.encode() + body)
        heard = b""
        while b"hello" not in heard:
            heard += caller.recv(65536)

    until(lambda: 1 in supplier.reset)
