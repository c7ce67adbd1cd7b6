"""Who a report really comes from: ten copies of one wire story are one origin, and so are three outlets quoting one monitor."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from placewatch.actors import Actors
from placewatch.names import fold_name
from placewatch.records import Origin, Reading, Report
from placewatch.sources import Source, Sources
from placewatch.vocabulary import TAKING_STATES, Factuality, Reliability, State
from streams.tracking.context import Context, actor_named
from streams.tracking.policy import Policy


@dataclass(frozen=True, slots=True)
class Attributed:
    """Whose word a report is.

    Attributes:
        origin: who it comes from.
        is_own_voice: whether the outlet says it itself.
        is_copy: whether the text is a copy of an earlier one that said the same.
        is_opinion: whether it is put in the mouth of somebody who saw nothing ("analysts").
        outlet: the outlet that carries it, whoever it comes from.
        voice: who is quoted without being known, in lower case; None where many may be meant ("residents").
    """

    origin: Origin
    is_own_voice: bool
    is_copy: bool = False
    is_opinion: bool = False
    outlet: Origin | None = None
    voice: str | None = None


def outlet_of(reading: Reading, context: Context) -> Origin:
    """Return the origin of what an outlet says itself: its agency, else its owner, else the outlet.

    Outlets of one owner are one origin; an outlet that mostly carries an agency's copy is that agency's word.
    An unknown outlet is neutral, its reliability cannot be judged.
    """
    return _outlet(reading.source_id, *_known_to(context))


def cited_origin(name: str | None, context: Context) -> Origin | None:
    """Return the monitor, agency or party that `name` cites, or None when nobody known is meant."""
    return _cited(name, *_known_to(context)) if name else None


_Known = tuple[Sources, Actors, str | None, frozenset[str]]


def _known_to(context: Context) -> _Known:
    """Return what of a context says who an origin is."""
    nobody = context.policy.owners_that_name_nobody
    return context.sources, context.actors, context.country, nobody


# The same outlets speak of the same parties again and again.
@lru_cache(maxsize=20_000)
def _outlet(
    source_id: str, sources: Sources, actors: Actors, country: str | None, nobody: frozenset[str]
) -> Origin:
    source = sources.get(source_id) or sources.by_domain(source_id)
    if source is None:
        return Origin(origin_id=source_id, name=source_id)
    agency = sources.get(source.agency) if source.agency else None
    return _of_source(agency or source, actors, country, nobody)


@lru_cache(maxsize=20_000)
def _cited(
    name: str, sources: Sources, actors: Actors, country: str | None, nobody: frozenset[str]
) -> Origin | None:
    source = sources.find(name)
    if source is not None:
        return _of_source(source, actors, country, nobody)
    actor = actor_named(name, actors, country)
    if actor is None:
        return None
    return Origin(
        origin_id=f"party:{actor.actor_id}",
        name=actor.name,
        side=actors.side(actor, country),
        reliability=Reliability.F,
    )


def _of_source(
    source: Source, actors: Actors, country: str | None, nobody: frozenset[str]
) -> Origin:
    has_owner = source.owner and source.owner not in nobody
    owner = fold_name(source.owner) if has_owner and source.owner else ""
    return Origin(
        origin_id=f"owner:{owner}" if owner else source.source_id,
        name=source.name,
        side=actors.side_within(source.side, country) if source.side else None,
        reliability=source.reliability,
    )


def attributions_of(
    reading: Reading, model: Reading | None, context: Context
) -> tuple[Attributed, ...]:
    """Return the origin of each report of a reading; `model` is the text it is a copy of, or None.

    A copy says what it says (it may carry a new lead), but for the states its model told as well it is no new
    origin, unless it cites somebody.
    """
    outlet = outlet_of(reading, context)
    of_model = _told_by(model, context) if model is not None else []
    found = []
    for report in reading.reports:
        cited = cited_origin(report.attributed_to, context)
        copied = None if cited else _told_by_model(report, of_model, context)
        attributed = Attributed(
            origin=copied or cited or outlet,
            is_own_voice=copied is None and _is_own_voice(report),
            is_copy=copied is not None,
            is_opinion=cited is None and _saw_nothing(report.attributed_to, context),
            outlet=outlet,
            voice=None if cited or copied else _voice(report.attributed_to, context),
        )
        found.append(attributed)
    return tuple(found)


def _told_by(model: Reading, context: Context) -> list[tuple[Report, Origin]]:
    outlet = outlet_of(model, context)
    return [(r, cited_origin(r.attributed_to, context) or outlet) for r in model.reports]


def _told_by_model(
    report: Report, of_model: Iterable[tuple[Report, Origin]], context: Context
) -> Origin | None:
    """Return whose word a copy's report is: that of the model, where it said the same; else it is a new lead."""
    side = context.side(report.actor)
    for told, origin in of_model:
        is_denial = Factuality.DENIED in {told.factuality, report.factuality}
        if _kind(told) is not _kind(report) or (is_denial and told.factuality != report.factuality):
            continue
        if side is None or context.side(told.actor) in {None, side}:
            return origin
    return None


def _kind(report: Report) -> State:
    return State.CAPTURED if report.state in TAKING_STATES else report.state


def _voice(name: str | None, context: Context) -> str | None:
    """Return how to tell a voice nobody knows from others; unnamed officials are all one, residents never are."""
    words = [w for w in fold_name(name or "").split() if w not in _SMALL_WORDS]
    policy = context.policy
    if not words or any(word in policy.voices_of_many for word in words):
        return None
    officials = [word for word in words if word in policy.unnamed_voices]
    return officials[-1].removesuffix("s") if officials else " ".join(words)


_SMALL_WORDS = frozenset({"a", "an", "the", "one", "two", "some", "several", "its", "his", "their"})


def _saw_nothing(voice: str | None, context: Context) -> bool:
    words = fold_name(voice or "").split()
    return any(word in context.policy.voices_that_saw_nothing for word in words)


def _is_own_voice(report: Report) -> bool:
    return report.attributed_to is None and report.factuality is Factuality.ASSERTED


class Copies:
    """Which texts are largely contained in an earlier one of another outlet.

    Texts come and go one by one; what is found depends on which are there, not on the order in which they came.
    An inverted index over shingles: the cost of one more text is that of its shingles and of the texts like it.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._texts: dict[str, Reading] = {}
        self._holders: dict[int, tuple[str, ...]] = {}
        self._contained_in: dict[str, set[str]] = {}
        self._models: dict[str, Reading] | None = None

    def add(self, text: Reading) -> None:
        """Take in a text that is not here yet."""
        own = frozenset(text.shingles)
        shared = self._holders.keys() & own
        for other_id in {other for shingle in shared for other in self._holders[shingle]}:
            other = self._texts[other_id]
            is_later = _publication(other) < _publication(text)
            earlier, later = (other, text) if is_later else (text, other)
            if is_copied(own, frozenset(other.shingles), self._policy):
                self._contained_in.setdefault(later.article_id, set()).add(earlier.article_id)
                self._models = None
        self._texts[text.article_id] = text
        # Most shingles are in one text alone.
        self._holders.update(dict.fromkeys(own - shared, (text.article_id,)))
        for shingle in shared:
            self._holders[shingle] = (*self._holders[shingle], text.article_id)

    def remove(self, article_id: str) -> None:
        """Forget a text, if it is here."""
        text = self._texts.pop(article_id, None)
        if text is None:
            return
        alone = (article_id,)
        for shingle in frozenset(text.shingles):
            holders = self._holders[shingle]
            if holders == alone:
                del self._holders[shingle]
            else:
                self._holders[shingle] = tuple(h for h in holders if h != article_id)
        self._contained_in.pop(article_id, None)
        for models in self._contained_in.values():
            models.discard(article_id)
        self._contained_in = {copy: models for copy, models in self._contained_in.items() if models}
        self._models = None

    def models(self) -> Mapping[str, Reading]:
        """Return, for each copy, the first text that it goes back to."""
        if self._models is None:
            self._models = self._found_models()
        return self._models

    def _found_models(self) -> dict[str, Reading]:
        models: dict[str, Reading] = {}
        for copy in self._in_order(self._contained_in):
            for earlier in self._in_order(self._contained_in[copy.article_id]):
                model = models.get(earlier.article_id, earlier)
                if model.source_id != copy.source_id:
                    models[copy.article_id] = model
                    break
        return models

    def _in_order(self, article_ids: Iterable[str]) -> list[Reading]:
        texts = (self._texts[article_id] for article_id in article_ids)
        return sorted(texts, key=_publication)


def _publication(text: Reading) -> tuple[datetime, str]:
    return text.published_at, text.article_id


def is_copied(first: frozenset[int], second: frozenset[int], policy: Policy) -> bool:
    """Return whether enough of one text stands in the other, by their shingles.

    One in eight is kept of a text's shingles, so a few that two short items share are chance, unless they share
    all. Of a long text only the smallest are kept (`SHINGLES_KEPT`): what lies above them cannot be compared.
    """
    if first == second:
        return len(first) >= _LEAST_OF_EQUALS
    shared = len(first & second)
    if shared < policy.wire_shared_least:
        return False
    top = min(_top(first), _top(second))
    comparable = [[s for s in text if s <= top] for text in (first, second)]
    return shared >= policy.wire_containment * min(map(len, comparable))


def _top(shingles: Collection[int]) -> float:
    return max(shingles) if len(shingles) >= SHINGLES_KEPT else math.inf


# Texts share hashes that are picked by value, so the smallest of each compare like a sample of all.
SHINGLES_KEPT = 64
# Two kept shingles stand for some sixteen words in a row.
_LEAST_OF_EQUALS = 2
