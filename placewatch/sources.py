"""Outlets, agencies, monitors and official media: who they are, who owns them, whose side they speak for.

The data is `seeds/sources.yaml`; a user names another file with the setting `sources`. How reliability was
graded: `seeds/README.md`. Who is not in it counts as reliability F, side None: callers do that with None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from placewatch.datafile import read_entries, read_mapping, validated
from placewatch.errors import SourcesError
from placewatch.names import Spellings, fold_name
from placewatch.vocabulary import Reliability, SourceKind


class Source(BaseModel):
    """One outlet, agency, monitor or official voice.

    Attributes:
        source_id: slug or registrable domain, stable; `id` in the file.
        name: as it calls itself in English.
        domains: further hosts it publishes on, beside its id when that is a domain.
        aliases: how others cite it ("AP", "the Observatory"), people who speak for it included.
        kind: what it is.
        owner: the one who owns or funds it; outlets of one owner are one origin. None where nobody is named.
        agency: id of the agency whose copy it mostly carries; such copy is that agency's word.
        country: where it is made.
        side: the side of `actors.yaml` it belongs to or speaks for; None is neutral between those that fight.
        reliability: Admiralty grade of what it says in its own voice about who holds what.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    source_id: str = Field(alias="id", pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")
    name: str = Field(min_length=1)
    domains: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    kind: SourceKind
    owner: str | None = None
    agency: str | None = None
    country: str | None = None
    side: str | None = None
    reliability: Reliability

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every domain it publishes on; what lies under one counts too."""
        return (self.source_id, *self.domains) if "." in self.source_id else self.domains


class Sources:
    """All known sources, found by id, by name as others cite them, or by where they publish."""

    def __init__(self, sources: Iterable[Source], descriptors: Iterable[str] = ()) -> None:
        self._by_id = {source.source_id: source for source in sources}
        self._by_name = {
            fold_name(name): source
            for source in self._by_id.values()
            for name in (source.name, *source.aliases)
        }
        self._by_domain = {
            domain: source for source in self._by_id.values() for domain in source.hosts
        }
        self._spellings = Spellings(
            name for source in self._by_id.values() for name in (source.name, *source.aliases)
        )
        self._descriptors = frozenset(map(fold_name, descriptors))

    def __iter__(self) -> Iterator[Source]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, source_id: str) -> Source | None:
        """Return the source with this id, or None."""
        return self._by_id.get(source_id)

    def find(self, name: str) -> Source | None:
        """Return the source cited as `name`, or None.

        Marks, articles and words that only describe make no difference: "the state news agency SANA" is SANA,
        "Syrian Observatory for Human Rights (SOHR)" is what stands before or in the brackets. Case makes none
        but between a name and an ordinary word: "WHO" is a source, "who" is not.
        """
        ordinary = self._spellings.ordinary_words(name)
        bracketed = re.fullmatch(r"\s*(.+?)\s*\(([^()]+)\)\s*", name)
        for part in (name, *bracketed.groups()) if bracketed else (name,):
            words = fold_name(part).split()
            while words:
                form = " ".join(words)
                source = None if form in ordinary else self._by_name.get(form)
                if source is not None:
                    return source
                if words[0] not in self._descriptors:
                    break
                words = words[1:]
        return None

    def by_domain(self, host_or_url: str) -> Source | None:
        """Return who publishes at a host or URL, by the longest known domain it lies under, or None."""
        labels = _host(host_or_url).split(".")
        for cut in range(len(labels)):
            source = self._by_domain.get(".".join(labels[cut:]))
            if source is not None:
                return source
        return None


def load_sources(path: Path) -> Sources:
    """Return the sources in the YAML file at `path`.

    Raises:
        SourcesError: the file or an entry is wrong; the message names file, entry and fault.
    """
    content = read_mapping(path, SourcesError)
    descriptors = content.get("descriptors", [])
    if not isinstance(descriptors, list):
        raise SourcesError(f"{path}: `descriptors:` must be a list of words")
    sources: dict[str, Source] = {}
    for where, entry in read_entries(path, content, "sources", SourcesError):
        source = validated(Source, entry, where, SourcesError)
        if source.source_id in sources:
            raise SourcesError(
                f"{where}: the id {source.source_id!r} is already taken; choose another"
            )
        sources[source.source_id] = source
    _check(path, sources)
    return Sources(sources.values(), map(str, descriptors))


@lru_cache(maxsize=20_000)
def _host(host_or_url: str) -> str:
    """The bare host, lower case; an empty string where there is none."""
    text = host_or_url.strip().lower()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:  # e.g. an unclosed bracket of an IPv6 address: no known host
        return ""
    return (host or "").strip(".")


def _check(path: Path, sources: dict[str, Source]) -> None:
    """Raise SourcesError where a name or domain means two sources, or an agency is unknown."""
    taken: dict[tuple[str, str], Source] = {}
    for source in sources.values():
        if source.agency is not None and source.agency not in sources:
            raise SourcesError(
                f"{path}, {source.source_id}: agency {source.agency!r} is not a source in this file"
            )
        names = [("name", fold_name(name)) for name in (source.name, *source.aliases)]
        for kind, form in names + [("domain", domain) for domain in source.hosts]:
            if not form or (kind == "domain" and _host(form) != form):
                raise SourcesError(f"{path}, {source.source_id}: {form!r} is not a {kind}")
            other = taken.setdefault((kind, form), source)
            if other is not source:
                raise SourcesError(
                    f"{path}, {source.source_id}: the {kind} {form!r} already means"
                    f" {other.source_id}; give it to one of them"
                )
