"""What is told only to be denied is never told as a fact."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from placewatch.actors import load_actors
from placewatch.records import Article, Report, WatchedPlace
from placewatch.settings import seeds_dir
from placewatch.sources import load_sources
from placewatch.vocabulary import Factuality
from streams.reading.reader import Reader


pytestmark = pytest.mark.model
NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
RASTAN = WatchedPlace(
    place_id="rastan-syria",
    place="Rastan, Syria",
    name="Rastan",
    country="Syria",
    aliases=("Rastan",),
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(
        [RASTAN],
        load_actors(seeds_dir() / "actors.yaml"),
        load_sources(seeds_dir() / "sources.yaml"),
        has_second_opinion=False,
    )


def _reports(reader: Reader, text: str) -> list[Report]:
    article = Article(article_id="a", source_id="s", published_at=NOON, fetched_at=NOON, text=text)
    return [report for reading in reader.read([article])[0] for report in reading.reports]


@pytest.mark.parametrize(
    "text",
    [
        "Reports that the army was leaving Rastan were false.",
        "No insurgents have entered Rastan.",
        "Claims that Rastan was captured are untrue.",
        "There is no truth to reports that insurgents have entered Rastan.",
        "Rumours that rebels had taken Rastan proved wrong, the mayor said.",
        "False reports that rebels had captured Rastan spread quickly.",
        "The minister denies Rastan occupied by rebel forces.",
    ],
)
def test_what_is_called_false_is_denied(reader: Reader, text: str) -> None:
    assert {report.factuality for report in _reports(reader, text)} == {Factuality.DENIED}


@pytest.mark.parametrize(
    "text",
    [
        "There are reports that rebels captured Rastan.",
        "Reports that rebels captured Rastan were not false.",
        "Rumours that rebels had taken Rastan spread through the camp.",
    ],
)
def test_what_is_only_reported_is_claimed(reader: Reader, text: str) -> None:
    assert {report.factuality for report in _reports(reader, text)} == {Factuality.CLAIMED}


@pytest.mark.parametrize(
    "text",
    [
        "No one stopped the rebels, who entered Rastan at dawn.",
        "Rebels captured Rastan and met no resistance.",
    ],
)
def test_a_no_elsewhere_in_the_sentence_denies_nothing(reader: Reader, text: str) -> None:
    assert {report.factuality for report in _reports(reader, text)} == {Factuality.ASSERTED}
