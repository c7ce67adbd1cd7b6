"""What a worker knows of places and assertions."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from placewatch.records import WatchedPlace
from streams.givens import Givens


MakePlace = Callable[..., WatchedPlace]


def test_places_come_in_one_order_however_they_were_added(make_place: MakePlace) -> None:
    places = [make_place(label) for label in ("Homs, Syria", "Aleppo, Syria", "Hama, Syria")]
    assert Givens(places).places == Givens(reversed(places)).places


def test_adding_and_removing_change_the_version(make_place: MakePlace) -> None:
    homs = make_place("Homs, Syria")
    givens = Givens([])
    assert givens.put_place(homs)
    assert givens.version == 1
    assert givens.put_place(homs.model_copy(update={"is_removed": True}))
    assert (givens.version, givens.places) == (2, ())


def test_hearing_the_same_again_changes_nothing(make_place: MakePlace) -> None:
    homs = make_place("Homs, Syria")
    givens = Givens([homs])
    assert not givens.put_place(homs)
    assert not givens.put_place(make_place("Hama, Syria", is_removed=True))
    assert givens.version == 0


def test_the_baseline_comes_before_other_assertions(make_place: MakePlace) -> None:
    homs = make_place("Homs, Syria", holder="Syrian government")
    assert homs.baseline is not None
    later = homs.baseline.model_copy(update={"assertion_id": "ledger-1", "kind": "ledger"})
    givens = Givens([homs])
    givens.put_assertion(later)
    assert givens.assertions_of(homs.place_id) == (homs.baseline, later)


def test_an_assertion_told_again_replaces_the_first(make_place: MakePlace) -> None:
    homs = make_place("Homs, Syria", holder="Syrian government")
    assert homs.baseline is not None
    said = homs.baseline.model_copy(update={"assertion_id": "analyst-homs", "kind": "analyst"})
    revoked = said.model_copy(update={"is_revoked": True})
    givens = Givens([])
    givens.put_assertion(said)
    givens.put_assertion(revoked)
    assert givens.assertions_of(homs.place_id) == (revoked,)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans())))
def test_the_last_word_on_a_place_counts(words: list[tuple[str, bool]]) -> None:
    givens = Givens([])
    for name, is_removed in words:
        givens.put_place(WatchedPlace(place_id=name, place=name, name=name, is_removed=is_removed))
    last = dict(words)
    assert [p.place_id for p in givens.places] == sorted(n for n, gone in last.items() if not gone)
