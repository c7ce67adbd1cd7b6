"""Reports become events: what joins, what stays apart, what is left out and why."""

from __future__ import annotations

from datetime import date

import pytest
from occurring import occurrences_of

from streams.tracking.assess import assess
from streams.tracking.events import newest_revisions
from streams.tracking.reasons import Counted, Joined


def events(readings, context):
    found, _ = occurrences_of(readings, context)
    return sorted((o.kind.value, o.side, o.day.isoformat(), len(o.told)) for o in found)


def test_two_outlets_on_one_taking_are_one_event(reading, at, context):
    found = events([reading(), reading(when=at(hours=20))], context)
    assert found == [("captured", "reds", "2024-12-01", 2)]


def test_captured_and_recaptured_are_one_kind(reading, at, context):
    found = events([reading(), reading(state="recaptured", when=at(hours=1))], context)
    assert found == [("captured", "reds", "2024-12-01", 2)]


def test_groups_of_one_side_tell_one_event(reading, at, context):
    found = events([reading(), reading(actor="Red Guns", when=at(hours=1))], context)
    assert found == [("captured", "reds", "2024-12-01", 2)]


def test_takings_by_two_sides_stay_apart(reading, at, context):
    found = events([reading(), reading(actor="Green Front", when=at(hours=1))], context)
    assert len(found) == 2


def test_taken_lost_and_retaken_are_three_events(reading, at, context):
    found = events(
        [
            reading(on=date(2024, 12, 1)),
            reading(actor="Blueland", on=date(2024, 12, 2), when=at(days=1)),
            reading(on=date(2024, 12, 3), when=at(days=2)),
        ],
        context,
    )
    assert [f[2] for f in found if f[1] == "reds"] == ["2024-12-01", "2024-12-03"]


def test_a_retelling_without_a_date_joins_the_taking_it_retells(reading, at, context):
    found = events(
        [
            reading(),
            reading(actor="Blueland", state="recaptured", when=at(days=1)),
            reading(when=at(days=6)),
        ],
        context,
    )
    assert ("captured", "reds", "2024-12-01", 2) in found


def test_a_report_with_a_far_date_is_another_event(reading, at, context):
    found = events([reading(), reading(on=date(2024, 10, 1), when=at(hours=1))], context)
    assert len(found) == 2


def test_a_date_after_publication_is_taken_as_its_day(reading, context):
    found = events([reading(on=date(2024, 12, 24))], context)
    assert found[0][2] == "2024-12-01"


def test_fighting_goes_on_until_a_long_silence(reading, at, context):
    days = [reading(state="contested", when=at(days=d)) for d in (0, 5, 10, 25)]
    assert [f[3] for f in events(days, context)] == [3, 1]


def test_fighting_before_and_after_a_taking_is_not_one(reading, at, context):
    found = events(
        [
            reading(state="contested"),
            reading(when=at(days=1)),
            reading(state="contested", when=at(days=3)),
        ],
        context,
    )
    assert sum(f[0] == "contested" for f in found) == 2


def test_a_plan_to_take_is_a_threat(reading, context):
    assert events([reading(factuality="planned")], context)[0][:2] == ("threatened", "reds")


def test_a_plan_to_leave_is_a_threat_to_who_leaves(reading, context):
    found, _ = occurrences_of(
        [reading(state="withdrawn", factuality="planned", actor="Blueland")], context
    )
    assert (found[0].kind, found[0].side, found[0].against) == (
        "threatened",
        None,
        frozenset({"blues"}),
    )


@pytest.mark.parametrize(
    ("report_fields", "reason"),
    [
        ({"factuality": "historical"}, Counted.HISTORICAL),
        ({"factuality": "unconfirmed"}, Counted.UNCONFIRMED),
        ({"state": "struck"}, Counted.NO_CHANGE),
        ({"trigger": "annexed"}, Counted.DECLARATION),
        ({"state": "held", "factuality": "planned"}, Counted.NO_CHANGE),
        ({"factuality": "denied"}, Counted.DENIAL_ALONE),
    ],
)
def test_what_is_no_event_is_left_out_with_its_reason(reading, context, report_fields, reason):
    found, dropped = occurrences_of([reading(**report_fields)], context)
    assert found == []
    assert [r for _, r in dropped] == [reason]


def test_denying_that_they_entered_denies_that_they_took_it(reading, at, context):
    found, dropped = occurrences_of(
        [
            reading(factuality="claimed", attributed_to="Redland"),
            reading(
                state="entered", factuality="denied", attributed_to="Blueland", when=at(hours=1)
            ),
        ],
        context,
    )
    assert dropped == []
    assert len(found[0].denials) == 1


def test_denying_the_withdrawal_denies_that_others_have_it(reading, at, context):
    found, _ = occurrences_of(
        [
            reading(),
            reading(state="withdrawn", factuality="denied", actor="Blueland", when=at(hours=1)),
        ],
        context,
    )
    assert len(found[0].denials) == 1


def test_only_the_newest_revision_counts(reading):
    old, new = reading(article="x"), reading(article="x", revision=1, is_empty=True)
    assert newest_revisions([new, old, new]) == {"x": new}


def test_of_a_revision_read_anew_only_the_last_reading_counts(reading):
    old = reading(article="x", revision=1)
    anew = old.model_copy(update={"reread": 1, "reports": ()})
    assert newest_revisions([anew, old]) == newest_revisions([old, anew]) == {"x": anew}


def test_event_ids_do_not_depend_on_order(reading, at, context):
    items = [reading(), reading(when=at(hours=5)), reading(actor="Green Front", when=at(days=1))]
    forth, _ = occurrences_of(items, context)
    back, _ = occurrences_of(items[::-1], context)
    assert {o.event_id("p") for o in forth} == {o.event_id("p") for o in back}


def test_a_taking_by_nobody_named_joins_the_only_one_it_can_mean(reading, at, context):
    found = events([reading(), reading(actor=None, when=at(hours=2))], context)
    assert found == [("captured", "reds", "2024-12-01", 2)]


def joined(readings, context):
    """Return why each report is in its event, in the order of the reports' days."""
    found, _ = occurrences_of(readings, context)
    whys = [(t.order, why) for o in found for t, why in zip(o.told, o.joined, strict=True)]
    return [why for _, why in sorted(whys)]


@pytest.mark.parametrize(
    ("second", "days", "why"),
    [
        ({}, 0.2, Joined.SAME_DAY),
        ({"on": date(2024, 12, 3)}, 2, Joined.NEAR_DATE),
        ({}, 2, Joined.TOLD_ON),
        ({}, 9, Joined.LONG_AFTER),
        ({"on": date(2024, 12, 10)}, 9, Joined.LONG_AFTER),
        ({"actor": None}, 1, Joined.ONLY_EVENT),
        ({"actor": None, "source": "redtv.example"}, 1, Joined.OWN_TAKING),
    ],
)
def test_a_report_says_why_it_joined(reading, at, context, second, days, why):
    assert joined([reading(), reading(when=at(days=days), **second)], context) == [
        Joined.FIRST,
        why,
    ]


def test_a_report_says_why_it_opens_another_event(reading, at, context):
    lost = reading(actor="Blueland", on=date(2024, 12, 2), when=at(days=1))
    again = reading(on=date(2024, 12, 3), when=at(days=2))
    late = reading(when=at(days=8))
    assert joined([reading(), lost, again], context)[-1] is Joined.TAKEN_AGAIN
    assert joined([reading(), lost, late], context)[-1] is Joined.RETOLD_LATE


def test_what_goes_on_says_so_and_why_it_ended(reading, at, context):
    fights = [reading(state="contested", when=at(days=d)) for d in (0, 0.2, 3, 20)]
    assert joined(fights, context) == [
        Joined.FIRST,
        Joined.SAME_DAY,
        Joined.GOES_ON,
        Joined.LONG_AFTER,
    ]
    taken = reading(when=at(days=1))
    assert joined([*fights[:3:2], taken], context)[-1] is Joined.HANDS_CHANGED


def test_the_events_evidence_carries_why_it_joined(reading, at, context):
    readings = [
        reading(source="alpha.example"),
        reading(when=at(days=1), source="bravo.example"),
        reading(when=at(days=1), factuality="denied", source="bluetv.example"),
    ]
    (event,) = assess(
        readings, [], context, at(days=2), place_id="smallville-blueland", place="Smallville"
    ).events
    assert {(c.source_id, c.joined) for c in event.citations} == {
        ("alpha.example", "first_report"),
        ("bravo.example", "undated_while_it_is_told"),
        ("bluetv.example", "denies_it"),
    }
