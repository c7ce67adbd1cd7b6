"""One article told in order: sentence by sentence to reports, then what the whole text adds.

Keeps what later sentences lean on (the last place for "the city", the last force for "they", the last speaker
for a quotation). What the whole text adds comes after: see `wars` and `overtaken`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from spacy.tokens import Token

from placewatch.records import Evidence, Report, WatchedPlace
from placewatch.vocabulary import (
    CURRENT,
    STILL_LEAVING,
    TAKING_STATES,
    DatePrecision,
    Factuality,
    MarkRole,
    PlaceKind,
    State,
    codes_for,
)
from streams.reading.aftermath import left_behind
from streams.reading.anaphora import is_metonym, may_stand_for_place, resolve_anaphors
from streams.reading.antecedents import Memory
from streams.reading.beside import (
    adjacent,
    ambient_fight,
    ambient_withdrawal,
    apposed_hold,
    headline_strike,
    is_beside,
)
from streams.reading.civil import civil_findings
from streams.reading.civil_beside import civil_beside
from streams.reading.climb import links
from streams.reading.context import ArticleContext
from streams.reading.dates import Dated, is_history
from streams.reading.documents import Sentence
from streams.reading.factuality import as_ahead, judge
from streams.reading.finding import Finding
from streams.reading.frames import findings
from streams.reading.judgement import Judgement
from streams.reading.lexicon import lexicon
from streams.reading.marks import Phrase, marks_of
from streams.reading.other_matters import from_afar, is_annexation, is_other_matter
from streams.reading.overtaken import ATTEMPT
from streams.reading.participants import Cast
from streams.reading.quoting import headline_source, is_quoted, quotations
from streams.reading.retrospect import (
    is_in_old_scene,
    is_looked_back_on,
    is_remembered,
    is_told_in_past,
)
from streams.reading.speakers import speaker_at, speaker_in
from streams.reading.syntax import is_verb, verb_lemma
from streams.reading.timing import date_of, is_in_history, is_past, is_to_come, is_under_way
from streams.reading.units import party_that
from streams.reading.unnamed import place_in_focus, told_beside, unplaced
from streams.reading.unnamed_violence import threats, unplaced_violence, violence_beside


def read_article(sentences: Sequence[Sentence], context: ArticleContext) -> list[Report]:
    """Return what the sentences of an article report, in text order."""
    memory = Memory(named=context.named)
    reports: list[Report] = []
    quoted = quotations(context.plain)
    for sentence in sentences:
        resolve_anaphors(sentence, context)
        cast = Cast(
            sentence,
            context.actors,
            context.places,
            memory,
            context.country,
            in_conflict=context.in_conflict,
            is_unrest=context.is_unrest,
        )
        reports.extend(_of_sentence(sentence, cast, context, quoted, memory))
        _remember(sentence, cast, memory)
    return reports


@dataclass(frozen=True, slots=True)
class _Scene:
    """A sentence with all that its findings are judged by."""

    sentence: Sentence
    cast: Cast
    context: ArticleContext
    dates: Sequence[Dated]
    quoted: Sequence[tuple[int, int]]
    memory: Memory


def _of_sentence(
    sentence: Sentence,
    cast: Cast,
    context: ArticleContext,
    quoted: Sequence[tuple[int, int]],
    memory: Memory,
) -> Iterator[Report]:
    doc, span = sentence.doc, sentence.span
    if doc is None:
        return
    dates = context.dates_in(span.start, span.end)
    scene = _Scene(sentence, cast, context, dates, quoted, memory)
    spoken = {
        m.start
        for m in context.mentions
        if span.start <= m.start < span.end and is_metonym(m, context)
    }
    grouped = [(i, place_id) for i, ids in sentence.groups.items() for place_id in ids]
    for i, place_id in sorted([*{**sentence.places, **sentence.anaphors}.items(), *grouped]):
        if sentence.starts[i] in spoken:
            continue
        place = context.places[place_id]
        token = doc[i]
        if place.kind is PlaceKind.COUNTRY:
            continue
        if i in sentence.anaphors and not may_stand_for_place(token):
            continue
        for finding in _findings_of(token, place, sentence, cast, context.places):
            if sentence.is_title and _is_topic(finding, sentence):
                continue
            yield from _reports(finding, place, i, scene)
    focus = None if sentence.places else place_in_focus(sentence, context)
    if focus is not None:
        violence = (*unplaced_violence(sentence, cast), *threats(sentence, cast))
        for finding in (*unplaced(sentence, cast), *violence):
            place = context.places[focus]
            if not is_other_matter(finding, place, cast):
                yield from _reports(finding, place, None, scene)


def _findings_of(
    token: Token,
    place: WatchedPlace,
    sentence: Sentence,
    cast: Cast,
    places: Mapping[str, WatchedPlace],
) -> list[Finding]:
    """What the sentence says of the place at `token`, in text order: by the parse, else by what stands beside it."""
    is_region = place.kind in {PlaceKind.ADMIN, PlaceKind.AREA}
    found: dict[tuple[State, int], Finding] = {}
    told = [f for link in links(token, is_region=is_region) for f in findings(link, cast)]
    for finding in (*told, *civil_findings(token, cast, is_region=is_region)):
        found.setdefault((finding.state, finding.trigger.i), finding)
    beside: list[Finding | None] = []
    if token.i in sentence.places and State.STRUCK not in {f.state for f in found.values()}:
        beside.append(headline_strike(token, cast))
    if not found:
        beside.append(adjacent(token, cast))
    if State.HELD not in {f.state for f in found.values()}:
        beside.append(apposed_hold(token, cast))
    here = (*sentence.places.values(), *sentence.anaphors.values())
    wider = _WIDER if place.kind not in _WIDER else frozenset({PlaceKind.COUNTRY})
    is_alone = {p for p in here if places[p].kind not in wider} == {place.place_id}
    if is_alone and not any(beside) and not found:
        beside.append(ambient_fight(token, cast))
    if (
        token.i in sentence.places
        and not any(beside)
        and State.STRUCK not in {f.state for f in found.values()}
    ):
        beside.append(left_behind(token, cast))
    if is_alone and State.WITHDRAWN not in {f.state for f in found.values()}:
        beside.append(ambient_withdrawal(token, cast))
    told_states = {f.state for f in found.values()} | {f.state for f in beside if f}
    if is_alone and not is_beside(token):
        events = () if State.THREATENED in told_states else told_beside(sentence, cast)
        civil = () if is_region else civil_beside(token)
        beside += [f for f in (*events, *civil) if f.state not in told_states]
        beside += violence_beside(sentence, cast, token, told_states)
    for near in beside:
        if near is not None:
            found.setdefault((near.state, near.trigger.i), near)
    told_of_it = (from_afar(f, cast) for f in found.values() if not is_other_matter(f, place, cast))
    return sorted(told_of_it, key=lambda f: f.trigger.i)


_WIDER = frozenset({PlaceKind.COUNTRY, PlaceKind.ADMIN, PlaceKind.AREA})


def _reports(
    finding: Finding, place: WatchedPlace, named_at: int | None, scene: _Scene
) -> Iterator[Report]:
    judged = judge(finding)
    finding, cast, context = as_ahead(finding, judged), scene.cast, scene.context
    undone = _UNDONE.get(finding.state)
    if undone is not None and (judged.is_dropped or judged.factuality in _NOT_YET):
        # What is still to be reopened is closed.
        actor = cast.known_party(finding.actor)
        base = _Base(finding, place, named_at, scene.sentence, actor=actor)
        yield _report(base, undone, Factuality.ASSERTED, ["still to be undone"], context)
    if judged.is_dropped:
        return
    told = _telling(finding, judged, scene)
    if is_annexation(finding) and told.factuality is not Factuality.HISTORICAL:
        return
    state, actor, against = finding.state, finding.actor, finding.against
    factuality = told.factuality
    if judged.is_ended and state is State.HELD:
        state, actor, against = State.CAPTURED, None, None if isinstance(actor, str) else actor
    elif judged.is_ended:
        factuality = Factuality.DENIED
    names = (told.speaker, party_that(state, actor, scene.sentence, cast), cast.party(against))
    phrases = {MarkRole.ACTOR: actor, MarkRole.AGAINST: against, MarkRole.SPEAKER: told.said_by}
    base = _Base(finding, place, named_at, scene.sentence, told.when, *names, phrases)
    under_way = State.CONTESTED if judged.is_fight or state is State.CONTESTED else State.THREATENED
    is_old_failure = factuality is Factuality.DENIED and any(d.is_since for d in scene.dates)
    is_tried = judged.is_attempt and state in _TRIED and not is_old_failure
    if not (is_tried and state is under_way and factuality is Factuality.PLANNED):
        yield _report(base, state, factuality, told.reasons, context)
    if is_tried:
        now = Factuality.HISTORICAL if told.is_old else _attempted(judged)
        yield _report(base, under_way, now, [*told.reasons, ATTEMPT], context)


@dataclass(frozen=True, slots=True)
class _Telling:
    """How a finding is told: how far the text stands behind it, by whom and of when; `said_by` marks the speaker."""

    factuality: Factuality
    speaker: str | None
    said_by: Phrase
    when: Dated | None
    is_old: bool
    reasons: list[str]


def _telling(finding: Finding, judged: Judgement, scene: _Scene) -> _Telling:
    """What quotation marks, headline, dates, tense and the text around make of what was judged."""
    sentence, context = scene.sentence, scene.context
    when, reasons = date_of(finding, sentence, scene.dates), [*judged.reasons]
    factuality, speaker = _told_by(finding, judged, scene, reasons)
    is_old = is_past(finding, when, context.published, sentence, reasons)
    is_past_plan = factuality is Factuality.PLANNED and (
        is_told_in_past(finding.anchor) or is_looked_back_on(finding, reasons)
    )
    if (factuality in CURRENT or is_past_plan) and (
        is_old or _is_history(finding, when, scene, reasons)
    ):
        factuality = Factuality.HISTORICAL
    elif factuality in CURRENT and is_to_come(when, context.published):
        factuality = Factuality.PLANNED
        reasons.append("future date")
    if judged.is_attempt and finding.state is State.THREATENED and factuality in _NOT_YET:
        factuality = _attempted(judged)
    if finding.state is State.WITHDRAWN and is_under_way(finding.anchor):
        reasons.append(STILL_LEAVING)
    is_own = speaker == speaker_at(judged.speaker, sentence, scene.cast, scene.memory)
    said_by = judged.speaker if is_own else None
    return _Telling(factuality, speaker, said_by, when, is_old, reasons)


def _attempted(judged: Judgement) -> Factuality:
    """What is tried goes on now, as far as it is not only claimed."""
    return Factuality.CLAIMED if judged.is_claimed else Factuality.ASSERTED


def _is_history(finding: Finding, when: Dated | None, scene: _Scene, reasons: list[str]) -> bool:
    """Whether what stands around the clause makes it history: its sentence, the scene, the kind of text."""
    sentence, context, dates = scene.sentence, scene.context, scene.dates
    told = [d for d in dates if not d.is_since]
    line = context.plain[sentence.span.start : sentence.span.end]
    if is_in_history(finding, when, dates, context.published, line, reasons):
        return True
    if any(not is_history(d.day, context.published) for d in told):
        return False
    if is_looked_back_on(finding, reasons) or is_remembered(finding, context, reasons):
        return True
    return not dates and is_in_old_scene(finding, sentence.span.start, context, reasons)


_TRIED = TAKING_STATES | {State.BESIEGED, State.ENTERED, State.CONTESTED}


def _told_by(
    finding: Finding, judged: Judgement, scene: _Scene, reasons: list[str]
) -> tuple[Factuality, str | None]:
    """How far the text stands behind it once quotation marks and the headline's source count, and who says it."""
    sentence, cast, memory = scene.sentence, scene.cast, scene.memory
    factuality = judged.factuality
    speaker = speaker_at(judged.speaker, sentence, cast, memory)
    if factuality is Factuality.ASSERTED and is_quoted(finding, sentence, scene.quoted):
        reasons.append("quotation")
        told = speaker or speaker_in(sentence, cast, memory) or memory.speaker
        return Factuality.CLAIMED, told
    at = sentence.starts[finding.trigger.i]
    source = headline_source(sentence, scene.context, at) if sentence.is_title else None
    if factuality is Factuality.ASSERTED and source is not None and not finding.is_presupposed:
        reasons.append("headline source")
        return Factuality.CLAIMED, source
    return factuality, speaker


_NOT_YET = frozenset({Factuality.PLANNED, Factuality.DENIED})


_UNDONE = {State.REOPENED: State.CLOSED, State.RESTORED: State.OUTAGE}


@dataclass(frozen=True, slots=True)
class _Base:
    finding: Finding
    place: WatchedPlace
    named_at: int | None
    sentence: Sentence
    when: Dated | None = None
    speaker: str | None = None
    actor: str | None = None
    against: str | None = None
    phrases: Mapping[MarkRole, Phrase] = field(default_factory=dict)


def _report(
    base: _Base,
    state: State,
    factuality: Factuality,
    reasons: Sequence[str],
    context: ArticleContext,
) -> Report:
    finding, span = base.finding, base.sentence.span
    known = context.actors.find(base.actor, context.country) if base.actor else None
    codes = codes_for(state, known.kind if known else None)
    names = {
        MarkRole.ACTOR: base.actor,
        MarkRole.AGAINST: base.against if base.against != base.actor else None,
        MarkRole.SPEAKER: base.speaker if factuality is not Factuality.ASSERTED else None,
    }
    phrases = {role: base.phrases.get(role) for role, name in names.items() if name is not None}
    return Report(
        place_id=base.place.place_id,
        place=base.place.place,
        state=state,
        factuality=factuality,
        actor=names[MarkRole.ACTOR],
        against=names[MarkRole.AGAINST],
        attributed_to=names[MarkRole.SPEAKER],
        evidence=Evidence(
            sentence=context.text[span.start : span.end], start=span.start, end=span.end
        ),
        event_date=base.when.day if base.when else None,
        date_precision=base.when.precision if base.when else DatePrecision.UNKNOWN,
        geo_precision=2 if finding.at.near or finding.at.is_region else 1,
        trigger=base.sentence.original(finding.trigger.i, finding.trigger.i),
        marks=marks_of(base.sentence, base.named_at, finding.trigger, phrases),
        reasons=tuple(dict.fromkeys((*(f"path:{step}" for step in finding.at.path), *reasons))),
        acled=codes.acled,
        cameo=codes.cameo,
        plover="/".join(part for part in (codes.plover_event, codes.plover_mode) if part) or None,
    )


# --- headlines --------------------------------------------------------------------------------------------------


def _is_topic(finding: Finding, sentence: Sentence) -> bool:
    """Whether a title only names its topic ("Vale war / Battle of Arden"): a noun, and no verb in the title."""
    doc = finding.trigger.doc
    line = sentence.text[sentence.span.start : sentence.span.end]
    is_headline = any(t.tag_ in {"VBZ", "VBP", "VBD", "VBN", "VBG"} for t in doc)
    rest = line[sentence.starts[finding.trigger.i] - sentence.span.start :]
    if finding.is_background and not finding.is_presupposed and re.match(r"[\w' ]{3,40}: \w", rest):
        return True
    return (
        finding.is_background
        and not finding.is_presupposed
        and (" / " in line or (not is_headline and _NAMED_EVENT.search(line) is not None))
    )


_NAMED_EVENT = re.compile(r"(?:^|\bthe )(?:Battle|Siege|Fall)\b")


# --- what sentences leave behind --------------------------------------------------------------------------------


def _remember(sentence: Sentence, cast: Cast, memory: Memory) -> None:
    doc = sentence.doc
    if doc is None:
        return
    claims = lexicon().factuality["claim_verbs"]
    subjects = [t for t in doc if t.dep_ in {"nsubj", "nsubjpass"} and is_verb(t.head)]
    named = [t for t in subjects if t.tag_.startswith("NN")]
    for token in sorted(named, key=lambda t: t.head.dep_ == "ROOT"):  # whom it is about, last
        if verb_lemma(token.head) in claims:
            memory.speaker = speaker_at(token, sentence, cast, memory) or memory.speaker
        elif cast.is_armed(token) is True:
            cast.remember(token)
