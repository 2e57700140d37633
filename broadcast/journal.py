"""How a process of this deployment writes down what happens in it: one line of JSON per event, on standard error. It
writes none itself. Each process's command line calls it once, before anything is started.
"""

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Our own lines from `level` up (see `settings.LOG_LEVELS`), libraries' from there too, but warnings at least."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        level=max(number, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
