"""A moderation endpoint on loopback that judges as a test wants it to, or does not answer."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast


@dataclass
class FakeModerator:
    """Flags texts that hold a word."""

    word: str = "badly"
    mode: str = "judge"
    """judge, hang, 500, redirect, garbage, short (a judgement too few)."""
    seen: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    keys: list[str | None] = field(default_factory=list[str | None])
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/moderations"

    def judgement(self, asked: dict[str, object]) -> bytes:
        if self.mode == "garbage":
            return b"<html>"
        results: list[dict[str, object]] = []
        for text in cast("list[str]", asked["input"]):
            bad = self.word in text
            results.append({"flagged": bad, "category_scores": {"a": 0.6 if bad else 0.1}})
        return json.dumps({"results": results[1:] if self.mode == "short" else results}).encode()


@contextmanager
def a_moderator() -> Generator[FakeModerator]:
    """Serve a moderation endpoint."""
    moderator, stop = FakeModerator(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            moderator.seen.append(asked)
            moderator.keys.append(self.headers["authorization"])
            if moderator.mode == "hang":
                stop.wait(10)
                return
            status = {"500": 500, "redirect": 307}.get(moderator.mode, 200)
            data = moderator.judgement(asked)
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            if status == 307:
                self.send_header("location", moderator.url)
            self.end_headers()
            self.wfile.write(data)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    moderator.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield moderator
    finally:
        stop.set()
        server.shutdown()
        thread.join()
        server.server_close()
