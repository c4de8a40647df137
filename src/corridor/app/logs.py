"""How a node logs: one JSON line an event, with the time; never prompts, answers or keys.

A line that cannot be written, as on a full disk or where the file was closed, is left out: nothing that goes
on ends for its log.
"""

import logging
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger


@dataclass(eq=False)  # structlog keeps a lock for each file, found by a weak reference
class Unfailing:
    """A file of lines that are left out where they cannot be written."""

    file: TextIO

    def write(self, text: str) -> None:
        """Write some text if that is possible."""
        with suppress(OSError, ValueError):  # the latter of a file that was closed
            self.file.write(text)

    def flush(self) -> None:
        """Hand what was written to the system if that is possible."""
        with suppress(OSError, ValueError):
            self.file.flush()


def configure_logs(*, verbose: bool, as_json: bool) -> None:
    """Set up structlog for this process; libraries speak from warnings up."""
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            escaped,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if verbose else logging.WARNING
        ),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", Unfailing(sys.stderr))),
        cache_logger_on_first_use=False,
    )


def escaped(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Write out what moves a terminal or begins a line: no value may look like another event."""
    return {name: _printable(value) for name, value in event.items()}


def _printable(value: object) -> object:
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in value)
