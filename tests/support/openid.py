"""A real OpenID provider, written by others, in a process of its own on loopback."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from support.partners import until


@dataclass(frozen=True)
class RealProvider:
    """Where it answers, and what a browser does there."""

    url: str

    def agree(self, address: str, subject: str) -> str:
        """Sign somebody in as a browser would; return where the browser is sent."""
        form = httpx2.get(address)
        assert form.status_code == 200
        assert "<form" in form.text
        sent = httpx2.post(address, data={"sub": subject}, follow_redirects=False)
        assert sent.status_code == 302
        return sent.headers["location"]

    def refuse(self, address: str) -> str:
        """Say no as a person would; return where the browser is sent."""
        sent = httpx2.post(address, data={"action": "deny"}, follow_redirects=False)
        return sent.headers["location"]

    def id_token(self, subject: str, client_id: str = "corridor") -> str:
        """Return the ID token that a client gets for somebody who signs in at it."""
        back = "http://elsewhere.example/back"
        asked = {
            "client_id": client_id,
            "redirect_uri": back,
            "response_type": "code",
            "scope": "openid profile email",
            "nonce": "n",
        }
        sent = self.agree(str(httpx2.URL(f"{self.url}/oauth2/authorize", params=asked)), subject)
        answer = httpx2.post(
            f"{self.url}/oauth2/token",
            data={
                "grant_type": "authorization_code",
                "code": httpx2.URL(sent).params["code"],
                "redirect_uri": back,
                "client_id": client_id,
                "client_secret": "any",
            },
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id_token"])


@contextmanager
def a_real_provider(folder: Path, *people: Mapping[str, object]) -> Generator[RealProvider]:
    """Serve a provider that knows some people, by their claims."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = folder / "said"
    known = [part for each in people for part in ("--user-claims", json.dumps(each))]
    with said.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  our own interpreter
            [
                *(sys.executable, "-m", "oidc_provider_mock"),
                *("--port", str(port), "--require-nonce"),
                *known,
            ],
            env={**os.environ, "NO_COLOR": "1"},
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: process.poll() is not None or _answers(url))
        assert process.poll() is None, said.read_text()
        yield RealProvider(url)
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/.well-known/openid-configuration").status_code == 200
    except httpx2.TransportError:
        return False
