"""Who a report really comes from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placewatch.actors import Actor, Actors
from streams.tracking.events import newest_revisions
from streams.tracking.origins import cited_origin, outlet_of
from streams.tracking.testimonies import Heard


def origins_of(readings, context):
    """The origin of each report by article id and place in its reading."""
    said, _ = Heard(context).of(newest_revisions(readings))
    return {(t.reading.article_id, t.index): t.attributed for t in said}


def ids(readings, context):
    found = origins_of(readings, context)
    return [found[r.article_id, 0].origin.origin_id for r in readings]


def test_an_unknown_outlet_is_neutral_and_cannot_be_judged(reading, context):
    origin = outlet_of(reading(source="nobody.example"), context)
    assert (origin.origin_id, origin.side, origin.reliability) == ("nobody.example", None, "F")


def test_outlets_of_one_owner_are_one_origin(reading, context):
    first, second = reading(source="charlie.example"), reading(source="delta.example")
    assert len(set(ids([first, second], context))) == 1


def test_agency_copy_is_the_agencys_word(reading, context):
    first, second = reading(source="alpha.example"), reading(source="echo.example")
    assert len(set(ids([first, second], context))) == 1


def test_a_host_under_a_known_domain_is_known(reading, context):
    assert outlet_of(reading(source="news.golf.example"), context).name == "Golf"


def test_a_party_is_cited_with_its_side(context):
    origin = cited_origin("Redland", context)
    assert origin is not None
    assert (origin.origin_id, origin.side) == ("party:reds", "reds")


def test_a_monitor_is_cited_by_name(context):
    origin = cited_origin("The Watch", context)
    assert origin is not None
    assert origin.reliability == "B"


def test_a_states_agency_speaks_for_the_side_its_state_fights_on_there(reading, context):
    ally = Actor(
        id="reds", name="Redland", side="reds", sides_in={"Blueland": "blues"},
        kind="state_forces", countries=["Redland", "Blueland"],
    )  # fmt: skip
    abroad = replace(context, actors=Actors([ally]))
    assert outlet_of(reading(source="redtv.example"), abroad).side == "blues"
    assert outlet_of(reading(source="redtv.example"), context).side == "reds"


@pytest.mark.parametrize("name", [None, "a resident", "witnesses"])
def test_nobody_known_is_nobody(context, name):
    assert cited_origin(name, context) is None


def test_three_outlets_quoting_one_monitor_are_one_origin(reading, context):
    quoted = [
        reading(source=s, factuality="claimed", attributed_to="The Watch")
        for s in ("a.example", "b.example", "c.example")
    ]
    assert len(set(ids(quoted, context))) == 1


def test_a_copy_shares_the_origin_of_its_model(reading, at, context):
    model = reading(source="a.example", shingles=tuple(range(40)))
    copy = reading(source="b.example", shingles=tuple(range(20, 60)), when=at(hours=1))
    assert len(set(ids([model, copy], context))) == 1


def test_a_text_with_few_shared_shingles_is_no_copy(reading, at, context):
    model = reading(source="a.example", shingles=tuple(range(40)))
    other = reading(source="b.example", shingles=tuple(range(35, 75)), when=at(hours=1))
    assert len(set(ids([model, other], context))) == 2


def test_a_copy_with_a_new_lead_is_an_origin_of_the_new_lead(reading, report, at, context):
    model = reading(report("threatened"), source="a.example", shingles=tuple(range(40)))
    update = reading(
        report("captured"), source="b.example", shingles=tuple(range(40)), when=at(hours=1)
    )
    assert len(set(ids([model, update], context))) == 2


def test_texts_without_shingles_are_never_copies(reading, context):
    assert len(set(ids([reading(source="a.example"), reading(source="b.example")], context))) == 2


def test_two_articles_of_one_outlet_are_no_copies_but_one_origin(reading, at, context):
    first = reading(source="a.example", shingles=tuple(range(40)))
    second = reading(source="a.example", shingles=tuple(range(40)), when=at(hours=1))
    found = origins_of([first, second], context)
    assert not found[second.article_id, 0].is_copy
    assert len(set(ids([first, second], context))) == 1
