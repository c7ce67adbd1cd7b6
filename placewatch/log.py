"""Logs: one event a line, console for people and JSON for machines.

Levels mean something: ERROR, data lost or an operator is needed; WARNING, odd but recovered; INFO, a service's
own course; DEBUG, single records. Reasons in log lines are the enumerations' words. Secrets are replaced in the
finished line, whoever logged it (`placewatch.redaction`).
"""

from __future__ import annotations

import logging
import sys

import structlog

from placewatch.redaction import redacted


def configure_logging(log_format: str = "console", level: str = "INFO") -> None:
    """Send structlog and standard-library logs to standard error in one format."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                *shared,
                *([] if level == "DEBUG" else [_lost_connection_in_one_line]),
                structlog.processors.format_exc_info,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
                _without_secrets,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # At INFO kafka-python and aiokafka tell each connection, Alembic each plugin and Apprise each mail.
    for name in ("kafka", "aiokafka", "alembic", "apprise"):
        logging.getLogger(name).setLevel("DEBUG" if level == "DEBUG" else "WARNING")
    # On a busy machine its own event loop warns several times a minute that it had to wait for the processor.
    logging.getLogger("kafka.net.selector").setLevel("DEBUG" if level == "DEBUG" else "ERROR")


def _lost_connection_in_one_line(
    _logger: structlog.typing.WrappedLogger, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Say a library's lost connection as `error`, without the library's own stack of calls.

    A broker that restarts resets connections: kafka-python logs each with its traceback, forty lines an operator can
    do nothing with. Any other exception keeps its own.
    """
    match event.get("exc_info"):
        case (_, OSError() as error, _):
            del event["exc_info"]
            event["error"] = f"{type(error).__name__}: {error}"
    return event


def _without_secrets(_logger: object, _name: str, line: object) -> str:
    """Return the finished line without the secrets that were told; structlog's signature of a last step."""
    return redacted(str(line))


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
