"""Factuality: how far the text stands behind a finding, judged by climbing from it to the root of its sentence.

Negation, modals, conditions, plans, reported speech and hedges are met on the way up; time and quotation marks
come last. Every step leaves a reason.
"""

from __future__ import annotations

from dataclasses import replace

from spacy.tokens import Token

from placewatch.vocabulary import Factuality, State
from streams.reading.denials import denial_of
from streams.reading.finding import Finding
from streams.reading.judgement import Judgement, speaker_of
from streams.reading.lexicon import lexicon
from streams.reading.modality import weigh_verb
from streams.reading.noun_factuality import claim_of, is_speculated, weigh_noun
from streams.reading.own_words import weigh_carrier, weigh_own_words
from streams.reading.presupposed import is_given, is_going_on, is_held_on, is_told_of_noun
from streams.reading.quoting import is_dispatch, speech_aside
from streams.reading.retrospect import is_told_in_past
from streams.reading.supposed import is_pictured, is_purported, supposition_of
from streams.reading.syntax import (
    SUBJECTS,
    child,
    children,
    governing_verb,
    is_noun,
    is_verb,
    noun_lemma,
    own_subject,
    verb_lemma,
)


_CLAUSE_DEPS = frozenset({"ccomp", "xcomp", "parataxis", "dep", "advcl", "acl", "pcomp", "csubj"})
_DENIAL_NOUNS = frozenset({"denial", "failure", "inability"})
_EVENTS = frozenset(
    {State.CAPTURED, State.RECAPTURED, State.ENTERED, State.BESIEGED, State.WITHDRAWN}
)


def judge(finding: Finding) -> Judgement:
    """Return how far the sentence stands behind `finding`."""
    judged = Judgement()
    denial = denial_of(finding)
    if denial is not None:
        judged.settle(Factuality.DENIED, denial)
    node = finding.anchor
    weigh_own_words(finding, judged)
    judged.is_adjunct = judged.is_given = is_held_on(finding)
    if finding.is_presupposed:
        return judged
    supposition = supposition_of(finding)
    if supposition is not None:
        judged.is_dropped = True
        judged.reasons.append(f"condition:{supposition}")
        return judged
    if finding.trigger != finding.anchor:
        weigh_carrier(finding, judged)
    for _ in range(_MAX_STEPS):
        if not judged.is_claimed and is_given(node, finding):
            judged.is_given = True
        if is_verb(node) and not judged.is_adjunct:
            weigh_verb(node, finding, judged)
        _link_to_head(node, finding, judged)
        if is_going_on(node, finding, judged):
            judged.is_adjunct = True
            judged.is_given = judged.is_given or not judged.is_claimed
        judged.is_adjunct = judged.is_adjunct or _is_adjunct(node)
        if judged.is_dropped or node.head == node:
            break
        node = node.head
    if judged.is_claimed and judged.factuality is Factuality.ASSERTED and not judged.is_given:
        judged.factuality = Factuality.CLAIMED
    return judged


_MAX_STEPS = 24


def _is_adjunct(node: Token) -> bool:
    """Whether `node` stands beside what governs it: plans and denials above it are not about it."""
    if is_told_of_noun(node):
        return False
    if node.dep_ == "acl":
        if is_pictured(node):
            return False
        return node.tag_ in {"VBN", "VBG", "VBD"} and child(node, "nsubj", "nsubjpass") is None
    if node.dep_ == "relcl" and noun_lemma(node.head) in lexicon().factuality["tale_nouns"]:
        return not any(c.lower_ == "that" for c in children(node, "mark"))
    if node.dep_ == "prep" and node.lower_ == "with" and node.i > 0 and node.nbor(-1).text == ",":
        return True  # "Snow is expected in X, with a quarter of it without power"
    return node.dep_ in {"advcl", "relcl"} or (
        node.dep_ in {"prep", "advmod"} and node.lower_ in lexicon().factuality["adjuncts"]
    )


def _link_to_head(node: Token, finding: Finding, judged: Judgement) -> None:
    head = node.head
    if head == node:
        if _is_infinitive(node) and own_subject(node) is not None:
            judged.settle(Factuality.PLANNED, "headline infinitive")  # "Army to leave X"
        _sentence_adverbials(node, finding, judged)
        return
    if is_verb(node) and _is_infinitive(node) and not judged.is_adjunct:
        _infinitive(node, head, judged)
    if is_verb(head):
        if not _is_apart(node, head):
            _under_verb(node, head, finding, judged)
    elif is_noun(head) or head.dep_ == "prep":
        weigh_noun(node, head, finding, judged)
    if head.lower_ in lexicon().factuality["bent"] and _is_bent(node, head, finding):
        judged.is_attempt = judged.is_attempt or head.lower_ == "closer"
        judged.settle(Factuality.PLANNED, f"adjective:{head.lower_}")


def _is_apart(node: Token, head: Token) -> bool:
    """Whether a semicolon stands between: the parser joins two sentences."""
    first, last = sorted((node.i, head.i))
    return any(t.text == ";" for t in node.doc[first:last])


def _is_bent(node: Token, head: Token, finding: Finding) -> bool:
    """As in "bent on taking X", "about to enter X", but not "news about men leaving X", "fears about growing combat in X"."""
    if is_verb(node):
        is_topic = head.lower_ == "about" and not _is_infinitive(node)
        is_known = is_topic and (is_noun(head.head) or node != finding.trigger)
        return node.dep_ != "conj" and not is_known
    return node.lower_ in {"to", "on"} or (node.lower_ == "with" and _governs_gerund(node))


def _governs_gerund(preposition: Token) -> bool:
    return any(c.tag_ == "VBG" for c in children(preposition, "pcomp"))


def _is_infinitive(verb: Token) -> bool:
    return verb.tag_ in {"VB", "VBP"} and any(
        c.dep_ == "aux" and c.lower_ == "to" for c in verb.children
    )


def _infinitive(node: Token, head: Token, judged: Judgement) -> None:
    words = lexicon().factuality
    if is_purported(node, head):
        judged.settle(Factuality.UNCONFIRMED, f"unconfirmed:{head.lower_} to show")
        return
    if is_noun(head) and noun_lemma(head) == "claim":
        claim_of(head, judged)  # "the army's claim to hold X"
        return
    for tried in children(head, "dobj"):
        if is_verb(head) and tried.i < node.i and noun_lemma(tried) in words["attempt"]:
            head = tried  # "began the operation to take X"
    lemma = verb_lemma(head) if is_verb(head) else noun_lemma(head)
    if any(c.lower_ == "have" for c in children(node, "aux")) and is_verb(head):
        return
    if head.lower_ == "but" or (lemma == "take" and is_told_in_past(head)):
        return  # "no choice but to flee", "it took them weeks to clear X"
    if any(c.lower_ in lexicon().ordinals for c in children(head, "amod")):
        return  # "the latest town to fall"
    if (
        lemma in words["fail_verbs"] | _DENIAL_NOUNS
        or any(c.lower_ in words["foiled_adjectives"] for c in children(head, "amod"))
        or (head.dep_ in SUBJECTS and verb_lemma(head.head) in words["fail_verbs"])
    ):
        # "Their failure to take X" looks back on it; who has failed to take X stands before it.
        judged.is_attempt = lemma not in _DENIAL_NOUNS
        judged.settle(Factuality.DENIED, f"failed:{lemma}")
        return
    if is_noun(head) and any(c.lower_ == "no" for c in children(head, "det", "neg")):
        judged.settle(Factuality.DENIED, f"no {lemma}")  # "no plan to leave X"
        return
    if (lemma == "use" and _is_put_to_use(head)) or (
        is_verb(head) and lemma in words["implicative"] and node.dep_ == "xcomp"
    ):
        return
    if lemma in words["enabling_verbs"] and _has_enabled(head):
        return  # "which allowed them to take X"
    if lemma in words["attempt"] and not judged.reasons and not _is_only_planned(head):
        judged.is_attempt = True
        judged.is_fight = lemma in {"battle", "fight", "fighting"}
    judged.settle(Factuality.PLANNED, f"infinitive:{lemma}")


def _is_put_to_use(use: Token) -> bool:
    """As in "the drone used to hit X", "used drones to hit X", but not "would use drones to hit X"."""
    if use.dep_ in {"acl", "ccomp"} and use.tag_ in {"VBN", "VBD"}:
        return True
    return is_told_in_past(use) and child(use, "dobj") is not None


def _has_enabled(verb: Token) -> bool:
    """As in "let the army push on", "has helped the army push on"."""
    helpers = {c.lower_ for c in children(verb, "aux")}
    return is_told_in_past(verb) or (verb.tag_ == "VBN" and bool(helpers & {"has", "have"}))


def _is_only_planned(attempt: Token) -> bool:
    """As in "Preparing an operation to take X": the attempt itself is still to come."""
    above = attempt.head if attempt.dep_ in {"dobj", "nsubjpass"} else attempt.head.head
    words = lexicon().factuality
    if is_verb(attempt):
        return any(c.lower_ in words["modals"] for c in children(attempt, "aux")) or (
            _is_infinitive(attempt) and verb_lemma(attempt.head) not in words["implicative"]
        )
    if attempt.dep_ not in {"dobj", "nsubjpass", "pobj"}:
        return False
    if any(c.lower_ in words["modals"] for c in children(above, "aux")):
        return True
    return verb_lemma(above) in words["preparing"] or noun_lemma(above) in words["plan_nouns"]


def _under_verb(node: Token, head: Token, finding: Finding, judged: Judgement) -> None:
    """What the verb above makes of the finding below: said, denied, failed, planned, known."""
    words = lexicon().factuality
    lemma = verb_lemma(head)
    is_clause = is_verb(node) and node.dep_ in _CLAUSE_DEPS - {"advcl"}
    if (judged.is_adjunct and not is_clause) or is_dispatch(head):
        return
    if lemma == "accuse":
        judged.say(head, lemma)
    elif lemma in words["deny_verbs"] and node.dep_ in _ARGUMENTS:
        if judged.factuality is Factuality.PLANNED:
            judged.factuality = Factuality.ASSERTED  # a plan denied is no plan
        judged.settle(Factuality.DENIED, f"denied:{lemma}")
        judged.speaker = judged.speaker or speaker_of(head)
    elif lemma in words["calling_off_verbs"] and judged.factuality is Factuality.PLANNED:
        judged.factuality = Factuality.ASSERTED
        judged.settle(Factuality.DENIED, f"called off:{lemma}")
    elif lemma in words["fail_verbs"] and node.dep_ in _ARGUMENTS and finding.state in _EVENTS:
        judged.is_attempt = True
        judged.settle(Factuality.DENIED, f"failed:{lemma}")
    elif lemma in words["order_verbs"] and is_verb(node) and _is_infinitive(node):
        return  # who is warned to leave is told to, nothing is claimed
    elif finding.state is State.WITHDRAWN and _is_announced(node, head):
        judged.settle(Factuality.PLANNED, "announced:announce")
    elif lemma in words["claim_verbs"] and (is_clause or _is_claimed_object(node, lemma)):
        if lemma in words["forecast_verbs"]:
            judged.settle(Factuality.PLANNED, f"forecast:{lemma}")
        else:
            judged.say(head, lemma)
    elif lemma == "report" and node == finding.trigger and node.dep_ == "nsubj":
        judged.is_claimed = True  # "Airstrikes reported on X"
        judged.reasons.append("said:report")
    elif lemma in words["factive_verbs"] and is_clause:
        judged.reasons.append(f"factive:{lemma}")
    elif lemma in words["hedge_verbs"] and node.dep_ in {"xcomp", "ccomp"}:
        if _is_ranked_as(finding.trigger):
            return  # "what appears to be the first strike in weeks": its rank is in doubt
        judged.is_claimed = True
        judged.reasons.append(f"hedge:{lemma}")
    else:
        _under_planning_verb(node, head, finding, judged)


def _under_planning_verb(node: Token, head: Token, finding: Finding, judged: Judgement) -> None:
    """Settle as planned what the verb above puts ahead: a battle that looms, an aim, a preparation."""
    lemma = verb_lemma(head)
    if (
        (node.lower_ == "for" and _is_readied(head, lemma))
        or (node.lower_ == "before" and finding.is_background and finding.state is State.CONTESTED)
        or (node == finding.trigger and _is_near(node, head))
    ):
        judged.settle(Factuality.PLANNED, f"ahead:{lemma}")
    elif (
        (lemma in lexicon().factuality["plan_verbs"] and _is_planned_object(node, lemma, finding))
        or (lemma == "aim" and node.lower_ == "at" and child(node, "pcomp") is not None)
        or (lemma == "make" and _is_made_an_aim(node))
        or is_speculated(node, own_subject(head))
    ):
        judged.settle(Factuality.PLANNED, f"plan:{lemma}")


def _is_near(event: Token, verb: Token) -> bool:
    """As in "the fight for X still looms", "the liberation of X is close": it is still to come."""
    if event.dep_ != "nsubj":
        return False
    if verb_lemma(verb) == "loom":
        return True
    said = children(verb, "acomp", "advmod") if verb.lower_ in {"is", "are", "lies"} else ()
    return any(c.lower_ in lexicon().factuality["near_adjectives"] for c in said)


def _is_made_an_aim(node: Token) -> bool:
    """As in "has made taking X his goal"."""
    aims = lexicon().factuality["plan_nouns"]
    return node.tag_ == "VBG" and any(
        t.i > node.i and t.tag_ == "NN" and noun_lemma(t) in aims for t in node.head.subtree
    )


def _is_announced(node: Token, head: Token) -> bool:
    """As in "announced a withdrawal": who announces it has not left yet."""
    return verb_lemma(head) == "announce" and head.tag_ != "VBG" and node.dep_ in _OBJECTS


def _is_ranked_as(noun: Token) -> bool:
    return noun.dep_ == "attr" and any(
        c.tag_ == "JJS" or c.lower_ in lexicon().ordinals | {"latest"}
        for c in children(noun, "amod")
    )


def _is_readied(head: Token, lemma: str) -> bool:
    """As in "braces for the battle of X", but not "demanded arms for the battle of X", which is on."""
    if lemma in {"prepare", "brace", "plan"}:
        return True
    return lemma in lexicon().factuality["preparing"] and child(head, "dobj", "nsubjpass") is None


_OBJECTS = frozenset({"dobj", "nsubjpass"})
_ARGUMENTS = frozenset({"dobj", "ccomp", "xcomp", "nsubjpass", "pcomp", "pobj"})


def _is_claimed_object(node: Token, lemma: str) -> bool:
    """As in "claimed the capture of X": a noun that is claimed, not only spoken of."""
    return node.dep_ in _OBJECTS and lemma in lexicon().factuality["object_claim_verbs"]


def _is_planned_object(node: Token, lemma: str, finding: Finding) -> bool:
    if node.dep_ not in {"dobj", "xcomp", "ccomp", "pcomp"} or _is_infinitive(node):
        return False
    if node.i < node.head.i:
        return False
    if node.dep_ == "dobj" and lemma in lexicon().factuality["plain_object_verbs"]:
        return False
    if lemma in lexicon().factuality["enabling_verbs"] and _has_enabled(node.head):
        return False
    return not (finding.is_background and finding.trigger.dep_ in {"amod", "compound"})


def _sentence_adverbials(root: Token, finding: Finding, judged: Judgement) -> None:
    doc = root.doc
    for c in children(root, "parataxis", "ccomp", "dep", "conj"):
        said = verb_lemma(c) in lexicon().factuality["claim_verbs"] and is_verb(c)
        if said and own_subject(c) is not None and child(c, "dobj", "ccomp", "xcomp") is None:
            judged.is_claimed = True
            judged.reasons.append(f"said:{verb_lemma(c)}")
            judged.speaker = judged.speaker or own_subject(c)
    last = speech_aside(doc)
    if last is not None and not judged.is_claimed and not _is_told_after(last, finding.trigger):
        judged.say(last, verb_lemma(last))
    for token in doc:
        if token.lower_ == "according" and not _is_told_after(token, finding.trigger):
            to = next((c for c in token.children if c.lower_ == "to"), None)
            judged.is_claimed = True
            judged.reasons.append("said:according to")
            judged.speaker = judged.speaker or (child(to, "pobj") if to is not None else None)
    if doc[-1].text == "?" or (len(doc) > 1 and doc[-2].text == "?"):
        judged.is_dropped = True
        judged.reasons.append("question")


_MEANWHILE = frozenset({"as", "while", "after", "amid"})


def _is_told_after(aside: Token, trigger: Token) -> bool:
    """As in ", according to the mayor, as the shelling of X went on": the rest is told in the text's own voice."""
    first = next(
        (
            t
            for t in trigger.doc[aside.i : trigger.i]
            if t.lower_ in _MEANWHILE and t.nbor(-1).text == ","
        ),
        None,
    )
    return first is not None and first.head.head == aside.head


def clause_verb(anchor: Token) -> Token:
    """Return the verb of the clause in which `anchor` stands, or its root."""
    return anchor if is_verb(anchor) else (governing_verb(anchor) or anchor)


_AHEAD = frozenset(
    {"before", "loom", "be", "is", "prepare", "brace", "await", "lie", "fear", "infinitive:attempt"}
)
_BATTLES = frozenset({"battle", "fight", "fighting", "clash", "combat"})


def as_ahead(finding: Finding, judged: Judgement) -> Finding:
    """A battle that both sides prepare for, or somebody tries to avert, is a threat to the place now."""
    is_ahead = any(r.removeprefix("ahead:") in _AHEAD for r in judged.reasons)
    if (
        judged.factuality is not Factuality.PLANNED
        or finding.state is not State.CONTESTED
        or not (is_ahead and finding.is_background and noun_lemma(finding.trigger) in _BATTLES)
    ):
        return finding
    judged.factuality, judged.is_attempt = Factuality.ASSERTED, False
    return replace(finding, state=State.THREATENED)
