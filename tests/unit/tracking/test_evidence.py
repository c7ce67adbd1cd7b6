"""What events and statuses carry for `why`: how sure and why, what each event did, what did not count."""

from __future__ import annotations

import pytest

from streams.tracking.assess import assess
from streams.tracking.tracker import advance


@pytest.fixture
def assessed(context, baseline, at):
    """Assess readings of a place that Blueland held."""

    def of(*readings, now=None):
        return assess(
            readings,
            (baseline(),),
            context,
            now or at(hours=20),
            place_id="smallville-blueland",
            place="Smallville, Blueland",
        )

    return of


def claimed(reading, by="Redland", **more):
    return reading(factuality="claimed", attributed_to=by, **more)


def denied(reading, by="Blueland", **more):
    return reading(factuality="denied", attributed_to=by, **more)


def test_a_claim_rests_on_one_origin(assessed, reading):
    found = assessed(claimed(reading))
    assert found.events[0].grounds == "one_origin"
    assert found.status.grounds == "one_origin"


@pytest.mark.parametrize(
    ("more", "grounds"),
    [
        ([{"by": "Red Guns", "source": "redtv.example"}], "origins_of_one_side"),
        ([{"source": "bravo.example"}], "one_origin"),
        ([{"by": None, "source": "redtv.example"}], "origins_of_one_side"),
        ([{"by": "The Watch"}], "independent_origins"),
        ([{"by": "Blueland"}], "loser_admits"),
    ],
)
def test_more_origins_change_the_grounds(assessed, reading, more, grounds):
    others = [claimed(reading, **each) for each in more]
    assert assessed(claimed(reading), *others).events[0].grounds == grounds


def test_a_well_graded_source_speaks_for_itself(assessed, reading):
    assert (
        assessed(reading(source="alpha.example")).status.grounds
        == "well_graded_source_in_its_own_voice"
    )


def test_a_dispute_says_who_denies(assessed, reading, at):
    (event,) = assessed(claimed(reading), denied(reading, when=at(hours=1))).events
    assert (event.certainty, event.grounds) == ("disputed", "denied_by_another_side")
    assert [(c.origin.side, c.counted, c.joined) for c in event.citations] == [
        ("reds", "counted", "first_report"),
        ("blues", "counted_as_denial", "denies_it"),
    ]


def test_confirmed_against_a_denial_says_so(assessed, reading, at):
    told = [reading(source=f"{n}.example", when=at(hours=n)) for n in range(3)]
    (event,) = assessed(denied(reading), claimed(reading), *told).events
    assert event.grounds == "independent_origins_despite_denial"


def test_a_side_that_takes_its_claim_back_stays_visible(assessed, reading, at):
    (event,) = assessed(claimed(reading), denied(reading, by="Redland", when=at(hours=1))).events
    assert event.grounds == "nobody_stands_by_it"
    assert [(c.factuality, c.counted) for c in event.citations] == [
        ("claimed", "taken_back_by_its_origin"),
        ("denied", "counted_as_denial"),
    ]


def test_a_denial_of_what_a_neutral_outlet_saw_does_not_count(assessed, reading, at):
    (event,) = assessed(
        reading(source="alpha.example"),
        denied(reading, by=None, source="zulu.example", when=at(hours=1)),
    ).events
    assert event.citations[-1].counted == "denial_of_what_others_saw"
    assert event.certainty == "confirmed"


def test_an_outlets_bold_words_that_its_text_attributes_do_not_count(assessed, reading, report):
    bold = report()
    attributed = report(factuality="claimed", attributed_to="Redland")
    (event,) = assessed(reading(bold, attributed)).events
    assert {(c.origin.origin_id, c.counted) for c in event.citations} == {
        ("party:reds", "counted"),
        ("zulu.example", "same_article_puts_it_in_anothers_mouth"),
    }


def test_what_is_told_of_a_part_says_so_and_one_origin_is_enough(assessed, reading):
    part = reading(state="contested", reasons=("told_of_part: Airfield, Blueland captured",))
    found = assessed(part)
    assert [c.counted for c in found.events[0].citations] == ["counted_for_a_part"]
    assert (found.status.control, found.status.certainty) == ("contested", "claimed")
    vague = assessed(reading(state="contested"))
    assert (vague.events[0].move, vague.status.control) == ("held_back_single_source", "held")


def test_each_event_says_what_it_did(assessed, reading, at):
    found = assessed(
        reading(source="alpha.example"),
        reading(state="threatened", actor="Redland", when=at(hours=2)),
    )
    assert [(e.state, e.move) for e in found.events] == [
        ("threatened", "threatened"),
        ("captured", "taken"),
    ]
    assert found.status.considered_ids == tuple(e.event_id for e in found.events)
    assert found.status.event_ids == found.status.considered_ids[1:]


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ({"state": "struck"}, "strike_changes_nothing"),
        ({"factuality": "historical"}, "historical"),
        ({"factuality": "unconfirmed"}, "unconfirmed"),
        ({"factuality": "denied"}, "denial_of_nothing_claimed"),
    ],
)
def test_what_is_in_no_event_is_set_aside_with_its_reason(assessed, reading, told, counted):
    (citation,) = assessed(reading(**told)).status.set_aside
    assert (citation.counted, citation.joined, citation.has_counted) == (counted, None, False)


def test_an_origin_is_set_aside_once_a_reason_its_newest_report_first(assessed, reading, at):
    strikes = [reading(state="struck", when=at(hours=h), article=f"s{h}") for h in (1, 3, 2)]
    other = reading(state="struck", when=at(), source="alpha.example")
    found = assessed(*strikes, other).status.set_aside
    assert [(c.article_id, c.source_id) for c in found] == [
        ("s3", "zulu.example"),
        (other.article_id, "alpha.example"),
    ]


def test_a_status_is_published_when_a_report_is_set_aside(context, reading, watched, at):
    first = advance(None, reading(), context, at(), watched)
    second = advance(
        first.state, reading(state="struck", when=at(hours=1)), context, at(hours=1), watched
    )
    assert second.alerts == ()
    assert second.status is not None
    assert [c.counted for c in second.status.set_aside] == ["strike_changes_nothing"]


def test_an_alerts_evidence_is_what_counted(context, reading, watched, at):
    state = advance(None, claimed(reading), context, at(), watched).state
    taken_back = denied(reading, by="Redland", when=at(hours=1))
    again = reading(source="alpha.example", when=at(hours=2))
    for item in (taken_back, again):
        step = advance(state, item, context, item.published_at, watched)
        state = step.state
    assert step.alerts
    assert all(c.has_counted for a in step.alerts for c in a.citations)
    assert step.alerts[-1].grounds == "well_graded_source_in_its_own_voice"
