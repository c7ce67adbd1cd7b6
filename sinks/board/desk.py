"""What the API's answers are made from: the ledger, opened when it is there, and the places that are watched."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from placewatch.errors import LedgerError, NotFoundError, PlacewatchError
from placewatch.log import get_logger
from placewatch.places import load_watchlist
from placewatch.records import WatchedPlace
from placewatch.settings import Settings
from sinks.board.reads import BoardLedger, Held, Mark
from sinks.board.shown import map_columns
from sinks.lookup import LedgerChoice, choose_ledger


# Answers to "what held then" are some hundred kB each; a person drags the slider back and forth.
_MAPS_KEPT = 16
# More makes it hardly smaller, and takes three times as long.
_COMPRESSED = 5

_log = get_logger(__name__)


@dataclass(slots=True)
class _Opened:
    """The ledger that is open, and which file it is: `demo` puts a new one in its place."""

    ledger: BoardLedger
    choice: LedgerChoice
    inode: int | None


@dataclass(slots=True)
class _Watched:
    """The watchlist as it was last read."""

    changed_at: float = -1.0
    places: dict[str, WatchedPlace] = field(default_factory=dict)


class Desk:
    """Gives the ledger and what is kept of it between two questions. Safe to use from several threads."""

    def __init__(self, settings: Settings, ledger_url: str | None = None) -> None:
        self.settings = settings
        self._url = ledger_url
        self._lock = threading.RLock()
        self._opened: _Opened | None = None
        self._watched = _Watched()
        self._holders: list[str] = []
        self._holders_of: tuple[int, Mark] | None = None
        self._maps: OrderedDict[str, bytes] = OrderedDict()

    def close(self) -> None:
        """Give back the ledger's connections."""
        with self._lock:
            if self._opened is not None:
                self._opened.ledger.close()
                self._opened = None

    def ledger(self) -> BoardLedger:
        """Return the ledger.

        Raises:
            LedgerError: there is none yet, or it cannot be opened; the message says what to do.
        """
        return self._open().ledger

    def choice(self) -> LedgerChoice:
        """Return which ledger it is; raises as `ledger`."""
        return self._open().choice

    def held(self, at: datetime | None) -> list[Held]:
        """Return what holds at every place, or held at a moment; watched ones without news are unknown."""
        ledger = self.ledger()
        told = ledger.held_now() if at is None else ledger.held_at(at)
        watched = self.watched()
        known = {each.place_id for each in told}
        placed = [_placed(each, watched.get(each.place_id)) for each in told]
        silent = [_unheard(place) for key, place in watched.items() if key not in known]
        return sorted([*placed, *silent], key=lambda each: (each.place, each.place_id))

    def held_at_place(self, place_id: str, at: datetime | None) -> Held:
        """Return what holds at one place.

        Raises:
            NotFoundError: nothing is known of it and it is not watched.
        """
        for each in self.held(at):
            if each.place_id == place_id:
                return each
        raise NotFoundError(f"nothing is known of a place {place_id}: the list of places has those")

    def map_of(self, at: datetime | None) -> tuple[str, bytes]:
        """Return what the map shows, as compressed JSON, and a tag that changes whenever it does."""
        ledger = self.ledger()
        mark, watched = ledger.mark(), self.watched()
        quiet = ledger.quiet_places() if at is None else set()
        tag = f"{id(ledger)}-{mark}-{self._watched.changed_at}-{sorted(quiet)}-{at}"
        tag = f'"{abs(hash(tag)):x}-{len(watched)}"'
        with self._lock:
            if tag in self._maps:
                self._maps.move_to_end(tag)
                return tag, self._maps[tag]
        columns = map_columns(self.held(at), self.holders(mark), quiet, at)
        content = gzip.compress(columns.model_dump_json().encode(), _COMPRESSED, mtime=0)
        with self._lock:
            self._maps[tag] = content
            while len(self._maps) > _MAPS_KEPT:
                self._maps.popitem(last=False)
        return tag, content

    def holders(self, mark: Mark) -> list[str]:
        """Return all holders; one that is new comes at the end, so that the others keep their colours."""
        ledger = self.ledger()
        with self._lock:
            if self._holders_of != (id(ledger), mark):
                known = self._holders if (self._holders_of or (0,))[0] == id(ledger) else []
                new = [name for name in ledger.holders() if name not in known]
                self._holders = [*known, *new]
                self._holders_of = (id(ledger), mark)
            return self._holders

    def watched(self) -> dict[str, WatchedPlace]:
        """Return the places of the watchlist by id; none where there is no list, or a faulty one."""
        with self._lock:
            path = self.settings.watchlist
            if self.choice().is_demo or not path.is_file():
                return {}
            changed_at = path.stat().st_mtime
            if changed_at != self._watched.changed_at:
                self._watched = _Watched(changed_at, self._read_watchlist(path))
            return self._watched.places

    def _read_watchlist(self, path: Path) -> dict[str, WatchedPlace]:
        try:
            watchlist = load_watchlist(path, self.settings.state_dir / "cache")
        except PlacewatchError as error:
            _log.warning("the watchlist cannot be read", watchlist=str(path), error=str(error))
            return {}
        return {place.place_id: place for place in watchlist}

    def _open(self) -> _Opened:
        with self._lock:
            if self._opened is not None and _inode(self._opened.choice.url) == self._opened.inode:
                return self._opened
            self.close()
            try:
                choice = choose_ledger(self.settings, self._url)
            except NotFoundError as error:  # what is asked for may be there; the ledger is not
                raise LedgerError(str(error)) from error
            ledger = BoardLedger(choice.url)
            self._opened = _Opened(ledger, choice, _inode(choice.url))
            self._maps.clear()
            _log.info("ledger opened", is_demo=choice.is_demo)
            return self._opened


def now() -> datetime:
    """Return the time; the only clock of the board."""
    return datetime.now(UTC)


def _inode(url: str) -> int | None:
    """Return which file a SQLite ledger is; None when it is gone, and always for a server."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    try:
        return Path(parsed.database).stat().st_ino
    except FileNotFoundError:
        return -1


def _placed(held: Held, watched: WatchedPlace | None) -> Held:
    """Return what holds with coordinates, where the watchlist knows those that the ledger does not."""
    if watched is None or held.latitude is not None:
        return held
    return replace(held, latitude=watched.latitude, longitude=watched.longitude)


def _unheard(place: WatchedPlace) -> Held:
    """Return a watched place that nobody has said anything of."""
    baseline = place.baseline
    return Held(
        place.place_id,
        place.place,
        baseline.control.value if baseline else "unknown",
        baseline.holder if baseline else None,
        latitude=place.latitude,
        longitude=place.longitude,
    )
