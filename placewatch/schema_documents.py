"""The contracts as documents: JSON Schemas of the records and an AsyncAPI 3.0 description of the topics.

Both are generated from the code and checked into `placewatch/schemas/`, so that people who subscribe with their
own tools can read them, and `placewatch schemas --check` fails when they are not current.
"""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path
from typing import Any

import yaml

from placewatch import __version__
from placewatch.datafile import read_mapping
from placewatch.errors import ConfigError
from placewatch.record_base import Record
from placewatch.topics import ALL_TOPICS, Topic


_BINDING_VERSION = "0.5.0"
_MS_A_DAY = 24 * 60 * 60 * 1000
CLOUDEVENTS_HEADERS = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka binding, binary mode; each value is UTF-8 text",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "the alert's id: drop what you have seen"},
        "ce_type": {"const": "placewatch.alert.v1"},
        "ce_source": {"type": "string", "format": "uri-reference"},
        "ce_time": {"type": "string", "format": "date-time", "description": "the alert's `at`"},
        "ce_subject": {"type": "string", "description": "the place's label"},
        "content-type": {"const": "application/json"},
    },
}


def described(topic: Topic) -> dict[str, Any]:
    """Return what is said of a topic: title, description, key, an example of its payload and headers."""
    path = Path(str(importlib.resources.files("placewatch"))) / "data" / "topics.yaml"
    said: dict[str, Any] = read_mapping(path, ConfigError)[channel_id(topic)]
    return said


def schema_of(topic: Topic) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a topic's records, with an example."""
    schema = topic.record.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "examples": [_example(topic)],
    }


def _example(topic: Topic) -> dict[str, Any]:
    """Return the example payload as the code would write it."""
    record: Record = topic.record.model_validate(described(topic)["payload"])
    example: dict[str, Any] = json.loads(record.to_json())
    return example


def kept(topic: Topic) -> str:
    """Return in words how long a topic keeps its records."""
    if topic.retention_ms is None:
        return "compacted: the newest of each key stays for ever"
    days = topic.retention_ms // _MS_A_DAY
    return f"{days} days"


def _channel(topic: Topic) -> dict[str, Any]:
    said = described(topic)
    configuration: dict[str, Any] = {
        "cleanup.policy": ["compact"] if topic.is_compacted else ["delete"]
    }
    if topic.retention_ms is not None:
        configuration["retention.ms"] = topic.retention_ms
    return {
        "address": topic.name,
        "title": said["title"],
        "description": f"{said['description']} Kept: {kept(topic)}.",
        "messages": {topic.record.__name__: _message(topic, said)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": configuration,
                "bindingVersion": _BINDING_VERSION,
            }
        },
    }


def _message(topic: Topic, said: dict[str, Any]) -> dict[str, Any]:
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
                "key": {
                    "type": "string",
                    "description": said["key"]["description"],
                    "examples": [said["key"]["example"]],
                },
                "bindingVersion": _BINDING_VERSION,
            }
        },
    }
    example: dict[str, Any] = {"name": said["key"]["example"], "payload": _example(topic)}
    if "headers" in said:
        message["headers"] = CLOUDEVENTS_HEADERS
        example["headers"] = said["headers"]
    return message | {"examples": [example]}


def channel_id(topic: Topic) -> str:
    """Return the middle of a topic's name: "alerts" of "placewatch.alerts.v1"."""
    return topic.name.split(".")[1]


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document of all topics, as a subscriber sees them."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "placewatch topics",
            "version": __version__,
            "description": "Articles, readings, events, statuses and alerts of tracked places. "
            "Everything may be delivered twice; ids tell repeats. Records of one key keep their order. "
            "Records grow by optional fields: ignore those you do not know.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {channel_id(topic): _channel(topic) for topic in ALL_TOPICS},
        "operations": {
            f"receive_{channel_id(topic)}": {
                "action": "receive",
                "title": described(topic)["title"],
                "channel": {"$ref": f"#/channels/{channel_id(topic)}"},
            }
            for topic in ALL_TOPICS
        },
    }


class _NoAliases(yaml.SafeDumper):
    """Writes what is there twice twice: not every reader of AsyncAPI knows YAML's anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
        return True


def documents() -> dict[str, str]:
    """Return every generated file by its name, as it should be on disk."""
    files = {
        f"{topic.record.__name__}.json": json.dumps(schema_of(topic), indent=2) + "\n"
        for topic in ALL_TOPICS
    }
    files["asyncapi.yaml"] = yaml.dump(asyncapi(), Dumper=_NoAliases, sort_keys=False, width=100)
    return files


def outdated(folder: Path) -> list[str]:
    """Return the names of generated files in `folder` that are missing or not current."""
    return [
        name
        for name, text in documents().items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    ]
