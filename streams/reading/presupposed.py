"""What a sentence takes as known, whoever speaks in it: "in the battle for X", "after they took X"."""

from __future__ import annotations

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.finding import Finding
from streams.reading.judgement import Judgement
from streams.reading.lexicon import lexicon
from streams.reading.quoting import speech_aside
from streams.reading.syntax import (
    RELATIVE,
    children,
    is_noun,
    is_verb,
    noun_lemma,
    verb_lemma,
)


_LASTING = frozenset({State.CONTESTED, State.BESIEGED})
_ONGOING = _LASTING | {State.THREATENED, State.STRUCK}
_AHEAD = frozenset({"before", "until", "ahead"})
_AFTER = frozenset({"after", "following", "since", "amid"})


def is_given(node: Token, finding: Finding) -> bool:
    """Whether the text takes the finding as known: "in the battle for X", "troops controlling X", "after taking X".

    Who speaks around it does not claim it. A strike named as a cause of harm is told, not given.
    """
    is_part = node.dep_ == "acl" and node.tag_ in {"VBN", "VBG"} and not _is_full_clause(node)
    if is_part and not is_told_of_noun(node):
        return finding.state is not State.STRUCK
    if node == finding.trigger and (
        node.dep_ in {"amod", "compound"}
        or (finding.state is State.HELD and _is_bare_participle(node))
    ):
        return True
    if node == finding.trigger and (_is_meanwhile(node, finding.state) or _is_described(node)):
        return True
    if _is_taken_to_heart(finding.trigger):
        return finding.state is not State.STRUCK
    if _is_aside(node) or _is_before_the_news(node) or _is_meantime(node):
        return True
    if node == finding.anchor and _tells_which(node, finding.state):
        return True
    if node == finding.trigger and (_is_still_on(node) or _is_answered(node)):
        return True
    if not finding.is_background or node != finding.trigger:
        return False
    if finding.state is State.STRUCK:
        return "beside" not in finding.at.path and _is_deadly_one(node)
    if _is_told_of(node):
        return False
    if node.dep_ == "pobj":
        if node.head.lower_ in lexicon().factuality["adjuncts"]:
            return node.head.lower_ not in _AHEAD
        return _is_definite(node) or _is_fought_out(node)
    is_known = _is_definite(node) or any(c.tag_ == "NNP" for c in children(node, "compound"))
    return node.dep_ in {"nsubj", "nsubjpass"} and is_known and not _is_phase(node.head)


def is_told_of_noun(verb: Token) -> bool:
    """As in "claims all troops withdrawn from X", "reports of troops fleeing X": the participle is what is said."""
    if verb.dep_ != "acl":
        return False
    noun, words = verb.head, lexicon().factuality
    if noun.dep_ == "dobj" and verb_lemma(noun.head) in words["deny_verbs"]:
        return True  # "denies X occupied by the rebels"
    if verb_lemma(verb) in {"hold", "control", "occupy"}:
        return False
    if noun.dep_ == "dobj":
        return verb_lemma(noun.head) == "claim"
    above = noun.head
    return (
        noun.dep_ == "pobj"
        and above.lower_ == "of"
        and noun_lemma(above.head) in words["claim_nouns"]
    )


def _is_full_clause(verb: Token) -> bool:
    """Whether a clause says what its noun tells ("reports that X fell"), not which one is meant ("X, held by Y")."""
    return any(c.lower_ == "that" for c in children(verb, "mark"))


def _is_bare_participle(node: Token) -> bool:
    """As in "said the forces controlling X had fled", "says occupied areas are safe", which the parser takes for a clause."""
    if node.dep_ != "ccomp" or any(children(node, "aux", "auxpass", "nsubjpass")):
        return False
    return node.tag_ == "VBG" or not any(c.lower_ != "that" for c in children(node, "nsubj"))


def _is_taken_to_heart(noun: Token) -> bool:
    """As in "blaming the army's offensive on X": one can only resent what there is."""
    words = lexicon().factuality["factive_verbs"]
    return noun.dep_ == "dobj" and verb_lemma(noun.head) in words and _is_definite(noun)


def _is_meanwhile(noun: Token, state: State) -> bool:
    """As in "said they had lost a tank during fighting in X": what goes on while the rest is told."""
    is_lasting = state in _LASTING or state is State.STRUCK
    return is_lasting and noun.dep_ == "pobj" and noun.head.lower_ == "during"


def _is_deadly_one(strike: Token) -> bool:
    """As in "said ten men had died in the strike on X": what is told is the toll."""
    is_known = any(c.lower_ in {"the", "that", "this"} for c in children(strike, "det"))
    return is_known and strike.dep_ == "pobj" and strike.head.lower_ == "in"


def _is_fought_out(fight: Token) -> bool:
    """As in "says it lost men in battle for X", "a town at the centre of fighting"."""
    above = fight.head
    if above.lower_ == "of":
        return above.head.lower_ in {"centre", "center", "heart", "scene", "focus", "epicentre"}
    following = fight.nbor().lower_ if fight.i + 1 < len(fight.doc) else ""
    return above.lower_ == "in" and following == "for"


def _is_described(noun: Token) -> bool:
    """As in "says the strike on X was part of a campaign": what is told is what it was, not that it was."""
    verb = noun.head
    if noun.dep_ != "nsubj" or verb.lower_ not in {"is", "was", "are", "were"}:
        return False
    return any(children(verb, "attr")) and not any(
        c.lower_ in {"a", "an", "no", "any"} or c.tag_ == "CD" for c in noun.children
    )


def _is_aside(node: Token) -> bool:
    """As in "..., which is now held by the rebels": a remark of the text's own, set off by a comma."""
    if node.dep_ != "relcl" or node.left_edge.i == 0 or node.left_edge.nbor(-1).text != ",":
        return False
    is_present = node.tag_ in {"VBZ", "VBP"} or any(
        c.lower_ in {"is", "are", "remains", "remain"} for c in children(node, "aux", "auxpass")
    )
    return is_present and node.left_edge.lower_ in {"which", "who", "where"}


def _is_meantime(node: Token) -> bool:
    """As in "warned of 'a disaster' as shelling cut X off": after the quotation the text speaks for itself."""
    if node.dep_ != "advcl":
        return False
    return any(
        m.lower_ in {"as", "while"} and m.i > 0 and m.nbor(-1).tag_ == "''"
        for m in children(node, "mark")
    )


def is_held_on(finding: Finding) -> bool:
    """As in "will try to hold X", "a plan to hold on to X": who means to hold it has it."""
    verb = finding.anchor
    words = lexicon().factuality
    is_meant = (
        verb_lemma(verb.head) in words["attempt"] | words["plan_verbs"]
        if verb.dep_ == "xcomp"
        else noun_lemma(verb.head) in {"strategy", "plan", "effort"}
    )
    return (
        finding.state is State.HELD
        and verb_lemma(verb) == "hold"
        and is_meant
        and any(c.lower_ == "to" for c in children(verb, "aux"))
    )


def _tells_which(node: Token, state: State) -> bool:
    """As in "parts of X that are held by the rebels": which ones are meant, in whoever's words."""
    if node.dep_ != "relcl" or state is State.STRUCK:
        return False
    helpers = {c.lower_ for c in children(node, "aux", "auxpass")}
    is_now = node.tag_ in {"VBZ", "VBP"} or bool(helpers & {"is", "are", "has", "have"})
    return is_now and any(c.lower_ in RELATIVE for c in children(node, "nsubj", "nsubjpass"))


def _is_still_on(noun: Token) -> bool:
    """As in "warned that existing power cuts may last"."""
    return any(c.lower_ in _STANDING for c in children(noun, "amod"))


_STANDING = frozenset({"existing", "ongoing", "continuing", "current"})


def _is_answered(noun: Token) -> bool:
    """As in "said the raids were a response to the drone attack on X"."""
    above = noun.head
    return (
        noun.dep_ == "pobj"
        and above.lower_ in {"to", "for"}
        and noun_lemma(above.head) in {"response", "retaliation", "revenge", "answer", "reprisal"}
    )


def _is_before_the_news(node: Token) -> bool:
    """As in "will go on after they took X", "burned the depots before they fled X": what the news follows on."""
    if node.dep_ in {"pobj", "pcomp"} and (is_noun(node) or node.tag_ == "VBG"):
        return node.head.lower_ in _AFTER - {"amid"}
    if node.dep_ == "dobj":
        return bool(node.head.lower_ == "following")  # which the tagger takes for a verb
    if node.dep_ != "advcl" or speech_aside(node.doc) is not None:
        return False
    marks = {c.lower_ for c in children(node, "mark", "prep", "advmod")}
    return bool(marks & _AFTER) or ("before" in marks and node.tag_ == "VBD")


def _is_told_of(node: Token) -> bool:
    """As in "reports about the success of their advance", "the brink of the battle": said or to come, not given."""
    words = lexicon().factuality
    untold = words["claim_nouns"] | words["plan_nouns"] | {"brink", "verge", "cusp"}
    while node.dep_ == "pobj" and is_noun(node.head.head):
        node = node.head.head
        if noun_lemma(node) in untold:
            return True
    return False


def _is_definite(noun: Token) -> bool:
    """Whether a noun names one that the reader knows of: "the battle", "their advance", "Russia's push"."""
    return any(
        c.dep_ == "poss" or (c.dep_ == "det" and c.lower_ in {"the", "this", "that", "these"})
        for c in noun.children
    )


def _is_phase(verb: Token) -> bool:
    """Whether a verb tells that something goes on, starts or ends: that is the news, then, and is not given."""
    words = lexicon().factuality
    if verb_lemma(verb) in words["occur_verbs"] | words["phase_verbs"]:
        return True
    return verb.lower_ in {"is", "was", "are", "were", "be", "been"} and not any(
        children(verb, "attr")
    )


def is_going_on(node: Token, finding: Finding, judged: Judgement) -> bool:
    """As in "will withdraw from the battle for X", "vowed to keep control of X", "urged them to stop shelling X".

    The battle is on whatever comes of the rest.
    """
    words = lexicon().factuality
    if node.dep_ in {"xcomp", "dobj", "pcomp", "pobj"} and finding.state in _ONGOING | {State.HELD}:
        governor = node.head.head if node.dep_ in {"pobj", "pcomp"} else node.head
        if verb_lemma(governor) in words["lasting_verbs"]:
            return not _is_said(governor)
    if node.dep_ in {"xcomp", "dobj"} and finding.state in _ONGOING and node.head.tag_ == "VB":
        return verb_lemma(node.head) in words["ending_verbs"]
    if not judged.is_given or finding.state not in _ONGOING - {State.STRUCK}:
        return False
    if node.dep_ != "pobj":
        return False
    above = node.head.head
    if not is_verb(above):
        return noun_lemma(above) not in words["plan_nouns"]
    return verb_lemma(above) not in (
        words["plan_verbs"] | words["preparing"] | words["fail_verbs"] | {"brace"}
    )


def _is_said(verb: Token) -> bool:
    """As in "say they are holding on to X": then it is a claim, not what stands behind one."""
    if verb.head == verb:
        return any(c.lower_ == "according" for c in verb.children)
    is_clause = verb.dep_ == "ccomp" and verb.tag_ != "VB"
    return is_clause and verb_lemma(verb.head) in lexicon().factuality["claim_verbs"]
