"""What a run came to, and how that differs from what the undisturbed run came to."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from story import Run
from world import World

from placewatch.records import Alert, Status
from sinks.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of the story came to: the ids of its alerts, and what holds of each of its places."""

    alert_ids: frozenset[str]
    statuses: dict[str, list[str]]

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Outcome:
        """Return what `to_json` wrote."""
        return cls(frozenset(fields["alert_ids"]), fields["statuses"])

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"alert_ids": sorted(self.alert_ids), "statuses": self.statuses}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run differs from the undisturbed one.

    Attributes:
        alerts: how many there should be.
        lost: ids that are not in the ledger, the alert log or on the topic.
        wrong: ids besides, and places whose status is another, with both.
        duplicates: ids that a sink has more than once.
    """

    alerts: int
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def outcome(world: World, run: Run) -> Outcome:
    """Return what a run came to by the ledger."""
    alerts, statuses = _in_ledger(world, run)
    return Outcome(
        frozenset(alert.alert_id for alert in alerts), {s.place: _said(s) for s in statuses}
    )


def judge(world: World, run: Run, wanted: Outcome) -> Verdict:
    """Compare ledger, alert log and topics of a run with what they should have."""
    alerts, statuses = _in_ledger(world, run)
    in_ledger = [alert.alert_id for alert in alerts]
    logged, torn = _in_alert_log(world)
    in_log = [alert_id for alert_id, place in logged if place in _places(run)]
    on_topic = {a.alert_id for a in world.alerts.values() if a.place in _places(run)}
    places = {"ledger": set(in_ledger), "log": set(in_log), "topic": on_topic}
    lost = [f"{where}: {i}" for where, ids in places.items() for i in wanted.alert_ids - ids]
    wrong = [f"log: a torn line: {line!r:.80}" for line in torn]
    wrong += [f"{where}: {i}" for where, ids in places.items() for i in ids - wanted.alert_ids]
    for where, held in (("ledger", statuses), ("topic", world.statuses.values())):
        found = {s.place: _said(s) for s in held if s.place in _places(run)}
        wrong += [
            f"{where}: {place}: {found.get(place)} instead of {said}"
            for place, said in wanted.statuses.items()
            if found.get(place) != said
        ]
    twice = {"ledger": Counter(in_ledger), "log": Counter(in_log)}
    duplicates = [f"{where}: {i}" for where, ids in twice.items() for i, n in ids.items() if n > 1]
    return Verdict(len(wanted.alert_ids), sorted(lost), sorted(wrong), duplicates)


def _places(run: Run) -> set[str]:
    return {f"{town}, Syria" for town in run.towns}


def _in_ledger(world: World, run: Run) -> tuple[list[Alert], list[Status]]:
    with Ledger(world.settings.ledger) as ledger:
        alerts, statuses = ledger.alerts(), ledger.statuses()
    places = _places(run)
    return [a for a in alerts if a.place in places], [s for s in statuses if s.place in places]


def _in_alert_log(world: World) -> tuple[list[tuple[str, str]], list[bytes]]:
    """Return id and place of each line of the alert log, and the lines that are torn."""
    whole, torn = [], []
    for line in world.settings.alert_log_path.read_bytes().splitlines():
        try:
            alert = json.loads(line)
            whole.append((alert["alert_id"], alert["place"]))
        except (ValueError, KeyError):
            torn.append(line)
    return whole, torn


def _said(status: Status) -> list[str]:
    """Return what must be the same of a status in every run."""
    since = status.since.isoformat() if status.since else ""
    return [status.control, status.holder or "", status.certainty, since, status.alert_id or ""]
