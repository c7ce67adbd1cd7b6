"""deploy/kafka/access.sh gives what each service does, as the code says it does, and no more.

Kafka's tools are replaced by programs that write down their words; with the tools themselves and a real Kafka it is run
in tests/integration/test_kafka_access.py.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from placewatch.kafka_rights import PRODUCE, SINK, WORK, Rights
from placewatch.topics import ALL_TOPICS, ASSERTIONS, WATCHLIST
from sinks.consumer import TOPICS as READ_BY_SINK
from streams.agents import channels, tracked_inputs
from streams.app import app


Given = set[tuple[str, str, str]]

RECORDER = """#!{python}
import json, sys
with open({log!r}, "a") as log:
    print(json.dumps(sys.argv[1:]), file=log)
"""


@pytest.fixture(scope="module")
def words(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The words with which the script calls Kafka's tools."""
    folder = tmp_path_factory.mktemp("access")
    log = folder / "log"
    for name in ("kafka-acls.sh", "kafka-configs.sh"):
        (folder / name).write_text(RECORDER.format(python=sys.executable, log=str(log)))
        (folder / name).chmod(0o755)
    subprocess.run(
        [repo_root / "deploy" / "kafka" / "access.sh", "kafka:9093", "admin", folder / "passwords"],
        env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"},
        check=True,
        timeout=60,
    )
    assert {path.stat().st_mode & 0o077 for path in (folder / "passwords").iterdir()} == {0}
    return [json.loads(line) for line in log.read_text().splitlines()]


@pytest.fixture(scope="module")
def given(words: list[list[str]]) -> dict[str, Given]:
    """Operation, kind and name of what each user is given; a name that ends in * is a prefix."""
    found: dict[str, Given] = {}
    for call in words:
        pairs = list(itertools.pairwise(call))
        users = [v.removeprefix("User:") for k, v in pairs if k == "--allow-principal"]
        end = "*" if ("--resource-pattern-type", "prefixed") in pairs else ""
        for user in users:
            found.setdefault(user, set()).update(
                (operation, kind, name + end)
                for key, operation in pairs
                if key == "--operation"
                for kind in ("topic", "group")
                for other, name in pairs
                if other == f"--{kind}"
            )
    return found


def needed(rights: Rights) -> Given:
    return (
        {("Read", "topic", topic.name) for topic in rights.reads}
        | {("Write", "topic", topic.name) for topic in rights.writes}
        | ({("Read", "group", rights.group)} if rights.group else set())
        | {
            (operation, "topic", f"{rights.own_prefix}*")
            for operation in ("Create", "Read", "Write")
            if rights.own_prefix
        }
        | {("Describe", "topic", "placewatch.*")}
    )


@pytest.mark.parametrize(
    ("user", "rights"), [("producer", PRODUCE), ("worker", WORK), ("sink", SINK)]
)
def test_a_service_gets_what_it_does(given: dict[str, Given], user: str, rights: Rights) -> None:
    assert given[user] == needed(rights)


def test_who_makes_topics_and_who_says_what_holds(given: dict[str, Given]) -> None:
    said = needed(Rights(writes=(ASSERTIONS, WATCHLIST)))
    assert given["analyst"] == said
    assert given["prepare"] == said | {
        ("Create", "topic", "placewatch.*"),
        ("DescribeConfigs", "topic", "placewatch.*"),
        ("Read", "topic", WATCHLIST.name),
    }


def test_a_reader_writes_nothing(given: dict[str, Given]) -> None:
    assert {operation for operation, _, _ in given["reader"]} == {"Read"}


def test_no_password_is_among_the_words(words: list[list[str]]) -> None:
    users = [call for call in words if "--add-config-file" in call]
    assert len(users) == 6
    assert not any("password" in word for call in users for word in call)


def test_the_rights_are_what_the_services_do() -> None:
    assert set(SINK.reads) == set(READ_BY_SINK)
    app.discover()
    read = {name for agent in app.agents.values() for name in agent.channel.topics}
    assert read <= {topic.name for topic in WORK.reads}
    assert set(tracked_inputs.topics) <= {topic.name for topic in WORK.reads}
    assert set(channels) == {topic.name for topic in ALL_TOPICS}
    assert f"{app.conf.id}-" == WORK.own_prefix
