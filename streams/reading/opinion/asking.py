"""The second opinion on one article: asked for each of its passages, then weighed against the rules."""

from __future__ import annotations

from functools import partial

from placewatch.vocabulary import PlaceKind, State
from streams.reading.anaphora import is_metonym
from streams.reading.context import ArticleContext
from streams.reading.draft import Draft
from streams.reading.opinion.additions import added_reports
from streams.reading.opinion.encoder import encoder, reading_in_words
from streams.reading.opinion.passages import Passage, passages
from streams.reading.opinion.pointing import pointed_at
from streams.reading.opinion.weighing import additions, beliefs, thresholds, weighed
from streams.reading.overtaken import distinct
from streams.reading.wars import with_parties


def ask_second_opinion(draft: Draft) -> None:
    """Replace the reports of an article by what stands after the second opinion.

    Raises:
        ModelError: the encoder does not load.
    """
    asked = _passages(draft)
    if draft.context is None or draft.theatre is None or not asked:
        return
    opinions = [encoder().opinion(p.text, _reading(draft, p.place_id)) for p in asked]
    held, limits = beliefs(asked, opinions), thresholds()
    parties = {
        key: pointed_at(State(key[1]), belief, draft.sentences, draft.context)
        for key, belief in held.items()
        if belief.told >= limits.told
    }
    weights = (held, parties, limits, partial(_are_one_side, draft.context))
    new = added_reports(additions(draft.reports, *weights), draft.sentences, draft.context)
    standing = weighed(draft.reports, *weights)
    told = [*standing, *with_parties(new, draft.sentences, draft.theatre)]
    draft.reports = distinct(sorted(told, key=lambda report: report.evidence.start))


def _are_one_side(context: ArticleContext, one: str, other: str) -> bool:
    side = context.actors.side_of(one, context.country)
    return one == other or (
        side is not None and side == context.actors.side_of(other, context.country)
    )


def _passages(draft: Draft) -> list[Passage]:
    if draft.context is None:
        return []
    context, places = draft.context, draft.context.places
    own = [m for m in draft.mentions if not is_metonym(m, context)]
    found = passages(draft.text, own)
    return [p for p in found if places[p.place_id].kind is not PlaceKind.COUNTRY]


def _reading(draft: Draft, place_id: str) -> str:
    return reading_in_words(report for report in draft.reports if report.place_id == place_id)
