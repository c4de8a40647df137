"""A hub of data sets on the loopback interface: the few answers that the hub's library asks for."""

import hashlib
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class FakeHub:
    """One data set, its files by path, and what was asked."""

    repo: str
    files: dict[str, bytes]
    commit: str = COMMIT
    fails: int = 0
    """Answer everything with this status, if it is not 0."""
    error: str = ""
    """The hub's own name for what is wrong, said with it."""
    asked: list[str] = field(default_factory=list[str])
    address: str = ""

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for a path."""
        if self.fails:
            return self.fails, {"X-Error-Code": self.error} if self.error else {}, b"{}"
        for revision in ("main", self.commit):
            if path == f"/api/datasets/{self.repo}/revision/{revision}":
                return 200, {"Content-Type": "application/json"}, self._info()
        prefix = f"/datasets/{self.repo}/resolve/{self.commit}/"
        if path.startswith(prefix) and path.removeprefix(prefix) in self.files:
            return self._file(path.removeprefix(prefix))
        wrong = "RepoNotFound" if self.repo not in path else "RevisionNotFound"
        return 404, {"X-Error-Code": wrong, "X-Error-Message": "no such thing"}, b""

    def _info(self) -> bytes:
        siblings = [{"rfilename": name} for name in self.files]
        return json.dumps({"id": self.repo, "sha": self.commit, "siblings": siblings}).encode()

    def _file(self, name: str) -> tuple[int, dict[str, str], bytes]:
        data = self.files[name]
        headers = {"X-Repo-Commit": self.commit, "ETag": f'"{hashlib.sha256(data).hexdigest()}"'}
        return 200, headers, data


@contextmanager
def serving(hub: FakeHub) -> Generator[FakeHub]:
    """Serve a hub while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            hub.asked.append(f"{self.command} {path}")
            status, headers, body = hub.answer(path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
