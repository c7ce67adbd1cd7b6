"""Who says it, in the words of the text: the person or body quoted, whatever side it speaks for."""

from __future__ import annotations

import re

from spacy.tokens import Token

from streams.reading.antecedents import PRONOUNS, Memory
from streams.reading.documents import Sentence
from streams.reading.lexicon import lexicon
from streams.reading.participants import Cast
from streams.reading.syntax import child, children, is_verb, noun_lemma, own_subject, verb_lemma


_ARTICLE = re.compile(r"^(?:the|a|an)\s+", re.IGNORECASE)
_BEFORE = ("compound", "amod", "nmod", "poss", "nummod", "quantmod")
_OF = frozenset({"of", "for", "in", "at", "from"})
_INVERTED = re.compile(r", (?:says|said|claims) (?P<who>(?:the )?[\w.'’ -]{2,60}?)\.?$")


def speaker_at(token: Token | None, sentence: Sentence, cast: Cast, memory: Memory) -> str | None:
    """Return who speaks at `token`: a name or office as written; for "he" or "the statement" who spoke before."""
    if token is None:
        return None
    if token.lower_ in PRONOUNS:
        return memory.speaker or cast.name(token)
    if noun_lemma(token) in lexicon().factuality["sayings"]:
        owner = child(token, "poss")
        return speaker_at(owner, sentence, cast, memory) if owner is not None else memory.speaker
    first = min(
        (c.left_edge.i for c in children(token, *_BEFORE) if c.i < token.i), default=token.i
    )
    office = next(
        (c for c in children(token, "prep") if c.lower_ in _OF and c.i == token.i + 1), None
    )
    whose = child(office, "pobj") if office is not None else None
    last = token if whose is None else whose
    words = _ARTICLE.sub("", sentence.original(first, last.i)).strip(" ,-'\"")
    phrase = token.doc[first : last.i + 1]
    has_name = any(_is_name(t, sentence.original(t.i, t.i), cast) for t in phrase)
    is_body = (
        noun_lemma(token) in lexicon().forces["force_nouns"]
    )  # "the government", not "officials"
    return cast.name(token) if is_body and not has_name else words or None


def _is_name(token: Token, word: str, cast: Cast) -> bool:
    is_known = cast.is_named(token) or cast.is_place(token) or cast.demonym(token) is not None
    return is_known or (word[:1].isupper() and (token.i > 0 or token.tag_.startswith("NNP")))


def speaker_in(sentence: Sentence, cast: Cast, memory: Memory) -> str | None:
    """Return who speaks in a sentence with a quotation: the subject of its verb of saying, or None."""
    line = sentence.text[sentence.span.start : sentence.span.end].strip()
    inverted = _INVERTED.search(line)
    if inverted is not None:
        return _ARTICLE.sub("", inverted["who"])
    claims = lexicon().factuality["claim_verbs"]
    for token in sentence.doc or ():
        subject = own_subject(token) if is_verb(token) and verb_lemma(token) in claims else None
        if subject is not None:
            return speaker_at(subject, sentence, cast, memory)
    return None
