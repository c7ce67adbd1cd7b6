"""The words placewatch uses, and how they translate into the field's own codes.

Sources of the crosswalk: ACLED codebook (October 2024) sub-event types; CAMEO 0.9b6 codes; PLOVER 2021
event and mode names (CAMEO 192 maps to COERCE/seize; PLOVER has no mode for taking a town, so the context
`territory` is our declared extension); OASIS CAP 1.2; the Admiralty (NATO AJP-2.1) grading system.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Self, TypeVar

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from placewatch.states import states


Closed = TypeVar("Closed", bound=StrEnum)


class _Word(StrEnum):
    """Words of records."""

    @property
    def value(self) -> str:
        """The word. It is asked for whenever a record is written: Enum's own way to it is a third of writing it."""
        return self._value_


class _Declared(_Word):
    """Members the code reasons about; `states.yaml` declares more, which are made when they are first named."""

    @classmethod
    def _words(cls) -> Iterable[str]:
        """All values: those of the members and the declared ones."""
        return ()

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return _member(cls, value) if isinstance(value, str) and value in cls._words() else None

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        handler.resolve_ref_schema(schema)["enum"] = list(
            dict.fromkeys([*(member.value for member in cls), *cls._words()])
        )
        return schema


@cache
def _member(kind: type[Closed], value: str) -> Closed:
    """A declared value as a member: the same one each time, like those written in the class."""
    member = str.__new__(kind, value)
    member._name_, member._value_ = value.upper(), value
    return member


class State(_Declared):
    """What a report says of a place: these, and what `states.yaml` declares."""

    HELD = "held"
    CAPTURED = "captured"
    RECAPTURED = "recaptured"
    ENTERED = "entered"
    CONTESTED = "contested"
    BESIEGED = "besieged"
    THREATENED = "threatened"
    STRUCK = "struck"
    WITHDRAWN = "withdrawn"
    EVACUATION_ORDERED = "evacuation_ordered"
    EVACUATION_LIFTED = "evacuation_lifted"
    CLOSED = "closed"
    REOPENED = "reopened"
    OUTAGE = "outage"
    RESTORED = "restored"

    @classmethod
    def _words(cls) -> Iterable[str]:
        return states().entries


WAR_STATES = frozenset(
    {
        State.HELD,
        State.CAPTURED,
        State.RECAPTURED,
        State.ENTERED,
        State.CONTESTED,
        State.BESIEGED,
        State.THREATENED,
        State.STRUCK,
        State.WITHDRAWN,
    }
)
TAKING_STATES = frozenset({State.CAPTURED, State.RECAPTURED})


class Factuality(_Word):
    """How far the text stands behind what it says."""

    ASSERTED = "asserted"
    CLAIMED = "claimed"
    DENIED = "denied"
    PLANNED = "planned"
    HISTORICAL = "historical"
    UNCONFIRMED = "unconfirmed"


# How the second opinion signs what it made or changed among the reasons of a report.
SECOND_OPINION = "second opinion:"
# How a report that tells of a town by telling of its part says so, with the part and what happened there.
TOLD_OF_PART = "told_of_part: "
# Of a report's reasons: only a piece of a region is meant; who leaves is still leaving.
OF_REGION_PART = "path:part of region"
STILL_LEAVING = "still leaving"
CURRENT = frozenset({Factuality.ASSERTED, Factuality.CLAIMED})


class MarkRole(_Word):
    """What a stretch of a sentence is to the report that the sentence makes."""

    PLACE = "place"
    TRIGGER = "trigger"
    ACTOR = "actor"
    AGAINST = "against"
    SPEAKER = "speaker"


class Control(_Declared):
    """The status of a place: these, and what states of `states.yaml` bring."""

    HELD = "held"
    CONTESTED = "contested"
    BESIEGED = "besieged"
    THREATENED = "threatened"
    VACATED = "vacated"
    UNKNOWN = "unknown"
    NORMAL = "normal"
    EVACUATED = "evacuated"
    OPEN = "open"
    CLOSED = "closed"
    OUTAGE = "outage"

    @classmethod
    def _words(cls) -> Iterable[str]:
        return states().controls


WAR_CONTROLS = frozenset(
    {
        Control.HELD,
        Control.CONTESTED,
        Control.BESIEGED,
        Control.THREATENED,
        Control.VACATED,
        Control.UNKNOWN,
    }
)


class Certainty(_Word):
    """How sure a status is."""

    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    SETTLED = "settled"
    DISPUTED = "disputed"


class MsgType(_Word):
    """CAP 1.2 msgType."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class CapCertainty(_Word):
    """CAP 1.2 certainty: Likely is p > ~50 %, Possible p <= ~50 %."""

    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


CAP_CERTAINTY = {
    Certainty.SETTLED: CapCertainty.OBSERVED,
    Certainty.CONFIRMED: CapCertainty.LIKELY,
    Certainty.CLAIMED: CapCertainty.POSSIBLE,
    Certainty.DISPUTED: CapCertainty.POSSIBLE,
}


class Reliability(_Word):
    """Admiralty reliability of a source, from A (completely) to E (unreliable); F cannot be judged."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


class Credibility(_Word):
    """Admiralty credibility of information, from 1 (confirmed) to 5 (improbable); 6 cannot be judged."""

    CONFIRMED = "1"
    PROBABLY_TRUE = "2"
    POSSIBLY_TRUE = "3"
    DOUBTFUL = "4"
    IMPROBABLE = "5"
    CANNOT_BE_JUDGED = "6"


# The words of the Admiralty system (NATO AJP-2.1).
RELIABILITY_WORDS = {
    Reliability.A: "completely reliable source",
    Reliability.B: "usually reliable source",
    Reliability.C: "fairly reliable source",
    Reliability.D: "not usually reliable source",
    Reliability.E: "unreliable source",
    Reliability.F: "reliability cannot be judged",
}
CREDIBILITY_WORDS = {
    Credibility.CONFIRMED: "confirmed by others",
    Credibility.PROBABLY_TRUE: "probably true",
    Credibility.POSSIBLY_TRUE: "possibly true",
    Credibility.DOUBTFUL: "doubtful",
    Credibility.IMPROBABLE: "improbable",
    Credibility.CANNOT_BE_JUDGED: "truth cannot be judged",
}


class DatePrecision(_Word):
    """ACLED time_precision in words: 1 day, 2 week, 3 month; `unknown` when the text gives no date."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    UNKNOWN = "unknown"


class Sameness(_Word):
    """Why an article is probably told before: one address in several feeds, or one headline twice in an outlet."""

    URL = "same_url"
    TITLE = "same_title"


class TextQuality(_Word):
    """How much of an article there is: all of it, the part before a paywall or a cut, or what the feed summed up."""

    FULL = "full"
    PARTIAL = "partial"
    SUMMARY = "summary"


class ActorKind(_Word):
    """ACLED actor types (`inter` codes 1 to 8)."""

    STATE_FORCES = "state_forces"
    REBEL_GROUP = "rebel_group"
    POLITICAL_MILITIA = "political_militia"
    IDENTITY_MILITIA = "identity_militia"
    RIOTERS = "rioters"
    PROTESTERS = "protesters"
    CIVILIANS = "civilians"
    EXTERNAL_FORCES = "external_forces"


class PlaceKind(_Word):
    """What kind of place is tracked; decides what may happen to it and which names block it."""

    POPULATED_PLACE = "populated_place"
    ADMIN = "admin"
    COUNTRY = "country"
    DISTRICT = "district"
    AIRPORT = "airport"
    BASE = "base"
    CROSSING = "crossing"
    FACILITY = "facility"
    ROAD = "road"
    AREA = "area"


class SourceKind(_Word):
    """What kind of outlet or origin a source is."""

    AGENCY = "agency"
    NEWSPAPER = "newspaper"
    BROADCASTER = "broadcaster"
    DIGITAL = "digital"
    MONITOR = "monitor"
    GOVERNMENT = "government"
    PARTY_MEDIA = "party_media"
    THINK_TANK = "think_tank"
    NGO = "ngo"
    AGGREGATOR = "aggregator"


class SubjectKind(_Word):
    """Whose heartbeat it is: a feed's (all feeds of one source), a watched place's, or everything that arrives."""

    FEED = "feed"
    PLACE = "place"
    STREAM = "stream"


class Pulse(_Word):
    """Whether something is heard of at its own usual pace; `unknown` while too little is known of that pace."""

    ALIVE = "alive"
    QUIET = "quiet"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Codes:
    """One state in the field's codes.

    Attributes:
        acled: ACLED sub-event type, or None where ACLED has none.
        cameo: CAMEO event code.
        plover_event: PLOVER event type.
        plover_mode: PLOVER mode, or None.
    """

    acled: str | None
    cameo: str | None
    plover_event: str | None
    plover_mode: str | None


def codes_for(state: State, actor_kind: ActorKind | None = None) -> Codes:
    """Return the ACLED, CAMEO and PLOVER codes of a state.

    ACLED keeps "regains" for governments taking territory and "overtakes" for everybody else, so the kind of
    the actor decides; civil states and plain possession have no event code.
    """
    entry = states().entries[state.value]
    acled = entry.acled
    if actor_kind is ActorKind.STATE_FORCES:
        acled = entry.acled_of_state_forces or acled
    return Codes(acled, entry.cameo, entry.plover_event, entry.plover_mode)
