from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from placewatch.actors import Actors, load_actors
from placewatch.record_base import place_id_of
from placewatch.records import Article, Report, WatchedPlace
from placewatch.settings import seeds_dir
from placewatch.sources import Sources, load_sources
from placewatch.vocabulary import PlaceKind
from streams.reading.reader import Reader, load_nlp


PUBLISHED = datetime(2024, 12, 6, 14, tzinfo=UTC)  # a Friday


@pytest.fixture(scope="session")
def nlp():
    return load_nlp()


@pytest.fixture(scope="session")
def actors() -> Actors:
    return load_actors(seeds_dir() / "actors.yaml")


@pytest.fixture(scope="session")
def sources() -> Sources:
    return load_sources(seeds_dir() / "sources.yaml")


def place_of(
    label: str, kind: PlaceKind = PlaceKind.POPULATED_PLACE, aliases: tuple[str, ...] = ()
) -> WatchedPlace:
    name = label.split(",", maxsplit=1)[0]
    country = label.split(", ")[1] if ", " in label else None
    return WatchedPlace(
        place_id=place_id_of(label),
        place=label,
        name=name,
        country=country,
        kind=kind,
        aliases=(name, *aliases),
    )


PLACES = (
    place_of("Arden"),
    place_of("Dorn"),
    place_of("Vale Province", PlaceKind.ADMIN, ("Vale province",)),
    place_of("Quill Airport", PlaceKind.AIRPORT, ("Quill airport",)),
    place_of("Hama, Syria"),
    place_of("Homs, Syria"),
)


def article_of(text: str, title: str = "", article_id: str = "a1") -> Article:
    return Article(
        article_id=article_id,
        source_id="example.org",
        title=title,
        text=text,
        published_at=PUBLISHED,
        fetched_at=PUBLISHED,
    )


@pytest.fixture(scope="session")
def reader(nlp, actors, sources) -> Reader:
    return Reader(PLACES, actors, sources, nlp, has_second_opinion=False)


@pytest.fixture(scope="session")
def read(reader) -> Callable[..., list[Report]]:
    """Read one text and return all its reports."""

    def reports(text: str, title: str = "") -> list[Report]:
        (readings,) = reader.read([article_of(text, title)])
        return [report for reading in readings for report in reading.reports]

    return reports
