"""What a run was answered, call by call, so that one that is cut off goes on where it was.

A file of JSON lines that only grows: first what the run is, then a line before each request and one
after it. A line that was cut off by a crash is dropped, and so is what follows it. Whoever has the file
open holds it alone. With a sealer each line but the first is sealed, so that what a model was asked and said
is not on the disk in words.

What is not promised: a request that was on its way when the process died is sent again; that it may
have been answered, and billed, is counted (`lost`).
"""

import base64
import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import orjson

from corridor.core.canonical import canonical, sha256
from corridor.core.errors import Unavailable
from corridor.core.sealing import CannotOpen, Sealer
from corridor.evaluation.errors import RunGoesOn
from corridor.evaluation.ports import Answered, Prompt

Json = dict[str, object]
SKIPPED, SEALED = "skipped", "sealed"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A request that the provider will not answer."""

    reason: str


Known = Answered | Skipped


def key_of(provider: Json, prompt: Prompt, repeat: int) -> str:
    """Return what tells a call from every other: the provider, the prompt, and which repeat it is."""
    asked: Json = {
        "messages": [[each.role, each.text] for each in prompt.messages],
        "text": prompt.text,
        "stop": list(prompt.stop),
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "seed": prompt.seed,
    }
    if prompt.grammar:
        asked["grammar"] = prompt.grammar
    if prompt.options:
        asked["options"] = list(prompt.options)
    return sha256(canonical({"provider": provider, "prompt": asked, "repeat": repeat}))


@dataclass(slots=True)
class Journal:
    """The journal of one run, held by this process."""

    path: Path
    file: BinaryIO
    head: Json
    """What the run is."""
    known: dict[str, Known] = field(default_factory=dict[str, Known])
    """What there is no need to ask again."""
    sent: int = 0
    """Requests, those of earlier processes included."""
    lost: int = 0
    """Requests of earlier processes of which nobody knows what became of them."""
    sealer: Sealer | None = None
    """Seals what is written; None: it is written in words."""

    @classmethod
    def opened(cls, path: Path, head: Json, sealer: Sealer | None = None) -> "Journal":
        """Open the journal of a run, or begin it; `head` is what the run is, if it begins.

        Raises:
            RunGoesOn: if another process has it open.
            Unavailable: if it cannot be read or written.
            CannotOpen: if it was sealed with another key.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("a+b")
        except OSError as error:
            raise Unavailable(f"{path} cannot be written: {error.strerror}.") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise RunGoesOn("Another process makes this run.") from error
        lines = _whole_lines(file)
        journal = cls(path, file, lines[0] if lines else head, sealer=sealer)
        if lines:
            journal._take(journal._unsealed(lines[1:]))
        else:
            journal._append(head)
        return journal

    def send(self, key: str) -> None:
        """Note that a request is about to be sent."""
        self.sent += 1
        self._write({"sent": key})

    def keep(self, key: str, found: Known) -> None:
        """Keep an answer, or that there will be none; it is on the disk when this returns."""
        self.known[key] = found
        if isinstance(found, Skipped):
            line: Json = {SKIPPED: key, "reason": found.reason}
        else:
            line = {"answered": key, **{name: getattr(found, name) for name in _FIELDS}}
        self._write(line)
        os.fsync(self.file.fileno())

    def fail(self, key: str) -> None:
        """Note that a request came to nothing, so that it is not counted as lost."""
        self._write({"failed": key})

    def put_aside(self) -> None:
        """Close the journal and take it out of the way; what it says is not used any more."""
        self.path.rename(self.path.with_name(f"{self.path.stem}-{self.head.get('run')}.aside"))
        self.close()

    def end(self) -> None:
        """Close the journal and delete it: the run is done."""
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let others open it."""
        self.file.close()

    def _take(self, lines: list[Json]) -> None:
        on_their_way: list[str] = []
        for line in lines:
            if (key := line.get("sent")) is not None:
                self.sent += 1
                on_their_way.append(str(key))
                continue
            key = str(line.get("answered") or line.get(SKIPPED) or line.get("failed"))
            if key in on_their_way:
                on_their_way.remove(key)
            if "answered" in line:
                self.known[key] = Answered(**{name: line[name] for name in _FIELDS})  # type: ignore[arg-type]
            elif SKIPPED in line:
                self.known[key] = Skipped(str(line["reason"]))
        self.lost = len(on_their_way)

    def _write(self, line: Json) -> None:
        if self.sealer is not None:
            sealed = self.sealer.seal(orjson.dumps(line), self._bound())
            line = {SEALED: base64.b64encode(sealed).decode()}
        self._append(line)

    def _unsealed(self, lines: list[Json]) -> list[Json]:
        if self.sealer is None:
            return lines
        try:
            return [self._opened(self.sealer, line) for line in lines]
        except CannotOpen as error:
            self.close()
            raise CannotOpen(
                f"{self.path} was sealed with another key, or changed.",
                hint="Restore the key, or move the file away: the run then begins anew.",
            ) from error

    def _opened(self, sealer: Sealer, line: Json) -> Json:
        sealed = base64.b64decode(str(line.get(SEALED, "")))
        return cast("Json", orjson.loads(sealer.open(sealed, self._bound())))

    def _bound(self) -> bytes:
        """Return what a sealed line belongs to: this run."""
        return str(self.head.get("run", "")).encode()

    def _append(self, line: Json) -> None:
        try:
            self.file.write(orjson.dumps(line) + b"\n")
            self.file.flush()
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be written: {error.strerror}.") from error


def run_in(path: Path) -> str:
    """Return which run has its journal at a place; nothing if none has."""
    try:
        with path.open("rb") as file:
            head: object = orjson.loads(file.readline())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return ""
    return str(cast("Json", head).get("run", "")) if isinstance(head, dict) else ""


_FIELDS = tuple(Answered.__slots__)


def _whole_lines(file: BinaryIO) -> list[Json]:
    """Return the lines up to the first that is cut off or no JSON, and cut the rest away."""
    file.seek(0)
    lines: list[Json] = []
    end = 0
    for line in file:
        try:
            value = orjson.loads(line) if line.endswith(b"\n") else None
        except orjson.JSONDecodeError:
            value = None
        if not isinstance(value, dict):
            break
        lines.append(cast("Json", value))
        end += len(line)
    file.truncate(end)
    return lines
