"""Traces say who was asked and how long it took, in the caller's trace, and never what was said."""

import gzip
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from support.partners import until
from support.stages import SERVICE, Stage, a_stage

from corridor.gateway import Proxy

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Receiver:
    """A small receiver of OTLP over HTTP."""

    port: int
    bodies: list[bytes] = field(default_factory=list[bytes])

    def spans(self) -> list[tuple[str, str, str, dict[str, object]]]:
        """Return name, trace, parent and attributes of what has come."""
        found: list[tuple[str, str, str, dict[str, object]]] = []
        for body in self.bodies:
            request = ExportTraceServiceRequest.FromString(body)
            for of_node in request.resource_spans:
                for scope in of_node.scope_spans:
                    found += [
                        (
                            span.name,
                            span.trace_id.hex(),
                            span.parent_span_id.hex(),
                            {
                                each.key: getattr(each.value, each.value.WhichOneof("value") or "")
                                for each in span.attributes
                            },
                        )
                        for span in scope.spans
                    ]
        return found


@contextmanager
def a_receiver() -> Generator[Receiver]:
    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            receiver.bodies.append(body)
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            del code, size  # it says nothing on stderr

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    receiver = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with a_receiver() as receiver:
        yield receiver


def asked(
    folder: Path, receiver: Receiver, headers: Mapping[str, str]
) -> tuple[Stage, list[tuple[str, str, str, dict[str, object]]]]:
    traces = f"http://127.0.0.1:{receiver.port}/v1/traces"
    with a_stage(folder, gateway={"traces": traces}) as stage:
        stage.alpha.next("500")
        stage.ask(headers=headers, messages=[{"role": "user", "content": "SECRET-WORDS"}])
        stage.ask(stream=True, headers=headers)
        stage.ask(model="made-up-name", headers=headers)
        stage.node.stop()
        until(lambda: len(receiver.spans()) >= 2)
        return stage, receiver.spans()


def test_a_request_is_a_span_with_the_names_of_the_conventions(
    tmp_path: Path, receiver: Receiver
) -> None:
    _, spans = asked(tmp_path, receiver, {"traceparent": PARENT})
    assert [name for name, *_ in spans] == [f"chat {SERVICE}"] * 2
    assert {(trace, parent) for _, trace, parent, _ in spans} == {
        ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    }
    attributes = spans[0][3]
    assert attributes["gen_ai.operation.name"] == "chat"
    assert attributes["gen_ai.request.model"] == SERVICE
    assert attributes["gen_ai.provider.name"] == "beta"
    assert attributes["gen_ai.response.model"] == "small"
    assert attributes["gen_ai.usage.input_tokens"] == 3
    assert attributes["corridor.outcome"] == "moved"
    assert "gen_ai.usage.input_tokens" not in spans[1][3]  # unknown is not zero
    assert not any(b"SECRET-WORDS" in body or b"says hello" in body for body in receiver.bodies)


def test_providers_get_the_span_and_a_bad_traceparent_begins_a_trace(
    tmp_path: Path, receiver: Receiver
) -> None:
    stage, spans = asked(tmp_path, receiver, {"traceparent": "00-zz-1-x"})
    sent = [request.headers["traceparent"] for request in stage.alpha.requests]
    assert [each.split("-")[1] for each in sent] == [trace for _, trace, _, _ in spans]
    assert all(parent == "" for _, _, parent, _ in spans)


def test_nothing_is_traced_unless_it_is_set(tmp_path: Path) -> None:
    with a_stage(tmp_path) as stage:
        stage.ask(headers={"traceparent": PARENT})
        assert stage.node.runtime.service(Proxy).tracer is None
        assert "traceparent" not in stage.alpha.requests[0].headers
