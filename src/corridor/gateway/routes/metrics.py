"""What the gateway did, as an answer to Prometheus: of this process, since its start."""

import time
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response

from corridor.edge.problems import check_shown
from corridor.edge.runtime import Runtime
from corridor.gateway.adapters.metrics import CONTENT_TYPE, Metrics, Standing
from corridor.gateway.service.proxy import Proxy


def check_reader(request: Request, runtime: Runtime) -> None:
    """Check that whoever asks may read metrics.

    Raises:
        NotTheOperator: if not.
    """
    if not (runtime.service(Proxy).settings.metrics == "loopback" and _is_near(request)):
        check_shown(request.headers.get("authorization", ""), runtime.operator_token)


def metrics_of(runtime: Runtime) -> bytes:
    """Return what this process counted, in the text format of Prometheus."""
    return runtime.service(Metrics).exposition(standing_of(runtime.service(Proxy)))


def as_metrics(text: bytes) -> Response:
    """Return metrics as an answer."""
    return Response(text, media_type=CONTENT_TYPE, headers={"cache-control": "no-store"})


def standing_of(proxy: Proxy) -> Standing:
    """Return how a process stands now."""
    now, failures = time.monotonic(), proxy.settings.failures_to_open
    snapshot, health, at = proxy.snapshot, proxy.health, proxy.clock()
    circuits = {
        name: name in health.barred or not health.circuit(name).lets_through(now, failures)
        for name in snapshot.providers
    }
    return Standing(
        in_flight=len(proxy.attempts.in_flight) + len(proxy.streams),
        waiting=proxy.limits.places.queue.size,
        backlog=len(proxy.handled),
        shed_below=proxy.limits.level,
        open_circuits=circuits,
        suspended={name: snapshot.suspended(p, at) for name, p in snapshot.providers.items()},
        refused=dict(proxy.limits.refused),
    )


def _is_near(request: Request) -> bool:
    """Tell whether whoever asks is on this machine, and nobody passed it on from elsewhere."""
    if request.client is None or "x-forwarded-for" in request.headers:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
