"""The gate where the text around a name decides: namesakes abroad, and regions named in a row."""

from __future__ import annotations

import pytest

from placewatch.record_base import place_id_of
from placewatch.records import WatchedPlace
from placewatch.vocabulary import PlaceKind
from streams.reading.gate import Gate


def _place(
    label: str,
    *aliases: str,
    kind: PlaceKind = PlaceKind.POPULATED_PLACE,
    blockers: tuple[str, ...] = (),
) -> WatchedPlace:
    name, country = label.rsplit(", ", 1)
    return WatchedPlace(
        place_id=place_id_of(label), place=label, name=name, country=country, kind=kind,
        aliases=(name, *aliases), blockers=blockers,
    )  # fmt: skip


GATE = Gate(
    [
        _place("Tripoli, Lebanon", blockers=("Tripoli, Libya", "Tripoli, Greece")),
        _place("Kherson, Ukraine"),
        _place("Kherson Oblast, Ukraine", "Kherson region", kind=PlaceKind.ADMIN),
        _place("Odesa Oblast, Ukraine", "Odesa region", kind=PlaceKind.ADMIN),
    ]
)


def _named(text: str) -> set[str]:
    return {mention.place_id for mention in GATE.mentions(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Militias fought in Tripoli while Libyan officials met abroad.",
        "Ferries between Crete and Tripoli were cancelled, Greek police said.",
    ],
)
def test_a_namesake_is_meant_where_only_its_country_is_named(text: str) -> None:
    assert _named(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Soldiers patrolled Tripoli on Monday.",
        "The Lebanese army sent troops to Tripoli after talks with a Libyan envoy.",
    ],
)
def test_the_watched_town_is_meant_otherwise(text: str) -> None:
    assert _named(text) == {"tripoli-lebanon"}


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        (
            "Shells fell on the Kherson and Odesa regions.",
            {"kherson-oblast-ukraine", "odesa-oblast-ukraine"},
        ),
        ("Power is back in the Poltava, Sumy and Kherson oblasts.", {"kherson-oblast-ukraine"}),
        ("Shells fell on Kherson and its suburbs.", {"kherson-ukraine"}),
        ("Shells fell on the Kherson region.", {"kherson-oblast-ukraine"}),
    ],
)
def test_regions_named_in_a_row_are_no_towns(text: str, regions: set[str]) -> None:
    assert _named(text) == regions


def test_mentions_in_lists_keep_their_own_offsets() -> None:
    text = "Shells fell on the Kherson and Odesa regions."
    assert [text[m.start : m.end] for m in GATE.mentions(text)] == ["Kherson", "Odesa"]


REGIONAL = Gate(
    [
        _place("Vale, Norland"),
        _place("Vale Province, Norland", "Vale province", kind=PlaceKind.ADMIN),
        _place("Donetsk, Ukraine"),
        _place("Donetsk Oblast, Ukraine", "Donetsk region", kind=PlaceKind.ADMIN),
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "The army is closing in on Vale, the last province outside its control.",
        "Fighting spread through northern Vale overnight.",
        "Rebels seized villages in Vale and cut the road south.",
        "Aid is reaching Vale again. Half of the province has no power.",
        "The junta declared four regions its own, among them Vale.",
    ],
)
def test_a_bare_name_means_the_region_where_the_text_speaks_of_one(text: str) -> None:
    assert {m.place_id for m in REGIONAL.mentions(text)} == {"vale-province-norland"}


@pytest.mark.parametrize(
    "text",
    [
        "Shells fell on Vale at dawn.",
        "The city of Vale is calm while villages in Vale burn.",
        "Northern Vale was hit, the mayor said; the city has no water.",
        "Vale, the only city still outside the army's control, was shelled.",
    ],
)
def test_a_bare_name_means_the_town_otherwise(text: str) -> None:
    assert {m.place_id for m in REGIONAL.mentions(text)} == {"vale-norland"}


def test_some_names_mean_the_region_unless_something_says_otherwise() -> None:
    assert {m.place_id for m in REGIONAL.mentions("Losses mount in Donetsk.")} == {
        "donetsk-oblast-ukraine"
    }
    assert {m.place_id for m in REGIONAL.mentions("A market in Donetsk city burned.")} == {
        "donetsk-ukraine"
    }
