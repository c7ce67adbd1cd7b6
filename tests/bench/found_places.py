"""Finding watched places in news: our gate beside geotext and flashgeotext, on the same labelled articles.

The two know no watchlist. What they find counts when it is the name of a watched place; other names that they find are
told apart, as so many an article. Gold is which watched places an article tells of: our own corpus, and where it lies
beside the checkout the labelled news.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from own_corpus import snippets
from rich.progress import track
from section import Section, Table

from placewatch.places import load_watchlist, parse_entries, resolve_entries
from placewatch.records import WatchedPlace
from streams.reading.gate import Gate


LABELLED = Path(__file__).resolve().parents[3] / "shared" / "eval"
ROUNDS = 3

Finder = Callable[[str], Collection[str]]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and the labels of the watched places that it tells of."""

    text: str
    places: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """How a finder did: shares of places, names that nobody watches and CPU milliseconds an article."""

    precision: float
    recall: float
    others: float
    millis: float


def own_articles() -> tuple[list[Labelled], tuple[WatchedPlace, ...]]:
    """Return our own corpus and the places that it watches."""
    told = [s for s in snippets() if s.places]
    labels = sorted({label for s in told for label in s.places})
    entries = parse_entries([{"place": label} for label in labels], Path("the corpus"))
    articles = [Labelled(f"{s.title}\n{s.body}", frozenset(s.places)) for s in told]
    return articles, tuple(resolve_entries(entries).places)


def labelled_news() -> tuple[list[Labelled], tuple[WatchedPlace, ...]] | None:
    """Return the labelled news and their watchlist; None where they do not lie beside the checkout."""
    gold = LABELLED / "dev_gold.jsonl"
    if not gold.is_file():
        return None
    rows = [json.loads(line) for line in gold.read_text("utf-8").splitlines()]
    articles = [Labelled(f"{r['title']}\n{r['text']}", frozenset(r["places"])) for r in rows]
    return articles, tuple(load_watchlist(LABELLED / "dev_watchlist.yaml").places)


def finders(places: Sequence[WatchedPlace]) -> Iterator[tuple[str, Finder, bool]]:
    """Yield each finder with its name and whether it gives labels, not names."""
    gate, labels = Gate(places), {place.place_id: place.place for place in places}
    yield "placewatch's gate", lambda text: {labels[m.place_id] for m in gate.mentions(text)}, True
    try:
        import flashgeotext.geotext  # noqa: PLC0415  # a baseline: not everybody installs it
        import geotext  # noqa: PLC0415
    except ImportError:
        return
    yield "geotext", lambda text: (f := geotext.GeoText(text)).cities + f.countries, False
    flash = flashgeotext.geotext.GeoText()

    def by_flash(text: str) -> Collection[str]:
        found = flash.extract(input_text=text, span_info=True)
        return [*found["cities"], *found["countries"]]

    yield "flashgeotext", by_flash, False


def judged(articles: Sequence[Labelled], places: Sequence[WatchedPlace]) -> dict[str, Found]:
    """Return how each finder did."""
    of_name: dict[str, set[str]] = {}
    for place in places:
        of_name.setdefault(place.name.casefold(), set()).add(place.place)
    return {
        name: _judged(articles, find, {} if is_labelled else of_name)
        for name, find, is_labelled in finders(places)
    }


def _judged(articles: Sequence[Labelled], find: Finder, of_name: dict[str, set[str]]) -> Found:
    right = wrong = missed = others = 0
    for article in articles:
        found = set(find(article.text))
        named = {label for name in found for label in of_name.get(name.casefold(), ())}
        said = named if of_name else found
        others += sum(name.casefold() not in of_name for name in found) if of_name else 0
        right += len(said & article.places)
        wrong += len(said - article.places)
        missed += len(article.places - said)
    began = time.process_time()
    for _ in range(ROUNDS):
        for article in articles:
            find(article.text)
    spent = (time.process_time() - began) / ROUNDS / len(articles)
    return Found(
        right / max(1, right + wrong), right / max(1, right + missed), others / len(articles), spent * 1000
    )  # fmt: skip


def places_part(*, is_quick: bool) -> Section:
    """Measure."""
    section = Section(
        "places", "Finding the places: beside geotext and flashgeotext", is_quick=is_quick
    )
    section.text.append(
        "A place counts as found when it is named at all; what the article says of it is another matter. The two "
        "libraries tag every city they know, by one spelling each, so a watched town under another spelling, a base, "
        "a province or a village is missed, and names nobody watches are found; those are counted apart."
    )
    sets = {"our own corpus": own_articles()}
    if (news := labelled_news()) is not None:
        sets["labelled news beside the checkout (rules were tuned on them)"] = news
    for number, (name, (articles, places)) in enumerate(track(sets.items(), "places")):
        some = articles[:100] if is_quick else articles
        done = judged(some, places)
        ours = next(iter(done.values()))
        rows = [
            (
                finder, f"{f.precision:.3f}", f"{f.recall:.3f}", f"{f.others:.1f}", f"{f.millis:.3f}",
                f"{f.millis / ours.millis:.1f}",
            )
            for finder, f in done.items()
        ]  # fmt: skip
        columns = (
            "finder",
            "precision",
            "recall",
            "names nobody watches, an article",
            "CPU ms an article",
            "times ours",
        )
        section.tables[f"{len(some):,} articles of {name}, {len(places)} places"] = Table(
            columns, tuple(rows)
        )
        section.figures |= {
            f"places_{number}_{finder}_recall": f.recall for finder, f in done.items()
        }
    return section
