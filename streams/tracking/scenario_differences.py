"""Where a scenario and the tracker differ, written so that whoever wrote the scenario sees what came, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from placewatch.records import Alert, Assertion, Event, Status
from streams.tracking.assess import Assessment, Decision
from streams.tracking.scenarios import Expectation, ExpectedAlert, ExpectedStatus


@dataclass(frozen=True, slots=True)
class View:
    """How one place stands when a scenario looks at it.

    Attributes:
        status: what holds, or None while nothing was told.
        given: what is given, which holds until then.
        assessment: the status with its events and what each did, or None while nothing was told.
    """

    status: Status | None
    given: Assertion | None
    assessment: Assessment | None


def differences(
    expected: Expectation, said: Sequence[Alert], views: Mapping[str, View]
) -> list[str]:
    """Return the lines that tell where what came is not what was expected; none when all is.

    `-` stands before what was expected and did not come, `+` before what came and was not expected.
    """
    lines = _alert_lines(expected, said)
    blamed = {label for label, view in views.items() if view.assessment} if lines else set()
    for label, want in expected.statuses.items():
        found = _status_lines(label, want, views[label])
        lines += found
        blamed |= {label} if found else set()
    for label, words in expected.reasons.items():
        came = _reasons(views[label])
        missing = [f"    - reason {word}" for word in words if word not in came]
        lines += [f"  {label}", *missing] if missing else []
        blamed |= {label} if missing else set()
    for label in views:
        lines += _told_of(label, views[label]) if label in blamed else []
    return lines


def described(where: str, lines: Sequence[str]) -> str:
    """Return the differences of one moment as one text."""
    return "\n".join([where, *lines])


def _alert_lines(expected: Expectation, said: Sequence[Alert]) -> list[str]:
    lines = []
    if expected.alerts is not None:
        compared = _compared(expected.alerts, said)
        if any(line.startswith(_ODD) for line in compared):
            lines += ["  alerts, in this order", *compared]
    missing = [w for w in expected.any_of if not any(_matches(w, a) for a in said)]
    if missing:
        lines += ["  alerts, among others", *(f"    - {_wanted(want)}" for want in missing)]
        lines += [f"    + {_came(alert)}" for alert in said] or ["    + none"]
    for want in expected.never:
        wrong = [alert for alert in said if _matches(want, alert)]
        if wrong:
            lines += [f"  never an alert of {_wanted(want)}"]
            lines += [f"    + {_came(alert)}" for alert in wrong]
    for label in expected.silent:
        wrong = [alert for alert in said if alert.place == label]
        if wrong:
            lines += [f"  no alert of {label}", *(f"    + {_came(alert)}" for alert in wrong)]
    return lines


_ODD = ("    -", "    +")


def _compared(wanted: Sequence[ExpectedAlert], said: Sequence[Alert]) -> list[str]:
    """Return both lists as one, as `diff` does: what fits once, in order, the rest as missing or unexpected."""

    @cache
    def shortest(at: int, came: int) -> tuple[str, ...]:
        """Return the fewest lines for what is wanted from `at` on and was said from `came` on."""
        if at == len(wanted) and came == len(said):
            return ()
        options = []
        if at < len(wanted) and came < len(said) and _matches(wanted[at], said[came]):
            options.append((f"      {_came(said[came])}", *shortest(at + 1, came + 1)))
        if at < len(wanted):
            options.append((f"    - {_wanted(wanted[at])}", *shortest(at + 1, came)))
        if came < len(said):
            options.append((f"    + {_came(said[came])}", *shortest(at, came + 1)))
        return min(options, key=len)

    return list(shortest(0, 0))


def _matches(want: ExpectedAlert, alert: Alert) -> bool:
    return all(getattr(alert, name) == getattr(want, name) for name in want.model_fields_set)


def _wanted(want: ExpectedAlert) -> str:
    return ", ".join(
        f"{name} {getattr(want, name)}"
        for name in ExpectedAlert.model_fields
        if name in want.model_fields_set
    )


def _came(alert: Alert) -> str:
    sources = sorted({citation.source_id for citation in alert.citations})
    told = f"; told by {', '.join(sources)}" if sources else ""
    return (
        f"{alert.msg_type} {alert.at:%d %b %H:%M}: {alert.place}: {alert.control}, "
        f"holder {alert.holder}, {alert.certainty}; reason {alert.reason}{told}"
    )


def _status_lines(label: str, want: ExpectedStatus, view: View) -> list[str]:
    lines = []
    for name in sorted(want.model_fields_set):
        came, wanted = getattr(view.status or view.given, name, None), getattr(want, name)
        if came != wanted:
            lines += [f"    - {name} {wanted}", f"    + {name} {came}"]
    return [f"  status of {label}", *lines] if lines else []


def _reasons(view: View) -> set[str]:
    return {d.reason.value for d in view.assessment.decisions} if view.assessment else set()


def _told_of(label: str, view: View) -> list[str]:
    """Return what is known of a place, one line an event or report, with what it did."""
    if view.assessment is None:
        return [f"  {label}: nothing was told of it"]
    events = {event.event_id: event for event in view.assessment.events}
    return [
        f"  why, event by event, of {label}",
        *(f"      {_did(decision, events)}" for decision in view.assessment.decisions),
    ]


def _did(decision: Decision, events: Mapping[str, Event]) -> str:
    event = events.get(decision.event_id or "")
    if event is None:
        return f"a report in article {', '.join(decision.article_ids)}: {decision.reason}"
    who = event.actor or event.side or "nobody named"
    origins = ", ".join(origin.name for origin in event.origins) or "nobody"
    return (
        f"{event.event_date} {event.state} by {who}, {event.certainty}, told by {origins}: "
        f"{decision.reason}"
    )
