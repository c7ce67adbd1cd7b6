"""Laws of telling, on generated courses: nothing is dropped without its reason, nothing told twice, order is kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from placewatch.records import Alert
from sinks.deciding import TOLD, WAITING, Reason
from sinks.matchers import parse_matcher
from sinks.rehearsal import Rehearsed, rehearse
from sinks.route_tree import NOBODY
from sinks.routes import Routes
from sinks.silences import Silence


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
PLACES = 4
NAMES = ("a", "b", "c")
DURATIONS = st.sampled_from(["0s", "30s", "5m", "1h", "7h"])
MATCHERS = st.sampled_from(
    [
        "country = Syria",
        "country != Syria",
        "control = held",
        "control =~ held|contested",
        "certainty at least confirmed",
        "grade at least B2",
        "msg_type = Cancel",
        "kind = admin",
    ]
)
NIGHTS = {"from": "22:00", "to": "06:00", "time_zone": "Asia/Beirut"}
NOONS = {"from": "12:30", "to": "13:30"}


def routes_of(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    optional: dict[str, st.SearchStrategy[Any]] = {
        "receiver": st.sampled_from([*NAMES, NOBODY]),
        "continue": st.booleans(),
        "group_by": st.lists(st.sampled_from(["place", "country", "control"]), unique=True),
        "group_wait": DURATIONS,
        "group_interval": DURATIONS,
        "mute_time_intervals": st.lists(st.sampled_from(["nights", "noons"]), unique=True),
    }
    if depth:
        optional["routes"] = st.lists(routes_of(depth - 1), max_size=3)
    return st.fixed_dictionaries({"matchers": st.lists(MATCHERS, max_size=2)}, optional=optional)


@st.composite
def trees(draw: st.DrawFn) -> Routes:
    root = draw(routes_of(2))
    root.pop("matchers")
    root.pop("continue", None)
    rules = [
        {
            "source_matchers": ["kind = admin"],
            "target_matchers": ["kind = populated_place"],
            "equal": ["cause"],
        },
        {
            "source_matchers": ["control = held"],
            "target_matchers": ["control = contested"],
            "within": "1h",
        },
        {"source_matchers": ["control = contested"], "target_matchers": ["control = held"]},
    ]
    return Routes.model_validate(
        {
            "receivers": [{"name": name, "log": {"path": name}} for name in NAMES],
            "route": root,
            "time_intervals": {"nights": NIGHTS, "noons": NOONS},
            "inhibit_rules": draw(st.lists(st.sampled_from(rules), max_size=2)),
        }
    )


@st.composite
def courses(draw: st.DrawFn) -> list[tuple[datetime, Alert]]:
    found: list[tuple[datetime, Alert]] = []
    at = NOON
    for number in range(draw(st.integers(1, 14))):
        at += timedelta(seconds=draw(st.sampled_from([0, 1, 20, 60, 900, 3600, 20_000])))
        place = draw(st.integers(1, PLACES))
        earlier = [a.alert_id for _, a in found if a.place_id == f"place-{place}"]
        kind = draw(st.sampled_from(["Alert", "Alert", "Update", "Cancel"])) if earlier else "Alert"
        alert = Alert(
            alert_id=f"alert-{number}",
            msg_type=kind,
            references=tuple(earlier[-1:]) if kind != "Alert" else (),
            place_id=f"place-{place}",
            place=f"Place {place}, {'Syria' if place % 2 else 'Iraq'}",
            kind="admin" if place == PLACES else "populated_place",
            at=at,
            control=draw(st.sampled_from(["held", "contested", "threatened"])),
            certainty=draw(st.sampled_from(["claimed", "confirmed"])),
            admiralty=draw(st.sampled_from(["A1", "B2", "C3"])),
            reason="taken",
            headline="x",
            cap_certainty="Possible",
            cause=f"article-{draw(st.integers(1, 3))}:0",
        )
        found.append((at, alert))
    return found


@st.composite
def silences(draw: st.DrawFn) -> list[Silence]:
    found = []
    for number in range(draw(st.integers(0, 2))):
        start = NOON + timedelta(minutes=draw(st.integers(-60, 600)))
        end = start + timedelta(minutes=draw(st.integers(1, 600)))
        matcher = parse_matcher(draw(MATCHERS))
        found.append(Silence(f"silence-{number}", (matcher,), start, end, "", "", start))
    return found


# Four days after the last alert every wait and every night is over.
COURSE = (trees(), courses(), silences())
LAWFUL = settings(max_examples=100, derandomize=True, deadline=None)


def told_by(found: Rehearsed) -> dict[str, list[Alert]]:
    told: dict[str, list[Alert]] = defaultdict(list)
    for _, message in found.messages:
        told[message.receiver] += message.alerts
    return told


@LAWFUL
@given(*COURSE)
def test_each_alert_ends_once_for_each_receiver_as_told_or_with_its_reason(
    routes: Routes, course: list[tuple[datetime, Alert]], muting: list[Silence]
) -> None:
    found = rehearse(course, routes, muting, course[-1][0] + timedelta(days=4))
    told = Counter((a.alert_id, name) for name, alerts in told_by(found).items() for a in alerts)
    assert set(told.values()) <= {1}
    assert {alert.alert_id for _, alert in course} == {key[0] for key in found.decisions}
    for key, decision in found.decisions.items():
        assert decision.reason not in WAITING
        assert (key in told) == (decision.reason in TOLD)
        if decision.reason in {Reason.SILENCED, Reason.INHIBITED}:
            assert decision.because
    nobody = {key[0] for key in found.decisions if key[1] == NOBODY}
    assert nobody.isdisjoint(key[0] for key in found.decisions if key[1] != NOBODY)


@LAWFUL
@given(*COURSE)
def test_nobody_is_told_of_a_place_out_of_order(
    routes: Routes, course: list[tuple[datetime, Alert]], muting: list[Silence]
) -> None:
    found = rehearse(course, routes, muting, course[-1][0] + timedelta(days=4))
    order = {alert.alert_id: number for number, (_, alert) in enumerate(course)}
    for alerts in told_by(found).values():
        for place in {alert.place_id for alert in alerts}:
            own = [order[alert.alert_id] for alert in alerts if alert.place_id == place]
            assert own == sorted(own)


@LAWFUL
@given(*COURSE)
def test_whoever_was_told_is_told_of_its_corrections(
    routes: Routes, course: list[tuple[datetime, Alert]], muting: list[Silence]
) -> None:
    found = rehearse(course, routes, muting, course[-1][0] + timedelta(days=4))
    told = {(a.alert_id, name) for name, alerts in told_by(found).items() for a in alerts}
    times = {
        (alert.alert_id, message.receiver): at
        for at, message in found.messages
        for alert in message.alerts
    }
    for at, alert in course:
        for name in NAMES:
            before = times.get((alert.references[0], name)) if alert.references else None
            if before is not None and before < at:
                assert (alert.alert_id, name) in told


@LAWFUL
@given(*COURSE)
def test_what_mutes_another_is_told_itself(
    routes: Routes, course: list[tuple[datetime, Alert]], muting: list[Silence]
) -> None:
    found = rehearse(course, routes, [], course[-1][0] + timedelta(days=4))
    told = {(a.alert_id, name) for name, alerts in told_by(found).items() for a in alerts}
    muted = {
        (key[0], key[1]): decision.because
        for key, decision in found.decisions.items()
        if decision.reason is Reason.INHIBITED
    }
    for (alert_id, name), by in muted.items():
        source = by
        while (source, name) in muted:  # a quarter by its town, the town by its province
            assert source != alert_id
            source = muted[source, name]
        assert (source, name) in told


@LAWFUL
@given(*COURSE)
def test_nothing_is_told_in_quiet_hours_nor_before_it_is_due(
    routes: Routes, course: list[tuple[datetime, Alert]], muting: list[Silence]
) -> None:
    found = rehearse(course, routes, muting, course[-1][0] + timedelta(days=4))
    came = {alert.alert_id: at for at, alert in course}
    last: dict[tuple[str, str, str], datetime] = {}
    for at, message in found.messages:
        first = message.alerts[0]
        legs = [leg for leg in routes.nodes() if leg[1].receiver == message.receiver]
        assert all(at >= came[alert.alert_id] for alert in message.alerts)
        if len(legs) == 1:
            leg = legs[0][1]
            assert not any(stretch.covering(at) for stretch in leg.stretches)
            key = (message.receiver, leg.path, message.group)
            if key in last:
                assert at - last[key] >= leg.group_interval
            assert at >= min(came[a.alert_id] for a in message.alerts) + leg.group_wait, first
            last[key] = at
