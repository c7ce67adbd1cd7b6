"""The generated contracts are current, valid, and agree with what the code writes."""

from __future__ import annotations

import importlib.resources
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from placewatch.record_base import Record
from placewatch.schema_documents import asyncapi, described, outdated, schema_of
from placewatch.topics import ALERTS, ALL_TOPICS, ARTICLES, READINGS, Topic
from streams.outputs import alert_output


TOPICS = {topic.record.__name__: topic for topic in ALL_TOPICS}


def test_files_in_the_package_are_current() -> None:
    assert outdated(Path(str(importlib.resources.files("placewatch.schemas")))) == []


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    assert "Alert.json" in outdated(tmp_path)


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_schema_accepts_what_the_code_writes(examples: dict[str, Record], name: str) -> None:
    schema = schema_of(TOPICS[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(examples[name].to_json()), schema)


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_schema_refuses_an_empty_record(name: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({}, schema_of(TOPICS[name]))


@pytest.mark.parametrize("topic", ALL_TOPICS, ids=lambda topic: topic.name)
def test_the_example_is_a_record_of_its_schema_and_of_its_key(topic: Topic) -> None:
    schema = schema_of(topic)
    (example,) = schema["examples"]
    formats = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema, format_checker=formats).validate(example)
    record = topic.record.model_validate(described(topic)["payload"])
    assert json.loads(record.to_json()) == example
    if topic.key in topic.record.model_fields:
        assert example[topic.key] == described(topic)["key"]["example"]


@pytest.mark.parametrize("topic", ALL_TOPICS, ids=lambda topic: topic.name)
def test_the_example_names_no_field_that_does_not_exist(topic: Topic) -> None:
    assert set(described(topic)["payload"]) <= set(topic.record.model_fields)


def test_the_examples_belong_together() -> None:
    article = ARTICLES.record.model_validate(described(ARTICLES)["payload"])
    reading = READINGS.record.model_validate(described(READINGS)["payload"])
    evidence = reading.reports[0].evidence
    text = f"{article.title}\n{article.body}"
    assert text[evidence.start : evidence.end] == evidence.sentence


def test_the_headers_of_the_example_are_those_the_worker_writes() -> None:
    alert = ALERTS.record.model_validate(described(ALERTS)["payload"])
    written = {name: value.decode() for name, value in alert_output(alert).headers.items()}
    assert written == described(ALERTS)["headers"]
    message = asyncapi()["channels"]["alerts"]["messages"]["Alert"]
    jsonschema.validate(written, message["headers"])
    assert set(message["headers"]["properties"]) == set(written)


def test_asyncapi_names_every_topic_with_its_key_and_retention() -> None:
    document = asyncapi()
    channels = {channel["address"]: channel for channel in document["channels"].values()}
    assert set(channels) == {topic.name for topic in ALL_TOPICS}
    for topic in ALL_TOPICS:
        settings = channels[topic.name]["bindings"]["kafka"]["topicConfiguration"]
        assert settings["cleanup.policy"] == (["compact"] if topic.is_compacted else ["delete"])
        assert settings.get("retention.ms") == topic.retention_ms


def test_every_reference_in_asyncapi_is_a_file_or_channel_that_exists() -> None:
    document = asyncapi()
    for channel in document["channels"].values():
        for message in channel["messages"].values():
            assert Path(message["payload"]["schema"]["$ref"]).stem in TOPICS
    for operation in document["operations"].values():
        assert operation["channel"]["$ref"].rsplit("/", 1)[1] in document["channels"]


def test_the_command_writes_and_then_finds_them_current(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("placewatch")), "schemas", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    assert subprocess.run([*command, "--check"], check=False, capture_output=True).returncode == 0
    (tmp_path / "asyncapi.yaml").write_text(yaml.safe_dump({}))
    stale = subprocess.run([*command, "--check"], check=False, capture_output=True, text=True)
    assert stale.returncode == 1
    assert "asyncapi.yaml" in stale.stderr
