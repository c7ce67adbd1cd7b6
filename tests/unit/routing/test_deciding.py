"""What becomes of an alert for one receiver, and the reason that is named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from placewatch.records import Alert
from sinks.deciding import Decision, Past, Plan, Reason, Waiting, decide, recipients
from sinks.matchers import parse_matcher
from sinks.routes import Routes
from sinks.silences import Silence, new_silence


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
AT_ONCE = "route: {receiver: a, group_wait: 0s, group_interval: 0s}"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def plan(
    routes: Routes,
    *alerts: Alert,
    now: datetime = NOON,
    since: datetime = NOON,
    past: Past | None = None,
    silences: Sequence[Silence] = (),
    receiver: str = "a",
) -> Plan:
    waiting = [Waiting(seq, each, since) for seq, each in enumerate(alerts)]
    return decide(receiver, waiting, past or Past(), routes, silences, now)


def reasons(found: Plan) -> list[str]:
    return [decision.reason.value for decision in found.decisions]


def silence(*matchers: str, start: datetime = NOON, end: datetime = NOON + HOUR) -> Silence:
    return new_silence(
        tuple(map(parse_matcher, matchers)),
        starts_at=start,
        ends_at=end,
        author="R. Haddad",
        comment="",
        now=NOON,
    )


def test_nothing_waits_nothing_is_decided(routes) -> None:
    assert plan(routes(AT_ONCE)) == Plan()


def test_an_alert_is_told(routes, alert) -> None:
    found = plan(routes(AT_ONCE), alert(1))
    assert found.decisions == (Decision("alert-1", Reason.NOTIFIED),)
    (told,) = found.told
    assert (told.notification.receiver, told.notification.group) == (
        "a",
        "place=Rastan, Syria",
    )
    assert told.notification.alerts == (alert(1),)


def test_a_group_waits_for_others_and_is_told_as_one(routes, alert) -> None:
    tree = routes("route: {receiver: a, group_by: [country], group_wait: 1m}")
    towns = [alert(n, place=f"Town {n}, Syria", place_id=f"town-{n}") for n in range(10)]
    early = plan(tree, *towns, now=NOON + MINUTE / 2)
    assert {d.reason for d in early.decisions} == {Reason.GROUPED}
    assert early.due_at == NOON + MINUTE
    late = plan(tree, *towns, now=NOON + MINUTE)
    (told,) = late.told
    assert told.notification.alerts == tuple(towns)
    assert told.notification.group == "country=Syria"


def test_after_a_message_the_group_waits_for_its_interval(routes, alert) -> None:
    tree = routes("route: {receiver: a, group_by: [country], group_wait: 1m, group_interval: 1h}")
    past = Past(flushed={("", "country=Syria"): NOON - MINUTE})
    found = plan(tree, alert(1), past=past, now=NOON + MINUTE)
    assert found.decisions[0] == Decision("alert-1", Reason.GROUPED, NOON + HOUR - MINUTE)
    assert reasons(plan(tree, alert(1, country="Iraq"), past=past, now=NOON + MINUTE)) == [
        "notified"
    ]


def test_quiet_hours_hold_until_they_end(routes, alert) -> None:
    tree = routes(
        'time_intervals: {noon: {from: "11:00", to: "13:30"}}\n'
        "route: {receiver: a, group_wait: 0s, mute_time_intervals: [noon]}"
    )
    found = plan(tree, alert(1))
    assert found.decisions[0] == Decision(
        "alert-1", Reason.QUIET, NOON + timedelta(minutes=90), "noon"
    )
    assert reasons(plan(tree, alert(1), now=NOON + timedelta(minutes=90))) == ["notified"]


def test_a_silence_drops_what_comes_under_it_and_says_which_one_did(routes, alert) -> None:
    muting = silence("country = Syria")
    found = plan(routes(AT_ONCE), alert(1), silences=[muting])
    assert found.decisions[0] == Decision("alert-1", Reason.SILENCED, None, muting.silence_id)
    assert reasons(plan(routes(AT_ONCE), alert(1, country="Iraq"), silences=[muting])) == [
        "notified"
    ]


def test_what_came_under_a_silence_is_not_told_after_it(routes, alert) -> None:
    tree = routes("route: {receiver: a, group_wait: 2h}")
    late = NOON + 3 * HOUR
    assert reasons(plan(tree, alert(1), silences=[silence("country = Syria")], now=late)) == [
        "silenced"
    ]
    came_later = NOON + HOUR
    assert reasons(
        plan(tree, alert(1), silences=[silence("country = Syria")], now=late, since=came_later)
    ) == ["notified"]


PROVINCE = {"kind": "admin", "place": "Homs province, Syria", "place_id": "homs-province"}
INHIBITING = """
route: {receiver: a, group_wait: 0s, group_interval: 0s}
inhibit_rules:
  - {source_matchers: [kind = admin], target_matchers: [kind = populated_place], equal: [admin1, cause]}
  - {source_matchers: [kind = populated_place], target_matchers: ['part_of != ""'], equal: [place_id = part_of]}
"""


def test_a_provinces_message_mutes_its_towns_of_the_same_cause(routes, alert) -> None:
    province = alert(1, cause="x:0", **PROVINCE)
    town = alert(2, cause="x:0")
    other = alert(3, cause="y:0", place_id="talbiseh", place="Talbiseh, Syria")
    found = plan(routes(INHIBITING), town, province, other)
    assert reasons(found) == ["inhibited", "notified", "notified"]
    assert found.decisions[0].because == "alert-1"


def test_a_province_told_before_mutes_and_one_long_ago_does_not(routes, alert) -> None:
    town = alert(2, cause="x:0")
    near = Past(told={"alert-1": alert(1, cause="x:0", **PROVINCE)})
    far = Past(told={"alert-1": alert(1, cause="x:0", at=NOON - 7 * HOUR, **PROVINCE)})
    assert reasons(plan(routes(INHIBITING), town, past=near)) == ["inhibited"]
    assert reasons(plan(routes(INHIBITING), town, past=far)) == ["notified"]


def test_a_province_that_is_silenced_mutes_nothing(routes, alert) -> None:
    province, town = alert(1, cause="x:0", **PROVINCE), alert(2, cause="x:0")
    found = plan(routes(INHIBITING), province, town, silences=[silence("kind = admin")])
    assert reasons(found) == ["silenced", "notified"]


def test_a_town_mutes_its_quarters(routes, alert) -> None:
    base = alert(2, kind="base", place_id="base", place="Base, Syria", part_of="rastan-syria")
    assert reasons(plan(routes(INHIBITING), alert(1), base)) == ["notified", "inhibited"]


def test_two_rules_do_not_mute_both_sides(routes, alert) -> None:
    tree = routes(
        "route: {receiver: a, group_wait: 0s}\n"
        "inhibit_rules:\n"
        "  - {source_matchers: [control = held], target_matchers: [control = contested]}\n"
        "  - {source_matchers: [control = contested], target_matchers: [control = held]}\n"
    )
    one = alert(1)
    other = alert(2, control="contested", place_id="homs", place="Homs, Syria")
    assert sorted(reasons(plan(tree, one, other))) == ["inhibited", "notified"]


@pytest.mark.parametrize("kind", ["Update", "Cancel"])
def test_a_correction_of_what_was_told_passes_silences_and_inhibition(
    routes, alert, kind: str
) -> None:
    correction = alert(2, msg_type=kind, references=("alert-1",), cause="x:0")
    past = Past(told={"alert-1": alert(1), "alert-0": alert(0, cause="x:0", **PROVINCE)})
    found = plan(routes(INHIBITING), correction, past=past, silences=[silence("country = Syria")])
    assert reasons(found) == ["notified_as_correction"]
    untold = plan(routes(INHIBITING), correction, silences=[silence("country = Syria")])
    assert reasons(untold) == ["silenced"]


def test_a_correction_is_held_by_quiet_hours_as_everything_is(routes, alert) -> None:
    tree = routes(
        'time_intervals: {noon: {from: "11:00", to: "13:30"}}\n'
        "route: {receiver: a, group_wait: 0s, mute_time_intervals: [noon]}"
    )
    correction = alert(2, msg_type="Cancel", references=("alert-1",))
    found = plan(tree, correction, past=Past(told={"alert-1": alert(1)}))
    assert reasons(found) == ["quiet_hours"]


def test_what_was_told_before_is_not_told_again(routes, alert) -> None:
    assert reasons(plan(routes(AT_ONCE), alert(1), past=Past(told={"alert-1": alert(1)}))) == [
        "already_delivered"
    ]


def test_a_receiver_that_is_no_more_is_named_as_the_reason(routes, alert) -> None:
    assert reasons(plan(routes(AT_ONCE), alert(1), receiver="d")) == ["receiver_gone"]


def test_a_receiver_no_route_leads_to_gets_its_corrections_all_the_same(routes, alert) -> None:
    correction = alert(2, msg_type="Cancel", references=("alert-1",))
    past = Past(told={"alert-1": alert(1)})
    found = plan(routes(AT_ONCE), correction, past=past, receiver="b", now=NOON + MINUTE)
    assert reasons(found) == ["notified_as_correction"]


def test_a_later_alert_of_a_place_does_not_overtake_an_earlier_one(routes, alert) -> None:
    tree = routes(
        "route: {receiver: a, group_by: [control], group_wait: 1h, routes: ["
        "{matchers: [control = contested], group_wait: 0s}]}"
    )
    lost = alert(2, control="contested")
    elsewhere = alert(3, control="contested", place="Homs, Syria", place_id="homs")
    found = plan(tree, alert(1), lost, elsewhere)
    assert reasons(found) == ["grouped_and_waiting", "behind_an_earlier_one", "notified"]
    assert found.decisions[1].because == "alert-1"
    assert found.decisions[1].until == NOON + HOUR
    assert found.due_at == NOON + HOUR


def test_a_very_large_group_is_told_in_parts(routes, alert) -> None:
    tree = routes("route: {receiver: a, group_by: [country], group_wait: 0s}")
    many = [alert(n, place=f"Town {n}, Syria", place_id=f"town-{n}") for n in range(1001)]
    found = plan(tree, *many)
    assert [len(told.notification.alerts) for told in found.told] == [1000, 1]
    assert set(reasons(found)) == {"notified"}


def test_recipients_are_whom_the_routes_name_and_who_was_told(routes, alert) -> None:
    tree = routes(
        "route: {routes: [{matchers: [country = Syria], receiver: a},"
        "{matchers: [country = Iraq], receiver: nobody}]}"
    )
    assert recipients(alert(1), tree).receivers == ("a",)
    assert recipients(alert(1), tree, {"b", "a"}).receivers == ("a", "b")
    assert recipients(alert(1, country="Iraq"), tree).reason is Reason.MUTED
    assert recipients(alert(1, country="Iraq"), tree, {"b"}).receivers == ("b",)
    assert recipients(alert(1, country="Chad"), tree).reason is Reason.NO_ROUTE
