"""What "the city", "these towns", "there" and "it" stand for: the last fitting places named before them."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Collection

from spacy.tokens import Token

from placewatch.records import WatchedPlace
from placewatch.vocabulary import PlaceKind
from streams.reading.context import ArticleContext
from streams.reading.documents import Sentence
from streams.reading.gate import Mention
from streams.reading.syntax import children, noun_lemma, verb_lemma


# How far back, in characters, "it" and "the city" look, and how far apart names in one list stand.
_NOUN_REACH = 500
_REACH = {"it": 220, "area": 250}
_LIST_GAP = 30
_TOWN_WORDS = frozenset({"city", "town", "village", "settlement", "capital", "port", "enclave"})
_AREA_WORDS = frozenset(
    {
        "region",
        "province",
        "district",
        "territory",
        "area",
        "island",
        "peninsula",
        "enclave",
        "place",
    }
)
_REGION_WORDS = frozenset({"region", "province"})
_SITE_WORDS = frozenset(
    {"airport", "base", "crossing", "plant", "facility", "site", "port", "airbase", "camp"}
)


def resolve_anaphors(sentence: Sentence, context: ArticleContext) -> None:
    """Let "the city", "there" and "it" stand for the last fitting place named before them."""
    doc = sentence.doc
    if doc is None:
        return
    for token in doc:
        words = noun_lemma(token)
        if token.i in sentence.places:
            continue
        if words in _TOWN_WORDS | {"location", "place", "settlement"} and _is_plural_definite(
            token
        ):
            sentence.groups[token.i] = _last_group(sentence.starts[token.i], context)
            continue
        if words == "capital" and (capital := _capital_of(token, context)) is not None:
            sentence.anaphors[token.i] = capital
            continue
        if words in _REGION_WORDS and token.tag_ == "NNS" and sentence.is_title:
            sentence.groups[token.i] = _first_regions(sentence.span.end, context)
            continue
        if words in _TOWN_WORDS | _AREA_WORDS | _SITE_WORDS and _is_known(token, sentence):
            kinds = words
        elif (token.lower_ in {"it", "there"} and token.dep_ != "expl") or (
            token.lower_ == "its" and _is_of_a_place(token)
        ):
            kinds = "it"
        else:
            continue
        if kinds == "it" and (same := _already(token, sentence)) is not None:
            sentence.anaphors[token.i] = same
            continue
        capitals = context.capitals.values() if _is_provincial(token) else ()
        place = _last_place(sentence.starts[token.i], kinds, context, never=capitals)
        if place is None and kinds == "area" and token.dep_ in {"dobj", "nsubj", "nsubjpass"}:
            place = _last_place(sentence.starts[token.i], "it", context)  # "seized the area"
        is_open = not any(_suits(kinds, context.places[p]) for p in sentence.places.values())
        if place is None and _is_headline(sentence) and is_open:
            place = _first_place(sentence.span.end, kinds, context)
        if place is not None:
            sentence.anaphors[token.i] = place


def _already(it: Token, sentence: Sentence) -> str | None:
    """The place of "fled the village and the gunmen took it": what the sentence itself calls it by."""
    before = [i for i in (*sentence.places, *sentence.anaphors) if i < it.i]
    last = max(before, default=None)
    if last is None or it.dep_ not in {"dobj", "poss"} or last in sentence.places:
        return None
    return sentence.anaphors[last] if may_stand_for_place(it.doc[last]) else None


_OWNED = frozenset({"capture", "recapture", "fall", "seizure", "liberation", "abandonment"})


def _is_of_a_place(its: Token) -> bool:
    """As in "denied its capture", not "its capture of Arden"."""
    noun = its.head
    return noun_lemma(noun) in _OWNED and not any(c.lower_ == "of" for c in noun.children)


def _is_plural_definite(token: Token) -> bool:
    if token.tag_ != "NNS" or any(c.tag_.startswith("NNP") for c in token.subtree):
        return False
    return any(c.lower_ in {"these", "both", "those"} for c in token.children)


def _last_group(before: int, context: ArticleContext) -> tuple[str, ...]:
    """The towns named together last: "Dorn and Arden" for "these towns"."""
    group: list[str] = []
    edge = before
    for mention in reversed(context.mentions):
        if mention.end > before or before - mention.end > _NOUN_REACH:
            continue
        if group and edge - mention.end > _LIST_GAP:
            break
        if context.places[mention.place_id].kind is PlaceKind.POPULATED_PLACE:
            group.append(mention.place_id)
            edge = mention.start
    return tuple(dict.fromkeys(group)) if len(group) > 1 else ()


def _first_regions(after: int, context: ArticleContext) -> tuple[str, ...]:
    """What "occupied regions" of a title are: the regions that the text below names in one list."""
    group: list[str] = []
    edge = after
    for mention in context.mentions:
        if mention.start < after or context.places[mention.place_id].kind is not PlaceKind.ADMIN:
            continue
        if mention.start - edge > (_LIST_GAP if group else _NOUN_REACH):
            break
        group.append(mention.place_id)
        edge = mention.end
    return tuple(dict.fromkeys(group)) if len(group) > 1 else ()


def _is_known(token: Token, sentence: Sentence) -> bool:
    """As in "the city", "this Ukrainian village"; headlines drop the article."""
    if token.tag_ not in {"NN", "NNP"} or token.dep_ == "compound":
        return False
    own = {c.lower_ for c in token.children if c.dep_ in {"det", "poss"}}
    if own & {"the", "this", "that"}:
        return True
    if own & {"a", "an"} and sentence.index == 1:  # the headline has just named it
        return any(c.i in sentence.joined for c in token.children)
    if own:
        return False
    is_headline = _is_headline(sentence) and any(c.dep_ == "amod" for c in token.children)
    if is_headline and any(i < token.i and token.doc[i + 1].text != ":" for i in sentence.places):
        return False  # "Troops near Arden after taking key town": another one
    return is_headline or any(c.i in sentence.joined for c in token.children)


def _is_headline(sentence: Sentence) -> bool:
    """Whether the sentence is the title, or a line below it that ends like one."""
    line = sentence.text[sentence.span.start : sentence.span.end]
    return sentence.is_title or (sentence.index == 1 and line[-1:].isalnum())


def _capital_of(token: Token, context: ArticleContext) -> str | None:
    """The capital that "Norland's capital" is, if it is watched."""
    return next((context.capitals.get(c.text) for c in children(token, "poss")), None)


def _first_place(after: int, word: str, context: ArticleContext) -> str | None:
    """What a title leaves unnamed, the text names first: "Troops leave border town", "Soldiers left Arden ..."."""
    for mention in context.mentions:
        if mention.start < after or is_metonym(mention, context):
            continue
        if mention.start - after > _NOUN_REACH:
            return None
        if _suits(word, context.places[mention.place_id]):
            return mention.place_id
    return None


def _is_provincial(noun: Token) -> bool:
    """As in "the southern city", "the port town": not the capital, which the news would call that."""
    return any(
        c.lower_.endswith("ern") or c.lower_ in {"port", "border", "frontline", "provincial"}
        for c in children(noun, "amod", "compound")
    )


def _last_place(
    before: int, word: str, context: ArticleContext, *, never: Collection[str] = ()
) -> str | None:
    """The last fitting place; before one that only says where another is; the only one however far away."""
    fitting = [
        m
        for m in reversed(context.mentions)
        if m.end <= before
        and m.place_id not in never
        and not is_metonym(m, context)
        and _suits(word, context.places[m.place_id])
    ]
    near = [m for m in fitting if before - m.end <= _REACH.get(word, _NOUN_REACH)]
    if not near and word != "it" and len({m.place_id for m in fitting}) == 1:
        near = fitting
    own = [m for m in near if not _locates(m, word, context)]
    meant = next(iter((*own, *near)), None)
    if meant is None or (word != "it" and _is_another_named(meant.end, before, context)):
        return None
    return meant.place_id


_NAMED_AT = re.compile(
    r"\b(?:in|into|of|inside|captured|seized|taken|took|entered|retaken|recaptured|liberated|overran|held|left)"
    r" (?:the (?:\w+ )?(?:town|city|village|settlement) of )?(?P<name>[A-Z][a-z]{3,}(?:[ -][A-Z][a-z]+)*)"
)


def _is_another_named(start: int, end: int, context: ArticleContext) -> bool:
    """Whether a town that is not watched is named in between, in a sentence of its own: then "the town" is that one."""
    between = context.plain[start:end]
    opens = _SENTENCE_END.search(between)
    if opens is None:
        return False
    return any(
        context.actors.find(found["name"]) is None
        and found["name"] not in context.capitals
        and not any(
            m.start < start + found.end("name") and m.end > start + found.start("name")
            for m in context.mentions
        )
        and found["name"].split()[0] not in _TIMES
        for found in _NAMED_AT.finditer(between, opens.end())
    )


_SENTENCE_END = re.compile(r"[.!?][\"'\u201d\u2019]? ")
_TIMES = frozenset({*calendar.month_name, *calendar.day_name})


_LOCATING = re.compile(
    r"\b(?:near|outside|beyond|(?:outskirts|edge|part|suburbs?|north|south|east|west|northeast|northwest|southeast|southwest) of"
    r"|(?:km|kilomet(?:er|re)s?|miles?)\)? (?:from|of)|close to|way to|road to)(?: the)?(?: \w+ (?:of))? $"
)
_QUARTER = re.compile(r" (?:neighbou?rhood|quarter|suburb)\b")


def _locates(mention: Mention, word: str, context: ArticleContext) -> bool:
    """Whether the place only says where another one is: "the outskirts of Damascus", "20 km from Homs"."""
    if word == "city" and _QUARTER.match(context.plain, mention.end):
        return True
    if word == "it" and _only_locates(mention, context):
        return True
    return _LOCATING.search(context.plain, max(0, mention.start - 30), mention.start) is not None


def _only_locates(mention: Mention, context: ArticleContext) -> bool:
    """Whether a region stands behind a town that it locates: "the village of Dorn in Vale"."""
    if context.places[mention.place_id].kind is not PlaceKind.ADMIN:
        return False
    return any(
        context.plain[other.end : mention.start] in {" in ", ", ", ", in "}
        for other in context.mentions
        if other.end < mention.start
    )


_SPEAKING = re.compile(
    r"(?: (?:forces|troops|officials|government|regime)\b|'s (?!centre|center|outskirts|fall|capture|loss|airport|suburb|north|south|east|west|people|mayor|residents)|,? (?:has |have |had |also |now |still )?(?:said|says|claim|insist|den(?:y|ie)|accus|announc|want|will|would|hope|vow|plan|believ|warn|respond|reject|welcom|urg|call|sees|fears|order|strives|captur|seiz|annex|disput|invad|withdr|seeks|tries|struggles|admits|confirms|reports|acknowledges|considers|faces pressure|launched|fires)\w*\b)",
    re.IGNORECASE,
)


def is_metonym(mention: Mention, context: ArticleContext) -> bool:
    """Return whether a capital stands for its government: "Kyiv insists", "Moscow's troops"."""
    name = context.plain[mention.start : mention.end]
    after = context.plain[mention.end : mention.end + 30]
    before = context.plain[max(0, mention.start - 30) : mention.start]
    stands_for_it = _SPEAKING.match(after) or _GIVEN_TO.search(before)
    return stands_for_it is not None and context.actors.find(name) is not None


# "Sending Kyiv tanks", "arms for Kyiv": one gives to governments, not to cities.
_GIVEN_TO = re.compile(
    r"\b(?:send|sending|sends|sent|gives?|giving|gave|supply|supplying|supplies|supplied|provid(?:e|es|ed|ing)|arm|arms|arming"
    r"|offer(?:s|ed|ing)?|promis(?:e|es|ed|ing)|lend(?:s|ing)?|arms for|weapons for|weapons to|tanks for|tanks to|jets for|jets to"
    r"|missiles for|missiles to|aid for|aid to|support for|ammunition for|ammunition to) $",
    re.IGNORECASE,
)


def _suits(word: str, place: WatchedPlace) -> bool:
    kind = place.kind
    if word == "it":
        return kind is not PlaceKind.COUNTRY
    sites = {
        PlaceKind.AIRPORT,
        PlaceKind.BASE,
        PlaceKind.CROSSING,
        PlaceKind.FACILITY,
        PlaceKind.ROAD,
    }
    if word in _SITE_WORDS and kind in sites:
        return True
    if word in _TOWN_WORDS and kind is PlaceKind.POPULATED_PLACE:
        return True
    return word in _AREA_WORDS and kind in {PlaceKind.ADMIN, PlaceKind.AREA, PlaceKind.DISTRICT}


def may_stand_for_place(token: Token) -> bool:
    """Return whether it may; not when its phrase names something itself: "the city of Ramadi", "the western city, Ramadi"."""
    if token.lower_ == "it":
        return token.dep_ in {"dobj", "nsubjpass", "nsubj"} and verb_lemma(token.head) in _IT_VERBS
    if token.lower_ == "there":
        return token.dep_ in {"advmod", "pobj"}
    if token.lower_ == "its":
        return True
    clauses = _below(token, lambda c: c.dep_ in {"acl", "relcl", "advcl"})
    beside = _below(token, lambda c: c.dep_ == "prep" and c.lower_ != "of")  # "the city in Norland"
    return not any(
        t.text == "Paris" or (t.tag_.startswith("NNP") and t.i not in beside)
        for t in token.subtree
        if t.i not in clauses and t.i != token.i and t.dep_ != "poss"
    )


def _below(token: Token, is_meant: Callable[[Token], bool]) -> set[int]:
    return {t.i for c in token.children if is_meant(c) for t in c.subtree}


_IT_VERBS = frozenset(
    {
        "capture",
        "seize",
        "retake",
        "recapture",
        "take",
        "overrun",
        "liberate",
        "besiege",
        "encircle",
        "fall",
        "enter",
        "storm",
        "shell",
        "bombard",
        "abandon",
        "occupy",
        "control",
        "hold",
        "retain",
        "defend",
        "surround",
        "isolate",
        "seal",
    }
)
