"""`placewatch reread` on a real Kafka: what another lexicon reads in old articles corrects the alerts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from placewatch.errors import BrokerError
from placewatch.kafka import make_consumer, make_producer
from placewatch.records import Alert, Article, WatchedPlace
from placewatch.reread import rewind
from placewatch.settings import Settings, seeds_dir
from placewatch.topic_so_far import TopicSoFar
from placewatch.topics import ALERTS, ARTICLES, WATCHLIST


FRAMES = """
frames:
  - state: captured
    verbs: [overglide]
    place: [obj]
    example: {text: "The rebels overglided Arden on Monday.", actor: rebels}
"""
PLACES = """
places:
  - {place: "Hama, Syria", baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}}
  - {place: "Homs, Syria", baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}}
"""
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)

pytestmark = [pytest.mark.broker, pytest.mark.model, pytest.mark.slow]


class Worker:
    """Starts and stops a worker as a person does, each time with another lexicon."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder = folder
        own = {
            "BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            "PARTITIONS": settings.partitions,
            "STATE_DIR": folder,
            "WATCHLIST": folder / "watchlist.yaml",
            "SOURCES": seeds_dir() / "demo" / "sources.yaml",
            "CLOCK": "stream",
            "READER_PROCESSES": 1,
            "WEB_PORT": 0,
            "SESSION_TIMEOUT_S": 6,
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PLACEWATCH_")}
        self.environment = inherited | {f"PLACEWATCH_{k}": str(v) for k, v in own.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "placewatch", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, **own: str) -> None:
        with (self.folder / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "placewatch", "work"],
                env=self.environment | own,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=60)
            self._process = None

    def wait(self, what: Callable[[], Any], seconds: float = 90) -> Any:
        end = time.monotonic() + seconds
        while not (found := what()):
            if time.monotonic() > end:
                pytest.fail((self.folder / "worker.log").read_text()[-3000:])
            time.sleep(0.2)
        return found


@pytest.fixture
def worker(module_kafka: Settings, tmp_path: Path) -> Iterator[Worker]:
    (tmp_path / "watchlist.yaml").write_text(PLACES)
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "frames.yaml").write_text(FRAMES)
    worker = Worker(module_kafka, tmp_path)
    yield worker
    worker.stop()


def article(town: str, verb: str) -> Article:
    moment = datetime(2024, 12, 5, 12, tzinfo=UTC)
    return Article(
        article_id=f"{town}-{verb}".lower(),
        source_id="levant-wire",
        title=f"Syrian rebels {verb} {town}",
        text=f"Syrian rebels {verb}d the city of {town} on Thursday.",
        published_at=moment,
        fetched_at=moment,
    )


def test_what_another_lexicon_reads_corrects_the_alerts(
    worker: Worker, module_kafka: Settings
) -> None:
    consumer = make_consumer(module_kafka, ALERTS.name)
    alerts: list[Alert] = []

    def told() -> list[tuple[str, str, str | None]]:
        polled = consumer.poll(200)
        alerts.extend(Alert.from_json(r.value) for batch in polled.values() for r in batch)
        return sorted({(a.place, a.msg_type.value, a.holder) for a in alerts})

    hama = ("Hama, Syria", "Alert", "Syrian rebels")
    homs = ("Homs, Syria", "Alert", "Syrian rebels")
    with_lexicon = {"PLACEWATCH_LEXICON": str(worker.folder / "lexicon")}
    producer = make_producer(module_kafka)
    for news in (article("Hama", "overglide"), article("Homs", "capture")):
        producer.send(ARTICLES.name, key=news.article_id.encode(), value=news.to_json())
    producer.close()

    assert worker.command("prepare").returncode == 0
    worker.start(**with_lexicon)
    worker.wait(lambda: told() == [hama, homs])
    with pytest.raises(BrokerError, match="1 workers run: stop them first"):
        rewind(module_kafka, LONG_AGO)
    worker.stop()

    worker.wait(
        lambda: sum(r.before for r in rewind(module_kafka, LONG_AGO, is_rehearsal=True)) == 2
    )
    assert "2 articles that came in since" in worker.command("reread", "--from", "1d").stdout
    worker.start()
    worker.wait(lambda: told() == [hama, ("Hama, Syria", "Cancel", "Syrian government"), homs])
    worker.stop()
    assert len({a.alert_id for a in alerts}) == 3
    assert "0 articles" in worker.command("reread", "--from", "2040-01-01").stdout
    assert sum(r.before for r in rewind(module_kafka, LONG_AGO, is_rehearsal=True)) == 2
    consumer.close()


def test_what_came_in_is_exported_for_a_replay(worker: Worker, module_kafka: Settings) -> None:
    producer = make_producer(module_kafka)
    news = article("Hama", "abandon")
    producer.send(ARTICLES.name, key=news.article_id.encode(), value=news.to_json()).get(10)
    producer.close()
    week = worker.folder / "week.jsonl"
    done = worker.command("export", "articles", "--since", "1d", "--out", str(week), "--json")
    assert done.returncode == 0, done.stderr
    kept = [Article.from_json(line) for line in week.read_bytes().splitlines()]
    assert json.loads(done.stdout)["written"] == len(kept)
    assert news in kept
    assert worker.command("export", "articles", "--since", "2040-01-01").stdout == ""
    replayed = worker.command("replay", "--quiet", str(week))
    assert replayed.returncode == 0, replayed.stderr


def test_a_place_taken_out_of_the_file_is_tracked_no_longer(
    worker: Worker, module_kafka: Settings
) -> None:
    def tracked() -> dict[str, bool]:
        records = TopicSoFar(module_kafka, WATCHLIST).records()
        places = [WatchedPlace.from_json(record.value) for record in records]
        return {place.place: not place.is_removed for place in places}

    assert worker.command("prepare").returncode == 0
    both = {"Hama, Syria": True, "Homs, Syria": True}
    assert tracked() == both
    whole = (worker.folder / "watchlist.yaml").read_text()
    without_homs = "\n".join(line for line in whole.splitlines() if "Homs" not in line)
    (worker.folder / "watchlist.yaml").write_text(without_homs)
    done = worker.command("prepare")
    assert (done.returncode, "no_longer_tracked" in done.stdout + done.stderr) == (0, True)
    assert tracked() == both | {"Homs, Syria": False}
    (worker.folder / "watchlist.yaml").write_text(whole)
    assert worker.command("prepare").returncode == 0
    assert tracked() == both
