"""Other tools subscribe: an Atom feed of alerts, GeoJSON of statuses; hostile words stay words in both."""

from __future__ import annotations

import httpx
from lxml import etree


def test_the_alerts_are_an_atom_feed_that_a_reader_parses(
    asked: httpx.Client, hostile: str
) -> None:
    answer = asked.get("/alerts.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = etree.fromstring(answer.content)
    titles = root.findall("{*}entry/{*}title")
    assert len(titles) == 5
    assert all(len(title) == 0 for title in titles), "a title has text only"
    assert any(hostile in (title.text or "") for title in titles)


def test_the_statuses_are_geojson(asked: httpx.Client) -> None:
    answer = asked.get("/statuses.geojson")
    assert answer.headers["content-type"].startswith("application/geo+json")
    features = answer.json()["features"]
    homs = next(f for f in features if f["id"] == "homs-syria")
    assert homs["geometry"]["coordinates"] == [36.72, 34.73]
