"""What the API gives: typed, so that OpenAPI describes all of it."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from placewatch.feed_health import HealthState
from placewatch.records import Origin
from placewatch.vocabulary import (
    CapCertainty,
    Certainty,
    Control,
    Credibility,
    Factuality,
    MsgType,
    Pulse,
    State,
    SubjectKind,
)


class View(BaseModel):
    """Base of all answers: made of records, whose other fields are left out."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)


class Problem(BaseModel):
    """What went wrong (RFC 9457), as application/problem+json; `detail` says what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[str] = Field(default_factory=list, description="the fields that were wrong")


class Summary(View):
    """What the ledger holds all in all, and what may be done here."""

    places: int
    alerts: int
    last_seq: int = Field(description="number of the newest alert; the stream goes on from there")
    first_alert_at: AwareDatetime | None
    last_alert_at: AwareDatetime | None
    is_demo: bool = Field(
        description="whether this is the demo's ledger, because there is no other"
    )
    is_read_only: bool = Field(description="whether no token is set, so that nothing can be set")
    version: str
    generated_at: AwareDatetime


class Activity(View):
    """How many alerts came in each of equally long parts of a time; null and empty before the first."""

    start: AwareDatetime | None
    end: AwareDatetime | None
    counts: list[int]


class MapColumns(View):
    """What holds at every place at a moment: one list a column, entry n of each is place n.

    `holder` and `opponent` are positions in `holders`, or null. `holders` keeps its order as long as the ledger
    grows, so a holder keeps its colour.
    """

    at: AwareDatetime | None = Field(description="the moment asked for; null means now")
    holders: list[str]
    place_id: list[str]
    place: list[str]
    latitude: list[float | None]
    longitude: list[float | None]
    control: list[Control]
    holder: list[int | None]
    opponent: list[int | None]
    certainty: list[Certainty | None]
    since: list[AwareDatetime | None]
    is_stale: list[bool]
    is_quiet: list[bool] = Field(description="no news of it for longer than its own pace explains")


class PlaceView(View):
    """What holds at one place at a moment."""

    place_id: str
    place: str
    control: Control
    holder: str | None = None
    opponent: str | None = None
    certainty: Certainty | None = Field(default=None, description="null while nobody said anything")
    since: AwareDatetime | None = None
    last_confirmed_at: AwareDatetime | None = None
    is_stale: bool = False
    is_quiet: bool = False
    latitude: float | None = None
    longitude: float | None = None


class PlacePage(View):
    """A page of places."""

    items: list[PlaceView]
    total: int
    limit: int
    offset: int


class AlertRef(View):
    """Another alert, in short."""

    alert_id: str
    msg_type: MsgType
    at: AwareDatetime
    headline: str


class AlertView(View):
    """One alert, with what it corrects and what corrected it."""

    seq: int
    alert_id: str
    msg_type: MsgType
    place_id: str
    place: str
    at: AwareDatetime
    control: Control
    holder: str | None = None
    opponent: str | None = None
    certainty: Certainty
    previous_control: Control = Control.UNKNOWN
    previous_holder: str | None = None
    previous_certainty: Certainty | None = None
    since: AwareDatetime | None = None
    headline: str
    reason: str
    reason_plain: str
    grounds: str | None = None
    grounds_plain: str | None = None
    admiralty: str
    cap_certainty: CapCertainty
    acled: str | None = None
    cameo: str | None = None
    plover: str | None = None
    references: list[str] = Field(default_factory=list)
    corrects: list[AlertRef] = Field(default_factory=list)
    corrected_by: AlertRef | None = None


class AlertPage(View):
    """A page of alerts, the newest first; `before` of the next page is `next_before`."""

    items: list[AlertView]
    next_before: int | None
    last_seq: int


class ReportView(View):
    """One report: the sentence, where it stands, and whether it counted and why."""

    article_id: str
    revision: int
    source_id: str
    url: str
    title: str
    published_at: AwareDatetime
    state: State
    factuality: Factuality
    actor: str | None = None
    sentence: str
    counted: str
    counted_plain: str
    joined: str | None = None
    joined_plain: str | None = None


class OriginView(Origin):
    """One origin with its reports."""

    has_counted: bool
    reports: list[ReportView]


class EventView(View):
    """One occurrence."""

    event_id: str
    state: State
    actor: str | None = None
    side: str | None = None
    against: str | None = None
    event_date: date
    certainty: Certainty
    credibility: Credibility
    first_reported_at: AwareDatetime
    last_reported_at: AwareDatetime
    acled: str | None = None
    cameo: str | None = None
    plover: str | None = None


class ChainView(View):
    """One event with who told it; `event` is null for evidence outside any event."""

    event: EventView | None
    grounds_plain: str | None = None
    move_plain: str | None = None
    origins: list[OriginView]


class WhySummary(View):
    """What to decide by whether to believe it."""

    control: Control
    holder: str | None
    opponent: str | None
    since: AwareDatetime | None
    certainty: Certainty
    grounds: str | None
    grounds_plain: str | None
    admiralty: str | None
    admiralty_plain: str | None = None
    says_so: list[Origin]
    denies: list[Origin]
    is_told: bool
    reason: str
    reason_plain: str | None


class Why(View):
    """The whole chain behind what holds, or behind one alert, as `placewatch why` prints it."""

    place_id: str
    place: str
    summary: WhySummary
    events: list[ChainView]
    later: list[ChainView]
    others: list[ChainView]
    set_aside: list[OriginView]


class SegmentView(View):
    """What held for a while."""

    start: AwareDatetime
    end: AwareDatetime
    control: Control
    holder: str | None


class TickView(View):
    """One report's moment."""

    at: AwareDatetime
    side: str | None
    is_denial: bool
    has_counted: bool


class TimelineView(View):
    """A place's past."""

    start: AwareDatetime
    end: AwareDatetime
    segments: list[SegmentView]
    ticks: list[TickView]


class HeartbeatView(View):
    """Whether a feed, a place or the whole stream is heard of as usual."""

    kind: SubjectKind
    subject_id: str
    label: str
    state: Pulse
    reason: str
    last_heard_at: AwareDatetime
    usual_gap_s: int | None = None
    quiet_after_s: int | None = None
    quiet_since: AwareDatetime | None = None
    assessed_at: AwareDatetime


class HeartbeatPage(View):
    """A page of heartbeats: the quiet ones first."""

    items: list[HeartbeatView]
    total: int
    limit: int
    offset: int


class FeedView(View):
    """How a feed does."""

    feed_id: str
    source_id: str
    title: str
    url: str
    state: HealthState
    reason: str
    advice: str = ""
    is_in_trouble: bool
    last_error: str = ""
    last_success_at: AwareDatetime | None = None
    last_new_at: AwareDatetime | None = None
    since: AwareDatetime


class FeedPage(View):
    """A page of feeds: those in trouble first."""

    items: list[FeedView]
    total: int
    in_trouble: int
    limit: int
    offset: int


class PlaceDetail(View):
    """All that is known of a place, as of a moment or now; its alerts oldest first."""

    at: AwareDatetime | None
    place: PlaceView
    why: Why | None = Field(description="null where nothing had been told yet")
    alerts: list[AlertView]
    timeline: TimelineView | None
    heartbeat: HeartbeatView | None


class AlertDetail(View):
    """One alert and the whole chain behind it."""

    alert: AlertView
    why: Why


class Said(View):
    """An analyst's word was published; the tracker answers with an alert when it changes anything."""

    place_id: str
    place: str
    control: Control | None = Field(description="null where the word was taken back")
    by: str
