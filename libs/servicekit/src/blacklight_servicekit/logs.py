"""Structured logs: events with fields, as JSON lines on standard error. Never personal data.

Of an exception the log shows type and traceback, whoever logs it; its text may hold what a client sent.
"""

from __future__ import annotations

import logging
import sys
from types import TracebackType

import structlog


def configure(service: str, process: str, level: str) -> None:
    """Sets up structlog, and the standard library's loggers of other people's code, alike."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_text,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service, process=process)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))


class Hidden(Exception):
    """Stands in the log for an exception, without its text."""


def bare(error: BaseException) -> tuple[type[Hidden], Hidden, TracebackType | None]:
    """The exception for `exc_info`: its traceback, its type and those it came from, no text."""
    names: list[str] = []
    origin: BaseException | None = error
    while origin is not None and len(names) < 8:
        names.append(type(origin).__name__)
        origin = origin.__cause__ or origin.__context__
    return Hidden, Hidden(" from ".join(names)), error.__traceback__


def _without_text(logger: object, method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Bares the exception of an event."""
    told = event.get("exc_info")
    error = told[1] if isinstance(told, tuple) else sys.exc_info()[1] if told is True else told
    if isinstance(error, BaseException) and not isinstance(error, Hidden):
        event["exc_info"] = bare(error)
    return event


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger; `log.info("candidate.approved", candidate_id=…)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return logger
