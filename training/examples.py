"""Training examples of the second opinion: passages with what the rules say and what is true, as JSON lines.

    python training/examples.py > examples.jsonl

Runs in the project's environment. Prints one object a line: `id`, `place`, `text`, `reading`, `labels`; a label is state,
factuality, whether it is optional, and where the text names who acts (null where nobody can tell).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from parties import spans_of
from rich.console import Console
from rich.progress import track

from placewatch.actors import Actors, load_actors
from placewatch.places import Watchlist, parse_entries, resolve_entries
from placewatch.record_base import place_id_of
from placewatch.recorded import article_from_recorded
from placewatch.records import Article, Reading
from placewatch.settings import load_settings
from placewatch.sources import load_sources
from streams.reading.gate import Gate
from streams.reading.opinion.encoder import reading_in_words
from streams.reading.opinion.passages import Passage, passages
from streams.reading.plaintext import full_text
from streams.reading.reader import Reader


ROOT = Path(__file__).resolve().parents[1]
NEWS = ROOT.parent / "shared" / "eval" / "train_gold.jsonl"
UNDATED = datetime(2020, 1, 1, tzinfo=UTC)
Row = dict[str, Any]

sys.path.insert(0, str(ROOT / "tests" / "eval"))


def main() -> None:
    """Print the examples of our own corpus and of the labelled news, where that is there."""
    for rows in (own_rows(), news_rows(), replay_rows()):
        for example in examples(rows):
            print(json.dumps(example, ensure_ascii=False))


def own_rows() -> list[Row]:
    """Return the snippets that may be learnt from."""
    from own_corpus import PUBLISHED, snippets

    learnt = [
        *snippets(for_learning=True),
        *(snippet for snippet in snippets() if not snippet.is_for_testing),
    ]
    return [
        {
            "id": snippet.snippet_id,
            "url": f"https://own.example/{snippet.snippet_id}",
            "published": PUBLISHED,
            "title": snippet.title,
            "text": snippet.body,
            "places": snippet.places,
            "reports": snippet.reports,
        }
        for snippet in learnt
    ]


def news_rows() -> list[Row]:
    """Return the labelled news that may be learnt from; none where they are not beside the checkout."""
    from evaluate import is_unseen

    if not NEWS.is_file():
        print(f"without {NEWS}: training on our own corpus alone", file=sys.stderr)
        return []
    rows = map(json.loads, NEWS.read_text("utf-8").splitlines())
    return [row for row in rows if not is_unseen(row["id"])]


def replay_rows() -> list[Row]:
    """Return the items of real feeds that we labelled to learn from; none where they are not beside the checkout."""
    from replay_labels import labelled_rows

    return labelled_rows(NEWS.parent / "replay", "learning")


def examples(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the examples of labelled rows, read for all their places."""
    labels: dict[str, str] = {}
    for row in rows:
        for label in row["places"]:
            labels.setdefault(place_id_of(label), label)
    watchlist = resolve_entries(parse_entries(sorted(labels.values()), Path("training")))
    gate, reader = Gate(watchlist), rules_reader(watchlist)
    actors = load_actors(load_settings().actors)
    for row in track(rows, description="examples", console=Console(stderr=True)):
        article = article_of(row)
        (readings,) = reader.read([article])
        yield from of_row(row, article, gate, readings, actors)


def rules_reader(watchlist: Watchlist) -> Reader:
    """Return a reader that reads by rules alone."""
    settings = load_settings()
    return Reader(
        watchlist,
        load_actors(settings.actors),
        load_sources(settings.sources),
        has_second_opinion=False,
    )


def article_of(row: Row) -> Article:
    """Return a row as the article the reader gets; undated ones get a day that keeps the outcome repeatable."""
    fields = {key: row.get(key) for key in ("id", "url", "published", "title", "text")}
    return article_from_recorded(
        {**fields, "published": row.get("published") or UNDATED.isoformat()}, undated=UNDATED
    )


def of_row(
    row: Row, article: Article, gate: Gate, readings: Iterable[Reading], actors: Actors
) -> Iterator[Row]:
    """Yield one example a passage of each labelled place that the text names."""
    told = {reading.place_id: reading.reports for reading in readings}
    text = full_text(article)
    by_id = {place_id_of(label): label for label in row["places"]}
    for passage in passages(text, gate.mentions(text)):
        label = next(
            (by_id[i] for i in (passage.place_id, *gate.twins(passage.place_id)) if i in by_id),
            None,
        )
        if label is None:
            continue
        reports = [r for r in row["reports"] if r["place"] == label]
        country = label.rsplit(", ", 1)[-1]
        yield {
            "id": row["id"],
            "place": label,
            "text": passage.text,
            "reading": reading_in_words(told.get(passage.place_id, ())),
            "labels": [
                (
                    r["state"],
                    r["factuality"],
                    bool(r.get("optional")),
                    spans_of(r.get("actor"), passage.text, actors, country),
                )
                for r in reports
                if is_told_in(r, passage, text)
            ],
        }


def is_told_in(report: Row, passage: Passage, text: str) -> bool:
    """Return whether the evidence of a labelled report stands in a passage, or may, where none was noted."""
    whole = (passage.start, passage.end) == (0, len(text))
    evidence = _plain(report.get("evidence") or "")
    told = _plain(text[passage.start : passage.end])
    return whole or not evidence or evidence[:60] in told or told in evidence


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


if __name__ == "__main__":
    main()
