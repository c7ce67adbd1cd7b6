"""Cases: alerts as a person writes them, and what each receiver must be told, or why not; the file for `routes test`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import AwareDatetime, BeforeValidator, Field, ValidationError, model_validator

from placewatch.errors import RoutesError
from placewatch.record_base import place_id_of
from placewatch.records import Alert
from placewatch.vocabulary import CAP_CERTAINTY, Certainty, Control, MsgType, PlaceKind
from placewatch.yaml_text import load_yaml
from sinks.rehearsal import Rehearsed, in_words, rehearse
from sinks.route_tree import Matchers, RouteTree
from sinks.silences import Silence
from sinks.strict import Strict


def _utc(value: object) -> object:
    """Take a time without a zone as UTC and a bare date as its start."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_utc)]


class CaseAlert(Strict):
    """An alert; `at` is when it comes, `refers_to` the ids of earlier ones. One that is there twice comes twice."""

    id: str
    at: Moment
    place: str = "Rastan, Syria"
    country: str | None = None
    country_code: str | None = None
    admin1: str | None = None
    kind: PlaceKind | None = PlaceKind.POPULATED_PLACE
    part_of: str | None = None
    control: Control = Control.HELD
    holder: str | None = None
    opponent: str | None = None
    certainty: Certainty = Certainty.CONFIRMED
    grade: str = "B2"
    msg_type: MsgType = MsgType.ALERT
    previous_control: Control = Control.UNKNOWN
    previous_holder: str | None = None
    previous_certainty: Certainty | None = None
    reason: str = "taken"
    cause: str = ""
    refers_to: tuple[str, ...] = ()

    def as_alert(self) -> Alert:
        """Return the record it stands for."""
        own = self.model_dump(exclude={"id", "grade", "refers_to", "part_of"})
        return Alert(
            **own,
            alert_id=self.id,
            admiralty=self.grade,
            references=self.refers_to,
            place_id=place_id_of(self.place),
            part_of=place_id_of(self.part_of) if self.part_of else None,
            headline=f"{self.place}: {self.control.value}",
            cap_certainty=CAP_CERTAINTY[self.certainty],
        )


class CaseSilence(Strict):
    """A silence that is in force in a case."""

    id: str
    matchers: Matchers
    starts_at: Moment
    ends_at: Moment


class Case(Strict):
    """One case.

    Attributes:
        name: what it shows.
        alerts: what comes, each at its time.
        now: when it is looked at; by default when the last alert comes.
        silences: what is silenced.
        expect: of each alert what becomes of it for each receiver, as in "quiet_hours until 2024-12-07T04:30Z by
            nights"; the first words are enough. Receivers that are not named must have nothing to do with it.
        messages: of a receiver the ids of the alerts of each message it has had by then.
    """

    name: str
    alerts: tuple[CaseAlert, ...] = Field(min_length=1)
    now: Moment
    silences: tuple[CaseSilence, ...] = ()
    expect: dict[str, dict[str, str]] = Field(default_factory=dict)
    messages: dict[str, tuple[tuple[str, ...], ...]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _now_is_at_the_last(cls, content: Any) -> Any:
        match content:
            case {"alerts": [*_, {"at": at}]} if "now" not in content:
                return {**content, "now": at}
        return content

    @model_validator(mode="after")
    def _speaks_of_its_alerts(self) -> Self:
        if not self.expect and not self.messages:
            raise ValueError("a case expects something: expect: or messages:")
        ids = {alert.id for alert in self.alerts}
        unknown = [name for name in self.expect if name not in ids]
        if unknown:
            raise ValueError(
                f"expect speaks of {unknown[0]!r}; the alerts are {', '.join(sorted(ids))}"
            )
        return self


class Cases(Strict):
    """The whole file; `defaults` are fields of every alert that does not say otherwise."""

    defaults: dict[str, Any] = Field(default_factory=dict)
    cases: tuple[Case, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, content: Any) -> Any:
        match content:
            case {"defaults": dict() as defaults, "cases": list() as cases}:
                return {**content, "cases": [_filled(case, defaults) for case in cases]}
        return content


def load_cases(path: Path) -> tuple[Case, ...]:
    """Return the cases in `path`.

    Raises:
        RoutesError: it cannot be read or a case in it is wrong; the message names file and field.
    """
    try:
        return Cases.model_validate(load_yaml(path.read_text("utf-8"))).cases
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RoutesError(f"the cases {path} cannot be read: {error}") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors(include_url=False)[:5]
        )
        raise RoutesError(f"the cases {path} are wrong: {faults}") from error


def differences(case: Case, routes: RouteTree) -> list[str]:
    """Return where the routes differ from a case, "-" before what was expected and "+" before what came."""
    arrivals = [(alert.at, alert.as_alert()) for alert in case.alerts]
    silences = [
        Silence(s.id, s.matchers, s.starts_at, s.ends_at, "", "", s.starts_at)
        for s in case.silences
    ]
    found = rehearse(arrivals, routes, silences, case.now)
    return [*_other_decisions(case, found), *_other_messages(case, found)]


def _other_decisions(case: Case, found: Rehearsed) -> Iterator[str]:
    for alert_id, expected in case.expect.items():
        came = {
            receiver: in_words(decision)
            for (its_id, receiver), decision in found.decisions.items()
            if its_id == alert_id
        }
        for receiver in sorted({*expected, *came}):
            wanted, words = expected.get(receiver), came.get(receiver)
            if wanted is not None and words is not None and _begins(words, wanted):
                continue
            if wanted is not None:
                yield f"- {alert_id} to {receiver}: {wanted}"
            if words is not None:
                yield f"+ {alert_id} to {receiver}: {words}"


def _other_messages(case: Case, found: Rehearsed) -> Iterator[str]:
    for receiver, expected in case.messages.items():
        came = tuple(
            tuple(alert.alert_id for alert in told.alerts)
            for _, told in found.messages
            if told.receiver == receiver
        )
        if came != expected:
            yield f"- messages to {receiver}: {_listed(expected)}"
            yield f"+ messages to {receiver}: {_listed(came)}"


def _begins(words: str, wanted: str) -> bool:
    return words == wanted or words.startswith(f"{wanted} ")


def _listed(messages: tuple[tuple[str, ...], ...]) -> str:
    return "; ".join(", ".join(ids) for ids in messages) or "none"


def _filled(case: Any, defaults: dict[str, Any]) -> Any:
    match case:
        case {"alerts": list() as alerts}:
            filled = [{**defaults, **each} if isinstance(each, dict) else each for each in alerts]
            return {**case, "alerts": filled}
    return case
