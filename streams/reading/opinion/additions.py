"""Reports that only the second opinion makes: evidence is the sentence, who acts is its first armed party."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spacy.tokens import Token

from placewatch.records import Evidence, Mark, Report
from placewatch.vocabulary import WAR_STATES, MarkRole, State, codes_for
from streams.reading.antecedents import Memory
from streams.reading.context import ArticleContext
from streams.reading.documents import Sentence
from streams.reading.opinion.weighing import Addition
from streams.reading.participants import Cast


def added_reports(
    added: Iterable[Addition], sentences: Sequence[Sentence], context: ArticleContext
) -> list[Report]:
    """Return the additions as reports, in order."""
    by_start = {sentence.span.start: sentence for sentence in sentences}
    return [_report(one, by_start.get(one.passage.sentence.start), context) for one in added]


def _report(added: Addition, sentence: Sentence | None, context: ArticleContext) -> Report:
    start, end = added.passage.sentence
    is_civil = added.state not in WAR_STATES
    actor = None if sentence is None or is_civil else likely_actor(sentence, context)
    known = context.actors.find(actor, context.country) if actor else None
    codes = codes_for(added.state, known.kind if known else None)
    return Report(
        place_id=added.passage.place_id,
        place=context.places[added.passage.place_id].place,
        state=added.state,
        factuality=added.factuality,
        actor=None if added.state is State.STRUCK and known is None else actor,
        evidence=Evidence(sentence=context.text[start:end], start=start, end=end),
        marks=_marks(added.passage.place_id, sentence),
        reasons=(added.reason,),
        acled=codes.acled,
        cameo=codes.cameo,
        plover="/".join(part for part in (codes.plover_event, codes.plover_mode) if part) or None,
    )


def _marks(place_id: str, sentence: Sentence | None) -> tuple[Mark, ...]:
    """Where the sentence names the place: the only words that the encoder was pointed at."""
    named = [] if sentence is None else [i for i, p in sentence.places.items() if p == place_id]
    if sentence is None or not named:
        return ()
    start, end = sentence.starts[named[0]], sentence.ends[named[0]]
    return (Mark(role=MarkRole.PLACE, start=start, end=end),)


def likely_actor(sentence: Sentence, context: ArticleContext) -> str | None:
    """Return who acts in a sentence as far as its grammar tells: an armed agent, else subject, else any armed party."""
    if sentence.doc is None:
        return None
    cast = Cast(
        sentence,
        context.actors,
        context.places,
        Memory(named=context.named),
        context.country,
        in_conflict=context.in_conflict,
        is_unrest=context.is_unrest,
    )
    armed = [token for token in sentence.doc if _is_party(token, cast)]
    for is_sought in (_is_agent, _is_subject, _is_noun):
        for token in armed:
            if is_sought(token):
                return cast.name(token)
    return None


def _is_party(token: Token, cast: Cast) -> bool:
    return token.tag_.startswith(("NN", "PRP")) and cast.is_armed(token) is True


def _is_agent(token: Token) -> bool:
    return bool(token.dep_ == "pobj" and token.head.dep_ == "agent")


def _is_subject(token: Token) -> bool:
    return bool(token.dep_ == "nsubj")


def _is_noun(token: Token) -> bool:
    return token.dep_ not in {"compound", "amod", "poss"}
