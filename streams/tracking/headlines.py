"""An alert in one plain sentence."""

from __future__ import annotations

from placewatch.records import Alert, Status
from placewatch.vocabulary import Certainty, Control, MsgType
from streams.tracking.reasons import Move


def headline(kind: MsgType, before: Status | Alert | None, after: Status) -> str:
    """Return the alert in one plain sentence."""
    now = f"{after.place} {_plain(after)}"
    if kind is MsgType.CANCEL:
        was = f" ({_plain(before)})" if before else ""
        return f"Earlier alert withdrawn{was}: {now}."
    if after.reason == Move.THREAT_LAPSED:
        return f"No longer reported threatened: {now}."
    sureness = _SURENESS[after.certainty]
    if kind is MsgType.UPDATE:
        return f"{sureness.capitalize()}: {now}."
    is_sure = after.certainty in {Certainty.CONFIRMED, Certainty.SETTLED}
    return f"{now}." if is_sure else f"{now} ({sureness})."


_SURENESS = {
    Certainty.CLAIMED: "claimed, not yet confirmed",
    Certainty.CONFIRMED: "confirmed",
    Certainty.SETTLED: "confirmed",
    Certainty.DISPUTED: "claimed by one side and denied",
}


def _plain(status: Status | Alert) -> str:
    holder, opponent = status.holder, status.opponent
    by_opponent = f" by {opponent}" if opponent else ""
    still = f", held by {holder}" if holder else ""
    texts = {
        Control.HELD: f"is held by {holder}" + (f", taken from {opponent}" if opponent else ""),
        Control.CONTESTED: "is contested"
        + (f" between {holder} and {opponent}" if holder and opponent else by_opponent),
        Control.BESIEGED: f"is besieged{by_opponent}{still}",
        Control.THREATENED: f"is threatened{by_opponent}{still}",
        Control.VACATED: "has been left" + (by_opponent or " by its holder"),
        Control.UNKNOWN: "has no known holder",
        Control.NORMAL: "is back to normal",
        Control.EVACUATED: "is being evacuated",
        Control.OPEN: "is open",
        Control.CLOSED: "is closed",
        Control.OUTAGE: "is without supply",
    }
    return texts.get(status.control, f"is {status.control.value.replace('_', ' ')}")
