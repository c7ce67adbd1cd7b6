"""What a phrase beside a place says: how far, which part, and who holds it in what trails after it."""

from __future__ import annotations

from spacy.tokens import Token

from streams.reading.dates import NUMBERS
from streams.reading.lexicon import lexicon
from streams.reading.syntax import child, children, is_noun, noun_lemma


NEAR_KM = 10
KM = {"mile": 1.609, "kilometre": 1.0, "kilometer": 1.0, "km": 1.0}


_BETWEEN = frozenset(
    {
        ",",
        "which",
        "that",
        "has",
        "been",
        "have",
        "had",
        "was",
        "is",
        "were",
        "are",
        "a",
        "an",
        "the",
        "now",
        "still",
        "largely",
        "long",
        "currently",
        "being",
        "itself",
    }
)


def trailing_participle(place: Token) -> Token | None:
    """The participle of "Arden, a village held by ..." or "Arden, which has been held by ...", by position.

    The parser often hangs it on a noun before the place.
    """
    doc = place.doc
    for i in range(place.i + 1, min(place.i + 7, len(doc))):
        token = doc[i]
        if (
            token.tag_ == "VBN"
            and i + 1 < len(doc)
            and any(doc[j].lower_ == "by" for j in range(i + 1, min(i + 4, len(doc))))
        ):
            is_of_place = token.head.i != place.i and not _is_done_to_another(token, place)
            return token if is_of_place else None
        if (
            token.lower_ not in _BETWEEN
            and not token.tag_.startswith(("JJ", "RB"))
            and noun_lemma(token) not in lexicon().place_nouns
        ):
            return None
    return None


def _is_done_to_another(participle: Token, place: Token) -> bool:
    """Whether the place only says who it is done to: "the mayor of Arden was seized by soldiers"."""
    subject = child(participle, "nsubjpass")
    return (
        subject is not None
        and subject in place.ancestors
        and noun_lemma(subject) not in lexicon().place_nouns | lexicon().whole
    )


def phrase_start(token: Token) -> int:
    """Return the index of the first word of the phrase of `token`: modifiers before it, no clauses, no articles."""
    start: int = min(
        (
            c.left_edge.i
            for c in children(token, "compound", "amod", "nmod", "poss", "nummod", "quantmod")
            if c.i < token.i
        ),
        default=token.i,
    )
    return start


def is_close_by(verb: Token) -> bool:
    """As in "they stand five kilometres from Arden", where the parser gives the verb both."""
    measure = child(verb, "dobj", "npadvmod", "attr")
    return measure is not None and noun_lemma(measure) in KM and is_close(measure)


def is_close_from(preposition: Token) -> bool:
    """As in "Rebels 5 km from Arden", where the parser gives the preposition the measure."""
    measure = child(preposition, "npadvmod")
    return measure is not None and noun_lemma(measure) in KM and is_close(measure)


def is_part_phrase(head: Token) -> bool:
    """As in "Neighbourhoods of Arden", "an area of Arden": plural or counted nouns are parts, not the place."""
    is_one = head.lower_ == "area" and any(c.lower_ in {"a", "an"} for c in head.children)
    return (
        noun_lemma(head) in lexicon().parts
        and noun_lemma(head) not in {"city", "town", "village"}
        and (head.tag_ == "NNS" or is_one)
    )


def is_close(measure: Token) -> bool:
    """Whether "5 km" is within the distance at which a force threatens a place."""
    number = next((c.text for c in measure.children if c.dep_ == "nummod"), "")
    try:
        count = float(NUMBERS.get(number.lower(), number.replace(",", "")))
    except ValueError:
        return False
    return count * KM[noun_lemma(measure)] <= NEAR_KM


def is_within_reach(direction: Token) -> bool:
    """As in "5 km north of Arden", not "north of Arden"."""
    return any(noun_lemma(c) in KM and is_close(c) for c in direction.children)


def listed_before(node: Token) -> Token | None:
    """Return the place that "and" joins `node` to, where the parser joined it to the verb: "into Arden, and Dorn"."""
    for other in reversed(node.doc[node.head.i : node.i]):
        if other.text == "Paris" and other.dep_ in {"pobj", "dobj"}:
            return other
        if not (other.is_punct or other.lower_ in {"and", "the"} or is_noun(other)):
            return None
    return None


def is_latest(noun: Token) -> bool:
    """Return whether the noun is of those that did: "the latest town to fall"."""
    return any(c.lower_ in lexicon().ordinals for c in children(noun, "amod"))


def is_ground(token: Token) -> bool:
    """Return whether `token` is ground that somebody has, and nobody: "positions", "the enclave"."""
    words, lemma = lexicon(), noun_lemma(token)
    is_held = lemma in words.place_nouns | words.parts | words.forces["ground"]
    return is_held and lemma not in words.forces["force_nouns"]


def after_address(place: Token) -> Token | None:
    """Return the town of "from Arden, Vale region, Norland, a town that fell", hung on the last of the address."""
    node = place
    for _ in range(3):
        following = child(node, "conj", "appos")
        if following is None or any(c.dep_ == "cc" for c in node.children):
            return None
        if noun_lemma(following) in {"town", "city", "village"} and node != place:
            return following
        if not following.tag_.startswith("NNP"):
            return None
        node = following
    return None


def is_cut_down(region: Token) -> bool:
    """Return whether only a piece is meant: "Vale Province west of the river", "the right-bank Vale Province", "Vale Province on the far bank"."""
    words = lexicon()
    following = [t.lower_ for t in region.doc[region.i + 1 : region.i + 5]]
    is_side = following[1:2] == ["of"] and following[0] in words.directions
    is_bank = following[:1] in (["on"], ["along"]) and "bank" in following
    return is_side or is_bank or any(c.lower_.endswith("-bank") for c in children(region, "amod"))
