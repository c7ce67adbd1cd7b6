"""What each service does on Kafka's topics and in its groups, and whether Kafka's access lists allow it.

Kafka tells who asks which operations they may do. Each service asks before it starts: its clients would try again for
ever, or say of a topic they may not see that there is none. `deploy/kafka/access.sh` gives these rights.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import (
    CoordinatorNotAvailableError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from placewatch.errors import BrokerRefusalError
from placewatch.settings import Settings
from placewatch.topics import (
    ALERTS,
    ARTICLES,
    ASSERTIONS,
    DEADLETTERS,
    EVENTS,
    FEEDS,
    HEARD,
    HEARTBEATS,
    READINGS,
    STATUSES,
    WATCHLIST,
    WORKERS,
    Topic,
)


SINK_GROUP = "placewatch-sink"
# Faust's: the changelogs of its tables, and the topic by which its workers agree on a leader.
WORKER_PREFIX = f"{WORKERS}-"
COORDINATOR_WITHIN_S = 30.0
_ASK_AGAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody does in Kafka.

    Attributes:
        reads: the topics read.
        writes: the topics written.
        group: the consumer group joined.
        own_prefix: with what the names of topics begin that are made, read and written for nobody else.
    """

    reads: tuple[Topic, ...] = ()
    writes: tuple[Topic, ...] = ()
    group: str | None = None
    own_prefix: str | None = None


PRODUCE = Rights(writes=(ARTICLES, FEEDS, DEADLETTERS))
WORK = Rights(
    reads=(ARTICLES, READINGS, ASSERTIONS, HEARD, WATCHLIST),
    writes=(READINGS, HEARD, EVENTS, STATUSES, ALERTS, HEARTBEATS, DEADLETTERS),
    group=WORKERS,
    own_prefix=WORKER_PREFIX,
)
SINK = Rights(
    reads=(DEADLETTERS, FEEDS, HEARTBEATS, EVENTS, STATUSES, ALERTS),
    writes=(DEADLETTERS,),
    group=SINK_GROUP,
)


def may_not(settings: Settings, operation: str, kind: str, name: str) -> BrokerRefusalError:
    """Return the error that says which right is missing.

    Args:
        settings: as whom we came.
        operation: in Kafka's word: Read, Write, Create.
        kind: topic or group.
        name: which.
    """
    return BrokerRefusalError(_missing(settings, [(operation, kind, name)]))


def require(admin: KafkaAdminClient, rights: Rights, settings: Settings) -> None:
    """Ask Kafka whether we may do all of this.

    Raises:
        BrokerRefusalError: not all; the message names every topic and group with the operation that lacks.
        KafkaError: it could not be asked.
    """
    missing = list(_lacks(admin, rights))
    if missing:
        raise BrokerRefusalError(_missing(settings, missing))


def _lacks(admin: KafkaAdminClient, rights: Rights) -> Iterator[tuple[str, str, str]]:
    """Yield operation, kind and name of each right that is not given."""
    topics = {topic.name for topic in (*rights.reads, *rights.writes)}
    forbidden = _forbidden(admin, sorted(topics), ("Read", "Write"))
    for operation, used in (("Read", rights.reads), ("Write", rights.writes)):
        for topic in used:
            if (operation, topic.name) in forbidden:
                yield operation, "topic", topic.name
    if rights.group is not None and not _may_join(admin, rights.group):
        yield "Read", "group", rights.group
    if rights.own_prefix is not None:
        yield from _lacks_own(admin, rights.own_prefix)


def _forbidden(
    admin: KafkaAdminClient, names: Sequence[str], operations: Sequence[str]
) -> set[tuple[str, str]]:
    """Return those of the operations that are not allowed, with their topics."""
    if not names:
        return set()
    try:
        described = admin.describe_topics(names)
    except ValueError:
        return set()  # not Apache's: what it says of rights is none
    found = set()
    for topic in described:
        is_hidden = for_code(topic["error_code"]) is TopicAuthorizationFailedError
        allowed = topic.get("authorized_operations")
        for operation in operations:
            # A broker that names none keeps no such lists: whoever may see a topic may at least describe it.
            if is_hidden or (allowed and operation.upper() not in allowed):
                found.add((operation, topic["name"]))
    return found


def _may_join(admin: KafkaAdminClient, group: str) -> bool:
    """Return whether we may be of a group.

    Raises:
        KafkaError: it could not be asked.
    """
    give_up_at = time.monotonic() + COORDINATOR_WITHIN_S
    while True:
        try:
            described = admin.describe_groups([group])[group]
        except GroupAuthorizationFailedError:
            return False
        except CoordinatorNotAvailableError:
            # The first to ask has Kafka make the topic that its groups lie on.
            if time.monotonic() > give_up_at:
                raise
            time.sleep(_ASK_AGAIN_S)
        except ValueError:
            return True  # as above
        else:
            allowed = described.get("authorized_operations")
            if described["error"]:
                return GroupAuthorizationFailedError.__name__ not in described["error"]
            return not allowed or "READ" in allowed


def _lacks_own(admin: KafkaAdminClient, prefix: str) -> Iterator[tuple[str, str, str]]:
    """Yield what is not allowed on topics of a prefix: on those there are, and to make another."""
    ours = [name for name in admin.list_topics() if name.startswith(prefix)]
    forbidden = {operation for operation, _ in _forbidden(admin, ours, ("Read", "Write"))}
    yield from ((operation, "topic", f"{prefix}*") for operation in sorted(forbidden))
    try:
        admin.create_topics([NewTopic(f"{prefix}probe", 1, 1)], validate_only=True)
    except TopicAuthorizationFailedError:
        yield "Create", "topic", f"{prefix}*"
    except (TopicAlreadyExistsError, KafkaError):
        return


def _missing(settings: Settings, rights: Sequence[tuple[str, str, str]]) -> str:
    """Return what is not allowed, and the words that allow it."""
    who = _principal(settings)
    lacks = ", ".join(f"{operation} on {kind} {name}" for operation, kind, name in rights)
    operation, kind, name = rights[0]
    pattern = " --resource-pattern-type prefixed" if name.endswith("*") else ""
    return (
        f"Kafka at {settings.bootstrap_servers} does not allow {who}: {lacks}. Whoever runs it gives a right by "
        f"kafka-acls.sh --add --allow-principal '{who}' --operation {operation} --{kind} {name.rstrip('*')}{pattern}; "
        "deploy/kafka/access.sh gives all that placewatch needs"
    )


def _principal(settings: Settings) -> str:
    """Return as whom Kafka knows us, as far as we do."""
    if settings.security_protocol.startswith("SASL"):
        return f"User:{settings.sasl_username}"
    return f"User:{'ANONYMOUS' if settings.ssl_certfile is None else 'name of PLACEWATCH_SSL_CERTFILE'}"
