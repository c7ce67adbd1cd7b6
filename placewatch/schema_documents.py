"""The contracts as documents: JSON Schemas of the records and an AsyncAPI 3.0 description of the topics.

Both are generated from the code and checked into `placewatch/schemas/`, so that people who subscribe with their
own tools can read them, and `placewatch schemas --check` fails when they are not current.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from placewatch import __version__
from placewatch.records import Record
from placewatch.topics import ALL_TOPICS, Topic


CLOUDEVENTS_HEADERS = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka binding, binary mode",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "the alert's id: drop what you have seen"},
        "ce_type": {"const": "placewatch.alert.v1"},
        "ce_source": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "description": "the place's label"},
    },
}


def schema_of(record: type[Record]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a record."""
    schema = record.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _channel(topic: Topic) -> dict[str, Any]:
    kafka: dict[str, Any] = {"topic": topic.name, "bindingVersion": "0.5.0"}
    kept = ["compact"] if topic.is_compacted else ["delete"]
    kafka["topicConfiguration"] = {"cleanup.policy": kept}
    if topic.retention_ms is not None:
        kafka["topicConfiguration"]["retention.ms"] = topic.retention_ms
    message: dict[str, Any] = {
        "name": topic.record.__name__,
        "contentType": "application/json",
        "summary": (topic.record.__doc__ or "").strip().splitlines()[0],
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./{topic.record.__name__}.json"},
        },
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": topic.key},
                "bindingVersion": "0.5.0",
            }
        },
    }
    if topic.record.__name__ == "Alert":
        message["headers"] = CLOUDEVENTS_HEADERS
    return {
        "address": topic.name,
        "messages": {topic.record.__name__: message},
        "bindings": {"kafka": kafka},
    }


def _channel_id(topic: Topic) -> str:
    return topic.name.split(".")[1]


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document of all topics, as a subscriber sees them."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "placewatch topics",
            "version": __version__,
            "description": "Articles, readings, events, statuses and alerts of tracked places. "
            "Everything may be delivered twice; ids tell repeats.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_channel_id(topic): _channel(topic) for topic in ALL_TOPICS},
        "operations": {
            f"receive_{_channel_id(topic)}": {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{_channel_id(topic)}"},
            }
            for topic in ALL_TOPICS
        },
    }


def documents() -> dict[str, str]:
    """Return every generated file by its name, as it should be on disk."""
    files = {
        f"{topic.record.__name__}.json": json.dumps(schema_of(topic.record), indent=2) + "\n"
        for topic in ALL_TOPICS
    }
    files["asyncapi.yaml"] = yaml.safe_dump(asyncapi(), sort_keys=False, width=100)
    return files


def outdated(folder: Path) -> list[str]:
    """Return the names of generated files in `folder` that are missing or not current."""
    return [
        name
        for name, text in documents().items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    ]
