"""Entries of a log as they come over the wire: one JSON object a line, cut anywhere."""

from pydantic import ValidationError

from corridor.federation.errors import AnswerTooLarge, NotUnderstood, PartnerUnavailable
from corridor.federation.ports import LogEntry

AROUND_BYTES = 1024
"""What a line has beside the envelope, generously."""


class Lines:
    """Takes an answer of entries apart as it arrives; holds one line that is not whole, at most."""

    def __init__(self, who: str, start: int, max_entry_bytes: int) -> None:
        self.who = who
        self.position = start
        """Of the next entry."""
        self._limit = max_entry_bytes
        self._longest = max_entry_bytes * 4 // 3 + AROUND_BYTES
        self._rest = bytearray()

    def completed_by(self, chunk: bytes) -> list[LogEntry]:
        """Return the entries that are whole with the next bytes of the answer.

        Raises:
            AnswerTooLarge: if a line goes on beyond the limit.
            NotUnderstood: if a line is no entry.
        """
        whole, newline, rest = chunk.rpartition(b"\n")
        if not newline:
            self._rest += chunk
            self._check(len(self._rest))
            return []
        self._rest += whole
        found = [self._entry(line) for line in self._rest.split(b"\n")]
        self._rest = bytearray(rest)
        return found

    def end(self) -> None:
        """Say that nothing more comes.

        Raises:
            PartnerUnavailable: if the last line is not whole.
        """
        if self._rest:
            raise PartnerUnavailable(
                f"{self.who} broke off its answer in the entry at position {self.position}."
            )

    def _entry(self, line: bytes | bytearray) -> LogEntry:
        self._check(len(line))
        try:
            entry = LogEntry.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "the start"
            raise NotUnderstood(
                f"{self.who}, position {self.position}: what came is no entry of a log: "
                f"at {place}: {first['msg']}."
            ) from error
        self.position += 1
        return entry

    def _check(self, size: int) -> None:
        if size > self._longest:
            raise AnswerTooLarge(
                f"{self.who}, position {self.position}: the entry is larger than "
                f"{self._limit} bytes; the rest of it was not read."
            )
