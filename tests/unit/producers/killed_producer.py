"""A program for test_killed.py: the producer, polling once, that kills itself (-9) at a given step; again and again.

Steps are before publishing, after the broker's word, inside the transaction that remembers, and after it. Its broker is
a file: a record is acknowledged when it is on the disk. Every run is a process of its own, forked from one that has
imported everything; parsing is done in that process, for it is not what is killed here.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from placewatch.records import Article
from placewatch.settings import load_settings
from producers import service
from producers.parse import parse
from producers.parsed import ParsedFeed
from producers.publisher import Publisher
from producers.state import State


class Steps:
    """Counts what happens, and ends the process at one of it."""

    def __init__(self, last: int, journal: Path) -> None:
        self.left = last
        self.journal = journal

    def note(self, what: str) -> None:
        self.left -= 1
        if self.left == 0:
            with self.journal.open("a") as file:
                file.write(json.dumps({"killed": what}) + "\n")
            os.kill(os.getpid(), signal.SIGKILL)


class FileProducer:
    """Stands for a broker: what is flushed is on the disk."""

    def __init__(self, journal: Path) -> None:
        self.journal = journal
        self.lock = threading.Lock()
        self.waiting: list[str] = []

    def send(
        self, topic: str, *, key: bytes, value: bytes, partition: int | None = None
    ) -> FileProducer:
        if topic.startswith("placewatch.articles"):
            article = Article.from_json(value)
            line = json.dumps([article.article_id, article.revision, article.title])
            with self.lock:
                self.waiting.append(line)
        return self

    def get(self, timeout: float | None = None) -> None:
        pass

    def flush(self, timeout: float | None = None) -> None:
        with self.lock, self.journal.open("a") as file:
            file.writelines(line + "\n" for line in self.waiting)
            file.flush()
            os.fsync(file.fileno())
            self.waiting.clear()

    def close(self, timeout: float | None = None) -> None:
        pass


class ParserHere:
    """Stands for the pool of parser processes."""

    def __init__(self, **_: object) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def parse(self, body: bytes, headers: Mapping[str, str], url: str) -> ParsedFeed:
        return parse(body, headers, url)


def produce(folder: Path, last: int) -> None:
    """Poll every feed once; die at step `last`, 0 for never."""
    journal = folder / "journal.jsonl"
    steps = Steps(last, journal)
    publish, put_feed, save_poll = Publisher.publish, State._put_feed, State.save_poll

    def publishing(self: Publisher, articles: Any) -> None:
        steps.note("before publishing")
        publish(self, articles)
        steps.note("published, not remembered")

    def putting(self: State, database: Any, state: Any) -> None:
        put_feed(self, database, state)
        steps.note("inside the transaction")

    def saving(self: State, *args: Any, **kwargs: Any) -> None:
        save_poll(self, *args, **kwargs)
        steps.note("remembered")

    Publisher.publish, State._put_feed, State.save_poll = publishing, putting, saving
    service.create_topics = lambda _: []
    service.require_rights = lambda *_: None
    service.make_producer = lambda _: FileProducer(journal)
    service.ParserPool = ParserHere
    settings = load_settings(
        state_dir=folder / "state",
        feeds=folder / "feeds.opml",
        allow_private_networks=True,
        bootstrap_servers="127.0.0.1:1",
        poll_concurrency=3,
    )
    service.run(settings, once=True)


def main() -> None:
    """Run once for every step on the command line, and ask the wire for more news after each."""
    folder, more_news, last_steps = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    for last in last_steps:
        child = os.fork()
        if child == 0:
            produce(folder, int(last))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()  # or the next child would say it again
        urllib.request.urlopen(more_news).close()


if __name__ == "__main__":
    main()
