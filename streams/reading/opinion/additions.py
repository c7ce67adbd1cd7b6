"""Reports that only the second opinion makes: evidence is the sentence, who acts is whom it points at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from placewatch.records import Evidence, Mark, Report
from placewatch.vocabulary import MarkRole, codes_for
from streams.reading.context import ArticleContext
from streams.reading.documents import Sentence
from streams.reading.opinion.weighing import Addition


def added_reports(
    added: Iterable[Addition], sentences: Sequence[Sentence], context: ArticleContext
) -> list[Report]:
    """Return the additions as reports, in order."""
    by_start = {sentence.span.start: sentence for sentence in sentences}
    return [_report(one, by_start, context) for one in added]


def _report(added: Addition, by_start: Mapping[int, Sentence], context: ArticleContext) -> Report:
    passage, actor = added.passage, added.party
    start, end = passage.sentence
    known = context.actors.find(actor, context.country) if actor else None
    codes = codes_for(added.state, known.kind if known else None)
    return Report(
        place_id=passage.place_id,
        place=context.places[passage.place_id].place,
        state=added.state,
        factuality=added.factuality,
        actor=actor,
        evidence=Evidence(sentence=context.text[start:end], start=start, end=end),
        marks=_marks(passage.place_id, by_start.get(start)),
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
