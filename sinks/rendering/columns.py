"""Alerts as a table: the columns of the CSV and the Parquet export, with what each means and whose code it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from placewatch.datafile import read_mapping
from placewatch.errors import ConfigError
from placewatch.place_labels import country_of, parse_label
from placewatch.records import Alert
from sinks.rendering.plain import one_line, position


class Kind(StrEnum):
    """What a column holds. Times are UTC, numbers are floating."""

    TEXT = "text"
    TIME = "time"
    DATE = "date"
    NUMBER = "number"
    INTEGER = "integer"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; docs/writers.md shows these, and a test holds the two together.

    Attributes:
        name: its heading.
        kind: what it holds.
        meaning: what that is.
        system: whose word or code it is.
        of: its value for an alert; None where it has none.
    """

    name: str
    kind: Kind
    meaning: str
    system: str
    of: Callable[[Alert], Any]


_OURS = "placewatch"
_ACLED = "ACLED codebook, October 2024"
_PLOVER = "PLOVER 2021"


def _text(name: str, meaning: str, system: str, of: Callable[[Alert], str | None]) -> Column:
    return Column(name, Kind.TEXT, meaning, system, lambda alert: one_line(of(alert) or "") or None)


def _coordinate(index: int) -> Callable[[Alert], float | None]:
    def coordinate(alert: Alert) -> float | None:
        point = position(alert.latitude, alert.longitude)
        return None if point is None else point[index]

    return coordinate


def _acled(key: str) -> Callable[[Alert], str | None]:
    return lambda alert: _acled_types().get(alert.acled or "", {}).get(key)


@cache
def _acled_types() -> Mapping[str, Mapping[str, str]]:
    with as_file(files("sinks.rendering") / "codes.yaml") as path:
        types: Mapping[str, Mapping[str, str]] = read_mapping(path, ConfigError)["acled"]
    return types


def _plover(part: int) -> Callable[[Alert], str | None]:
    """Return the event (part 0) or the mode (part 1) of a PLOVER code as records write it: "COERCE/seize"."""
    return lambda alert: dict(enumerate((alert.plover or "").split("/"))).get(part)


def _outlets(alert: Alert) -> str:
    """Return who was read, each once, in the order of the evidence: ACLED lists sources so, with semicolons."""
    return "; ".join(dict.fromkeys(citation.source_id for citation in alert.citations))


def _origins(alert: Alert) -> str:
    return "; ".join(dict.fromkeys(citation.origin.name for citation in alert.citations))


ALERT_COLUMNS: tuple[Column, ...] = (
    _text("alert_id", "its id; repeats have the same", _OURS, lambda a: a.alert_id),
    _text("msg_type", "Alert, Update or Cancel", "CAP 1.2 msgType", lambda a: a.msg_type.value),
    _text(
        "references",
        "ids of the alerts that an Update or Cancel changes, with spaces between",
        "CAP 1.2",
        lambda a: " ".join(a.references),
    ),
    Column("at", Kind.TIME, "when the article that tipped it came out", _OURS, lambda a: a.at),
    Column(
        "event_date",
        Kind.DATE,
        "the day since which it holds, in UTC; of the news where that is not known",
        f"{_ACLED}: event_date",
        lambda a: (a.since or a.at).astimezone(UTC).date(),
    ),
    Column(
        "year",
        Kind.INTEGER,
        "the year of event_date",
        f"{_ACLED}: year",
        lambda a: (a.since or a.at).astimezone(UTC).year,
    ),
    _text("place_id", "the place", _OURS, lambda a: a.place_id),
    _text("location", "its name", f"{_ACLED}: location", lambda a: parse_label(a.place).name),
    _text(
        "country",
        "its country",
        f"{_ACLED}: country",
        lambda a: a.country or parse_label(a.place).country_name,
    ),
    _text(
        "country_code",
        "the country's two letters",
        "ISO 3166-1 alpha-2",
        lambda a: a.country_code or country_of(a.place),
    ),
    _text("admin1", "its province, where known", f"{_ACLED}: admin1", lambda a: a.admin1),
    Column("latitude", Kind.NUMBER, "degrees north", "WGS 84", _coordinate(0)),
    Column("longitude", Kind.NUMBER, "degrees east", "WGS 84", _coordinate(1)),
    _text("control", "what holds", _OURS, lambda a: a.control.value),
    _text("holder", "who holds it, or held it last", _OURS, lambda a: a.holder),
    _text("opponent", "who fights for it or lost it", _OURS, lambda a: a.opponent),
    _text("certainty", "claimed, confirmed, settled, disputed", _OURS, lambda a: a.certainty.value),
    _text("previous_control", "what held before", _OURS, lambda a: a.previous_control.value),
    _text("previous_holder", "who held it before", _OURS, lambda a: a.previous_holder),
    _text("headline", "the alert in a sentence", _OURS, lambda a: a.headline),
    _text("cap_certainty", "how sure it is", "CAP 1.2 certainty", lambda a: a.cap_certainty.value),
    _text(
        "admiralty",
        "reliability of the source A to F, credibility of the information 1 to 6",
        "Admiralty system, NATO AJP-2.1",
        lambda a: a.admiralty,
    ),
    _text("acled_disorder_type", "disorder type", _ACLED, _acled("disorder_type")),
    _text("acled_event_type", "event type", _ACLED, _acled("event_type")),
    _text("acled_sub_event_type", "sub-event type", _ACLED, lambda a: a.acled),
    _text("cameo", "event code; text, for some begin with 0", "CAMEO 0.9b6", lambda a: a.cameo),
    _text("plover_event", "event type", _PLOVER, _plover(0)),
    _text("plover_mode", "mode, where the type has one", _PLOVER, _plover(1)),
    _text("source", "the outlets read, with semicolons", f"{_ACLED}: source", _outlets),
    _text("origin", "whose word it is, with semicolons", _OURS, _origins),
    _text("reason", "what it did: a word of data/reasons.yaml", _OURS, lambda a: a.reason),
    _text("grounds", "why it is so sure: likewise", _OURS, lambda a: a.grounds),
)
