"""Kafka as producers, sinks and the command line use it: one place for connection settings and topics."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
)

from placewatch import kafka_rights
from placewatch.errors import BrokerError
from placewatch.kafka_rights import Rights, may_not
from placewatch.kafka_security import require_entry, tls_context, user_and_password
from placewatch.log import get_logger
from placewatch.settings import Settings
from placewatch.topics import ALL_TOPICS, Topic


KNOCK_TIMEOUT_S = 3.0
ACKNOWLEDGED_WITHIN_S = 30.0
# By default kafka-python would wait for a dead broker for ever.
CLOSE_TIMEOUT_S = 5.0

log = get_logger(__name__)


def connection(settings: Settings) -> dict[str, Any]:
    """Return kafka-python's connection arguments.

    Raises:
        BrokerError: no broker is configured.
        ConfigError: the settings of TLS or SASL cannot be used.
    """
    if not settings.bootstrap_servers:
        raise BrokerError(
            "no Kafka broker is configured: set PLACEWATCH_BOOTSTRAP_SERVERS=host:9092, "
            "or run `placewatch up`, which starts an embedded one"
        )
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers.split(","),
        "security_protocol": settings.security_protocol,
    }
    context = tls_context(settings)
    if context is not None:
        options["ssl_context"] = context
    if settings.security_protocol.startswith("SASL"):
        user, password = user_and_password(settings)
        options |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": user,
            "sasl_plain_password": password,
        }
    return options


def make_producer(settings: Settings) -> KafkaProducer:
    """Return a producer that waits for all replicas; idempotent, except on the embedded broker.

    The embedded broker (Tansu) answers an idempotent producer's retries as duplicates without having stored
    the batch, so idempotence loses records there; real Kafka gets it.

    Raises:
        BrokerError: the broker cannot be reached.
    """
    options = connection(settings)
    require_broker(settings)
    try:
        return KafkaProducer(
            **options,
            acks="all",
            enable_idempotence=not settings.is_broker_embedded,
            linger_ms=20,
            compression_type="gzip",
        )
    except KafkaError as error:
        raise unreachable(settings, error) from error


def make_consumer(settings: Settings, *topics: str, **options: Any) -> KafkaConsumer:
    """Return a consumer of `topics` that starts at the earliest record and never commits by itself.

    Raises:
        BrokerError: the broker cannot be reached.
    """
    defaults: dict[str, Any] = {
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "fetch_max_wait_ms": 50,
    }
    known = connection(settings)
    require_broker(settings)
    try:
        return KafkaConsumer(*topics, **known, **(defaults | options))
    except KafkaError as error:
        raise unreachable(settings, error) from error


@contextmanager
def administered(settings: Settings) -> Iterator[KafkaAdminClient]:
    """Give what asks and arranges things in Kafka while the block runs.

    Raises:
        BrokerError: the broker cannot be reached, or what was asked failed.
    """
    options = connection(settings)
    require_broker(settings)
    try:
        admin = KafkaAdminClient(**options)
    except KafkaError as error:
        raise unreachable(settings, error) from error
    try:
        yield admin
    except KafkaError as error:
        raise BrokerError(
            f"Kafka at {settings.bootstrap_servers} did not do what was asked ({type(error).__name__}: {error})"
        ) from error
    finally:
        admin.close()


def require_rights(settings: Settings, rights: Rights) -> None:
    """Ask Kafka whether we may do all of this; the embedded broker lets everybody do everything.

    Raises:
        BrokerRefusalError: not all; the message names every topic and group with the operation that lacks.
        BrokerError: the broker cannot be reached.
    """
    if settings.is_broker_embedded:
        return
    with administered(settings) as admin:
        kafka_rights.require(admin, rights, settings)


@contextmanager
def telling(settings: Settings, *topics: Topic) -> Iterator[Telling]:
    """Give what sends records to `topics`; the block ends when the broker has acknowledged every one.

    Raises:
        BrokerRefusalError: we may not write to one of the topics.
        BrokerError: the broker cannot be reached, or did not acknowledge.
    """
    require_rights(settings, Rights(writes=topics))
    producer = make_producer(settings)
    try:
        sent = Telling(producer, settings)
        yield sent
        sent.require_acknowledged()
    finally:
        producer.close(timeout=CLOSE_TIMEOUT_S)


class Telling:
    """Records under way; kafka-python's own `flush` says nothing of those that were refused."""

    def __init__(self, producer: KafkaProducer, settings: Settings) -> None:
        self._producer = producer
        self._settings = settings
        self._sent: list[tuple[str, Any]] = []

    def send(self, topic: str, *, key: bytes, value: bytes | None) -> Any:
        """Send one record; return its future.

        Raises:
            BrokerError: as `require_acknowledged`.
        """
        try:
            future = self._producer.send(topic, key=key, value=value)
        except KafkaError as error:
            raise self._fault(topic, error) from error
        self._sent.append((topic, future))
        return future

    def require_acknowledged(self) -> None:
        """Return when the broker has them all.

        Raises:
            BrokerError: one was not acknowledged.
        """
        for topic, future in self._sent:
            try:
                future.get(timeout=ACKNOWLEDGED_WITHIN_S)
            except KafkaError as error:
                raise self._fault(topic, error) from error

    def _fault(self, topic: str, error: KafkaError) -> BrokerError:
        return BrokerError(
            f"Kafka at {self._settings.bootstrap_servers} did not acknowledge what was sent to {topic} "
            f"({type(error).__name__}: {error}): try again, or see `placewatch doctor`"
        )


def create_topics(settings: Settings) -> list[str]:
    """Create those of our topics that do not exist; return the names of the new ones.

    Faust needs every topic to exist with one partition count before its worker starts. Whoever writes to a topic
    that is not there has real Kafka make it, with one partition and the broker's own retention.

    Raises:
        BrokerRefusalError: one lacks, and we may not create it.
        BrokerError: the broker cannot be reached or refused, or has a topic of ours with other partitions.
    """
    with administered(settings) as admin:
        existing = set(admin.list_topics())
        _check_partitions(admin, existing, settings)
        _warn_of_others(admin, existing, settings)
        missing = [topic for topic in ALL_TOPICS if topic.name not in existing]
        return [
            topic.name
            for topic in missing
            if _create(admin, _new(topic.name, settings, _kept(topic, settings)), settings)
        ]


def create_changelogs(
    settings: Settings, kept: Mapping[str, Mapping[str, str]], *, leader: str
) -> list[str]:
    """Create those of Faust's own topics that do not exist; return the names of the new ones.

    Args:
        settings: which Kafka, and how many partitions.
        kept: the changelogs, and how Kafka is to keep each.
        leader: the topic of one partition whose owner leads the workers.

    Raises:
        BrokerError: the broker cannot be reached or refused.
    """
    with administered(settings) as admin:
        existing = set(admin.list_topics())
        wanted = [_new(name, settings, kept[name]) for name in sorted(kept)]
        wanted.append(NewTopic(leader, 1, settings.replication_factor))
        missing = [new for new in wanted if new.name not in existing]
        return [new.name for new in missing if _create(admin, new, settings)]


def _new(name: str, settings: Settings, kept: Mapping[str, str]) -> NewTopic:
    """Return a topic to be made, and how Kafka is to keep it."""
    return NewTopic(
        name, settings.partitions, settings.replication_factor, topic_configs=dict(kept)
    )


def _create(admin: KafkaAdminClient, new: NewTopic, settings: Settings) -> bool:
    """Create a topic; return False when another service was quicker."""
    try:
        admin.create_topics([new])
    except TopicAlreadyExistsError:
        return False
    except TopicAuthorizationFailedError as error:
        raise may_not(settings, "Create", "topic", new.name) from error
    return True


def _kept(topic: Topic, settings: Settings) -> dict[str, str]:
    """Return how Kafka is to keep a topic: its configuration."""
    kept = (
        {"cleanup.policy": "compact"}
        if topic.is_compacted
        else {"cleanup.policy": "delete", "retention.ms": str(topic.retention_ms)}
    )
    if settings.min_insync_replicas is not None:
        kept["min.insync.replicas"] = str(settings.min_insync_replicas)
    return kept


def _warn_of_others(admin: KafkaAdminClient, existing: set[str], settings: Settings) -> None:
    """Say which of our topics Kafka keeps otherwise than they would be created: nobody changes them unasked."""
    ours = [topic for topic in ALL_TOPICS if topic.name in existing]
    if not ours or settings.is_broker_embedded:
        return
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=None) for topic in ours]
    # Of one whose settings we may not see there is none.
    found = admin.describe_configs(asked, config_filter="all")["topic"]
    for topic in ours:
        if not found[topic.name]:
            log.debug("topic_settings_unknown", topic=topic.name, lacks="DescribeConfigs")
            continue
        for name, wanted in _kept(topic, settings).items():
            has = found[topic.name][name]["value"]
            if has != wanted:
                log.warning(
                    "topic_kept_otherwise", topic=topic.name, setting=name, has=has, wanted=wanted
                )
    for described in admin.describe_topics([topic.name for topic in ours]):
        fewest = min(len(partition["replica_nodes"]) for partition in described["partitions"])
        if fewest < settings.replication_factor:
            log.warning(
                "topic_kept_otherwise",
                topic=described["name"],
                setting="replication factor",
                has=str(fewest),
                wanted=str(settings.replication_factor),
            )


def _check_partitions(admin: KafkaAdminClient, existing: set[str], settings: Settings) -> None:
    """See that our topics that exist have the partitions that are set.

    Raises:
        BrokerError: one has others: readings and assertions of a place would reach different workers.
    """
    ours = [topic.name for topic in ALL_TOPICS if topic.name in existing]
    counts = {t["name"]: len(t["partitions"]) for t in admin.describe_topics(ours)} if ours else {}
    others = {name: count for name, count in counts.items() if count != settings.partitions}
    if others:
        said = ", ".join(f"{name} has {count}" for name, count in sorted(others.items()))
        raise BrokerError(
            f"topics on {settings.bootstrap_servers} have other partitions than the {settings.partitions} of "
            f"PLACEWATCH_PARTITIONS: {said}; set it to what they have, or remove those topics"
        )


def answers(bootstrap_servers: str) -> bool:
    """Return whether any broker of a comma-separated list of host:port takes connections."""
    return any(_accepts(server.strip()) for server in bootstrap_servers.split(","))


def require_broker(settings: Settings) -> None:
    """Say at once when nobody listens or we are refused: the client would try for half a minute, and leak its sockets.

    Raises:
        BrokerError: no broker takes connections, or none lets us in.
        ConfigError: the settings of TLS or SASL cannot be used.
    """
    if not answers(settings.bootstrap_servers or ""):
        raise unreachable(settings, ConnectionRefusedError("nobody listens there"))
    if not settings.is_broker_embedded:
        require_entry(settings)


def _accepts(server: str) -> bool:
    host, _, port = server.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_TIMEOUT_S):
            return True
    except (OSError, ValueError):
        return False


def unreachable(settings: Settings, error: Exception) -> BrokerError:
    """Return the error that says the broker cannot be reached and what to do."""
    return BrokerError(
        f"Kafka at {settings.bootstrap_servers} cannot be reached ({type(error).__name__}: {error}): "
        "check that it runs and that PLACEWATCH_BOOTSTRAP_SERVERS is right, or try `placewatch doctor`"
    )
