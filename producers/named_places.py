"""Whether a headline names a watched place: what is worth fetching a page for. The worker's own gate decides later."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path

import ahocorasick

from placewatch.errors import PlacewatchError
from placewatch.log import get_logger
from placewatch.places import load_watchlist
from placewatch.records import WatchedPlace


_MIN_NAME_CHARS = 3
log = get_logger(__name__)


class Names:
    """The names of watched places, to be found in texts as whole words; marks and case do not count."""

    def __init__(self, places: Iterable[WatchedPlace]) -> None:
        self._automaton = ahocorasick.Automaton()
        for place in places:
            for name in (place.name, *place.aliases):
                plain = _plain(name)
                if len(plain) >= _MIN_NAME_CHARS and not place.is_removed:
                    self._automaton.add_word(plain, len(plain))
        self._automaton.make_automaton()

    def named_in(self, text: str) -> bool:
        """Return whether `text` names one of the places."""
        plain = f" {_plain(text)} "
        if not len(self._automaton):
            return False
        return any(
            not plain[end - length].isalnum() and not plain[end + 1].isalnum()
            for end, length in self._automaton.iter(plain)
        )


class FollowedNames:
    """The names in a watchlist file, read again when it changes; without a good file nothing is named."""

    def __init__(self, path: Path, cache_dir: Path) -> None:
        self._path = path
        self._cache_dir = cache_dir
        self._seen: float | None = None
        self._names = Names(())

    def named_in(self, text: str) -> bool:
        """Return whether `text` names a watched place."""
        written = self._path.stat().st_mtime if self._path.exists() else None
        if written != self._seen:
            self._seen = written
            self._names = self._read()
        return self._names.named_in(text)

    def _read(self) -> Names:
        if self._seen is None:
            return Names(())
        try:
            return Names(load_watchlist(self._path, self._cache_dir).places)
        except PlacewatchError as error:
            log.warning("no page is fetched for watched places", error=str(error))
            return Names(())


def _plain(text: str) -> str:
    """Return `text` without marks and case."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in split if not unicodedata.combining(char))
