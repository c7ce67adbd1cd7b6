"""One article told in order: sentence by sentence to reports, then what the whole text adds.

Keeps what later sentences lean on (the last place for "the city", the last force for "they", the last speaker
for a quotation) and at the end marks as history what the same text has overtaken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from spacy.tokens import Token

from placewatch.actors import Actors
from placewatch.records import Evidence, Report, WatchedPlace
from placewatch.sources import Sources
from placewatch.vocabulary import (
    CURRENT,
    TAKING_STATES,
    DatePrecision,
    Factuality,
    PlaceKind,
    State,
    codes_for,
)
from streams.reading.climb import links
from streams.reading.dates import Dated, find_dates, is_history
from streams.reading.documents import Sentence
from streams.reading.factuality import Judgement, clause_verb, judge
from streams.reading.frames import Finding, adjacent, ambient_fight, findings
from streams.reading.gate import Mention
from streams.reading.lexicon import lexicon
from streams.reading.participants import Cast, Memory
from streams.reading.syntax import is_verb, noun_lemma, verb_lemma


@dataclass(frozen=True, slots=True)
class ArticleContext:
    """What is known of the article before its sentences are read."""

    text: str
    plain: str
    published: date
    places: Mapping[str, WatchedPlace]
    actors: Actors
    sources: Sources
    country: str | None
    in_conflict: bool
    mentions: Sequence[Mention]


def read_article(sentences: Sequence[Sentence], context: ArticleContext) -> list[Report]:
    """Return the reports of an article, in text order, each said once."""
    memory = Memory()
    reports: list[Report] = []
    quoted = _quotations(context.plain)
    for sentence in sentences:
        _resolve_anaphors(sentence, context)
        cast = Cast(
            sentence,
            context.actors,
            context.places,
            memory,
            context.country,
            in_conflict=context.in_conflict,
        )
        reports.extend(_of_sentence(sentence, cast, context, quoted, memory))
        _remember(sentence, cast, memory)
    return _distinct(_superseded(reports))


def _of_sentence(
    sentence: Sentence,
    cast: Cast,
    context: ArticleContext,
    quoted: Sequence[tuple[int, int]],
    memory: Memory,
) -> Iterator[Report]:
    doc = sentence.doc
    if doc is None:
        return
    dates = find_dates(context.plain[sentence.span.start : sentence.span.end], context.published)
    spoken = {m.start for m in context.mentions if _is_metonym(m, context)}
    for i, place_id in sorted({**sentence.places, **sentence.anaphors}.items()):
        if sentence.starts[i] in spoken:
            continue
        place = context.places[place_id]
        token = doc[i]
        if place.kind is PlaceKind.COUNTRY:
            continue
        if i in sentence.anaphors and not _may_stand_for_place(token):
            continue
        found: dict[tuple[State, int], Finding] = {}
        for link in links(token, is_region=place.kind in {PlaceKind.ADMIN, PlaceKind.AREA}):
            for finding in findings(link, cast):
                found.setdefault((finding.state, finding.trigger.i), finding)
        if not found and place_id in sentence.places.values() and i in sentence.places:
            near = adjacent(token, cast)
            if near is not None:
                found[near.state, near.trigger.i] = near
        if (
            not found
            and place_id in sentence.places.values()
            and len(set(sentence.places.values())) == 1
        ):
            ambient = ambient_fight(token, cast)
            if ambient is not None:
                found[ambient.state, ambient.trigger.i] = ambient
        for finding in sorted(found.values(), key=lambda f: f.trigger.i):
            if sentence.is_title and _is_topic(finding, sentence):
                continue
            yield from _reports(finding, place, sentence, cast, context, dates, quoted, memory)


def _reports(
    finding: Finding,
    place: WatchedPlace,
    sentence: Sentence,
    cast: Cast,
    context: ArticleContext,
    dates: Sequence[Dated],
    quoted: Sequence[tuple[int, int]],
    memory: Memory,
) -> Iterator[Report]:
    judged = judge(finding)
    if judged.is_dropped:
        return
    when = _date_of(finding, sentence, dates)
    speaker = cast.name(judged.speaker)
    factuality = judged.factuality
    reasons = [*judged.reasons]
    if factuality is Factuality.ASSERTED and _is_quoted(finding, sentence, quoted):
        factuality = Factuality.CLAIMED
        speaker = speaker or memory.speaker
        reasons.append("quotation")
    if (
        factuality is Factuality.ASSERTED
        and sentence.is_title
        and (tail := _headline_source(sentence))
    ):
        factuality, speaker = Factuality.CLAIMED, tail
        reasons.append("headline source")
    if factuality in CURRENT and (
        _is_past(finding, when, context.published, sentence, reasons)
        or _is_in_history(finding, when, dates, context.published, reasons)
    ):
        factuality = Factuality.HISTORICAL
    state, actor, against = finding.state, finding.actor, finding.against
    if judged.is_ended:
        if state is not State.HELD:
            factuality = Factuality.DENIED
        else:
            state, actor, against = (
                State.CAPTURED,
                None,
                actor if not isinstance(actor, str) else None,
            )
    taking = {State.CAPTURED, State.RECAPTURED, State.BESIEGED, State.ENTERED}
    base = _Base(finding, place, sentence, when, speaker, cast.name(actor), cast.name(against))
    yield _report(base, state, factuality, reasons, context)
    if judged.is_attempt and state in taking:
        now = Factuality.CLAIMED if judged.is_claimed else Factuality.ASSERTED
        if _is_past(finding, when, context.published, sentence, []):
            now = Factuality.HISTORICAL
        yield _report(
            base,
            State.CONTESTED if judged.is_fight else State.THREATENED,
            now,
            [*reasons, "attempt under way"],
            context,
        )


@dataclass(frozen=True, slots=True)
class _Base:
    finding: Finding
    place: WatchedPlace
    sentence: Sentence
    when: Dated | None
    speaker: str | None
    actor: str | None
    against: str | None


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
    return Report(
        place_id=base.place.place_id,
        place=base.place.place,
        state=state,
        factuality=factuality,
        actor=base.actor,
        against=base.against if base.against != base.actor else None,
        attributed_to=base.speaker if factuality is not Factuality.ASSERTED else None,
        evidence=Evidence(
            sentence=context.text[span.start : span.end], start=span.start, end=span.end
        ),
        event_date=base.when.day if base.when else None,
        date_precision=base.when.precision if base.when else DatePrecision.UNKNOWN,
        geo_precision=2 if finding.at.near or finding.at.is_region else 1,
        trigger=base.sentence.original(finding.trigger.i, finding.trigger.i),
        reasons=tuple(dict.fromkeys((*(f"path:{step}" for step in finding.at.path), *reasons))),
        acled=codes.acled,
        cameo=codes.cameo,
        plover="/".join(part for part in (codes.plover_event, codes.plover_mode) if part) or None,
    )


# --- time -------------------------------------------------------------------------------------------------------


def _date_of(finding: Finding, sentence: Sentence, dates: Sequence[Dated]) -> Dated | None:
    """The time expression in the finding's own clause."""
    verb = clause_verb(finding.anchor)
    doc = verb.doc
    for dated in dates:
        if dated.is_since:
            continue
        start = sentence.span.start + dated.start
        token = next((t for t in doc if sentence.starts[t.i] <= start < sentence.ends[t.i]), None)
        if token is None:
            token = next((t for t in doc if sentence.starts[t.i] >= start), None)
        if token is not None and (
            _hangs_on(token, finding.trigger)
            or _hangs_on(token, finding.anchor)
            or _hangs_on(token, verb)
        ):
            return dated
    return None


def _hangs_on(token: Token, anchor: Token) -> bool:
    """Whether `token` is in the clause of `anchor`: nothing but phrases between them."""
    node = token
    for _ in range(12):
        if node.i == anchor.i:
            return True
        if node.head == node or (
            is_verb(node) and node.dep_ in {"advcl", "relcl", "acl", "ccomp", "pcomp", "conj"}
        ):
            return False
        node = node.head
    return False


def _is_past(
    finding: Finding, when: Dated | None, published: date, sentence: Sentence, reasons: list[str]
) -> bool:
    if when is not None and is_history(when.day, published):
        reasons.append("date")
        return True
    if when is not None:
        return False
    if _long_after(finding, sentence):
        reasons.append("long after")
        return True
    verb = clause_verb(finding.anchor)
    had = (
        any(c.dep_ == "aux" and c.lower_ in {"had", "'d"} for c in verb.children)
        and verb.tag_ == "VBN"
    )
    if had and verb.dep_ in {"relcl", "advcl"} and not finding.is_background:
        reasons.append("past perfect")
        return True
    return False


_LONG_AFTER = re.compile(
    r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|several|a|more than \w+) (?P<unit>week|month|year)s? (?:after|since|following)\b",
    re.IGNORECASE,
)


def _long_after(finding: Finding, sentence: Sentence) -> bool:
    """ "Eight months after the capture of X": the capture is that old."""
    line = sentence.text[sentence.span.start : sentence.span.end]
    at = sentence.starts[finding.trigger.i] - sentence.span.start
    found = _LONG_AFTER.search(line)
    if found is None or not 0 < at - found.end() < 60:
        return False
    return found["unit"] != "week" or not found.group().lower().startswith(("a ", "two "))


def _is_in_history(
    finding: Finding,
    when: Dated | None,
    dates: Sequence[Dated],
    published: date,
    reasons: list[str],
) -> bool:
    """Whether the sentence only tells of long ago: old dates, no recent one, and the clause is not in the present."""
    told = [d for d in dates if not d.is_since]
    if when is not None or not told or any(not is_history(d.day, published) for d in told):
        return False
    verb = clause_verb(finding.anchor)
    if verb.tag_ in {"VBZ", "VBP"} or any(
        c.lower_ in {"is", "are", "has", "have"}
        for c in verb.children
        if c.dep_ in {"aux", "auxpass"}
    ):
        return False
    if finding.is_presupposed:
        return False
    reasons.append("dated sentence")
    return True


# --- quotations and headlines -----------------------------------------------------------------------------------


_QUOTED = re.compile(r'"[^"\n]{2,1200}(?:"|$)|(?<!\w)\'[^\'\n]{3,120}\'(?!\w)', re.MULTILINE)
_HEADLINE_SOURCE = re.compile(
    r"(?:\s[-|]\s|:\s)(?P<who>(?:[\w.]+\s){0,4}?(?:reports?|agenc(?:y|ies)|mayor|monitors?|officials?|army|military|ministry|governor|spokes\w+|UK|US|UN|media|intelligence|source|sources|police|NGO|SOHR|ISW|TV|minister|president|commander|residents|witnesses))$"
)


def _is_topic(finding: Finding, sentence: Sentence) -> bool:
    """Whether a title only names its topic ("Vale war / Battle of Arden"): a noun, and no verb in the title."""
    doc = finding.trigger.doc
    line = sentence.text[sentence.span.start : sentence.span.end]
    is_headline = any(t.tag_ in {"VBZ", "VBP", "VBD", "VBN", "VBG"} for t in doc)
    return (
        finding.is_background
        and not finding.is_presupposed
        and (" / " in line or (not is_headline and line.startswith(("Battle", "Siege", "Fall"))))
    )


def _quotations(plain: str) -> list[tuple[int, int]]:
    return [match.span() for match in _QUOTED.finditer(plain)]


def _is_quoted(finding: Finding, sentence: Sentence, quoted: Sequence[tuple[int, int]]) -> bool:
    at = sentence.starts[finding.trigger.i]
    return any(start <= at < end for start, end in quoted)


def _headline_source(sentence: Sentence) -> str | None:
    line = (
        sentence.text[sentence.span.start : sentence.span.end].replace("–", "-").replace("—", "-")
    )
    match = _HEADLINE_SOURCE.search(line)
    return match["who"].strip() if match else None


# --- what sentences leave behind --------------------------------------------------------------------------------


_TOWN_WORDS = frozenset({"city", "town", "village", "settlement", "capital", "port", "enclave"})
_AREA_WORDS = frozenset(
    {
        "region",
        "province",
        "district",
        "territory",
        "area",
        "island",
        "peninsula",
        "enclave",
        "place",
    }
)
_SITE_WORDS = frozenset(
    {"airport", "base", "crossing", "plant", "facility", "site", "port", "airbase", "camp"}
)


def _resolve_anaphors(sentence: Sentence, context: ArticleContext) -> None:
    """Let "the city", "there" and "it" stand for the last fitting place named before them."""
    doc = sentence.doc
    if doc is None:
        return
    for token in doc:
        words = noun_lemma(token)
        if token.i in sentence.places:
            continue
        if words in _TOWN_WORDS | _AREA_WORDS | _SITE_WORDS and _is_definite(token):
            kinds = words
        elif token.lower_ in {"it", "there"} and token.dep_ != "expl":
            kinds = "it"
        else:
            continue
        place = _last_place(sentence.starts[token.i], kinds, sentence, context)
        if place is not None:
            sentence.anaphors[token.i] = place


def _is_definite(token: Token) -> bool:
    if token.tag_ != "NN":
        return False
    return any(c.lower_ in {"the", "this", "that"} and c.dep_ == "det" for c in token.children)


def _last_place(before: int, word: str, sentence: Sentence, context: ArticleContext) -> str | None:
    floor = 0
    for mention in reversed(context.mentions):
        if mention.end > before or mention.start < floor or _is_metonym(mention, context):
            continue
        gap = context.plain[mention.end : before]
        if len(gap) > (160 if word == "it" else 500):
            return None
        if _suits(word, context.places[mention.place_id]):
            return mention.place_id
    return None


_SPEAKING = re.compile(
    r"(?:'s (?!centre|center|outskirts|fall|capture|loss|airport|suburb|north|south|east|west|people|mayor|residents)|,? (?:has |have |had |also |now |still )?(?:said|says|claim|insist|den(?:y|ie)|accus|announc|want|will|would|hope|vow|plan|believ|warn|respond|reject|welcom|urg|call|sees|fears|order|strives)\w*\b)"
)


def _is_metonym(mention: Mention, context: ArticleContext) -> bool:
    """Whether a capital stands for its government: "Kyiv insists", "Moscow's troops"."""
    name = context.plain[mention.start : mention.end]
    after = context.plain[mention.end : mention.end + 30]
    return _SPEAKING.match(after) is not None and context.actors.find(name) is not None


def _suits(word: str, place: WatchedPlace) -> bool:
    kind = place.kind
    if word == "it":
        return kind is not PlaceKind.COUNTRY
    sites = {
        PlaceKind.AIRPORT,
        PlaceKind.BASE,
        PlaceKind.CROSSING,
        PlaceKind.FACILITY,
        PlaceKind.ROAD,
    }
    if word in _SITE_WORDS and kind in sites:
        return True
    if word in _TOWN_WORDS and kind is PlaceKind.POPULATED_PLACE:
        return True
    return word in _AREA_WORDS and kind in {PlaceKind.ADMIN, PlaceKind.AREA, PlaceKind.DISTRICT}


def _may_stand_for_place(token: Token) -> bool:
    """Not when its phrase names something itself: "the city of Ramadi", "the western city, Ramadi"."""
    if token.lower_ == "it":
        return token.dep_ in {"dobj", "nsubjpass", "nsubj"} and verb_lemma(token.head) in _IT_VERBS
    if token.lower_ == "there":
        return token.dep_ in {"advmod", "pobj"}
    named = any(
        c.tag_.startswith("NNP") or c.text == "Paris" for c in token.subtree if c.i != token.i
    )
    return not named


_IT_VERBS = frozenset(
    {
        "capture",
        "seize",
        "retake",
        "recapture",
        "take",
        "overrun",
        "liberate",
        "besiege",
        "encircle",
        "fall",
        "enter",
        "storm",
        "shell",
        "bombard",
        "abandon",
        "occupy",
    }
)


def _remember(sentence: Sentence, cast: Cast, memory: Memory) -> None:
    doc = sentence.doc
    if doc is None:
        return
    for token in doc:
        if token.dep_ in {"nsubj", "nsubjpass"} and is_verb(token.head):
            if verb_lemma(token.head) in lexicon().factuality[
                "claim_verbs"
            ] and token.tag_.startswith("NN"):
                memory.speaker = cast.name(token)
            elif cast.is_armed(token) is True and token.tag_.startswith("NN"):
                cast.remember(token)


# --- the whole text ---------------------------------------------------------------------------------------------


def _superseded(reports: Sequence[Report]) -> list[Report]:
    """What the text itself overtakes is history: "held by A" once it tells that B took the place."""
    taken = {
        (r.place_id, r.actor)
        for r in reports
        if r.state in TAKING_STATES and r.factuality is Factuality.ASSERTED and r.actor
    }
    out = []
    for report in reports:
        others = {actor for place_id, actor in taken if place_id == report.place_id} - {
            report.actor
        }
        is_overtaken = report.state is State.HELD and report.factuality in CURRENT and bool(others)
        if is_overtaken:
            reasons = (*report.reasons, "superseded")
            out.append(
                report.model_copy(update={"factuality": Factuality.HISTORICAL, "reasons": reasons})
            )
        else:
            out.append(report)
    return out


def _distinct(reports: Sequence[Report]) -> list[Report]:
    """Each report once: same place, state, factuality and actor say nothing new."""
    kept: dict[tuple[object, ...], Report] = {}
    for report in reports:
        kept.setdefault((report.place_id, report.state, report.factuality, report.actor), report)
    return list(kept.values())
