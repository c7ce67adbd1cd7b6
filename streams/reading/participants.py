"""Who is who in a sentence: which nouns look armed, what an actor is called, whom a pronoun means."""

from __future__ import annotations

from collections.abc import Mapping

from spacy.tokens import Token

from placewatch.actors import Actor, Actors
from placewatch.records import WatchedPlace
from placewatch.vocabulary import ActorKind, PlaceKind
from streams.reading.antecedents import GENERIC, POSSESSIVES, PRONOUNS, Memory, antecedent
from streams.reading.documents import Sentence
from streams.reading.lexicon import lexicon
from streams.reading.party_names import canonical, meant
from streams.reading.phrases import is_ground, phrase_start
from streams.reading.position import Position
from streams.reading.syntax import child, children, noun_lemma


_PASSAGE_KINDS = frozenset(
    {PlaceKind.AIRPORT, PlaceKind.CROSSING, PlaceKind.ROAD, PlaceKind.FACILITY, PlaceKind.BASE}
)


_SHORTEST_TOWN = 3  # in capitals before a dateline's bracket; shorter ones are acronyms of parties


class Cast:
    """The parties of one sentence."""

    def __init__(
        self,
        sentence: Sentence,
        actors: Actors,
        places: Mapping[str, WatchedPlace],
        memory: Memory,
        country: str | None,
        *,
        in_conflict: bool,
        is_unrest: bool = False,
    ) -> None:
        self._sentence = sentence
        self._actors = actors
        self._places = places
        self._memory = memory
        self._country = country
        self._demonyms = actors.adjective_forms()
        self._sought: set[int] = set()
        self.in_conflict = in_conflict
        self.is_unrest = is_unrest

    def joined(self, token: Token) -> tuple[str, str] | None:
        """Return ("rebel", "held") for the merged "rebel-held", else None."""
        return self._sentence.joined.get(token.i)

    def is_place(self, token: Token) -> bool:
        """Return whether `token` is a watched place."""
        return token.i in self._sentence.places

    def stands_for_party(self, token: Token) -> bool:
        """Return whether the place at `token` is a capital that stands for its army: "Moscow's pullback"."""
        return self._found(self._text(token, token)) is not None

    def has_standing_epithet(self, at: Position) -> bool:
        """Return whether the place is one that the news calls occupied as a matter of course."""
        place_id = {**self._sentence.places, **self._sentence.anaphors}.get(at.node.i)
        return place_id is not None and self._places[place_id].name in lexicon().standing

    def is_passage(self, at: Position) -> bool:
        """Return whether the place at `at` is one that opens and closes: an airport, a crossing, a road."""
        words = lexicon().forces["passage_words"]
        if noun_lemma(at.node) in words and not at.inside:
            return True
        for i, place_id in self._sentence.places.items():
            place = self._places.get(place_id)
            if place is not None and (at.node.i == i or len(at.path) > 0):
                return place.kind in _PASSAGE_KINDS or any(
                    w in words for w in place.place.lower().replace(",", " ").split()
                )
        return False

    @property
    def tells_of_weapons(self) -> bool:
        """Whether the sentence names a weapon or a strike by one."""
        doc = self._sentence.doc
        words = lexicon().forces["weapon_nouns"]
        return doc is not None and any(noun_lemma(t) in words and not is_planted(t) for t in doc)

    def is_named_place(self, token: Token) -> bool:
        """Return whether `token` is a watched place or a phrase with a name of its own ("the town of Sake")."""
        if self.is_place(token):
            return True
        if noun_lemma(token) not in lexicon().place_nouns:
            return False
        return any(
            p.i in self._sentence.places or p.tag_.startswith("NNP")
            for c in token.children
            for p in (
                (c,)
                if c.dep_ in {"compound", "appos", "nmod"}
                else c.children
                if c.lower_ == "of"
                else ()
            )
        )

    def demonym(self, token: Token) -> Actor | None:
        """Return the actor that an adjective means: "Russian"."""
        text = self._sentence.original(token.i, token.i)
        actor_id = self._demonyms.get(text)
        return self._actors.by_id(actor_id) if actor_id else None

    def names_force(self, words: str) -> bool:
        """Return whether `words` ("rebel", "Russian", "Islamic State") name an armed party."""
        if words.lower() in {"long", "newly", "well", "closely", "government", "army", "state"}:
            return words.lower() in {"government", "army", "state"}
        return (
            self._found(words) is not None
            or noun_of(words) in lexicon().forces["force_nouns"]
            or words[:1].isupper()
        )

    def is_force(self, token: Token) -> bool:
        """Return whether `token` itself looks like a force: a named actor, a force noun, a people of fighters."""
        return self.is_armed(token) is True

    def is_armed(self, token: Token | str) -> bool | None:
        """Return True when `token` looks armed, False when it does not, None when nobody can tell."""
        if isinstance(token, str) or token.i in self._sentence.actors:
            return True
        lemma = noun_lemma(token)
        forces = lexicon().forces
        if lemma == "front" and token.doc[token.i + 1 : token.i + 2].text in {"line", "lines"}:
            return False
        if token.lower_ == "men" and any(c.tag_ == "PRP$" for c in children(token, "poss")):
            return True  # "his men"
        if lemma in forces["force_nouns"]:
            return not self._is_of_civilians(token)
        if token.lower_ in PRONOUNS:
            return True if self._pronoun_armed(token) else None
        if self.is_place(token):
            return token.dep_ == "poss" and self.stands_for_party(token)
        if lemma in forces["not_armed"]:
            return False
        if token.dep_ in {"amod", "compound", "nmod", "poss"} and self.demonym(token) is not None:
            return True
        if self._found(self._name(token)) is not None:
            return True
        return self._armed_by_company(token, lemma)

    def _is_dateline(self, token: Token) -> bool:
        """As in "NAIROBI (Reuters) - ..."."""
        word = self._sentence.original(token.i, token.i)
        is_first = token.i == 0 and len(word) > _SHORTEST_TOWN and word.isupper()
        return (
            is_first and token.i + 1 < len(token.doc) and token.nbor().text in {"(", ",", "-", "–"}
        )

    def _is_of_civilians(self, token: Token) -> bool:
        """As in "the residents' resistance", "columns of pilgrims"."""
        whose = [c for c in children(token, "poss") if c.text.islower()]
        whose += [p for c in children(token, "prep") if c.lower_ == "of" for p in c.children]
        return any(noun_lemma(c) in lexicon().forces["not_armed"] for c in whose)

    def _armed_by_company(self, token: Token, lemma: str) -> bool | None:
        """Whether what stands with `token` makes it a force: "rebel leaders", "members of the militia"."""
        if lemma in GENERIC and self._is_allied(token):
            return True
        near = [*children(token, "compound", "amod", "nmod", "poss", "appos")]
        forces = lexicon().forces["force_nouns"]
        if any(c.i in self._sentence.actors or noun_lemma(c) in forces for c in near):
            return None if token.tag_ == "NN" or is_ground(token) else True
        others = [
            c
            for c in children(token, "conj")
            if c.lower_ not in PRONOUNS and noun_lemma(c) not in GENERIC
        ]
        if any(self.is_armed(c) is True for c in others):
            return True
        is_definite = any(c.lower_ == "the" for c in token.children)
        if lemma in GENERIC and is_definite and self._antecedent(token):
            return True
        if lemma in lexicon().forces["counts"]:
            of = next((c for c in children(token, "prep") if c.lower_ == "of"), None)
            inner = child(of, "pobj") if of is not None else None
            is_named = inner is not None and inner.lower_ not in PRONOUNS
            return self.is_armed(inner) if is_named else None
        return None

    def _is_allied(self, token: Token) -> bool:
        """As in "a group linked to al-Qaeda", "forces loyal to the general"."""
        ties = [c for c in token.children if c.dep_ in {"acl", "amod", "relcl"} and c.i > token.i]
        parties = [p for t in ties for w in children(t, "prep", "agent") for p in w.children]
        return any(p.i in self._sentence.actors for p in parties)

    def _pronoun_armed(self, token: Token) -> bool:
        if token.lower_ in {"i", "he", "she"}:
            return False
        return self._antecedent(token) is not None

    def is_weapon(self, token: Token | str) -> bool:
        """Return whether `token` is a weapon or a strike by one."""
        return not (isinstance(token, str) or is_planted(token)) and (
            noun_lemma(token) in lexicon().forces["weapon_nouns"]
            or any(
                noun_lemma(c) in lexicon().forces["weapon_nouns"] and not is_planted(c)
                for c in children(token, "compound", "conj")
            )
            or any(
                self.is_weapon(g)
                for p in children(token, "prep")
                if p.lower_ == "of"
                for g in children(p, "pobj")
            )
            or (noun_lemma(token) in {"raid", "attack", "sortie"} and self.has_weapon(token))
        )

    def has_weapon(self, noun: Token) -> bool:
        """Return whether a weapon modifies `noun`: "drone attack", "air raid"."""
        return any(
            noun_lemma(m) in lexicon().forces["weapon_modifiers"]
            for c in children(noun, "compound", "amod", "nmod")
            for m in (c, *children(c, "conj"))
        ) or any(
            self.is_weapon(g)
            for p in children(noun, "prep")
            if p.lower_ in {"by", "with"}
            for g in children(p, "pobj")
        )

    def is_authority(self, token: Token | str) -> bool:
        """Return whether `token` is a civil authority."""
        return (
            not isinstance(token, str)
            and noun_lemma(token) in lexicon().forces["civil_authorities"]
        )

    def name(self, token: Token | str | None) -> str | None:
        """Return what to call the party at `token`: a canonical name where one is known, else the phrase."""
        if token is None:
            return None
        if isinstance(token, str):
            return self._joined_name(token)
        if self.is_weapon(token) and token.i not in self._sentence.actors:
            return self._owner_of_weapon(token)
        if token.lower_ in PRONOUNS:
            return self._antecedent(token)
        if token.i in self._sentence.actors:
            return self._named(token).name
        named = next((c for c in children(token, "appos") if c.i in self._sentence.actors), None)
        if named is not None:  # "the militia, the Vale Guard, ..."
            return self._sentence.actors[named.i].name
        owner = next((c for c in children(token, "poss") if c.lower_ in POSSESSIVES), None)
        if owner is not None:
            party = self._antecedent(owner)
            own = self._found(token.lower_)  # "our army" is the army, whoever speaks for it
            if party is not None and (own is None or self._found(party) is not None):
                return party
            if own is not None:
                return own.name
        if noun_lemma(token) in GENERIC and not any(
            c.dep_ in {"amod", "compound", "poss", "nmod"} and c.i < token.i for c in token.children
        ):
            of = next((c for c in children(token, "prep") if c.lower_ == "of"), None)
            whole = child(of, "pobj") if of is not None else None
            if whole is not None:
                return self.name(whole)
            if (patron := self._patron(token)) is not None:
                return patron
            if (group := self._group(token)) is not None:
                return group
        adjective = self.demonym(token)
        if adjective is not None:
            return adjective.name
        phrase, holder = self._name(token), child(token, "poss")
        is_thing = noun_lemma(token) not in lexicon().forces["force_nouns"]
        if holder is not None and holder.i in self._sentence.actors and is_thing:
            known = self._found(phrase)  # "Iran's bridges" stand for Iran
            return known.name if known is not None else self._named(holder).name
        return canonical(phrase, self._actors, self._country)

    def _owner_of_weapon(self, weapon: Token) -> str | None:
        """Whose it is: "the army's drones", "Russian missiles"."""
        for owner in children(weapon, "poss", "amod", "compound"):
            if self.is_armed(owner) is True or self._found(self._text(owner, owner)):
                return self.name(owner)
        return None

    def _group(self, token: Token) -> str | None:
        """Whom bare "the fighters" mean: the group told of last, else what the word means in the country."""
        known = self._found(token.lower_)
        if known is None:
            return self._antecedent(token)
        is_definite = any(c.lower_ == "the" for c in token.children)
        if known.kind is ActorKind.STATE_FORCES or not is_definite:
            return known.name
        told = self._antecedent(token)
        group = self._found(told) if told is not None else None
        if group is not None and group.kind is not ActorKind.STATE_FORCES:
            return group.name
        return self._memory.group_before(self._sentence.span.start) or known.name

    def _named(self, token: Token) -> Actor:
        """The actor at `token`, or the one in apposition that says which: "the Kurdish militia, the YPG"."""
        actors = self._sentence.actors
        apposed = [actors[c.i] for c in children(token, "appos") if c.i in actors]
        own = actors[token.i]
        return next((a for a in apposed if a.side == own.side), own)

    def _patron(self, token: Token) -> str | None:
        """Whose men they are: "forces loyal to the general" are the general's, or have no other name."""
        loyal = next((c for c in token.children if c.lower_ == "loyal" and c.i > token.i), None)
        to = child(loyal, "prep") if loyal is not None else None
        lord = child(to, "pobj") if to is not None else None
        if lord is None:
            return None
        known = meant(self._text(lord.left_edge, lord), self._actors, self._country)
        return known.name if known is not None else self._text(token, lord)

    def party(self, token: Token | str | None) -> str | None:
        """Return the name of the party at `token`; a watched place is none, unless it stands for its government."""
        if isinstance(token, Token):
            is_place = any(self.is_place(t) for t in (token, *children(token, "conj")))
            if is_place and self.is_armed(token) is not True:
                return None
            if is_ground(token) and not self.is_named(
                token
            ):  # "rebel areas", "the Kurdish enclave"
                owners = children(token, "amod", "compound", "nmod", "poss")
                return self.name(next((c for c in owners if self._is_owner(c)), None))
        return self.name(token)

    def _is_owner(self, token: Token) -> bool:
        return not self.is_place(token) and self.is_armed(token) is True

    def known_party(self, token: Token | str | None) -> str | None:
        """Return the name of the party at `token` where it is one that everybody knows, else None."""
        name = self.name(token)
        return name if name is not None and self._found(name) is not None else None

    def remember(self, token: Token | str | None) -> None:
        """Keep the party at `token` as what "they" may mean next."""
        name = self.name(token)
        if name is not None:
            self._memory.actor = name

    def _antecedent(self, token: Token) -> str | None:
        """The party that a pronoun or bare noun stands for: of this sentence, else the last one remembered."""
        if token.i in self._sought:
            return None  # "the group" asks for "members of the group", which asks for "the group"
        self._sought.add(token.i)
        meant = antecedent(token, self)
        name = self._memory.actor if meant is None else self.name(meant)
        self._sought.discard(token.i)
        return name

    def is_named(self, token: Token) -> bool:
        """Return whether `token` is the name of a known actor."""
        return token.i in self._sentence.actors

    def is_capital(self, token: Token) -> bool:
        """Return whether `token` is a watched place whose name also means a government."""
        return self.is_place(token) and self._found(self._name(token)) is not None

    def _joined_name(self, words: str) -> str:
        """The party glued into a word: "rebel" of "rebel-held", "Russian" of "Russian-occupied"."""
        adjective = self._demonyms.get(words)
        known = self._actors.by_id(adjective) if adjective else None
        known = known or meant(words, self._actors, self._country)
        return known.name if known is not None else words

    def _found(self, name: str) -> Actor | None:
        return self._actors.find(name, self._country)

    def _name(self, token: Token) -> str:
        """The phrase of `token` without clauses and what follows: modifiers before it, and "of ..." names."""
        return self._text(token.doc[phrase_start(token)], token)

    def _text(self, first: Token, last: Token) -> str:
        return self._sentence.original(first.i, last.i)


def is_planted(token: Token) -> bool:
    """Return whether `token` is a bomb that somebody laid or carried: "car bomb", "a bomb blast"."""
    if noun_lemma(token) not in {"bomb", "bombing"}:
        return False
    laid = lexicon().forces["planted"]
    is_named = any(c.lower_ in laid for c in children(token, "compound", "amod", "nmod"))
    return is_named or (
        token.dep_ == "compound" and noun_lemma(token.head) in {"blast", "explosion", "attack"}
    )


def noun_of(word: str) -> str:
    """Return the noun of which `word` is a form, else the lower-case word."""
    return lexicon().noun_forms.get(word.lower(), word.lower())
