"""Runs inside a container of placewatch, whose settings it takes: says as JSON what is on the topics; publishes articles.

usage: python3 - (look | publish FIRST COUNT)
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from placewatch.kafka import connection, make_consumer, make_producer
from placewatch.records import Article
from placewatch.settings import Settings, load_settings
from placewatch.topics import ALERTS, ALL_TOPICS, ARTICLES, DEADLETTERS, READINGS


NOON = datetime(2024, 12, 20, 12, tzinfo=UTC)


def look(settings: Settings) -> dict[str, Any]:
    """Return topics with their configuration, what is on some of them, and who reads."""
    admin = KafkaAdminClient(**connection(settings))
    names = [topic.name for topic in ALL_TOPICS]
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, configs=None) for name in names]
    configs = admin.describe_configs(asked, config_filter="all")["topic"]
    described = {d["name"]: len(d["partitions"]) for d in admin.describe_topics(names)}
    said = {
        "topics": {
            topic.name: {
                "partitions": described[topic.name],
                "cleanup": configs[topic.name]["cleanup.policy"]["value"],
                "retention_ms": configs[topic.name]["retention.ms"]["value"],
                "declared_ms": topic.retention_ms,
            }
            for topic in ALL_TOPICS
        },
        "alerts": [json.loads(value) for value in everything(settings, ALERTS.name)],
        "read": [json.loads(v)["article_id"] for v in everything(settings, READINGS.name)],
        "articles": [json.loads(v)["article_id"] for v in everything(settings, ARTICLES.name)],
        "dead_letters": [json.loads(v)["reason"] for v in everything(settings, DEADLETTERS.name)],
        "groups": groups(admin),
    }
    admin.close()
    return said


def everything(settings: Settings, topic: str) -> list[bytes]:
    """Return the values on a topic, to its end of now."""
    consumer = make_consumer(settings)
    partitions = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic))]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    values = []
    while any(consumer.position(tp) < end for tp, end in ends.items()):
        for records in consumer.poll(500).values():
            values += [record.value for record in records]
    consumer.close()
    return values


def groups(admin: KafkaAdminClient) -> dict[str, Any]:
    """Return state and number of members of our consumer groups."""
    described = admin.describe_groups(["placewatch", "placewatch-sink"])
    found = described.values() if isinstance(described, dict) else described
    return {
        str(group["group_id"]): {"state": group["group_state"], "members": len(group["members"])}
        for group in found
    }


def publish(settings: Settings, first: int, count: int) -> dict[str, Any]:
    """Publish articles that each lead to a reading, spread over the partitions by their keys."""
    producer = make_producer(settings)
    sent = []
    for number in range(first, first + count):
        at = NOON + timedelta(minutes=number)
        article = Article(
            article_id=f"scaled-{number}",
            source_id="levant-wire",
            title="Syrian rebels capture Latakia",
            text="Syrian rebels captured the city of Latakia on Friday.",
            published_at=at,
            fetched_at=at,
        )
        key = article.article_id.encode()
        sent.append(producer.send(ARTICLES.name, key=key, value=article.to_json()))
    partitions = sorted({future.get(30).partition for future in sent})
    producer.close()
    return {"partitions": partitions}


if __name__ == "__main__":
    ours = load_settings()
    if sys.argv[1] == "publish":
        print(json.dumps(publish(ours, int(sys.argv[2]), int(sys.argv[3]))))
    else:
        print(json.dumps(look(ours)))
