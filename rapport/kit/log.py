"""JSON log lines on standard error. No line names a recipient: addresses are masked, wherever they come from."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, cast

import structlog
from structlog.typing import EventDict

# The part before the @ as far as it can be told, before a domain or a host.
_ADDRESS = re.compile(r"([^\s@\"'<>()\[\],;:=/\\])[^\s@\"'<>()\[\],;:=/\\]*@(?=[\w\[])")


def configure(level: str = "INFO") -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_addresses,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format='{"level":"%(levelname)s","event":"%(message)s"}'
    )
    for handler in logging.getLogger().handlers:
        if handler.formatter is not None and not isinstance(handler.formatter, _Masking):
            handler.setFormatter(_Masking(handler.formatter))


def masked(text: str) -> str:
    """`ann.lee@example.com` as `a***@example.com`: enough to find the server at fault, and nobody."""
    return _ADDRESS.sub(r"\1***@", text)


def _without_addresses(logger: object, method: str, line: EventDict) -> EventDict:
    return {name: _masked(value) for name, value in line.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value) if "@" in value else value
    if isinstance(value, Mapping):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else masked(str(value))


class _Masking(logging.Formatter):
    """What libraries log, and the traces of it."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return masked(self._inner.format(record))


def logger(room: str) -> structlog.stdlib.BoundLogger:
    return cast(structlog.stdlib.BoundLogger, structlog.get_logger(room=room))
