"""A part that is taken, entered or fought over contests its town, and never takes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from placewatch.record_base import place_id_of
from placewatch.records import Article, Evidence, Report, WatchedPlace
from placewatch.vocabulary import PlaceKind
from streams.reading.parts import with_towns
from streams.reading.reader import Reader


def place_of(
    label: str, kind: PlaceKind = PlaceKind.POPULATED_PLACE, part_of: str | None = None
) -> WatchedPlace:
    name, _, country = label.rpartition(", ")
    return WatchedPlace(
        place_id=place_id_of(label),
        place=label,
        name=name,
        country=country,
        kind=kind,
        aliases=(name,),
        part_of=part_of,
    )


TOWN = place_of("Dorn, Blueland")
OTHER = place_of("Arden, Blueland")
BASE = place_of("Quill Airport, Blueland", PlaceKind.AIRPORT, TOWN.place_id)
HANGAR = place_of("Hangar Nine, Blueland", part_of=BASE.place_id)
PLACES = {p.place_id: p for p in (TOWN, OTHER, BASE, HANGAR)}


@pytest.fixture
def report() -> Callable[..., Report]:
    def build(place: WatchedPlace = BASE, state: str = "captured", **more: object) -> Report:
        values = {
            "place_id": place.place_id,
            "place": place.place,
            "state": state,
            "factuality": "asserted",
            "actor": "Redland",
            "evidence": Evidence(sentence="Redland took it.", start=0, end=16),
            "trigger": "took",
        }
        return Report.model_validate(values | more)

    return build


def told(*reports: Report) -> list[tuple[str, str, str, str | None]]:
    return [
        (r.place, r.state.value, r.factuality.value, r.actor)
        for r in with_towns(reports, PLACES)[len(reports) :]
    ]


@pytest.mark.parametrize("state", ["captured", "recaptured", "entered", "contested"])
@pytest.mark.parametrize("factuality", ["asserted", "claimed"])
def test_the_town_is_contested(report, state: str, factuality: str) -> None:
    assert told(report(state=state, factuality=factuality)) == [
        ("Dorn, Blueland", "contested", factuality, "Redland")
    ]


@pytest.mark.parametrize("state", ["held", "struck", "threatened", "besieged", "withdrawn"])
def test_what_leaves_nobody_inside_says_nothing_of_the_town(report, state: str) -> None:
    assert told(report(state=state)) == []


@pytest.mark.parametrize("factuality", ["denied", "planned", "historical", "unconfirmed"])
def test_what_is_not_told_as_so_says_nothing_of_the_town(report, factuality: str) -> None:
    assert told(report(factuality=factuality)) == []


def test_it_carries_the_evidence_and_says_which_part(report) -> None:
    (_, town) = with_towns([report(attributed_to="Redland", factuality="claimed")], PLACES)
    assert town.attributed_to == "Redland"
    assert town.evidence.sentence == "Redland took it."
    assert town.reasons == ("told_of_part: Quill Airport, Blueland captured",)
    assert town.is_told_of_part
    assert town.acled == "Armed clash"


@pytest.mark.parametrize("state", ["captured", "entered", "contested", "withdrawn"])
def test_what_the_article_tells_of_the_town_itself_is_enough(report, state: str) -> None:
    assert told(report(), report(TOWN, state)) == []


@pytest.mark.parametrize("of_town", [{"state": "threatened"}, {"factuality": "historical"}])
def test_what_is_weaker_or_not_current_is_not_enough(report, of_town) -> None:
    assert len(told(report(), report(TOWN, **of_town))) == 1


def test_two_parts_taken_by_one_side_say_it_once(report) -> None:
    assert len(told(report(BASE), report(BASE, state="entered"))) == 1
    assert len(told(report(BASE), report(BASE, actor="Blueland", state="recaptured"))) == 2


def test_a_part_of_a_part_contests_both(report) -> None:
    assert [place for place, *_ in told(report(HANGAR))] == [
        "Quill Airport, Blueland",
        "Dorn, Blueland",
    ]


def test_a_circle_ends(report) -> None:
    looped = PLACES | {TOWN.place_id: TOWN.model_copy(update={"part_of": BASE.place_id})}
    assert len(with_towns([report()], looped)) == 2


def test_a_town_tells_nothing_of_its_part_nor_of_other_towns(report) -> None:
    assert told(report(TOWN), report(OTHER)) == []


def test_a_town_that_is_not_tracked_any_more_gets_nothing(report) -> None:
    assert len(with_towns([report()], {BASE.place_id: BASE})) == 1


def test_what_only_the_second_opinion_reads_is_not_carried_over(report) -> None:
    assert told(report(trigger="", reasons=("second opinion: 0.97",))) == []


@pytest.mark.model
def test_the_reader_gives_the_town_a_reading(nlp, actors, sources) -> None:
    homs = place_of("Homs, Syria")
    base = place_of("Dabaa airport, Syria", PlaceKind.AIRPORT)
    part = place_of("Dabaa airport, Syria", PlaceKind.AIRPORT, homs.place_id)
    at = datetime(2024, 12, 6, 14, tzinfo=UTC)
    article = Article(
        article_id="a1",
        source_id="one.example",
        text="Syrian rebels captured Dabaa airport on Friday.",
        published_at=at,
        fetched_at=at,
    )
    apart = Reader((homs, base), actors, sources, nlp)
    joined = Reader((homs, part), actors, sources, nlp)
    (before,) = apart.read([article])
    (after,) = joined.read([article])
    assert [r.place for r in before] == ["Dabaa airport, Syria"]
    assert [(r.place, [t.state.value for t in r.reports]) for r in after] == [
        ("Dabaa airport, Syria", ["captured"]),
        ("Homs, Syria", ["contested"]),
    ]
    assert after[0].reports == before[0].reports
