"""Generated courses of events: plausible chapters of news about one place, in any order, with edits, copies and analysts.

Readings drawn at random hardly ever meet: a denial needs a claim to deny, an admission a loser. So a course is a
list of chapters (a taking, a denial of it, fighting, a withdrawal...), each of a few readings by sides and outlets
that differ, some hours or weeks apart; some readings are edited later, some arrive late.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from placewatch.actors import Actor, Actors
from placewatch.records import Assertion, Evidence, Reading, Report
from placewatch.sources import Source, Sources
from placewatch.vocabulary import (
    OF_REGION_PART,
    STILL_LEAVING,
    TOLD_OF_PART,
    Control,
    DatePrecision,
    Factuality,
    State,
)
from streams.tracking.context import Context
from streams.tracking.policy import load_policy


settings.register_profile("quick", max_examples=60, derandomize=True, deadline=None)
settings.register_profile("more", max_examples=800, deadline=None, print_blob=True)
settings.register_profile("deep", max_examples=3000, deadline=None, print_blob=True)
law = settings(
    settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
START = datetime(2024, 12, 1, 8, tzinfo=UTC)
PLACE = {"place_id": "smallville-blueland", "place": "Smallville, Blueland"}
RED, BLUE, GREEN = "Redland", "Blueland", "Green Front"
ACTORS = Actors(
    [
        Actor(id="reds", name=RED, side="reds", kind="state_forces", countries=[RED, BLUE]),
        Actor(id="red-guns", name="Red Guns", side="reds", kind="political_militia", countries=[RED, BLUE]),
        Actor(id="blues", name=BLUE, side="blues", kind="state_forces", countries=[BLUE]),
        Actor(id="whites", name="Whiteland", side="whites", kind="state_forces", countries=["Whiteland"]),
        Actor(id="greens", name=GREEN, side="greens", kind="rebel_group", countries=[BLUE]),
    ]
)  # fmt: skip
SOURCES = Sources(
    [
        Source(id="alpha.example", name="Alpha", kind="agency", reliability="A"),
        Source(id="bravo.example", name="Bravo", kind="newspaper", reliability="B"),
        Source(id="charlie.example", name="Charlie", kind="newspaper", reliability="C", owner="Big Press"),
        Source(id="delta.example", name="Delta", kind="newspaper", reliability="C", owner="Big Press"),
        Source(id="watch", name="The Watch", kind="monitor", reliability="B"),
        Source(id="redtv.example", name="Red TV", kind="party_media", reliability="D", side="reds"),
        Source(id="bluetv.example", name="Blue TV", kind="party_media", reliability="D", side="blues"),
    ]
)  # fmt: skip
GRADED = ("alpha.example", "bravo.example")
# After so long a threat that nobody mentions any more has lapsed, in a short course before the horizon.
LAPSED_H = 690
UNKNOWN = ("papa.example", "quebec.example", "romeo.example", "sierra.example")
OUTLETS = (*UNKNOWN, *GRADED, "charlie.example", "delta.example", "redtv.example", "bluetv.example")


def world() -> Context:
    """Redland, Blueland and the Green Front fight over Smallville; the shipped policy, all evidence kept."""
    policy = load_policy().model_copy(update={"citations_kept": 20})
    return Context(policy=policy, actors=ACTORS, sources=SOURCES, country=BLUE)


@dataclass(frozen=True)
class Line:
    """What one article says, before it has a time: a report's words and the outlet."""

    state: State
    source: str = UNKNOWN[0]
    actor: str | None = RED
    against: str | None = None
    voice: str | None = None
    factuality: Factuality = Factuality.ASSERTED
    days_back: int | None = None
    trigger: str = ""
    reasons: tuple[str, ...] = ()
    is_copy: bool = False
    also: Line | None = None


@dataclass(frozen=True)
class Word:
    """What an analyst sets, or takes back."""

    control: Control
    holder: str | None
    is_revoked: bool = False


@dataclass(frozen=True)
class Chapter:
    """Lines an hour apart, after a pause since the chapter before."""

    lines: tuple[Line | Word, ...]
    pause_h: int = 6
    is_late: bool = False
    is_backfill: bool = False


Input = Reading | Assertion


@dataclass(frozen=True)
class Course:
    """What is given of the place and the inputs in the order of their arrival, each with the stream's time then."""

    given: Assertion | None
    inputs: tuple[Input, ...]
    moments: tuple[datetime, ...]
    rest: timedelta

    @property
    def readings(self) -> list[Reading]:
        return [i for i in self.inputs if isinstance(i, Reading)]

    @property
    def assertions(self) -> list[Assertion]:
        newest = {i.assertion_id: i for i in self.inputs if isinstance(i, Assertion)}
        return [*([self.given] if self.given else []), *newest.values()]

    @property
    def end(self) -> datetime:
        return self.moments[-1] + self.rest


def either(*strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return one of the strategies, each as likely; `one_of` would count the branches within each."""
    return st.sampled_from(strategies).flatmap(lambda chosen: chosen)


attackers = st.sampled_from([RED, RED, RED, GREEN, "Red Guns"])
pairs = st.permutations(UNKNOWN).map(lambda p: tuple(p[:2]))
threes = st.permutations(UNKNOWN).map(lambda p: tuple(p[:3]))
any_outlet = st.sampled_from(OUTLETS)
pauses = st.sampled_from([1, 1, 6, 6, 12, 30, 30, 80, 120, 200, 400])


def told(state: State, sources: Sequence[str], **more: object) -> tuple[Line, ...]:
    """Return the same told by each of several outlets in its own voice."""
    return tuple(Line(state, source=s, **more) for s in sources)  # type: ignore[arg-type]


def claim(state: State, side: str, source: str = UNKNOWN[0], **more: object) -> Line:
    """Return what a side claims of itself, as one outlet quotes it."""
    return Line(state, source=source, actor=side, voice=side, factuality=Factuality.CLAIMED, **more)  # type: ignore[arg-type]


def denial(state: State, by: str, actor: str | None = None, source: str = UNKNOWN[1]) -> Line:
    """Return what a party denies, as an outlet quotes it."""
    return Line(state, source=source, actor=actor, voice=by, factuality=Factuality.DENIED)


def left(by: str | None, source: str, voice: str | None = None) -> Line:
    """Return that a side has left."""
    how = Factuality.CLAIMED if voice else Factuality.ASSERTED
    return Line(State.WITHDRAWN, source=source, actor=by, voice=voice, factuality=how)


takings = either(
    st.builds(lambda side, source: (claim(State.CAPTURED, side, source),), attackers, any_outlet),
    st.builds(lambda side, two: told(State.CAPTURED, two, actor=side), attackers, pairs),
    st.builds(lambda side, s: told(State.CAPTURED, [s], actor=side), attackers, any_outlet),
    st.builds(lambda side, s: told(State.RECAPTURED, [s], actor=side), st.sampled_from([RED, BLUE]), any_outlet),
    st.builds(lambda side, s, back: told(State.CAPTURED, [s], actor=side, days_back=back), st.sampled_from([RED, BLUE, GREEN]), any_outlet, st.integers(0, 9)),
    st.builds(lambda two, against: told(State.CAPTURED, two, actor=None, against=against), pairs, st.sampled_from([None, BLUE, RED])),
    st.builds(lambda s: (Line(State.CAPTURED, s), Line(State.CAPTURED, UNKNOWN[3], is_copy=True)), any_outlet),
)  # fmt: skip
doubtful = st.sampled_from(
    [
        (Line(State.CAPTURED, actor="Whiteland"),),
        (Line(State.CAPTURED, actor=None),),
        (Line(State.CAPTURED, voice="analysts", factuality=Factuality.CLAIMED),),
        (Line(State.CAPTURED, trigger="annexed"),),
        (Line(State.CAPTURED, factuality=Factuality.HISTORICAL),),
        (Line(State.CAPTURED, factuality=Factuality.UNCONFIRMED),),
        (Line(State.CAPTURED, days_back=250),),
        (Line(State.CAPTURED, reasons=("second opinion:0.99",)),),
        (Line(State.CONTESTED, reasons=(f"{TOLD_OF_PART}the airport",)),),
        (Line(State.STRUCK),),
        (Line(State.WITHDRAWN, actor="Red Guns"),),
        (Line(State.WITHDRAWN, actor="Red Guns", factuality=Factuality.PLANNED),),
        (Line(State.OUTAGE, actor=None, also=Line(State.RESTORED, actor=None)),),
        (Line(State.WITHDRAWN, actor=BLUE, reasons=(OF_REGION_PART,)),),
        (
            Line(State.WITHDRAWN, actor=BLUE, trigger="retreat"),
            Line(State.WITHDRAWN, UNKNOWN[1], BLUE, reasons=(STILL_LEAVING,)),
        ),
        (Line(State.THREATENED, actor=None, against=GREEN),),
        (Line(State.WITHDRAWN, actor=None),),
        (Line(State.THREATENED, actor=BLUE),),
        (Line(State.CONTESTED, actor=None),),
        (Line(State.CONTESTED, reasons=(f"{TOLD_OF_PART}Old Quarter captured",)),),
        (Line(State.CAPTURED, also=claim(State.CAPTURED, RED)),),
        (Line(State.CAPTURED), Line(State.CAPTURED, UNKNOWN[3], is_copy=True)),
    ]
)
fights = either(
    st.builds(lambda side, two: told(State.CONTESTED, two, actor=side), st.sampled_from([RED, BLUE, None]), pairs),
    st.builds(lambda side, s: told(State.CONTESTED, [s], actor=side), st.sampled_from([RED, BLUE]), any_outlet),
    st.builds(lambda side, s: told(State.ENTERED, [s], actor=side), st.sampled_from([RED, RED, BLUE, GREEN]), any_outlet),
    st.builds(lambda s: told(State.BESIEGED, [s]), any_outlet),
    st.builds(lambda s, side: told(State.THREATENED, [s], actor=side), any_outlet, attackers),
)  # fmt: skip
plans = st.sampled_from(
    [
        (Line(State.CAPTURED, factuality=Factuality.PLANNED),),
        (Line(State.WITHDRAWN, actor=BLUE, against=RED, factuality=Factuality.PLANNED),),
        (Line(State.EVACUATION_ORDERED, actor=None, factuality=Factuality.PLANNED),),
    ]
)
denials = st.builds(
    lambda state, by, actor, source: (denial(state, by, actor, source),),
    st.sampled_from([State.CAPTURED, State.CAPTURED, State.WITHDRAWN, State.ENTERED]),
    st.sampled_from([BLUE, BLUE, RED, "The Watch"]),
    st.sampled_from([None, RED, BLUE]),
    any_outlet,
)
leavings = either(
    st.builds(lambda side, s: (left(side, s, voice=side),), st.sampled_from([BLUE, RED]), any_outlet),
    st.builds(lambda side, two: tuple(left(side, s) for s in two), st.sampled_from([BLUE, RED]), pairs),
    st.builds(lambda side, s: (left(side, s),), st.sampled_from([BLUE, RED, GREEN]), any_outlet),
)  # fmt: skip
possessions = either(
    st.builds(lambda side, three: told(State.HELD, three, actor=side), st.sampled_from([RED, BLUE]), threes),
    st.builds(lambda side, s: told(State.HELD, [s], actor=side), st.sampled_from([RED, BLUE, None]), any_outlet),
)  # fmt: skip
civil = st.builds(
    lambda state, s: told(state, [s], actor=None),
    st.sampled_from([State.OUTAGE, State.RESTORED, State.EVACUATION_ORDERED, State.EVACUATION_LIFTED, State.CLOSED, State.REOPENED]),
    any_outlet,
)  # fmt: skip
analysts = st.sampled_from(
    [
        (Word(Control.HELD, RED),),
        (Word(Control.CONTESTED, BLUE),),
        (Word(Control.HELD, RED, is_revoked=True),),
    ]
)
# What real courses are made of: claimed then denied then admitted; left then entered; refuted by fighting...
bundles = st.sampled_from(
    [
        [(claim(State.CAPTURED, RED),), (denial(State.CAPTURED, BLUE),), (left(BLUE, UNKNOWN[2], voice=BLUE),)],
        [(claim(State.CAPTURED, RED),), (denial(State.CAPTURED, BLUE),), told(State.CAPTURED, GRADED)],
        [(claim(State.CAPTURED, RED),), (denial(State.CAPTURED, BLUE),), told(State.CAPTURED, UNKNOWN[1:4])],
        [(Line(State.CAPTURED),), (Line(State.CAPTURED, UNKNOWN[1], actor=GREEN),), (Line(State.CAPTURED, UNKNOWN[2], actor=None, voice=RED, factuality=Factuality.CLAIMED),)],
        [(claim(State.CAPTURED, RED),), told(State.CONTESTED, UNKNOWN[1:3], actor=BLUE)],
        [(claim(State.CAPTURED, RED),), told(State.ENTERED, UNKNOWN[1:2], actor=BLUE)],
        [(claim(State.CAPTURED, RED),), (denial(State.CAPTURED, RED),)],
        [(claim(State.CAPTURED, RED),), (left(BLUE, UNKNOWN[1]),)],
        [(Line(State.CAPTURED),), told(State.HELD, UNKNOWN[1:4], actor=BLUE)],
        [(left(BLUE, UNKNOWN[0], voice=BLUE),), (Line(State.ENTERED, UNKNOWN[1]),)],
        [(left(BLUE, UNKNOWN[0], voice=BLUE),), (claim(State.CAPTURED, RED, UNKNOWN[1]),)],
        [told(State.CONTESTED, UNKNOWN[:2]), (left(BLUE, UNKNOWN[2], voice=BLUE),)],
        [told(State.CONTESTED, UNKNOWN[:2]), (left(RED, UNKNOWN[2], voice=RED),)],
        [told(State.CONTESTED, UNKNOWN[:2]), (Line(State.CAPTURED, UNKNOWN[2], actor=BLUE, days_back=0),)],
        [told(State.CONTESTED, UNKNOWN[:2]), told(State.HELD, UNKNOWN[:3], actor=BLUE)],
        [told(State.CONTESTED, UNKNOWN[:2]), (Line(State.BESIEGED, UNKNOWN[2]),)],
        [told(State.CAPTURED, UNKNOWN[:2]), (Line(State.CAPTURED, UNKNOWN[2], actor=BLUE),)],
        [told(State.CAPTURED, UNKNOWN[:2]), told(State.RECAPTURED, UNKNOWN[2:4], actor=BLUE)],
        [(claim(State.CAPTURED, RED),), (claim(State.CAPTURED, BLUE, days_back=0),), (claim(State.CAPTURED, RED, days_back=0),)],
        [(Line(State.BESIEGED),), (left(BLUE, UNKNOWN[1]),), (Line(State.ENTERED, UNKNOWN[2], actor=RED),)],
        [(Line(State.OUTAGE, actor=None),), (Line(State.RESTORED, actor=None),), (Line(State.OUTAGE, UNKNOWN[1], actor=None),)],
        [(Line(State.OUTAGE, actor=None),), (Line(State.RESTORED, actor=None),), (Line(State.RESTORED, UNKNOWN[1], actor=BLUE),)],
        [(Line(State.THREATENED),), (Line(State.CAPTURED, UNKNOWN[1], actor=BLUE),)],
        [told(State.CAPTURED, UNKNOWN[:2], actor=None, against=BLUE)],
        [(Line(State.BESIEGED),), told(State.CAPTURED, UNKNOWN[1:3], actor=None)],
    ]
)  # fmt: skip

chapters = st.builds(
    Chapter,
    either(takings, takings, fights, fights, denials, leavings, possessions, doubtful, doubtful, plans, civil, analysts),
    pauses,
    st.sampled_from([False] * 7 + [True]),
    st.sampled_from([False] * 14 + [True]),
)  # fmt: skip
bundled = st.builds(
    lambda lines, gaps: [Chapter(part, gap) for part, gap in zip(lines, gaps, strict=False)],
    bundles,
    st.lists(pauses, min_size=3, max_size=3),
)
stories = st.builds(
    lambda bundle, free, is_first: bundle + free if is_first else free + bundle,
    either(bundled, bundled, st.just([])),
    st.lists(chapters, min_size=1, max_size=5),
    st.booleans(),
)
# An edit: which article, how long after, and what becomes of what it said.
EDITS: tuple[Callable[[Line], tuple[Line, ...]], ...] = (
    lambda line: (),
    lambda line: (replace(line, factuality=Factuality.DENIED),),
    lambda line: (line, Line(State.CONTESTED, line.source)),
    lambda line: (replace(line, actor=BLUE),),
    lambda line: (replace(line, factuality=Factuality.CLAIMED, voice=RED),),
    lambda line: (line,),
)
EDIT_TO_NOTHING, EDIT_TO_BLUE = 0, 3
edits = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 60), st.integers(0, len(EDITS) - 1)), max_size=2
)
givens = st.builds(
    lambda control, holder: Assertion(
        assertion_id="given",
        **PLACE,
        control=control,
        holder=holder if control is not Control.UNKNOWN else None,
        as_of=START - timedelta(days=100),
    ),
    st.sampled_from([Control.HELD] * 6 + [Control.UNKNOWN, Control.CONTESTED, Control.BESIEGED, Control.OPEN]),
    st.sampled_from([BLUE, BLUE, BLUE, RED]),
)  # fmt: skip


def courses(
    given: st.SearchStrategy[Assertion | None] | None = None,
    told: st.SearchStrategy[list[Chapter]] = stories,
    edited: st.SearchStrategy[list[tuple[int, int, int]]] = edits,
    longest_days: int = 24,
) -> st.SearchStrategy[Course]:
    """Return courses of the chapters and edits that the strategies give.

    Those of the default length end before anything lies beyond the horizon.
    """
    return st.builds(
        lambda given, told, edited, rest_h: course_of(
            given,
            told,
            edited,
            rest_h,
            min(longest_days, 7) if rest_h == LAPSED_H else longest_days,
        ),
        given if given is not None else either(givens, givens, givens, st.none()),
        told,
        edited,
        st.sampled_from([1, 1, 1, 30, 80, LAPSED_H]),
    )


def course_of(
    given: Assertion | None,
    told: Sequence[Chapter],
    edited: Sequence[tuple[int, int, int]],
    rest_h: int,
    longest_days: int,
) -> Course:
    """Lay the chapters out in time, add the edits, and let what is late arrive at the end."""
    at = START
    timely: list[tuple[datetime, Input]] = []
    late: list[Input] = []
    articles: list[tuple[Line, Reading]] = []
    for chapter in told:
        at = min(at + timedelta(hours=chapter.pause_h), START + timedelta(days=longest_days))
        for line in chapter.lines:
            if isinstance(line, Word):
                # Nobody says two things of one place at one moment: a second is the first delivered again.
                if not any(isinstance(i, Assertion) and i.as_of == at for _, i in timely):
                    timely.append((at, _assertion(line, at)))
                continue
            found = _reading(f"a{len(articles)}", 0, (line,), at, is_backfill=chapter.is_backfill)
            articles.append((line, found))
            if chapter.is_late:
                late.append(found)
            else:
                timely.append((at, found))
            at += timedelta(hours=1)
    seen: set[str] = set()
    for number, hours, how in edited if articles else ():
        line, first = articles[number % len(articles)]
        if first.article_id in seen:
            continue
        seen.add(first.article_id)
        when = first.published_at + timedelta(hours=hours)
        lines = EDITS[how](line)
        timely.append((when, _reading(first.article_id, 1, lines, first.published_at, edited_at=when)))  # fmt: skip
    timely.sort(key=lambda entry: entry[0])
    inputs = (*(i for _, i in timely), *late)
    return Course(given, inputs, _moments(inputs), timedelta(hours=rest_h))


def _moments(inputs: Sequence[Input]) -> tuple[datetime, ...]:
    now, moments = START, []
    for item in inputs:
        now = max(now, item.told_at if isinstance(item, Reading) else item.as_of)
        moments.append(now)
    return tuple(moments)


def _assertion(word: Word, at: datetime) -> Assertion:
    return Assertion(
        assertion_id=f"set-{word.holder}",
        **PLACE,
        kind="analyst",
        control=word.control,
        holder=word.holder,
        as_of=at,
        by="An Analyst",
        is_revoked=word.is_revoked,
    )


def _reading(
    article: str,
    revision: int,
    lines: Sequence[Line],
    published: datetime,
    *,
    is_backfill: bool = False,
    edited_at: datetime | None = None,
) -> Reading:
    # A copy has the text of the article before it; all else shares nothing.
    base = 100 * (int(article[1:]) + (0 if any(line.is_copy for line in lines) else 1))
    first = lines[0] if lines else Line(State.STRUCK)
    return Reading(
        **PLACE,
        article_id=article,
        revision=revision,
        source_id=first.source,
        published_at=published,
        updated_at=edited_at,
        fetched_at=(edited_at or published) + timedelta(minutes=10),
        is_backfill=is_backfill,
        shingles=tuple(range(base, base + 20)),
        reports=tuple(
            _report(told, published) for line in lines for told in (line, line.also) if told
        ),
    )


def _report(line: Line, published: datetime) -> Report:
    is_dated = line.days_back is not None
    return Report(
        **PLACE,
        state=line.state,
        factuality=line.factuality,
        actor=line.actor,
        against=line.against,
        attributed_to=line.voice,
        evidence=Evidence(sentence=f"{line.actor} {line.state}", start=0, end=1),
        event_date=(published - timedelta(days=line.days_back or 0)).date() if is_dated else None,
        date_precision=DatePrecision.DAY if is_dated else DatePrecision.UNKNOWN,
        trigger=line.trigger,
        reasons=line.reasons,
    )


def told_in_turn(*chapters: Sequence[Line | Word], pause_h: int = 1, rest_h: int = 1) -> Course:
    """Return the course of one place that Blueland holds, for laws that random courses seldom try."""
    given = Assertion(
        assertion_id="given", **PLACE, control=Control.HELD, holder=BLUE, as_of=START - timedelta(days=100),
    )  # fmt: skip
    return course_of(given, [Chapter(tuple(c), pause_h) for c in chapters], [], rest_h, 60)


FOUGHT_OVER = told_in_turn(told(State.CONTESTED, UNKNOWN[:2]))
CLAIMED_THEN_FOUGHT_OVER = told_in_turn(
    [claim(State.CAPTURED, RED)], told(State.CONTESTED, UNKNOWN[1:3]), pause_h=84
)
RETAKEN_THEN_FOUGHT_OVER = told_in_turn(
    told(State.CAPTURED, UNKNOWN[:2]),
    told(State.RECAPTURED, UNKNOWN[2:4], actor=BLUE),
    told(State.CONTESTED, UNKNOWN[:2]),
    pause_h=90,
)
TOLD_ONCE_THEN_ANOTHER_NAMED = told_in_turn(
    [Line(State.CAPTURED, GRADED[0])], [Line(State.CAPTURED, UNKNOWN[0], actor=GREEN)], pause_h=20
)
LEFT_THEN_TWO_CLAIM_IT = told_in_turn(
    [left(BLUE, GRADED[0])],
    [claim(State.CAPTURED, RED)],
    [claim(State.CAPTURED, GREEN, UNKNOWN[1])],
    pause_h=20,
)
BESIEGED = told_in_turn([Line(State.BESIEGED)])
THREATENED = told_in_turn([Line(State.THREATENED)], rest_h=LAPSED_H)
DARK_AND_LIT_AGAIN_UNDER_A_THREAT = told_in_turn(
    [Line(State.CAPTURED, factuality=Factuality.PLANNED)],
    [Line(State.OUTAGE, actor=None)],
    [Line(State.RESTORED, actor=None)],
    rest_h=LAPSED_H,
)
TAKEN_TWICE_IN_A_DAY = told_in_turn(
    [claim(State.CAPTURED, RED)], [claim(State.CAPTURED, GREEN)], [Line(State.RECAPTURED)]
)
CLAIMED_IN_TURN = told_in_turn(
    *([claim(State.CAPTURED, side, days_back=0)] for side in (RED, GREEN, RED)), pause_h=30
)
SET_AND_REVOKED = told_in_turn(
    [Word(Control.HELD, RED)], [Word(Control.HELD, RED, is_revoked=True)]
)
TAKING_HANDED_OVER_BY_AN_EDIT = course_of(
    BESIEGED.given, [Chapter((claim(State.CAPTURED, RED),))], [(0, 1, EDIT_TO_BLUE)], 1, 60
)
SILENCE_BETWEEN = course_of(
    BESIEGED.given,
    [
        Chapter((claim(State.CAPTURED, RED, days_back=0),)),
        Chapter((claim(State.CAPTURED, GREEN, days_back=0),), 100, is_backfill=True),
        Chapter((claim(State.CAPTURED, RED, days_back=0),), 100),
    ],
    [],
    1,
    60,
)
# A taking is told and taken back, and the threat from before it lapses.
THREAT_STANDS_AGAIN = course_of(
    BESIEGED.given,
    [Chapter((Line(State.THREATENED),)), Chapter((claim(State.CAPTURED, RED),), 12)],
    [(1, 5, EDIT_TO_NOTHING)],
    LAPSED_H,
    60,
)
# Of a place of which nothing is known a taking is told and taken back; who holds it is said in passing meanwhile.
UNKNOWN_TILL_A_TAKING_THAT_IS_TAKEN_BACK = course_of(
    None,
    [
        Chapter((Line(State.CAPTURED),), 1),
        Chapter((Line(State.HELD, UNKNOWN[1], actor=BLUE),), 1),
    ],
    [(0, 5, EDIT_TO_NOTHING)],
    1,
    60,
)
