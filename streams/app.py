"""The one Faust application: everything a worker is, built from the settings.

The way of a record through this package:

    articles topic --> agents.read --> gate (pure) --> ReaderPool (processes) --> readings topic
    readings topic --> agents.track --> tracking.advance (pure) --> events, statuses, alerts topics

`faust -A streams.app worker` runs it; `placewatch work` does the same with our settings.
"""

from __future__ import annotations

import logging
import socket
from typing import Any

import faust

from placewatch.kafka import create_changelogs
from placewatch.kafka_security import tls_context, user_and_password
from placewatch.log import configure_logging
from placewatch.settings import Settings, load_settings
from placewatch.topics import WORKERS
from streams.assignor import Assignor


# Leaf modules by name: Faust's own discovery skips a module that fails to import and goes on without its agents.
MODULES = ("streams.tables", "streams.agents", "streams.views")
DEFAULT_BROKER = "127.0.0.1:9092"

# A join waits half the session timeout on the embedded broker.
EMBEDDED_SESSION_S = 6.0
EMBEDDED_HEARTBEAT_S = 1.0
# Kafka's own default; of a session it should be a third at most.
HEARTBEAT_S = 3.0
# How much is read again after a kill is what was acknowledged since the last commit.
COMMIT_INTERVAL_S = 1.0
# A place's state is one changelog record; a much reported place outgrows the 1 MB default.
MAX_REQUEST_BYTES = 8 * 1024 * 1024


def build_app(settings: Settings) -> faust.App:
    """Return the application for `settings`; nothing connects until its worker starts."""
    servers = settings.bootstrap_servers or DEFAULT_BROKER
    session_s, heartbeat_s = (
        (EMBEDDED_SESSION_S, EMBEDDED_HEARTBEAT_S)
        if settings.is_broker_embedded
        else (settings.session_timeout_s, min(HEARTBEAT_S, settings.session_timeout_s / 3))
    )
    return faust.App(
        WORKERS,
        origin="streams",
        autodiscover=list(MODULES),
        broker=[f"kafka://{server.strip()}" for server in servers.split(",")],
        store="memory://",
        datadir=settings.state_dir / "worker",
        topic_partitions=settings.partitions,
        topic_replication_factor=settings.replication_factor,
        table_standby_replicas=0,
        processing_guarantee="at_least_once",
        broker_session_timeout=session_s,
        broker_heartbeat_interval=heartbeat_s,
        broker_commit_interval=COMMIT_INTERVAL_S,
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_compression_type="gzip",
        producer_max_request_size=MAX_REQUEST_BYTES,
        consumer_max_fetch_size=MAX_REQUEST_BYTES,
        web_bind=settings.web_host,
        web_host=settings.web_host,
        web_port=settings.web_port or _free_port(settings.web_host),
        worker_redirect_stdouts=False,
        logging_config=_logging_config(settings),
        # The embedded broker makes topics when they are asked for.
        **({} if settings.is_broker_embedded else {"PartitionAssignor": Assignor}),
        **security(settings),
    )


def security(settings: Settings) -> dict[str, Any]:
    """Return Faust's arguments for the settings' security protocol; empty for plain text.

    Raises:
        ConfigError: the settings of TLS or SASL cannot be used.
    """
    if settings.security_protocol == "PLAINTEXT":
        return {}
    context = tls_context(settings)
    if settings.security_protocol == "SSL":
        return {"broker_credentials": faust.SSLCredentials(context=context)}
    user, password = user_and_password(settings)
    return {
        "broker_credentials": faust.SASLCredentials(
            username=user,
            password=password,
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    }


def _free_port(host: str) -> int:
    """Return a port nobody listens on now; Faust has no word for "any"."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _logging_config(settings: Settings) -> dict[str, Any]:
    """Return what makes Faust log through our handler, its own chatter from WARNING up."""

    def our_handler() -> logging.Handler:
        configure_logging(settings.log_format, settings.log_level)
        return logging.getLogger().handlers[0]

    quiet = {"level": "WARNING"} if settings.log_level != "DEBUG" else {}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"ours": {"()": our_handler}},
        "root": {"handlers": ["ours"], "level": settings.log_level},
        "loggers": dict.fromkeys(("faust", "mode", "aiokafka", "kafka", "aiohttp.access"), quiet),
    }


settings = load_settings()
app = build_app(settings)


@app.on_worker_init.connect
def make_state_dir(_app: faust.App, **_: Any) -> None:
    """Make the folder that Faust's own folder goes into; Faust makes only the last one."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)


@app.on_worker_init.connect
def make_changelogs(app: faust.App, **_: Any) -> None:
    """Make the topics that Faust needs for itself before this worker joins its group.

    Faust makes them while it joins. The first worker on a new Kafka then may divide the partitions without those that
    are not known yet, and has been seen to stand still after its first alert.

    Raises:
        BrokerError: the broker cannot be reached or refused.
    """
    if settings.is_broker_embedded or settings.bootstrap_servers is None:
        return
    kept = {
        table.changelog_topic_name: {"cleanup.policy": "compact", **table.extra_topic_configs}
        for table in app.tables.values()
    }
    create_changelogs(settings, kept, leader=f"{WORKERS}-__assignor-__leader")
