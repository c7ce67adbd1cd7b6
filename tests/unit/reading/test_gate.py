from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.record_base import place_id_of
from placewatch.records import WatchedPlace
from placewatch.vocabulary import PlaceKind
from streams.reading.gate import Gate


def _place(
    label: str,
    *,
    kind: PlaceKind = PlaceKind.POPULATED_PLACE,
    aliases: tuple[str, ...] = (),
    blockers: tuple[str, ...] = (),
    is_removed: bool = False,
) -> WatchedPlace:
    name, _, country = label.partition(", ")
    return WatchedPlace(
        place_id=place_id_of(label),
        place=label,
        name=name,
        country=country or None,
        kind=kind,
        aliases=(name, *aliases),
        blockers=blockers,
        is_removed=is_removed,
    )


GATE = Gate(
    [
        _place("Rastan, Syria", aliases=("Ar-Rastan",), blockers=("Rastan Bridge Cafe",)),
        _place("Hama, Syria"),
        _place("Hama Governorate, Syria", kind=PlaceKind.ADMIN, aliases=("Hama province",)),
        _place("Bab, Syria"),
        _place("Izium, Ukraine", aliases=("Izyum",)),
        _place("Izyum, Ukraine", aliases=("Izium",)),
        _place("Tripoli, Lebanon"),
        _place("Tripoli, Libya"),
        _place("Gone, Syria", is_removed=True),
    ]
)


def _ids(text: str) -> list[str]:
    return [mention.place_id for mention in GATE.mentions(text)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Troops left Rastan.", ["rastan-syria"]),
        ("Rastan's mayor and Ar-Rastan's council", ["rastan-syria", "rastan-syria"]),
        ("Rastan\u2019s mayor", ["rastan-syria"]),
        ("rastan and RASTANIA and Rastana", []),
        ("the Rastan Bridge Cafe", []),
        ("Rastan University", []),
        ("New Rastan", []),
        ("the Hama-Homs highway", []),
        ("near al-Bab today", ["bab-syria"]),
        ("in Hama province", ["hama-governorate-syria"]),
        ("in Hama district", []),
        ("the countryside of Hama", ["hama-syria"]),
        ("the region of Hama", []),
        ("the Orchards district of Rastan", ["rastan-syria"]),
        ("Rastan's Orchards district", ["rastan-syria"]),
        ("the district of Rastan", []),
        ("in Gone", []),
        ("Tripoli was calm, Lebanon's army said", ["tripoli-lebanon"]),
        ("Tripoli was calm, said Libya", ["tripoli-libya"]),
        ("Tripoli was calm", []),
    ],
)
def test_who_is_named(text, ids):
    assert _ids(text) == ids


def test_two_labels_of_one_place_are_twins():
    assert _ids("Izium was quiet") == ["izium-ukraine"]
    assert GATE.twins("izium-ukraine") == ("izyum-ukraine",)
    assert GATE.twins("hama-syria") == ()


def test_a_gate_without_places_finds_nothing():
    assert Gate([]).mentions("Rastan and Hama") == []


NAMES = ["Rastan", "Hama", "Hama province", "Izyum", "al-Bab"]


@given(st.lists(st.sampled_from([*NAMES, "and", "the", "soldiers", "left", ",", ".", "\n"])))
def test_mentions_are_in_order_apart_and_as_written(words):
    text = " ".join(words)
    mentions = GATE.mentions(text)
    assert all(a.end <= b.start for a, b in pairwise(mentions))
    assert {text[m.start : m.end] for m in mentions} <= {*NAMES, "Bab"}


@given(st.text(max_size=200))
def test_no_text_breaks_the_gate(text):
    assert all(0 <= m.start < m.end <= len(text) for m in GATE.mentions(text))


@given(st.text(alphabet="abcdefgh ,.", max_size=80))
def test_text_without_names_has_no_mention(text):
    assert GATE.mentions(text) == []


@pytest.mark.parametrize(
    "what", ["Nuclear Plant", "nuclear power plant", "Power Station", "Airport"]
)
def test_a_facility_that_carries_a_towns_name_is_not_the_town(what):
    gate = Gate([_place("Rastan, Syria")])
    assert not gate.mentions(f"Rastan {what} loses power")
    assert gate.mentions(f"Fire near Rastan. {what} closed.")
