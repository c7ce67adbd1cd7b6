"""One valid example of every record."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from placewatch.feed_health import FeedHealth
from placewatch.heartbeats import Heard, Hearing, Heartbeat
from placewatch.record_base import Record
from placewatch.records import (
    Alert,
    Article,
    Assertion,
    Citation,
    DeadLetter,
    Event,
    Evidence,
    Origin,
    Reading,
    Report,
    Status,
    WatchedPlace,
)
from placewatch.vocabulary import (
    CapCertainty,
    Certainty,
    Control,
    Credibility,
    Factuality,
    MsgType,
    Reliability,
    State,
)


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
PLACE = {"place_id": "rastan-syria", "place": "Rastan, Syria"}


@pytest.fixture
def examples() -> dict[str, Record]:
    """A filled-in example of every record that travels on a topic, by class name."""
    origin = Origin(origin_id="observatory", name="Observatory", reliability=Reliability.B)
    report = Report(
        **PLACE,
        state=State.ENTERED,
        factuality=Factuality.CLAIMED,
        actor="Syrian rebels",
        evidence=Evidence(sentence="Rebels entered Rastan.", start=0, end=22),
        event_date=date(2024, 12, 6),
    )
    citation = Citation(
        article_id="a1",
        source_id="wire.example",
        published_at=NOON,
        origin=origin,
        state=State.ENTERED,
        factuality=Factuality.CLAIMED,
        sentence="Rebels entered Rastan.",
    )
    records: list[Record] = [
        Article(
            article_id="a1",
            source_id="wire.example",
            published_at=NOON,
            fetched_at=NOON,
            title="Rastan",
        ),
        Reading(
            **PLACE,
            article_id="a1",
            source_id="wire.example",
            published_at=NOON,
            fetched_at=NOON,
            reports=(report,),
        ),
        Event(
            **PLACE,
            event_id="e1",
            state=State.ENTERED,
            event_date=date(2024, 12, 6),
            certainty=Certainty.CLAIMED,
            credibility=Credibility.POSSIBLY_TRUE,
            origins=(origin,),
            citations=(citation,),
            first_reported_at=NOON,
            last_reported_at=NOON,
            assessed_at=NOON,
        ),
        Status(**PLACE, control=Control.CONTESTED, holder="Syrian government", assessed_at=NOON),
        Alert(
            **PLACE,
            alert_id="al1",
            msg_type=MsgType.ALERT,
            at=NOON,
            control=Control.CONTESTED,
            certainty=Certainty.CLAIMED,
            reason="entered",
            headline="Rastan is contested.",
            cap_certainty=CapCertainty.POSSIBLE,
            citations=(citation,),
        ),
        Assertion(**PLACE, assertion_id="as1", control=Control.HELD, as_of=NOON),
        WatchedPlace(**PLACE, name="Rastan", country="Syria"),
        Heard(hearings=(Hearing(kind="feed", subject_id="wire", label="The Wire", at=(NOON,)),)),
        Heartbeat(
            kind="feed",
            subject_id="wire",
            label="The Wire",
            state="quiet",
            reason="silent_beyond_its_pace",
            last_heard_at=NOON,
            usual_gap_s=3600,
            quiet_after_s=10_800,
            quiet_since=NOON,
            assessed_at=NOON,
            hours="1f",
        ),
        FeedHealth(
            feed_id="f1",
            source_id="wire",
            title="The Wire",
            url="https://wire.example/feed",
            state="failing",
            before="ok",
            reason="timeout",
            is_in_trouble=True,
            last_success_at=NOON,
            since=NOON,
        ),
        DeadLetter(reason="malformed", error="not JSON", where="topic/0/1", at=NOON),
    ]
    return {type(record).__name__: record for record in records}
