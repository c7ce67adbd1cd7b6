"""Heartbeats: who is quiet, who is alive, who cannot be told; by a clock that the test drives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placewatch.heartbeats import Hearing, Heartbeat
from placewatch.vocabulary import Pulse, SubjectKind
from streams.tracking.heartbeat import STREAM_ID, Subject, hear, hearings_of, judge, taken_leave_of
from streams.tracking.policy import load_policy
from streams.tracking.reasons import Beat


POLICY = load_policy()
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PLACE = SubjectKind.PLACE


def hearing(*at: datetime, kind: SubjectKind = PLACE, subject_id: str = "homs-syria") -> Hearing:
    return Hearing(kind=kind, subject_id=subject_id, label=subject_id, at=at)


class Listening:
    """One subject in a stream that is there every hour, and the heartbeats told of it."""

    def __init__(self, kind: SubjectKind = PLACE) -> None:
        self.kind = kind
        self.subject: Subject | None = None
        self.stream: Subject | None = None
        self.told: list[Heartbeat] = []

    def hear(self, *at: datetime) -> None:
        self.subject = hear(self.subject, hearing(*at, kind=self.kind), POLICY)

    def pass_hours(
        self, start: datetime, hours: int, *, spoken: set[int], alive: bool = True
    ) -> None:
        """Let hours pass: the subject speaks in those of `spoken`, the stream in each while it is `alive`."""
        for number in range(hours):
            at = start + number * HOUR
            if number in spoken:
                self.hear(at)
            if alive or number in spoken:
                self.stream = hear(
                    self.stream, hearing(at, kind=SubjectKind.STREAM, subject_id=STREAM_ID), POLICY
                )
            self.judge(at)

    def judge(self, now: datetime) -> None:
        if self.subject is None:
            return
        judged = judge(self.subject, self.stream and self.stream.pace, POLICY, now)
        self.subject = judged.subject
        if judged.heartbeat is not None:
            self.told.append(judged.heartbeat)

    @property
    def states(self) -> list[tuple[Pulse, str]]:
        """What was told, without the daily repeats."""
        said = [(beat.state, beat.reason) for beat in self.told]
        return [each for before, each in zip([None, *said], said, strict=False) if before != each]


def daily(days: range) -> set[int]:
    return {day * 24 + 9 for day in days}


def test_a_place_named_each_day_is_alive_then_quiet_then_alive_again() -> None:
    place = Listening()
    place.pass_hours(MONDAY, 30 * 24, spoken=daily(range(20)) | daily(range(27, 30)))
    assert place.states == [
        (Pulse.UNKNOWN, Beat.TOO_LITTLE_HISTORY),
        (Pulse.ALIVE, Beat.AT_ITS_PACE),
        (Pulse.QUIET, Beat.SILENT),
        (Pulse.ALIVE, Beat.HEARD_AGAIN),
        (Pulse.ALIVE, Beat.AT_ITS_PACE),
    ]
    (quiet,) = [beat for beat in place.told if beat.state is Pulse.QUIET]
    assert quiet.last_heard_at == MONDAY + 19 * DAY + 9 * HOUR
    assert quiet.usual_gap_s == 86_400
    assert quiet.quiet_after_s is not None
    silence = quiet.assessed_at - quiet.last_heard_at
    assert timedelta(days=2) <= silence <= timedelta(seconds=quiet.quiet_after_s) + 2 * HOUR
    assert quiet.quiet_since == quiet.assessed_at


def test_of_what_is_quiet_nothing_more_is_told_until_it_is_heard_again() -> None:
    place = Listening()
    place.pass_hours(MONDAY, 80 * 24, spoken=daily(range(20)))
    assert [beat.state for beat in place.told].count(Pulse.QUIET) == 1
    assert place.told[-1].state is Pulse.QUIET


def test_what_is_alive_is_told_once_a_day() -> None:
    place = Listening()
    place.pass_hours(MONDAY, 24 * 24, spoken=set(range(24 * 24)))
    alive = [beat for beat in place.told if beat.state is Pulse.ALIVE]
    assert 9 <= len(alive) <= 11
    assert all(beat.usual_gap_s == 3600 for beat in alive)


def test_nights_and_weekends_are_no_silence_even_a_long_weekend() -> None:
    at_work = {day * 24 + hour for day in range(70) if day % 7 < 5 for hour in range(8, 18)} - {
        day * 24 + hour for day in (39, 63) for hour in range(24)
    }
    feed = Listening(SubjectKind.FEED)
    feed.pass_hours(MONDAY, 70 * 24, spoken=at_work)
    assert Pulse.QUIET not in {state for state, _ in feed.states}


def test_an_outage_of_the_whole_stream_is_no_silence_of_a_feed() -> None:
    feed = Listening(SubjectKind.FEED)
    feed.pass_hours(MONDAY, 20 * 24, spoken=set(range(20 * 24)))
    feed.pass_hours(MONDAY + 20 * DAY, 5 * 24, spoken=set(), alive=False)
    feed.pass_hours(MONDAY + 25 * DAY, 2, spoken=set())
    assert feed.told[-1].state is Pulse.ALIVE
    feed.pass_hours(MONDAY + 25 * DAY + 2 * HOUR, 8, spoken=set())
    assert feed.told[-1].state is Pulse.QUIET


def test_the_stream_itself_is_judged_by_its_own_hours_and_after_two_days() -> None:
    stream = Listening(SubjectKind.STREAM)
    stream.pass_hours(MONDAY, 60, spoken=set(range(51)))
    assert stream.states[-2:] == [
        (Pulse.ALIVE, Beat.AT_ITS_PACE),
        (Pulse.QUIET, Beat.SILENT),
    ]
    assert stream.told[-1].assessed_at <= MONDAY + 55 * HOUR


def test_what_was_quiet_for_longer_than_the_window_has_no_pace_when_heard_again() -> None:
    place = Listening()
    place.pass_hours(MONDAY, 62 * 24, spoken=daily(range(20)) | daily(range(60, 61)))
    assert place.states[-1] == (Pulse.UNKNOWN, Beat.HEARD_AGAIN)


def test_a_feed_nobody_hears_of_for_very_long_is_forgotten_and_a_place_is_not() -> None:
    for kind, is_known in ((SubjectKind.FEED, False), (PLACE, True)):
        listening = Listening(kind)
        listening.hear(MONDAY)
        listening.judge(MONDAY + 91 * DAY)
        assert (listening.subject is not None) == is_known
    assert listening.told[-1].reason == Beat.TOO_LITTLE_HISTORY


def test_a_place_taken_off_the_list_is_told_of_once_more() -> None:
    judged = taken_leave_of(hear(None, hearing(MONDAY), POLICY), Beat.NOT_WATCHED, MONDAY + DAY)
    assert judged.subject is None
    assert judged.heartbeat is not None
    assert (judged.heartbeat.state, judged.heartbeat.reason) == (Pulse.UNKNOWN, Beat.NOT_WATCHED)


def test_hearings_are_one_a_subject_and_one_moment_an_hour() -> None:
    feed, at = SubjectKind.FEED, MONDAY
    times = [
        (feed, "b", "B", at + timedelta(minutes=5)),
        (feed, "a", "A", at),
        (feed, "b", "B", at),
        (feed, "b", "B", at + HOUR),
        (PLACE, "b", "B, Syria", at),
    ]
    found = hearings_of(times)
    assert [(h.key, h.label) for h in found] == [
        ("feed:a", "A"),
        ("feed:b", "B"),
        ("place:b", "B, Syria"),
    ]
    assert found[1].at == (at + timedelta(minutes=5), at + HOUR)
    assert hearings_of(reversed(times)) == found


MOMENTS = st.lists(
    st.integers(0, 60 * 24).map(lambda hours: MONDAY + hours * HOUR), min_size=1, max_size=40
)


@given(MOMENTS, st.randoms(use_true_random=False))
def test_a_hearing_delivered_again_or_out_of_order_changes_nothing(moments, random) -> None:
    in_order = again = None
    for at in moments:
        in_order = hear(in_order, hearing(at), POLICY)
    repeated = moments * 2
    random.shuffle(repeated)
    for at in repeated:
        again = hear(again, hearing(at), POLICY)
    assert again == in_order


@given(MOMENTS)
def test_a_subject_takes_few_bytes_however_often_it_is_heard(moments) -> None:
    subject = None
    for at in moments:
        subject = hear(subject, hearing(at), POLICY)
    assert subject is not None
    assert len(subject.to_json()) < 600


WEEKLY = st.sets(st.integers(0, 7 * 24 - 1), min_size=3, max_size=30)


@given(WEEKLY)
@settings(max_examples=25, deadline=None)
def test_whoever_keeps_a_weekly_rhythm_is_never_quiet_and_once_dead_always_is(pattern) -> None:
    feed = Listening(SubjectKind.FEED)
    spoken = {week * 7 * 24 + hour for week in range(5) for hour in pattern}
    feed.pass_hours(MONDAY, 5 * 7 * 24, spoken=spoken)
    assert Pulse.QUIET not in {beat.state for beat in feed.told}
    feed.pass_hours(MONDAY + 35 * DAY, (POLICY.pace_window_days + 1) * 24, spoken=set())
    assert feed.told[-1].state is Pulse.QUIET


@pytest.mark.parametrize("earlier", [HOUR, 20 * DAY])
def test_a_late_article_of_before_does_not_wake_what_is_quiet(earlier: timedelta) -> None:
    place = Listening()
    place.pass_hours(MONDAY, 30 * 24, spoken=daily(range(20)))
    assert place.subject is not None
    since = place.subject.quiet_since
    place.hear(place.subject.last_heard_at - earlier)
    place.judge(MONDAY + 30 * DAY)
    assert place.told[-1].state is Pulse.QUIET
    assert place.subject.quiet_since == since
