"""Where a browser comes back to from an OpenID provider when a program signs in (RFC 8252).

It listens on this machine alone, at a port of the system's choice, for one sign-in. Whatever does
not bear the state of that sign-in is turned away.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import monotonic
from urllib.parse import parse_qsl, urlsplit

from corridor.core.errors import Unavailable

HOST, PATH = "127.0.0.1", "/callback"
MAX_ADDRESS = 8 * 1024
SAID = b"You are signed in as far as your browser is concerned. Go back to the terminal.\n"


class _Server(HTTPServer):
    """Keeps what the right request said."""

    expected = ""
    said: dict[str, str] | None = None


class _Door(BaseHTTPRequestHandler):
    timeout = 5
    """Seconds after which a connection that says nothing is closed."""
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        """Take the parameters of the one request that is waited for."""
        parts = urlsplit(self.path[:MAX_ADDRESS])
        said = dict(parse_qsl(parts.query))
        fits = compare_digest(said.get("state", "").encode(), self.server.expected.encode())
        if parts.path == PATH and fits:
            self.server.said = said
        self.send_response(200 if fits else 404)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self.send_header("cache-control", "no-store")
        self.send_header("referrer-policy", "no-referrer")
        self.end_headers()
        self.wfile.write(SAID if fits else b"Nothing is here.\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address holds a code."""


@dataclass(frozen=True, slots=True)
class Redirects:
    """A place that a browser comes back to."""

    server: _Server = field(repr=False)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self.server.server_port}{PATH}"

    def wait(self, state: str, seconds: float) -> dict[str, str]:
        """Return the parameters with which the browser came back.

        Raises:
            Unavailable: if it did not in time.
        """
        self.server.expected = state
        end = monotonic() + seconds
        while self.server.said is None and (left := end - monotonic()) > 0:
            self.server.timeout = left
            self.server.handle_request()
        if self.server.said is None:
            raise Unavailable("Nobody came back from the provider in time.", hint="Begin again.")
        return self.server.said


@contextmanager
def redirects() -> Generator[Redirects]:
    """Listen for a browser while the block runs."""
    with _Server((HOST, 0), _Door) as server:
        yield Redirects(server)
