"""Articles that were read, read again: after a change of the lexicon, or for places that were added since."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec, OffsetTimestamp

from placewatch.errors import BrokerError
from placewatch.kafka import administered
from placewatch.settings import Settings
from placewatch.topics import ARTICLES, WORKERS


class Rewound(NamedTuple):
    """One partition of the articles: where the workers were, where they begin now, and where it ends."""

    partition: int
    before: int
    after: int
    end: int


def rewind(settings: Settings, since: datetime, *, is_rehearsal: bool = False) -> list[Rewound]:
    """Move the workers' place in the articles back to those that came in from `since` on; return it by partition.

    It is never moved on: an article that was not read yet is not passed over. What was committed nowhere is read
    from the beginning anyway and is left out. A rehearsal changes nothing.

    Raises:
        BrokerError: the broker cannot be reached or refuses, the topic is not there, or workers run.
    """
    with administered(settings) as admin:
        rewound = _planned(admin, since)
        if not is_rehearsal:
            _move(admin, rewound)
    return rewound


def _planned(admin: KafkaAdminClient, since: datetime) -> list[Rewound]:
    """Return where each partition that was read from would begin.

    Raises:
        BrokerError: the topic is not there.
    """
    if ARTICLES.name not in admin.list_topics():
        raise BrokerError(
            f"there is no topic {ARTICLES.name}: nothing was published there yet; check PLACEWATCH_BOOTSTRAP_SERVERS"
        )
    (described,) = admin.describe_topics([ARTICLES.name])
    partitions = [
        TopicPartition(ARTICLES.name, p["partition_index"]) for p in described["partitions"]
    ]
    committed = admin.list_group_offsets({WORKERS: partitions})[WORKERS]
    asked = OffsetTimestamp(int(since.timestamp() * 1000))
    found = admin.list_partition_offsets(dict.fromkeys(partitions, asked))
    ends = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    rewound = []
    for partition in sorted(partitions):
        before = committed[partition].offset if partition in committed else -1
        if before >= 0:
            # Kafka says -1 where nothing came in since.
            first = found[partition].offset if found[partition].offset >= 0 else before
            end = ends[partition].offset
            rewound.append(Rewound(partition.partition, before, min(before, first), end))
    return rewound


def _move(admin: KafkaAdminClient, rewound: list[Rewound]) -> None:
    """Commit the new places.

    Raises:
        BrokerError: workers run, which would commit theirs over them.
    """
    members = admin.describe_groups([WORKERS])[WORKERS]["members"]
    if members:
        raise BrokerError(
            f"{len(members)} workers run: stop them first (docker compose stop work, or systemctl stop "
            "'placewatch-work@*'); those that were killed are forgotten after PLACEWATCH_SESSION_TIMEOUT_S"
        )
    moved = {
        TopicPartition(ARTICLES.name, r.partition): r.after for r in rewound if r.after < r.before
    }
    for partition, outcome in admin.reset_group_offsets(WORKERS, moved).items():
        if outcome["error"] is not None and outcome["error"].errno:
            raise BrokerError(
                f"{ARTICLES.name}[{partition.partition}] was not moved ({outcome['error'].__name__}): are workers "
                "running? Stop them and repeat the command"
            )
