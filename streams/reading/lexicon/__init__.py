"""The reader's lexicon: YAML files beside this module, read once and checked.

A new verb, noun, word or state is added by editing YAML alone, here or in a folder of the user's own (the setting
`lexicon`), whose frames are asked first; a wrong entry raises `LexiconError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from placewatch.datafile import read_entries, read_mapping, validated
from placewatch.errors import LexiconError
from placewatch.states import own_lexicon
from placewatch.vocabulary import WAR_STATES, State


class Example(BaseModel):
    """An own sentence that shows a frame; a test reads it. The place in it is Arden."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    actor: str | None = None


class _Frame(BaseModel):
    """What verbs and nouns have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _of_a_part(cls, entry: Any) -> Any:
        """A part of a place makes it contested in war only; of another state it says nothing unless told to."""
        is_of_war = isinstance(entry, dict) and entry.get("state") in {s.value for s in WAR_STATES}
        return entry if is_of_war else {"inside": None, **entry}


class VerbFrame(_Frame):
    """A group of verbs and what they say of a place; the fields are explained in frames.yaml."""

    state: State
    verbs: frozenset[str]
    place: frozenset[str]
    particle: frozenset[str] = frozenset()
    object: frozenset[str] = frozenset()
    with_: frozenset[str] = Field(default=frozenset(), alias="with")
    subject: str = "armed"
    actor: str = "subj"
    against: str | None = None
    inside: State | None = State.CONTESTED
    near: State | None = None
    given: bool = False
    bare: bool = False
    all_: bool = Field(default=False, alias="all")
    mutual: bool = False
    ranged: bool = False
    leaves: bool = False
    done: bool = False
    kinds: frozenset[str] = frozenset()
    example: Example


class NounFrame(_Frame):
    """A group of nouns and what they say of a place; the fields are explained in nouns.yaml."""

    state: State
    nouns: frozenset[str]
    place: frozenset[str]
    verbs: Mapping[str, frozenset[str]] = Field(default_factory=dict)
    predicate: frozenset[str] = frozenset()
    become: State | None = None
    actor: tuple[str, ...] = ()
    armed: bool = False
    event: bool = False
    strict: bool = False
    weapon_state: State | None = None
    modifier: frozenset[str] = frozenset()
    needs_weapon: bool = False
    needs_actor: bool = False
    inside: State | None = State.CONTESTED
    near: State | None = None
    kinds: frozenset[str] = frozenset()
    example: Example


Model = TypeVar("Model", bound=BaseModel)
Frame = TypeVar("Frame", VerbFrame, NounFrame)


class Guards(NamedTuple):
    """Compiled guards of the gate."""

    region_words: tuple[str, ...]
    areas: tuple[str, ...]
    known_as_regions: frozenset[str]
    facility_words: tuple[str, ...]
    after: re.Pattern[str]
    before: re.Pattern[str]
    region_after: re.Pattern[str]
    region_before: re.Pattern[str]
    ends_in_region_word: re.Pattern[str]


class Lexicon:
    """All of it, indexed for the walk."""

    def __init__(self) -> None:
        self.verb_frames = tuple(_entries(VerbFrame, "frames.yaml", "frames"))
        self.noun_frames = tuple(_entries(NounFrame, "nouns.yaml", "nouns"))
        modifiers = _load("modifiers.yaml")
        self.modifiers = {
            word: State(state) for state, words in modifiers["modifiers"].items() for word in words
        }
        self.place_nouns = frozenset(modifiers["place_nouns"])
        self.parts = frozenset(modifiers["parts"])
        self.inner = frozenset(modifiers["inner"])
        self.shares = frozenset(modifiers["shares"])
        self.whole = frozenset(modifiers["whole"])
        self.edges = frozenset(modifiers["edges"])
        self.near = frozenset(modifiers["near"])
        self.fronts = frozenset(modifiers["fronts"])
        self.before_nouns = frozenset(modifiers["before_nouns"])
        self.quarters = frozenset(modifiers["quarters"])
        self.raging: dict[str, str] = modifiers["raging"]
        self.epithets: dict[str, str] = modifiers["epithets"]
        self.before_epithets = frozenset(modifiers["before_epithets"])
        self.standing = frozenset(modifiers["standing"])
        self.directions = frozenset(modifiers["directions"])
        self.complete = frozenset(modifiers["complete"])
        self.keeping = frozenset(modifiers["keeping"])
        self.ordinals = frozenset(modifiers["ordinals"])
        self.partly = frozenset(modifiers["partly"])
        forces = _load("forces.yaml")
        self.forces = {name: frozenset(words) for name, words in forces.items()}
        self.factuality = {
            name: frozenset(words) for name, words in _load("factuality.yaml").items()
        }
        self.civil = {name: frozenset(words) for name, words in _load("civil.yaml").items()}
        self.other_matters = {
            name: frozenset(words) for name, words in _load("other_matters.yaml").items()
        }
        self.verbs = _index(self.verb_frames, "verbs")
        self.nouns = _index(self.noun_frames, "nouns")
        self.light_verbs = frozenset(
            verb for frame in self.noun_frames for group in frame.verbs.values() for verb in group
        )
        self.verb_forms, self.noun_forms = self._forms()

    def _forms(self) -> tuple[dict[str, str], dict[str, str]]:
        irregular = _load("forms.yaml")["irregular"]
        facts = self.factuality
        verbs = set(self.verbs) | set(self.light_verbs) | set(irregular)
        for name, words in self.civil.items():
            if name.endswith("_verbs"):
                verbs |= words
        for name, words in facts.items():
            if name.endswith("_verbs") or name in {"attempt", "implicative"}:
                verbs |= words
        verb_forms = {form: verb for verb in sorted(verbs) for form in _verb_forms(verb, irregular)}
        verb_forms |= {verb: verb for verb in sorted(verbs)}
        nouns = (
            set(self.nouns)
            | self.place_nouns
            | self.parts
            | self.edges
            | self.fronts
            | self.near
            | self.inner
        )
        nouns |= facts["plan_nouns"] | facts["attempt"]
        nouns |= facts["claim_nouns"] | facts["tale_nouns"] | facts["memory_nouns"]
        for frame in self.verb_frames:
            nouns |= frame.object
        nouns |= self.civil["services"] | self.civil["lines"]
        nouns |= self.civil["cuts"] | self.civil["consumers"] | self.civil["told"]
        for name, words in self.forces.items():
            nouns |= words if name != "context" else set()
        noun_forms = {noun: noun for noun in sorted(nouns)} | {
            _plural(noun): noun for noun in sorted(nouns)
        }
        return verb_forms, noun_forms


@cache
def lexicon() -> Lexicon:
    """Return the lexicon, read once.

    Raises:
        LexiconError: a file or an entry is wrong.
    """
    return Lexicon()


@cache
def guards() -> Guards:
    """Return the compiled guards of the gate.

    Raises:
        LexiconError: guards.yaml is wrong.
    """
    content = _load("guards.yaml")
    region = "|".join(content["region_words"])
    larger = "|".join(word for word in content["region_words"] if word != "district")
    after = "|".join(content["after"])
    before = "|".join(content["before"])
    return Guards(
        region_words=tuple(content["region_words"]),
        areas=tuple(content["areas"]),
        known_as_regions=frozenset(content["known_as_regions"]),
        facility_words=tuple(content["facility_words"]),
        after=re.compile(rf" ?(?:{after})\b"),
        before=re.compile(rf"\b(?:{before})\.? $"),
        # "Arden's Old Town district" and "the university district of Arden" are quarters of Arden.
        region_after=re.compile(
            rf" (?:(?-i:[a-z]+) )?(?:{region})s?\b|'s (?:{larger})\b", re.IGNORECASE
        ),
        region_before=re.compile(rf"\b(?:(?:{larger})|(?:the|of|in) district) of $", re.IGNORECASE),
        ends_in_region_word=re.compile(rf"(?:{region})$", re.IGNORECASE),
    )


def _load(name: str) -> dict[str, Any]:
    """The shipped file, and before each of its lists what a file of that name in the user's folder adds."""
    shipped, *own = [content for _, content in _files(name)]
    for content in own:
        shipped = {**shipped, **{key: _added(content[key], shipped, key, name) for key in content}}
    return shipped


def _files(name: str) -> Iterable[tuple[Path, dict[str, Any]]]:
    """The shipped file of that name, and the user's where there is one."""
    path = Path(str(files(__name__) / name))
    yield path, read_mapping(path, LexiconError)
    folder = own_lexicon()
    if folder is not None and (folder / name).is_file():
        yield folder / name, read_mapping(folder / name, LexiconError)


def _added(own: Any, shipped: Mapping[str, Any], key: str, name: str) -> Any:
    before = shipped.get(key)
    if isinstance(own, list) and isinstance(before, list):
        return [*own, *before]
    if isinstance(own, dict) and isinstance(before, dict):
        nested = {k: _added(v, before, k, name) if k in before else v for k, v in own.items()}
        return {**before, **nested}
    if isinstance(own, str) and isinstance(before, str):
        return own
    raise LexiconError(f"your {name}: `{key}` must be laid out as in the shipped {name}")


def _entries(model: type[Model], name: str, key: str) -> Iterable[Model]:
    for path, content in reversed(list(_files(name))):  # the user's first
        for where, entry in read_entries(path, content, key, LexiconError):
            yield validated(model, entry, where, LexiconError)


def _index(frames: Iterable[Frame], words: str) -> dict[str, tuple[Frame, ...]]:
    """Word to its frames, the narrower first: "take back" before "take"."""
    index: dict[str, list[Frame]] = {}
    for frame in sorted(frames, key=lambda frame: not getattr(frame, "particle", ())):
        for word in getattr(frame, words):
            index.setdefault(word, []).append(frame)
    return {word: tuple(found) for word, found in index.items()}


# One syllable, one vowel, one consonant: trap, trapped.
_DOUBLING = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]")


def _verb_forms(verb: str, irregular: Mapping[str, list[str]]) -> list[str]:
    if verb in irregular:
        return irregular[verb]
    if _DOUBLING.fullmatch(verb):
        return [verb + "s", verb + verb[-1] + "ed", verb + verb[-1] + "ing"]
    if verb.endswith("e"):
        return [verb + "s", verb + "d", verb[:-1] + "ing"]
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return [verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"]
    if verb.endswith(("s", "x", "z", "ch", "sh")):
        return [verb + "es", verb + "ed", verb + "ing"]
    return [verb + "s", verb + "ed", verb + "ing"]


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in tuple("aeiou"):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")
