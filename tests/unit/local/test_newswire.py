"""The demo's newswire: a story with its own clock, served as real feeds."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from lxml import etree

from placewatch.errors import ConfigError
from placewatch.local.newswire import (
    ATOM,
    Newswire,
    NewswireServer,
    Story,
    load_newswire,
    opml,
)
from placewatch.settings import seeds_dir


@pytest.fixture
def newswire() -> Newswire:
    def item(item_id: str, outlet: str, hour: int, **more: str) -> dict[str, str]:
        return {
            "id": item_id,
            "outlet": outlet,
            "published": f"2024-12-06T{hour:02}:00:00Z",
            "title": f"Title of {item_id}",
            "summary": f"Text of {item_id} & more",
            **more,
        }

    return Newswire.model_validate(
        {
            "outlets": [
                {"source": "one", "title": "One", "domain": "one.example"},
                {"source": "two", "title": "Two", "domain": "two.example", "language": "fr"},
            ],
            "items": [
                item("a", "one", 6),
                item("b", "two", 7),
                item("c", "one", 8, revises="a", title="Corrected title"),
            ],
        }
    )


@pytest.fixture
def server(newswire: Newswire) -> Iterator[NewswireServer]:
    with NewswireServer(newswire) as running:
        yield running


def get(url: str, etag: str | None = None) -> tuple[int, bytes, str]:
    request = urllib.request.Request(url, headers={"If-None-Match": etag} if etag else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read(), response.headers["ETag"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers["ETag"] or ""


def confirm(story: Story, source: str) -> None:
    _, _, etag = story.fetch(source, None)
    assert story.fetch(source, etag)[0] is HTTPStatus.NOT_MODIFIED


def test_feeds_are_empty_until_the_first_confirmed_poll(newswire: Newswire) -> None:
    story = Story(newswire)
    assert b"<item>" not in story.fetch("one", None)[1]
    assert story.told == 0


def test_fetching_without_coming_back_reveals_nothing(newswire: Newswire) -> None:
    story = Story(newswire)
    for _ in range(5):
        story.fetch("one", None)
        story.fetch("two", None)
    assert story.told == 0


def test_only_the_feed_of_the_last_item_moves_the_story_on(newswire: Newswire) -> None:
    story = Story(newswire)
    confirm(story, "two")
    assert story.told == 1
    confirm(story, "two")
    assert story.told == 1
    confirm(story, "one")
    assert story.told == 2


def test_it_is_told_when_the_last_item_was_confirmed(newswire: Newswire) -> None:
    story = Story(newswire)
    for source in ("one", "one", "two"):
        confirm(story, source)
    assert (story.told, story.is_told) == (3, False)
    confirm(story, "one")
    assert story.is_told


def test_a_revision_keeps_its_guid_changes_the_text_and_tells_when_it_was_made(
    newswire: Newswire,
) -> None:
    story = Story(newswire)
    for source in ("one", "one", "two"):
        confirm(story, source)
    (item,) = etree.fromstring(story.fetch("one", None)[1]).iter("item")
    assert (item.findtext("guid"), item.findtext("title")) == ("a", "Corrected title")
    assert item.findtext("pubDate") == "Fri, 06 Dec 2024 08:00:00 +0000"


def test_every_second_outlet_has_an_atom_feed(newswire: Newswire) -> None:
    story = Story(newswire)
    confirm(story, "one")
    confirm(story, "one")
    root = etree.fromstring(story.fetch("two", None)[1])
    assert root.tag == f"{{{ATOM}}}feed"
    assert [e.findtext(f"{{{ATOM}}}summary") for e in root.iter(f"{{{ATOM}}}entry")] == [
        "Text of b & more"
    ]


def test_over_http_a_known_version_is_not_sent_again(server: NewswireServer) -> None:
    status, body, etag = get(server.url("one"))
    assert (status, body[:5]) == (200, b"<?xml")
    assert get(server.url("one"), etag)[:2] == (304, b"")
    status, changed, new_etag = get(server.url("one"), etag)
    assert (status, new_etag != etag) == (200, True)
    assert b"Title of a" in changed


def test_over_http_an_unknown_feed_is_not_found(server: NewswireServer) -> None:
    assert get(server.url("three"))[0] == 404


def test_the_opml_lists_every_feed_with_its_source(server: NewswireServer) -> None:
    outlines = list(etree.fromstring(server.opml()).iter("outline"))
    assert [(o.get("source"), o.get("xmlUrl")) for o in outlines] == [
        ("one", server.url("one")),
        ("two", server.url("two")),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("outlets: [", "is not valid YAML"),
        ("outlets: []\nitems: [{id: a}]", "is not a newswire"),
        (
            "outlets: []\nitems: [{id: a, outlet: x, published: 2024-12-06T06:00:00Z, title: t, summary: s}]",
            "unknown outlet x",
        ),
    ],
)
def test_a_wrong_file_is_a_clear_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "wire.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_newswire(path)


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_newswire(tmp_path / "none.yaml")


def test_a_revision_of_a_later_or_foreign_item_is_refused(newswire: Newswire) -> None:
    content = newswire.model_dump(mode="json")
    content["items"][2]["revises"] = "b"
    with pytest.raises(ValueError, match="no earlier one of its outlet"):
        Newswire.model_validate(content)


def test_the_demos_own_newswire_is_whole(repo_root: Path) -> None:
    wire = load_newswire(repo_root / "seeds" / "demo" / "newswire.yaml")
    assert len(wire.outlets) >= 7
    assert len(wire.items) >= 60
    assert [item.published for item in wire.items] == sorted(i.published for i in wire.items)


def test_it_says_how_far_the_story_is_told(server: NewswireServer) -> None:
    address = server.url("one").rpartition("/")[0]
    assert b'"told": 0, "is_told": false' in get(f"{address}/readyz")[1]


def test_the_shipped_list_of_its_feeds_for_containers_is_current() -> None:
    folder = seeds_dir() / "demo"
    newswire = load_newswire(folder / "newswire.yaml")
    # Otherwise: placewatch newswire --opml http://newswire:8080 > seeds/demo/feeds.opml
    assert (folder / "feeds.opml").read_bytes() == opml(newswire, "http://newswire:8080")


def test_the_story_stops_where_it_is_held_and_goes_on_without_the_file(
    newswire: Newswire, tmp_path: Path
) -> None:
    hold = tmp_path / "hold"
    hold.write_text("1\n")
    story = Story(newswire, hold)

    def confirm() -> None:
        for source in ("one", "two"):
            _, _, etag = story.fetch(source, None)
            story.fetch(source, etag)

    confirm()
    confirm()
    assert story.told == 1
    hold.unlink()
    confirm()
    assert story.told > 1
