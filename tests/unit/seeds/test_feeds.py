"""The shipped feeds are an OPML file whose outlets are known."""

from __future__ import annotations

from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from placewatch.settings import seeds_dir
from placewatch.sources import load_sources


@pytest.fixture(scope="module")
def outlines() -> list[dict[str, str]]:
    root = ET.parse(seeds_dir() / "feeds.opml").getroot()  # noqa: S314 - our own file
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    return [dict(o.attrib) for o in root.iter("outline") if o.get("xmlUrl")]


def test_there_are_at_least_forty_feeds_of_five_categories(outlines: list[dict[str, str]]) -> None:
    assert len(outlines) >= 40
    assert {o["category"] for o in outlines} == {
        "World",
        "Middle East",
        "Ukraine and Russia",
        "Africa",
        "Asia",
    }


def test_every_feed_has_what_a_reader_of_opml_expects(outlines: list[dict[str, str]]) -> None:
    for outline in outlines:
        assert outline["type"] == "rss"
        assert outline["text"] == outline["title"] != ""
        assert outline["language"] == "en"
        assert urlsplit(outline["xmlUrl"]).scheme == urlsplit(outline["htmlUrl"]).scheme == "https"


def test_no_feed_is_named_twice(outlines: list[dict[str, str]]) -> None:
    assert len({o["xmlUrl"] for o in outlines}) == len(outlines)
    assert len({o["title"] for o in outlines}) == len(outlines)


def test_the_source_of_every_feed_is_known_and_publishes_there(
    outlines: list[dict[str, str]],
) -> None:
    sources = load_sources(seeds_dir() / "sources.yaml")
    for outline in outlines:
        source = sources.get(outline["source"])
        assert source is not None, outline["source"]
        assert sources.by_domain(outline["htmlUrl"]) is source, outline["title"]
        assert sources.by_domain(outline["xmlUrl"]) is source, outline["title"]
