"""The demo's newswire holds every trap it is there for, and keeps to the course of events."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
import yaml

from placewatch.settings import seeds_dir
from placewatch.sources import Sources, load_sources
from placewatch.vocabulary import SourceKind


Item = dict[str, Any]
DAMASCUS_FALLS = datetime.fromisoformat("2024-12-08T00:00:00Z")


@pytest.fixture(scope="module")
def wire() -> dict[str, Any]:
    return yaml.safe_load((seeds_dir() / "demo" / "newswire.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def items(wire: dict[str, Any]) -> list[Item]:
    return wire["items"]


@pytest.fixture(scope="module")
def sources() -> Sources:
    return load_sources(seeds_dir() / "demo" / "sources.yaml")


def at(item: Item) -> datetime:
    return datetime.fromisoformat(item["published"])


def words(item: Item) -> set[str]:
    return set(re.findall(r"\w+", item["summary"].lower()))


def test_it_has_enough_items_from_enough_outlets(wire: dict[str, Any], items: list[Item]) -> None:
    assert len(items) >= 60
    assert len(wire["outlets"]) >= 7
    assert {i["outlet"] for i in items} == {o["source"] for o in wire["outlets"]}


def test_ids_are_unique_and_time_goes_forward(items: list[Item]) -> None:
    assert len({i["id"] for i in items}) == len(items)
    assert [at(i) for i in items] == sorted(at(i) for i in items)
    assert all(i["published"].endswith("Z") for i in items)


def test_it_runs_from_27_november_to_8_december(items: list[Item]) -> None:
    assert items[0]["published"][:10] == "2024-11-27"
    assert items[-1]["published"][:10] == "2024-12-08"


def test_every_item_is_two_to_six_sentences_with_a_title(items: list[Item]) -> None:
    for item in items:
        sentences = re.findall(r"[.!?][\"\u201d]?(?=\s|$)", item["summary"].replace("Md.", "Md"))
        assert item["title"]
        assert 2 <= len(sentences) <= 6, item["id"]


def test_every_outlet_is_a_known_source_on_a_reserved_domain(
    wire: dict[str, Any], sources: Sources
) -> None:
    for outlet in wire["outlets"]:
        assert outlet["domain"].endswith(".example")
        assert sources.by_domain(outlet["domain"]) is sources.get(outlet["source"])


def test_the_outlets_are_of_both_sides_and_none(wire: dict[str, Any], sources: Sources) -> None:
    known = [sources.get(o["source"]) for o in wire["outlets"]]
    assert {s.side for s in known if s} == {"syrian-government", "syrian-opposition", None}
    assert {
        SourceKind.AGENCY,
        SourceKind.MONITOR,
        SourceKind.AGGREGATOR,
        SourceKind.GOVERNMENT,
    } <= {s.kind for s in known if s}


def test_agency_copies_share_most_words_with_the_agency(items: list[Item]) -> None:
    wire_items = [i for i in items if i["outlet"] == "levant-wire"]
    copies = [i for i in items if i["summary"].endswith("(Levant Wire)")]
    assert len({i["outlet"] for i in copies}) >= 2
    assert len(copies) >= 10
    for copy in copies:
        earlier = [w for w in wire_items if at(w) <= at(copy)]
        best = max(len(words(copy) & words(w)) / len(words(copy)) for w in earlier)
        assert best > 0.6, copy["id"]


def test_revisions_change_an_earlier_item_of_the_same_outlet(items: list[Item]) -> None:
    by_id = {i["id"]: i for i in items}
    revisions = [i for i in items if "revises" in i]
    assert len(revisions) >= 2
    for revision in revisions:
        first = by_id[revision["revises"]]
        assert first["outlet"] == revision["outlet"]
        assert at(first) < at(revision)
        assert first["summary"] != revision["summary"]


@pytest.mark.parametrize(
    "trap",
    [
        r"denie[sd]",
        r"anniversary|1982",
        r"\bclub\b",
        r"Maryland",
        r"Khoms",
        r"Libya",
        r"Hama province",
        r"[Ii]f .* were to fall",
        r"Damascus countryside",
        r"did not say whether",
    ],
)
def test_a_trap_is_in_it(items: list[Item], trap: str) -> None:
    assert any(re.search(trap, f"{i['title']} {i['summary']}") for i in items)


def test_nobody_is_in_damascus_before_8_december(items: list[Item]) -> None:
    inside = re.compile(
        r"(enter\w*|captur\w*|seiz\w*|inside|take|took|control of|besieg\w*|advanc\w+ on) Damascus"
        r"|Damascus (falls|fell|captured|is taken)"
    )
    for item in items:
        if at(item) < DAMASCUS_FALLS and item["outlet"] != "montgomery-ledger":
            assert not inside.search(f"{item['title']}. {item['summary']}"), item["id"]


@pytest.mark.parametrize(
    ("place", "day"),
    [
        ("Aleppo", "2024-11-30"),
        ("Hama", "2024-12-05"),
        ("Salamiyah", "2024-12-05"),
        ("Rastan", "2024-12-06"),
        ("Talbiseh", "2024-12-06"),
        ("Daraa", "2024-12-07"),
        ("Homs", "2024-12-07"),
        ("Damascus", "2024-12-08"),
    ],
)
def test_the_agency_tells_each_fall_on_its_day(items: list[Item], place: str, day: str) -> None:
    told = re.compile(rf"\b(captured|seized|took|took over) (Rastan and )?{place}\b")
    falls = [i for i in items if i["outlet"] == "levant-wire" and told.search(i["summary"])]
    assert falls
    assert falls[0]["published"][:10] == day


def test_the_demo_watches_the_places_of_the_story() -> None:
    watched = yaml.safe_load((seeds_dir() / "demo" / "watchlist.yaml").read_text(encoding="utf-8"))
    labels = [p["place"] for p in watched["places"]]
    assert len(labels) == len(set(labels)) >= 12
    assert {"Rastan, Syria", "Hama Governorate, Syria", "Tripoli, Lebanon"} <= set(labels)


def test_no_real_outlet_is_named_in_invented_news(items: list[Item]) -> None:
    real = load_sources(seeds_dir() / "sources.yaml")
    text = " ".join(f"{i['title']} {i['summary']}" for i in items)
    outlets = {
        name
        for s in real
        if s.kind
        in {SourceKind.NEWSPAPER, SourceKind.BROADCASTER, SourceKind.AGENCY, SourceKind.DIGITAL}
        for name in (s.name, *s.aliases)
        if len(name) > 5
    }
    assert not [name for name in outlets if re.search(rf"\b{re.escape(name)}\b", text)]
