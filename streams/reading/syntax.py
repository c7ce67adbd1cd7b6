"""Small questions to a parse tree (ClearNLP labels, as spaCy's English models give them)."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from streams.reading.lexicon import lexicon


SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj", "csubjpass"})
RELATIVE = frozenset({"who", "which", "that", "whom", "whose"})
NOUN_TAGS = ("NN", "NNS", "NNP", "NNPS", "CD", "PRP", "WP", "WDT", "DT", "EX")
_NOUN_ROLES = frozenset({"nsubj", "nsubjpass", "dobj", "pobj"})
NOMINAL_DEPS = frozenset(
    {"nsubj", "nsubjpass", "dobj", "pobj", "attr", "appos", "poss", "compound", "npadvmod", "nmod"}
)


def verb_lemma(token: Token) -> str:
    """Return the verb of which `token` is a form, else its lower-case text."""
    lower = token.lower_
    return lexicon().verb_forms.get(str(lower), str(lower))


def noun_lemma(token: Token) -> str:
    """Return the noun of which `token` is a form, else its lower-case text."""
    lower = token.lower_
    return lexicon().noun_forms.get(str(lower), str(lower))


def is_verb(token: Token) -> bool:
    """Return whether `token` is used as a verb: its tag says so, or a clause hangs on it."""
    if token.tag_ == "VBZ" and token.dep_ in _NOUN_ROLES and noun_lemma(token) != token.lower_:
        return False  # "airstrikes against", which the tagger took for what "he" does
    return token.tag_.startswith(("VB", "MD")) or (
        verb_lemma(token) in lexicon().verbs
        and not token.dep_.startswith("comp")
        and any(
            child.dep_ in {"nsubj", "dobj", "nsubjpass", "aux", "auxpass"}
            for child in token.children
        )
    )


def is_noun(token: Token) -> bool:
    """Return whether `token` heads a noun phrase."""
    return bool(token.tag_.startswith(NOUN_TAGS)) or (token.tag_ == "VBZ" and not is_verb(token))


def children(token: Token, *deps: str) -> Iterator[Token]:
    """Yield the children of `token` with one of these labels."""
    return (child for child in token.children if child.dep_ in deps)


def child(token: Token, *deps: str) -> Token | None:
    """Return the first child of `token` with one of these labels."""
    return next(children(token, *deps), None)


def own_subject(verb: Token) -> Token | None:
    """Return the active subject that stands at `verb` itself."""
    return child(verb, "nsubj", "csubj")


def is_passive(verb: Token) -> bool:
    """Return whether `verb` is passive: an auxiliary says so, or it is a participle that modifies a noun."""
    if any(c.dep_ in {"auxpass", "nsubjpass"} for c in verb.children):
        return True
    if verb.tag_ == "VBN" and any(c.dep_ == "agent" for c in verb.children):
        return not any(c.lower_ in {"has", "have", "had", "having"} for c in children(verb, "aux"))
    if is_absolute(verb):
        return True
    if verb.tag_ == "VBN" and verb.dep_ in {"acl", "amod"}:
        return True
    return _is_fronted(verb) or _is_of_headline(verb)


def _is_fronted(verb: Token) -> bool:
    """As in "Driven from X, the rebels ...", "Captured on Friday, the town ..."."""
    return (
        verb.tag_ == "VBN"
        and verb.dep_ == "advcl"
        and not any(c.dep_ in {"aux", "nsubj", "dobj", "mark"} for c in verb.children)
    )


def _is_of_headline(verb: Token) -> bool:
    """As in "Arden retaken after a fight", "Arden bombed again": a place does none of these, they are done to it."""
    subject = child(verb, "nsubj")
    if subject is None or verb.tag_ not in {"VBD", "VBN"} or not subject.tag_.startswith("NNP"):
        return False
    if subject.text != "Paris" or verb.lower_ == "set" or child(subject, "compound") is not None:
        return False
    if any(c.dep_ in {"aux", "dobj"} or c.lower_ == "back" for c in verb.children):
        return False
    frames = lexicon().verbs.get(verb_lemma(verb), ())
    places = frozenset[str]().union(*(f.place for f in frames))
    return "obj" in places and "subj" not in places


def is_absolute(verb: Token) -> bool:
    """Return whether `verb` is the participle of "with the rebels driven out", which the tagger takes for a past tense."""
    return verb.tag_ in {"VBD", "VBN"} and any(
        c.lower_ == "with" and c.i < verb.i for c in children(verb, "mark")
    )


def agent_of(verb: Token) -> Token | None:
    """Return who a passive verb names after "by"."""
    for by in verb.children:
        if by.lower_ == "by" and by.dep_ in {"agent", "prep"}:
            return child(by, "pobj", "pcomp")
    return None


def subject_of(verb: Token) -> Token | None:
    """Return who does what the active `verb` says, looking up the tree where the clause has no subject of its own.

    Infinitives, participles and coordinated verbs take their governor's subject; an object-controlled
    infinitive ("ordered troops to enter") takes the object; a reduced relative its noun.
    """
    token = verb
    for _ in range(8):
        own = own_subject(token)
        if own is not None:
            if own.lower_ in RELATIVE and token.dep_ == "relcl":
                return token.head
            return own
        if token == verb and (lost := _lost_subject(verb)) is not None:
            return lost
        if token != verb and is_passive(token):
            passive = child(token, "nsubjpass")
            if verb.i < token.i:  # "After taking the town, the militia was joined by ..."
                return passive or agent_of(token)
            return agent_of(token) or passive
        head = token.head
        if token.dep_ == "acl" and is_noun(head):
            return _noun_controller(token, head)
        if token.dep_ == "relcl" and is_noun(head):
            return head
        controller = _object_controller(token)
        if controller is not None:
            return controller
        if token.dep_ in {"pcomp", "pobj"} and head.dep_ in {"prep", "agent"}:
            token = head.head
            if is_noun(token):
                found = noun_agent(token)
                if found is not None:
                    return found
                token = _governing_verb(token)
            continue
        if head == token:
            return None
        token = head if is_verb(head) or head.dep_ in {"prep", "mark"} else _governing_verb(head)
    return None


def _lost_subject(verb: Token) -> Token | None:
    """The noun right before a finite verb that the parser joined to another: "... after a wave of missiles struck"."""
    if verb.dep_ != "conj" or verb.tag_ not in {"VBD", "VBZ", "VBP"} or verb.i == 0:
        return None
    before = verb.nbor(-1)
    return before if before.dep_ == "pobj" and before.tag_.startswith("NN") else None


def _object_controller(token: Token) -> Token | None:
    """As in "ordered troops to enter": the troops enter."""
    head = token.head
    if token.dep_ != "xcomp" or token.tag_ != "VB" or not is_verb(head):
        return None
    if verb_lemma(head) in lexicon().factuality["no_control_verbs"]:
        return None
    return child(head, "dobj")


def _noun_controller(token: Token, head: Token) -> Token | None:
    """As in "A campaign to retake X": whoever runs the campaign; "troops entering X": the troops."""
    if token.tag_ != "VB":
        return head
    known = noun_agent(head)
    if known is not None:
        return known
    if head.dep_ in {"nsubj", "nsubjpass"}:
        return None
    governor = _governing_verb(head)
    return subject_of(governor) if governor != head and is_verb(governor) else None


def noun_agent(noun: Token) -> Token | None:
    """Return whose act a noun names: "Russia's push", "the army push", "a push by the army"."""
    possessor = child(noun, "poss")
    if possessor is not None:
        return possessor
    for by in noun.children:
        if by.lower_ == "by" and (found := child(by, "pobj")) is not None:
            return found
    modifiers = [c for c in children(noun, "amod", "compound", "nmod") if c.i < noun.i]
    return next(
        (m for m in modifiers if m.tag_.startswith(("NNP", "JJ")) and m.text[:1].isupper()), None
    )


def _governing_verb(token: Token) -> Token:
    """The nearest verb above `token`, else the root."""
    node = token
    for _ in range(12):
        if node.head == node or (node != token and is_verb(node)):
            return node
        node = node.head
    return node


def governing_verb(token: Token) -> Token | None:
    """Return the nearest verb above `token`, or None."""
    verb = _governing_verb(token)
    return verb if verb != token and is_verb(verb) else None


def particles(verb: Token) -> set[str]:
    """Return the particles and bare adverbs of `verb`, lower case ("over" in "took over")."""
    return {
        c.lower_
        for c in verb.children
        if c.dep_ == "prt"
        or (c.dep_ == "advmod" and c.lower_ in _PARTICLES)
        or (c.dep_ == "prep" and c.lower_ in _PARTICLES - {"on", "in", "up"})
        or (c.dep_ == "prep" and c.lower_ == "in" and not any(True for _ in c.children))
    }


_PARTICLES = frozenset({"over", "back", "out", "off", "away", "up", "on", "in", "closer"})
