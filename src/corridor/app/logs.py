"""How a node logs: one JSON line an event, with the time; never prompts, answers or keys."""

import logging
import sys

import structlog


def configure_logs(*, verbose: bool, as_json: bool) -> None:
    """Set up structlog for this process; libraries speak from warnings up."""
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if verbose else logging.WARNING
        ),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
