"""Whom "they", "its fighters" and "the group" mean: a party named in the sentence, by speech, ownership and order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spacy.tokens import Token

from placewatch.vocabulary import ActorKind
from streams.reading.documents import Named
from streams.reading.lexicon import lexicon
from streams.reading.syntax import governing_verb, is_verb, noun_lemma, own_subject, verb_lemma


if TYPE_CHECKING:
    from streams.reading.participants import Cast


PRONOUNS = frozenset(
    {
        "they",
        "it",
        "he",
        "she",
        "them",
        "we",
        "us",
        "who",
        "which",
        "that",
        "i",
        "its",
        "their",
        "his",
        "our",
        "those",
        "these",
    }
)
POSSESSIVES = frozenset({"its", "their", "his", "our"})
GENERIC = frozenset(
    {
        "group",
        "force",
        "troop",
        "troops",
        "forces",
        "fighter",
        "movement",
        "side",
        "soldier",
        "militant",
        "jihadist",
        "extremist",
        "insurgent",
        "organisation",
        "organization",
        "alliance",
        "member",
    }
)


@dataclass(slots=True)
class Memory:
    """What earlier sentences of the article leave behind: the last armed party, the last speaker.

    Attributes:
        actor: the party that the last sentence with one is of.
        speaker: who spoke last.
        named: the known actors of the whole text, in its order.
    """

    actor: str | None = None
    speaker: str | None = None
    named: Sequence[Named] = ()

    def group_before(self, at: int) -> str | None:
        """Return the last group that is no state, and is named before this offset."""
        groups = (
            n.actor.name
            for n in reversed(self.named)
            if n.end <= at and n.actor.kind is not ActorKind.STATE_FORCES
        )
        return next(groups, None)


def antecedent(token: Token, cast: Cast) -> Token | None:
    """Return the party of the sentence that the pronoun or bare noun `token` stands for, or None."""
    before = [
        t
        for t in token.doc
        if t.i < token.i
        and t.lower_ not in PRONOUNS
        and (cast.is_named(t) or noun_lemma(t) not in GENERIC)
    ]
    nearest = _subject_above(token, cast) or _speaker_above(token, cast)
    if nearest is not None:
        return nearest
    is_owner = token.lower_ in POSSESSIVES or token.dep_ == "poss"
    if is_owner and (owner := _owner(token, cast)) is not None:
        return owner
    doer = _doer_to(token)  # whoever fights "the militants" is not they
    before = [t for t in before if t != doer]
    subjects = [t for t in before if t.dep_ in {"nsubj", "nsubjpass"}]
    others = [t for t in before if t.dep_ in {"dobj", "pobj", "poss", "attr", "ROOT", "agent"}]
    named = [t for t in before if cast.is_named(t)]
    candidates = (*reversed(subjects), *reversed(others), *reversed(named))
    return next((t for t in candidates if cast.is_armed(t) is True), None)


def _subject_above(token: Token, cast: Cast) -> Token | None:
    """The party whose doing a clause belongs to: "A says that B burned the mill before they left"."""
    clause = token.head
    if token.dep_ != "nsubj" or clause.dep_ != "advcl":
        return None
    subject = own_subject(clause.head)
    is_party = subject is not None and subject.i < token.i and cast.is_armed(subject) is True
    return subject if is_party else None


def _doer_to(token: Token) -> Token | None:
    """The subject of the verb whose object `token` is."""
    verb = governing_verb(token) if token.dep_ in {"dobj", "pobj"} else None
    return own_subject(verb) if verb is not None else None


def _is_within(token: Token, cast: Cast) -> bool:
    """Whether `token` only qualifies another party: "rebel" of "rebel fighters", not of "rebel positions"."""
    return token.dep_ == "compound" and cast.is_armed(token.head) is True


def _owner(token: Token, cast: Cast) -> Token | None:
    """Whose it is: the last party before, or all of its list; of a phrase in front, the subject that follows."""
    before = [t for t in token.doc[: token.i] if t.lower_ not in PRONOUNS]
    near = next(
        (t for t in reversed(before) if cast.is_armed(t) is True and not _is_within(t, cast)), None
    )
    while near is not None and near.dep_ == "conj" and cast.is_armed(near.head) is True:
        near = near.head if near.head.i < near.i else None
    if near is not None:
        return near
    subject = own_subject(token.sent.root)  # "Since its retreat, the army ..."
    is_ahead = subject is not None and subject.left_edge.i > token.i
    return subject if subject is not None and is_ahead and cast.is_armed(subject) is True else None


def _speaker_above(token: Token, cast: Cast) -> Token | None:
    """The party whose words the pronoun stands in: "the militia said its men ..."."""
    node = token
    for _ in range(8):
        if node.head == node:
            return None
        node = node.head
        said = own_subject(node)
        is_saying = verb_lemma(node) in lexicon().factuality["claim_verbs"] and is_verb(node)
        if is_saying and said is not None and said.lower_ not in PRONOUNS:
            if said.i >= token.i:
                return None
            return said if cast.is_capital(said) or cast.is_armed(said) is True else None
    return None
