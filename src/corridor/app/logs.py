"""How a node logs: one JSON line an event, with the time; never prompts, answers or keys."""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger


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
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def escaped(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Write out what moves a terminal or begins a line: no value may look like another event."""
    return {name: _printable(value) for name, value in event.items()}


def _printable(value: object) -> object:
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in value)
