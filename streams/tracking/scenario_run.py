"""Runs a scenario through the tracker, step by step, and gathers where the two differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from placewatch.record_base import digest, place_id_of
from placewatch.records import (
    Alert,
    Article,
    Assertion,
    Evidence,
    Reading,
    Report,
    WatchedPlace,
)
from placewatch.sources import Sources
from placewatch.vocabulary import SECOND_OPINION, DatePrecision
from streams.reading.parts import with_towns
from streams.tracking.context import Context
from streams.tracking.place_state import PlaceState, assess_state
from streams.tracking.scenario_differences import View, described, differences
from streams.tracking.scenarios import (
    Expectation,
    Scenario,
    ScenarioArticle,
    ScenarioPlace,
    ScenarioReport,
    ScenarioSet,
    Step,
)
from streams.tracking.tracker import advance, tick


ReadArticle = Callable[[Article, Sequence[WatchedPlace]], Sequence[Reading]]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Run:
    """A scenario under way."""

    context: Context
    sources: Sources
    places: dict[str, WatchedPlace]
    read: ReadArticle | None
    states: dict[str, PlaceState] = field(default_factory=dict)
    delivered: dict[str, list[Reading]] = field(default_factory=dict)
    published: dict[str, datetime] = field(default_factory=dict)
    now: datetime = _LONG_AGO
    said: list[Alert] = field(default_factory=list)


def run_scenario(
    scenario: Scenario, context: Context, read: ReadArticle | None = None
) -> list[str]:
    """Return where the tracker differs from what the scenario expects; empty when it holds.

    Each text tells of one `expect` step: what was expected, what came, and why.

    Args:
        scenario: the course of events.
        context: policy, actors and sources; the scenario's own sources are added.
        read: reads an article for places; needed where the scenario has articles.
    """
    found = []
    run = _begun(scenario, context, read)
    for number, step in enumerate(scenario.steps, start=1):
        if step.expect:
            told = differences(step.expect, run.said, _views(run))
            found += [described(f"step {number}, {run.now:%Y-%m-%d %H:%M} UTC", told)] * bool(told)
            run.said.clear()
        else:
            _take(run, step)
    return found + (_differences_by_order(scenario, context, read) if scenario.any_order else [])


def _differences_by_order(
    scenario: Scenario, context: Context, read: ReadArticle | None
) -> list[str]:
    """Deliver the same in other orders, all at the end: the statuses of the last `expect` must hold."""
    *steps, last = scenario.steps
    inputs = [s for s in steps if not (s.expect or s.wait or s.again)]
    end = max(_at(s) for s in steps if not (s.expect or s.again))
    half = len(inputs) // 2
    orders = {
        "the newest first": inputs[::-1],
        "the second half first": inputs[half:] + inputs[:half],
        "every other one first": inputs[1::2] + inputs[::2],
    }
    found = []
    for name, order in orders.items():
        run = _begun(scenario, context, read)
        run.now = max(run.now, end)
        for step in order:
            _take(run, step)
        wanted = Expectation(statuses=last.expect.statuses if last.expect else {})
        told = differences(wanted, run.said, _views(run))
        found += [described(f"delivered in another order, {name}", told)] * bool(told)
    return found


def _at(step: Step) -> datetime:
    """When a step brings its news."""
    if step.told:
        return step.told[0].at
    if step.article:
        return step.article.published
    return (step.set.at if step.set else step.wait) or _LONG_AGO


def _begun(scenario: Scenario, context: Context, read: ReadArticle | None) -> _Run:
    sources = (
        Sources([*context.sources, *scenario.sources]) if scenario.sources else context.sources
    )
    run = _Run(context, sources, {p.place: _watched(p) for p in scenario.places}, read)
    for report in (r for step in scenario.steps for r in step.told):
        article_id = _article_id(report)
        run.published[article_id] = min(report.at, run.published.get(article_id, report.at))
    for entry in scenario.places:
        _restore(run, entry)
    return run


def _take(run: _Run, step: Step) -> None:
    if step.told:
        _deliver(run, _by_place(run, step.told), step.told[0].at)
    elif step.article:
        _deliver(run, _read(run, step.article), step.article.published)
    elif step.again:
        _deliver(run, run.delivered[step.again], run.now)
    elif step.set:
        _advance(run, _set(step.set), step.set.at)
    elif step.wait:
        _pass_time(run, step.wait)


def _views(run: _Run) -> dict[str, View]:
    """Return how each place stands now."""
    views = {}
    for label, place in run.places.items():
        state = run.states.get(place.place_id)
        assessment = assess_state(state, _context(run, place), run.now) if state else None
        views[label] = View(state.status if state else None, place.baseline, assessment)
    return views


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
        part_of=place_id_of(entry.part_of) if entry.part_of else None,
        baseline=baseline,
    )


def _restore(run: _Run, entry: ScenarioPlace) -> None:
    """Deliver what the ledger says held, as a restart does; the watchlist itself gives baselines only."""
    given = run.places[entry.place].baseline
    if given is not None and given.kind == "ledger":
        place = run.places[entry.place].model_copy(update={"baseline": None})
        run.places[entry.place] = place
        _advance(run, given, given.as_of)


def _by_place(run: _Run, reports: Iterable[ScenarioReport]) -> list[Reading]:
    """Return the reports of one article as readings; of a part they tell of its town too, as the reader has it."""
    told = tuple(reports)
    places = {place.place_id: place for place in run.places.values()}
    grouped: dict[str, list[Report]] = {}
    for report in with_towns([_report(r) for r in told], places):
        grouped.setdefault(report.place_id, []).append(report)
    return [_reading(run, told[0], tuple(of_place)) for of_place in grouped.values()]


def _reading(run: _Run, first: ScenarioReport, reports: tuple[Report, ...]) -> Reading:
    """Return the reports of one place as a reading; an edit was published when its first version was."""
    model = first.copy_of or _article_id(first)
    words = [int(digest(model, str(n)), 16) for n in range(20)]
    return Reading(
        place_id=reports[0].place_id,
        place=reports[0].place,
        article_id=_article_id(first),
        revision=first.revision,
        source_id=first.source,
        published_at=run.published[_article_id(first)],
        updated_at=first.at if first.revision else None,
        fetched_at=max(first.at, run.now),
        is_backfill=first.backfill,
        shingles=tuple(words),
        reports=reports,
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
        fetched_at=max(article.published, run.now),
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
        opponent=given.opponent,
        as_of=given.at,
        by=given.by,
        is_revoked=given.revoke,
    )


def _deliver(run: _Run, readings: Sequence[Reading], at: datetime) -> None:
    for reading in readings:
        known = run.delivered.setdefault(reading.article_id, [])
        if reading not in known:
            known.append(reading)
        _advance(run, reading, at)


def _advance(run: _Run, item: Reading | Assertion, at: datetime) -> None:
    _pass_time(run, at)
    place = run.places[item.place]
    step = advance(run.states.get(item.place_id), item, _context(run, place), run.now, place)
    run.states[item.place_id] = step.state
    run.said += step.alerts


def _pass_time(run: _Run, until: datetime) -> None:
    """Let time pass in all places, day by day as the worker's timer does, and then up to the moment."""
    while run.states and run.now + _DAY < until:
        _tick(run, run.now + _DAY)
    _tick(run, max(run.now, until))


def _tick(run: _Run, now: datetime) -> None:
    run.now = now
    for place in run.places.values():
        state = run.states.get(place.place_id)
        if state is not None:
            step = tick(state, _context(run, place), run.now)
            run.states[place.place_id] = step.state
            run.said += step.alerts


def _context(run: _Run, place: WatchedPlace) -> Context:
    return Context(run.context.policy, run.context.actors, run.sources, place.country)
