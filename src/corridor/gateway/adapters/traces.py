"""Traces of requests by OpenTelemetry, with the GenAI semantic conventions; never what was said.

One span for each request, from when it was read to its end. The caller's W3C traceparent is
continued, and providers are sent the span's own. The conventions are in development: the names are
those of `gen_ai.provider.name`, not of the older `gen_ai.system`.
"""

from dataclasses import dataclass

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from corridor.gateway.ports import Outcome

OPERATIONS = {
    "/chat/completions": "chat",
    "/responses": "chat",
    "/completions": "text_completion",
    "/embeddings": "embeddings",
}
CONTEXT = TraceContextTextMapPropagator()


@dataclass(frozen=True, slots=True)
class RequestTrace:
    """The span of one request."""

    span: Span
    traceparent: str
    """What providers are sent."""

    def end(self, outcome: Outcome, status: int) -> None:
        """End it with what is known of the request."""
        span = self.span
        if not span.is_recording():
            return
        known = {
            "gen_ai.provider.name": outcome.provider,
            "gen_ai.response.model": outcome.model,
            "gen_ai.usage.input_tokens": outcome.tokens_in,
            "gen_ai.usage.output_tokens": outcome.tokens_out,
            "gen_ai.response.time_to_first_chunk": outcome.first_byte_seconds,
            "http.response.status_code": status,
            "corridor.outcome": outcome.outcome,
            "corridor.language": outcome.language,
            "corridor.attempts": outcome.attempts,
        }
        span.set_attributes({name: value for name, value in known.items() if value is not None})
        if outcome.outcome not in ("served", "moved"):
            span.set_attribute("error.type", str(status) if status >= 400 else outcome.outcome)
            if outcome.outcome == "failed":
                span.set_status(Status(StatusCode.ERROR))
        span.end()


@dataclass(frozen=True, slots=True)
class Traces:
    """Send the spans of one process to an address, many at a time, from a thread of their own."""

    provider: TracerProvider
    tracer: Tracer

    @classmethod
    def to(cls, endpoint: str, node: str) -> "Traces":
        """Return what sends spans to an OTLP address, as a node."""
        provider = TracerProvider(
            resource=Resource({"service.name": "corridor", "service.instance.id": node})
        )
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
        return cls(provider, provider.get_tracer("corridor.gateway"))

    def begin(self, path: str, target: str, traceparent: str, *, stream: bool) -> RequestTrace:
        """Begin the span of a request, within the caller's trace if it sent one."""
        operation = OPERATIONS.get(path, "chat")
        span = self.tracer.start_span(
            f"{operation} {target}",
            context=CONTEXT.extract({"traceparent": traceparent}),
            kind=SpanKind.CLIENT,
            attributes={
                "gen_ai.operation.name": operation,
                "gen_ai.request.model": target,
                "gen_ai.request.stream": stream,
            },
        )
        it = span.get_span_context()
        flags = int(it.trace_flags)
        return RequestTrace(span, f"00-{it.trace_id:032x}-{it.span_id:016x}-{flags:02x}")

    def close(self) -> None:
        """Send what is left."""
        self.provider.shutdown()
