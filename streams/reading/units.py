"""One brigade is not the army: a unit that leaves is told as itself, for the rest of its side may well stay."""

from __future__ import annotations

import re

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.documents import Sentence
from streams.reading.lexicon import lexicon
from streams.reading.participants import Cast
from streams.reading.phrases import phrase_start
from streams.reading.syntax import child, children, noun_lemma


_ARTICLE = re.compile(r"^(?:the|a|an|its|their|his|her|our)\s+", re.IGNORECASE)


def party_that(
    state: State, actor: Token | str | None, sentence: Sentence, cast: Cast
) -> str | None:
    """Return the name of the party that does what `state` tells: a unit's own where one leaves, else its side's."""
    is_unit = (
        isinstance(actor, Token)
        and state is State.WITHDRAWN
        and actor.tag_ == "NN"
        and noun_lemma(actor) in lexicon().forces["units"]
        and not cast.is_named(actor)
    )
    if not is_unit or not isinstance(actor, Token):
        return cast.party(actor)
    of = next((c for c in children(actor, "prep") if c.lower_ == "of"), None)
    whole = child(of, "pobj") if of is not None else None
    last = whole if whole is not None else actor
    return _ARTICLE.sub("", sentence.original(phrase_start(actor), last.i))
