"""Armed actors and governments: their names in the news, their kind, and on whose side they fight where.

The data is `seeds/actors.yaml`; a user names another file with the setting `actors`. How it is laid out and
where its facts come from: `seeds/README.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from placewatch.datafile import read_entries, read_mapping, validated
from placewatch.errors import ActorsError
from placewatch.names import Spellings, fold_name
from placewatch.states import own_lexicon
from placewatch.vocabulary import ActorKind


Slug = str
Country = str


class Actor(BaseModel):
    """One armed actor or government.

    Attributes:
        actor_id: slug, stable; `id` in the file.
        name: canonical name, as English newsrooms say it.
        side: the side it is on by default; actors that fight together share one.
        sides_in: country to side, where it fights on another side than its own (Russia in Syria).
        kind: ACLED actor type.
        countries: where it fights; the first is its home.
        aliases: other names that mean it everywhere, acronyms included.
        adjectives: words that mean it before a force noun ("Russian" + "troops").
        metonyms: places and people that stand for it as a speaker only ("Moscow said"), never in a text's map.
        generic_in: country to names that mean it only there ("rebels", "SNA", "Kurdish forces").
        government_of: countries where "the army" and the like mean it; loading adds them to `generic_in`.
        rebels_of: countries where "rebels" and the like mean it; loading adds them to `generic_in`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    actor_id: str = Field(alias="id", pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    name: str = Field(min_length=1)
    side: str = Field(min_length=1)
    sides_in: Mapping[Country, str] = Field(default_factory=dict)
    kind: ActorKind
    countries: tuple[Country, ...] = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    metonyms: tuple[str, ...] = ()
    generic_in: Mapping[Country, tuple[str, ...]] = Field(default_factory=dict)
    government_of: tuple[Country, ...] = ()
    rebels_of: tuple[Country, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical name and the aliases that mean it everywhere."""
        return (self.name, *self.aliases)


class War(BaseModel):
    """Two parties that fight for a country: tells who is meant where a text names only one of them, or none.

    Attributes:
        country: where.
        government: actor id of who governs there.
        opponent: actor id of who fights the government.
        is_invasion: whether the opponent is a foreign army: what it holds is called occupied, what it loses
            liberated, and who shells or attacks is not said.
        is_occupied: whether the areas are in the invader's hands: who strikes there is the other side.
        attacker: actor id of who comes forward in it, or None where both do.
        areas: the places that it is fought for, where it is one campaign of several; none: the whole country.
        since: first day, or None.
        until: last day, or None while it goes on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: Country
    government: Slug
    opponent: Slug
    is_invasion: bool = False
    is_occupied: bool = False
    attacker: Slug | None = None
    areas: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def was_on(self, day: date) -> bool:
        """Return whether it went on that day."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


class Words(BaseModel):
    """Common words around names, and those that mean whoever governs or rebels in a country.

    Attributes:
        force: after a name or adjective they still mean the actor: "troops", "ministry".
        fighters: after a group's name they do too: "rebels".
        before: before a name they change nothing: "senior", "officials in".
        titles: what follows them is a person's name: "spokesman".
        government: what `government_of` gives an actor in a country.
        rebels: what `rebels_of` gives an actor in a country.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    force: tuple[str, ...] = ()
    fighters: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    government: tuple[str, ...] = ()
    rebels: tuple[str, ...] = ()


class Actors:
    """All known actors, found by any of their names."""

    def __init__(
        self,
        actors: Iterable[Actor],
        words: Words | None = None,
        country_names: Mapping[str, Iterable[str]] | None = None,
        wars: Iterable[War] = (),
    ) -> None:
        words = words or Words()
        self._wars = tuple(wars)
        self._countries = {
            fold_name(other): fold_name(country)
            for country, others in (country_names or {}).items()
            for other in others
        }
        self._by_id = {actor.actor_id: actor for actor in actors}
        self._force_words = frozenset(map(fold_name, words.force))
        self._fighter_words = self._force_words | frozenset(map(fold_name, words.fighters))
        self._before = frozenset(map(fold_name, words.before))
        self._titles = frozenset(map(fold_name, words.titles))
        self._sides = {
            (actor.actor_id, self._country(country)): side
            for actor in self._by_id.values()
            for country, side in actor.sides_in.items()
        }
        self._by_name: dict[str, Actor] = {}
        self._by_adjective: dict[str, Actor] = {}
        self._by_country: dict[str, dict[str, Actor]] = {}
        self._spellings = Spellings(
            name
            for actor in self._by_id.values()
            for name in (*actor.names, *actor.metonyms, *chain(*actor.generic_in.values()))
        )
        for actor in self._by_id.values():
            for name in (*actor.names, *actor.metonyms):
                self._by_name[fold_name(name)] = actor
            for adjective in actor.adjectives:
                self._by_adjective[fold_name(adjective)] = actor
            for country, names in actor.generic_in.items():
                scope = self._by_country.setdefault(self._country(country), {})
                scope.update({fold_name(name): actor for name in names})

        self._adjective_forms = {a: actor.actor_id for actor in self for a in actor.adjectives}

    def __iter__(self) -> Iterator[Actor]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def by_id(self, actor_id: str) -> Actor | None:
        """Return the actor with this id, or None."""
        return self._by_id.get(actor_id)

    def find(self, name: str, country: str | None = None) -> Actor | None:
        """Return who `name` means in news about `country`, or None when nobody known is meant.

        Case, accents, articles and possessives make no difference. Words that mean an actor only in one
        country ("rebels", "the army") are resolved by `country` and mean nobody without it. A name or
        adjective followed only by force words is the actor ("Russia's Defense Ministry", "M23 spokesman"),
        and so is what stands in or before brackets ("March 23 Movement (M23)"). A person's name after a title
        and words of rank before a name are passed over ("SDF spokesman Sharfan Darwish", "officials in Kyiv").
        """
        scope = self._by_country.get(self._country(country), {})
        ordinary = self._spellings.ordinary_words(name)
        for form in self._forms(name):
            actor = self._exact(form, scope, ordinary) or self._led_by_name(form, scope, ordinary)
            if actor is not None:
                return actor
        return None

    def government_of(self, country: str | None) -> Actor | None:
        """Return who governs a country, or None where nobody known does."""
        return self._by_country.get(self._country(country), {}).get("government")

    def is_same_country(self, one: str, other: str) -> bool:
        """Return whether two names mean one country ("Palestine", "Gaza Strip")."""
        return self._country(one) == self._country(other)

    def side_of(self, name: str, country: str | None = None) -> str | None:
        """Return the side that whoever `name` means is on in `country`, or None."""
        actor = self.find(name, country)
        return None if actor is None else self.side(actor, country)

    def side(self, actor: Actor, country: str | None = None) -> str:
        """Return the side of `actor` in `country`: its own unless it fights there on another's."""
        return self._sides.get((actor.actor_id, self._country(country)), actor.side)

    def side_within(self, side: str, country: str | None) -> str:
        """Return on which side there `side` fights in `country`: "russia" in Syria is "syrian-government".

        It is for voices that have a side but are no actor, as a state's news agency.
        """
        return self._sides.get((side, self._country(country)), side)

    def war_in(self, country: str | None, on: date | None, place: str | None = None) -> War | None:
        """Return the war for `country` that went on that day, or None where there is none or no single one.

        A campaign for the place of that name comes before the war for the country. No day: of any day.
        """
        scope, area = self._country(country), fold_name(place or "")
        going_on = [
            war
            for war in self._wars
            if self._country(war.country) == scope and (on is None or war.was_on(on))
        ]
        campaigns = [war for war in going_on if area in map(fold_name, war.areas)]
        found = campaigns or [war for war in going_on if not war.areas]
        return found[0] if len(found) == 1 else None

    def surface_forms(self, country: str | None = None) -> Mapping[str, str]:
        """Return every name as written to its actor id, for a matcher; in `country`, the names of that scope too.

        Acronyms are among them ("IS", "US"): match with case. Metonyms are not: "Kyiv" in a text is a town.
        """
        forms = {name: actor.actor_id for actor in self for name in actor.names}
        scope = self._country(country)
        for actor in self:
            for label, names in actor.generic_in.items():
                if self._country(label) == scope:
                    forms.update(dict.fromkeys(names, actor.actor_id))
        return forms

    def adjective_forms(self) -> Mapping[str, str]:
        """Return adjective as written to actor id ("Russian" to "russia"); they mean it before a force noun."""
        return self._adjective_forms

    @property
    def force_words(self) -> frozenset[str]:
        """Folded words that after a name or adjective still mean the actor ("troops", "ministry")."""
        return self._force_words

    def _country(self, name: str | None) -> str:
        """The folded name of a country, the same for all that it is called; empty for none."""
        folded = fold_name(name or "")
        return self._countries.get(folded, folded)

    def _forms(self, name: str) -> Iterator[str]:
        """The folded name, the parts outside and inside brackets, and each without rank and person."""
        bracketed = re.fullmatch(r"\s*(.+?)\s*\(([^()]+)\)\s*", name)
        for part in (name, *bracketed.groups()) if bracketed else (name,):
            words = fold_name(part).split()
            yield " ".join(words)
            while len(words) > 1 and words[0] in self._before:
                words = words[1:]
            ends = [at for at, word in enumerate(words) if word in self._titles]
            yield " ".join(words)
            yield " ".join(words[: ends[0] + 1] if ends else words)

    def _exact(
        self, form: str, scope: Mapping[str, Actor], ordinary: frozenset[str]
    ) -> Actor | None:
        return None if form in ordinary else scope.get(form) or self._by_name.get(form)

    def _led_by_name(
        self, form: str, scope: Mapping[str, Actor], ordinary: frozenset[str]
    ) -> Actor | None:
        words = form.split()
        for cut in range(len(words) - 1, 0, -1):
            if words[cut] not in self._fighter_words:
                return None
            head, is_plain = " ".join(words[:cut]), self._force_words.issuperset(words[cut:])
            actor = self._exact(head, scope, ordinary) or (
                self._by_adjective.get(head) if is_plain else None
            )
            if actor is not None and (is_plain or actor.kind is not ActorKind.STATE_FORCES):
                return actor
        return None


def load_actors(path: Path) -> Actors:
    """Return the actors in the YAML file at `path`, and those that `actors.yaml` in the user's lexicon folder adds.

    Raises:
        ActorsError: a file or an entry is wrong; the message names file, entry and fault.
    """
    content, own_path = read_mapping(path, ActorsError), _own_file()
    own = read_mapping(own_path, ActorsError) if own_path else {}
    sides = _sides(path, {"sides": {**(content.get("sides") or {}), **(own.get("sides") or {})}})
    words = validated(Words, content.get("words") or {}, f"{path}, words", ActorsError)
    actors: dict[str, Actor] = {}
    entries = read_entries(path, content, "actors", ActorsError)
    added = read_entries(own_path, own, "actors", ActorsError) if own_path else ()
    for where, entry in chain(entries, added):
        actor = _with_generic_names(validated(Actor, entry, where, ActorsError), words)
        if actor.actor_id in actors:
            raise ActorsError(
                f"{where}: the id {actor.actor_id!r} is already taken; choose another"
            )
        for side in (actor.side, *actor.sides_in.values()):
            if side not in sides:
                raise ActorsError(f"{where}: side {side!r} is not under `sides:`; add it there")
        actors[actor.actor_id] = actor
    _check_names(path, actors.values())
    return Actors(
        actors.values(), words, _country_names(path, content), _wars(path, content, actors)
    )


def _own_file() -> Path | None:
    folder = own_lexicon()
    return folder / "actors.yaml" if folder and (folder / "actors.yaml").is_file() else None


def _wars(path: Path, content: dict[str, Any], actors: Mapping[str, Actor]) -> list[War]:
    wars = []
    for where, entry in read_entries(
        path, {"wars": content.get("wars") or []}, "wars", ActorsError
    ):
        war = validated(War, entry, where, ActorsError)
        for actor_id in (war.government, war.opponent, war.attacker):
            if actor_id is not None and actor_id not in actors:
                raise ActorsError(f"{where}: no actor has the id {actor_id!r}")
        wars.append(war)
    return wars


def _sides(path: Path, content: dict[str, Any]) -> frozenset[str]:
    sides = content.get("sides")
    if not isinstance(sides, dict) or not sides:
        raise ActorsError(f"{path} needs a mapping under `sides:`, side to what it is")
    return frozenset(sides)


def _country_names(path: Path, content: dict[str, Any]) -> dict[str, list[str]]:
    names = content.get("country_names") or {}
    if not isinstance(names, dict) or not all(
        isinstance(others, list) for others in names.values()
    ):
        raise ActorsError(
            f"{path}: `country_names:` must map a country to a list of its other names"
        )
    return {str(country): [*map(str, others)] for country, others in names.items()}


def _with_generic_names(actor: Actor, words: Words) -> Actor:
    """The actor with the generic names of the countries it governs or rebels in added to its own."""
    generic = {country: [*names] for country, names in actor.generic_in.items()}
    for countries, names in (
        (actor.government_of, words.government),
        (actor.rebels_of, words.rebels),
    ):
        for country in countries:
            generic.setdefault(country, []).extend(names)
    return actor.model_copy(update={"generic_in": {c: tuple(n) for c, n in generic.items()}})


def _check_names(path: Path, actors: Iterable[Actor]) -> None:
    """Raise ActorsError where one name means two actors in one scope."""
    taken: dict[tuple[str, str], Actor] = {}
    for actor in actors:
        scoped = [("", name) for name in (*actor.names, *actor.metonyms)]
        scoped += [("adjective", name) for name in actor.adjectives]
        scoped += [(f"in {c}", name) for c, names in actor.generic_in.items() for name in names]
        for scope, name in scoped:
            form = fold_name(name)
            if not form:
                raise ActorsError(f"{path}, {actor.actor_id}: the name {name!r} has no letters")
            other = taken.setdefault((scope, form), actor)
            if other is not actor:
                raise ActorsError(
                    f"{path}, {actor.actor_id}: {name!r} {scope or 'everywhere'} already means"
                    f" {other.actor_id}; give it to one of them, or scope it with `generic_in`"
                )
