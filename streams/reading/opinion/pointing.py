"""Who acts, by the words that the encoder points at and the name that the grammar gives them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from spacy.tokens import Token

from placewatch.vocabulary import TAKING_STATES, State
from streams.reading.antecedents import Memory
from streams.reading.context import ArticleContext
from streams.reading.documents import Sentence
from streams.reading.opinion.weighing import Belief
from streams.reading.participants import Cast


def pointed_at(
    state: State, belief: Belief, sentences: Sequence[Sentence], context: ArticleContext
) -> str | None:
    """Return the party that the encoder points at as the one who brings a state about, None for nobody.

    From whom a place is taken did not take it, wherever the encoder points.

    "Russian" of "Russian troops" and "troops" are one party, and so is each other mention of it: their
    probabilities add up.
    """
    by_letter = _by_letter(belief)
    likely: dict[str | None, float] = defaultdict(float)
    likely[None] = belief.actor[0]
    for sentence in sentences:
        pointed = _pointed_tokens(sentence, by_letter)
        if not pointed:
            continue
        cast = _cast(sentence, context)
        for token, share in pointed:
            if state not in TAKING_STATES or not _is_loser(token):
                likely[_name(token, cast)] += share
    return max(likely, key=lambda party: likely[party])


# A token less likely than this changes nothing.
_NOTICEABLE = 0.02


def _by_letter(belief: Belief) -> dict[int, float]:
    """The probability of each token at its first letter, by offset in the article's text."""
    found: dict[int, float] = defaultdict(float)
    for (start, end), share in zip(belief.tokens[1:], belief.actor[1:], strict=False):
        if end > start and share >= _NOTICEABLE:
            found[belief.passage.origins[start]] += share
    return found


def _pointed_tokens(sentence: Sentence, by_letter: dict[int, float]) -> list[tuple[Token, float]]:
    if sentence.doc is None or not by_letter:
        return []
    shares = [
        (
            token,
            sum(
                by_letter.get(i, 0.0)
                for i in range(sentence.starts[token.i], sentence.ends[token.i])
            ),
        )
        for token in sentence.doc
    ]
    return [(token, share) for token, share in shares if share > 0]


def _is_loser(token: Token) -> bool:
    """As in "recaptured from Russian troops"."""
    head = token.head if token.dep_ in {"amod", "compound", "nmod"} else token
    return bool(head.dep_ == "pobj" and head.head.lower_ == "from")


def _name(token: Token, cast: Cast) -> str | None:
    """What the party at a token is called; a modifier's is that of what it modifies."""
    is_modifier = token.dep_ in {"amod", "compound", "nmod"} and not cast.is_named(token)
    if is_modifier and cast.demonym(token) is None and cast.joined(token) is None:
        return cast.name(token.head)
    joined = cast.joined(token)
    return cast.name(joined[0] if joined is not None else token)


def _cast(sentence: Sentence, context: ArticleContext) -> Cast:
    return Cast(
        sentence,
        context.actors,
        context.places,
        Memory(named=context.named),
        context.country,
        in_conflict=context.in_conflict,
        is_unrest=context.is_unrest,
    )
