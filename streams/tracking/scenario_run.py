"""Runs a scenario through the tracker and tells where the two differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from placewatch.records import (
    Alert,
    Article,
    Assertion,
    Evidence,
    Reading,
    Report,
    WatchedPlace,
    digest,
    place_id_of,
)
from placewatch.sources import Sources
from placewatch.vocabulary import SECOND_OPINION, DatePrecision
from streams.tracking.context import Context
from streams.tracking.scenarios import (
    Expectation,
    ExpectedAlert,
    ExpectedStatus,
    Scenario,
    ScenarioArticle,
    ScenarioPlace,
    ScenarioReport,
    ScenarioSet,
    Step,
)
from streams.tracking.tracker import PlaceState, advance, tick


ReadArticle = Callable[[Article, Sequence[WatchedPlace]], Sequence[Reading]]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Run:
    """A scenario under way."""

    context: Context
    sources: Sources
    places: dict[str, WatchedPlace]
    read: ReadArticle | None
    states: dict[str, PlaceState] = field(default_factory=dict)
    delivered: dict[str, list[Reading]] = field(default_factory=dict)
    now: datetime = _LONG_AGO
    said: list[Alert] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)


def run_scenario(
    scenario: Scenario, context: Context, read: ReadArticle | None = None
) -> list[str]:
    """Return where the tracker differs from what the scenario expects; empty when it holds.

    Args:
        scenario: the course of events.
        context: policy, actors and sources; the scenario's own sources are added.
        read: reads an article for places; needed where the scenario has articles.
    """
    sources = (
        Sources([*context.sources, *scenario.sources]) if scenario.sources else context.sources
    )
    places = {p.place: _watched(p) for p in scenario.places}
    run = _Run(context, sources, places, read)
    for entry in scenario.places:
        _restore(run, entry)
    for number, step in enumerate(scenario.steps, start=1):
        _take(run, step, number)
    return run.differences


def _take(run: _Run, step: Step, number: int) -> None:
    if step.report:
        _deliver(run, [_reading((step.report,))])
    elif step.reports:
        _deliver(run, _by_place(step.reports))
    elif step.article:
        _deliver(run, _read(run, step.article))
    elif step.again:
        _deliver(run, run.delivered[step.again])
    elif step.set:
        _advance(run, _set(step.set), step.set.at)
    elif step.wait:
        _pass_time(run, step.wait)
    elif step.expect:
        run.differences += [f"step {number}: {d}" for d in _differences(run, step.expect)]
        run.said.clear()


def _watched(entry: ScenarioPlace) -> WatchedPlace:
    name, _, country = entry.place.rpartition(", ")
    place_id = place_id_of(entry.place)
    given = entry.baseline
    baseline = given and Assertion(
        assertion_id=digest("baseline", place_id),
        place_id=place_id,
        place=entry.place,
        kind=given.kind,
        control=given.status,
        holder=given.holder,
        opponent=given.opponent,
        certainty=given.certainty,
        as_of=given.as_of,
        alert_id=digest("restored", place_id) if given.kind == "ledger" else None,
    )
    return WatchedPlace(
        place_id=place_id,
        place=entry.place,
        name=name or entry.place,
        country=country if name else None,
        aliases=(name or entry.place, *entry.aliases),
        blockers=entry.blockers,
        baseline=baseline,
    )


def _restore(run: _Run, entry: ScenarioPlace) -> None:
    """Deliver what the ledger says held, as a restart does; the watchlist itself gives baselines only."""
    given = run.places[entry.place].baseline
    if given is not None and given.kind == "ledger":
        place = run.places[entry.place].model_copy(update={"baseline": None})
        run.places[entry.place] = place
        _advance(run, given, given.as_of)


def _by_place(reports: Iterable[ScenarioReport]) -> list[Reading]:
    places: dict[str, list[ScenarioReport]] = {}
    for report in reports:
        places.setdefault(report.place, []).append(report)
    return [_reading(tuple(of_place)) for of_place in places.values()]


def _reading(reports: tuple[ScenarioReport, ...]) -> Reading:
    first = reports[0]
    model = first.copy_of or _article_id(first)
    words = [int(digest(model, str(n)), 16) for n in range(20)]
    return Reading(
        place_id=place_id_of(first.place),
        place=first.place,
        article_id=_article_id(first),
        revision=first.revision,
        source_id=first.source,
        published_at=first.at,
        fetched_at=first.at,
        is_backfill=first.backfill,
        shingles=tuple(words),
        reports=tuple(_report(r) for r in reports),
    )


def _article_id(report: ScenarioReport) -> str:
    """Return the id that is given, else one that depends on everything the report says."""
    return report.article or digest(report.model_dump_json())


def _report(report: ScenarioReport) -> Report:
    sentence = report.sentence or " ".join(
        str(word)
        for word in (report.actor, report.factuality.value, report.state.value, report.place)
        if word
    )
    return Report(
        place_id=place_id_of(report.place),
        place=report.place,
        state=report.state,
        factuality=report.factuality,
        actor=report.actor,
        against=report.against,
        attributed_to=report.attributed_to,
        evidence=Evidence(sentence=sentence, start=0, end=len(sentence)),
        event_date=report.event_date,
        date_precision=DatePrecision.DAY if report.event_date else DatePrecision.UNKNOWN,
        reasons=(f"{SECOND_OPINION}1.00",) if report.second_opinion else (),
    )


def _read(run: _Run, article: ScenarioArticle) -> Sequence[Reading]:
    """Read an article; places it no longer speaks of get an empty reading when it is an edit, as in the worker."""
    if run.read is None:
        raise ValueError("this scenario has articles, and no reader was given")
    record = Article(
        article_id=article.id,
        revision=article.revision,
        source_id=article.source,
        title=article.title,
        text=article.text,
        published_at=article.published,
        fetched_at=article.published,
    )
    found = list(run.read(record, tuple(run.places.values())))
    told = {reading.place_id for reading in found}
    earlier = {r.place_id: r for r in run.delivered.get(article.id, ())}
    return found + [
        r.model_copy(update={"revision": article.revision, "reports": ()})
        for place_id, r in earlier.items()
        if place_id not in told
    ]


def _set(given: ScenarioSet) -> Assertion:
    return Assertion(
        assertion_id=given.id,
        place_id=place_id_of(given.place),
        place=given.place,
        kind="analyst",
        control=given.status,
        holder=given.holder,
        as_of=given.at,
        by=given.by,
        is_revoked=given.revoke,
    )


def _deliver(run: _Run, readings: Sequence[Reading]) -> None:
    for reading in readings:
        known = run.delivered.setdefault(reading.article_id, [])
        if reading not in known:
            known.append(reading)
        _advance(run, reading, reading.published_at)


def _advance(run: _Run, item: Reading | Assertion, at: datetime) -> None:
    _pass_time(run, at)
    place = run.places[item.place]
    step = advance(run.states.get(item.place_id), item, _context(run, place), run.now, place)
    run.states[item.place_id] = step.state
    run.said += step.alerts


def _pass_time(run: _Run, until: datetime) -> None:
    """Let time pass in all places, as the worker's timer does."""
    run.now = max(run.now, until)
    for place in run.places.values():
        state = run.states.get(place.place_id)
        if state is not None:
            step = tick(state, _context(run, place), run.now)
            run.states[place.place_id] = step.state
            run.said += step.alerts


def _context(run: _Run, place: WatchedPlace) -> Context:
    return Context(run.context.policy, run.context.actors, run.sources, place.country)


def _differences(run: _Run, expected: Expectation) -> list[str]:
    found = []
    if expected.alerts is not None:
        found += _alert_differences(run.said, expected.alerts)
    found += [
        f"expected an alert {_fields(want)}; said: {_said(run.said)}"
        for want in expected.any_of
        if not any(_matches(want, alert) for alert in run.said)
    ]
    found += [
        f"expected no alert {_fields(want)}; said: {_said(run.said)}"
        for want in expected.never
        if any(_matches(want, alert) for alert in run.said)
    ]
    for label in expected.silent:
        said = [alert for alert in run.said if alert.place == label]
        found += [f"expected nothing on {label}; said: {_said(said)}"] if said else []
    for label, want in expected.statuses.items():
        found += _status_differences(run, label, want)
    return found


def _alert_differences(said: Sequence[Alert], wanted: Sequence[ExpectedAlert]) -> list[str]:
    fits = len(said) == len(wanted) and all(
        _matches(w, a) for w, a in zip(wanted, said, strict=False)
    )
    if fits:
        return []
    expected = "; ".join(map(_fields, wanted)) or "none"
    return [f"expected {len(wanted)} alerts: {expected} | said {len(said)}: {_said(said)}"]


def _status_differences(run: _Run, label: str, want: ExpectedStatus) -> list[str]:
    state = run.states.get(place_id_of(label))
    status = state.status if state else None
    given = run.places[label].baseline
    found = []
    for name in sorted(want.model_fields_set):
        is_value = getattr(status or given, name, None)
        wanted = getattr(want, name)
        if is_value != wanted:
            reason = f" (reason: {status.reason})" if status else ""
            found.append(f"{label}: {name} should be {wanted}, is {is_value}{reason}")
    return found


def _matches(want: ExpectedAlert, alert: Alert) -> bool:
    return all(getattr(alert, name) == getattr(want, name) for name in want.model_fields_set)


def _fields(want: ExpectedAlert) -> str:
    return ", ".join(f"{name} {getattr(want, name)}" for name in sorted(want.model_fields_set))


def _said(alerts: Sequence[Alert]) -> str:
    return (
        "; ".join(
            f"{a.msg_type} {a.place} {a.control} {a.holder} {a.certainty} ({a.headline})"
            for a in alerts
        )
        or "nothing"
    )
