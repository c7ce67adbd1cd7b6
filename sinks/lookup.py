"""Which ledger and which place a person means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from placewatch.errors import ConfigError, NotFoundError
from placewatch.names import fold_name
from placewatch.settings import Settings


_MOST_NEAR = 5
_ALERT_ID = re.compile(r"(?=.*\d)[0-9a-f]{6,}")


@dataclass(frozen=True, slots=True)
class LedgerChoice:
    """The ledger to read.

    Attributes:
        url: its SQLAlchemy URL.
        state_dir: the state folder of those who fill it.
        is_demo: whether it is the demo's, because there is no other yet.
    """

    url: str
    state_dir: Path
    is_demo: bool = False


def choose_ledger(settings: Settings, url: str | None) -> LedgerChoice:
    """Return the ledger a person named, else their own, else the demo's.

    Raises:
        ConfigError: `url` is not a database URL.
        NotFoundError: there is none; the message says what to run.
    """
    if url is not None:
        if not is_there(url):
            raise NotFoundError(
                f"there is no ledger at {url}: check the path, or leave out --ledger"
            )
        return LedgerChoice(url, settings.state_dir)
    if is_there(settings.ledger):
        return LedgerChoice(settings.ledger, settings.state_dir)
    demo_dir = settings.state_dir / "demo"
    demo_file = demo_dir / "ledger.db"
    if settings.ledger_url is None and demo_file.is_file():
        return LedgerChoice(f"sqlite:///{demo_file}", demo_dir, is_demo=True)
    raise NotFoundError(
        f"there is no ledger yet at {settings.ledger}: run `placewatch up` to watch your places, or "
        "`placewatch demo` to see how that looks"
    )


def is_place(wanted: str, place_id: str, label: str) -> bool:
    """Return whether a person who wrote `wanted` may mean this place: by its id, its label or its name."""
    return wanted == place_id or fold_name(wanted) in {fold_name(label), _folded_name(label)}


def find_place(places: Mapping[str, str], wanted: str, watched: Collection[str] = ()) -> str:
    """Return the id of the place a person wrote: its id, its label, or its name when only one has it.

    Case, marks and punctuation make no difference.

    Args:
        places: label by id, as `Ledger.places` gives them.
        wanted: what the person wrote.
        watched: labels of the places that are watched, with news or without.

    Raises:
        NotFoundError: there is no such place, or several, or no news of it; the message lists near or matching ones.
    """
    if wanted in places:
        return wanted
    folded = fold_name(wanted)
    by_label = [place_id for place_id, label in places.items() if fold_name(label) == folded]
    found = by_label or [
        place_id for place_id, label in places.items() if _folded_name(label) == folded
    ]
    if len(found) == 1:
        return found[0]
    if found:
        several = "; ".join(sorted(f'"{places[place_id]}" ({place_id})' for place_id in found))
        raise NotFoundError(f"there are several places {wanted}: say which of {several}")
    silent = next((label for label in watched if is_place(wanted, "", label)), None)
    if silent is not None:
        raise NotFoundError(
            f"{silent} is watched, but no article has said anything of it yet: there is no status and no alert"
        )
    labels = sorted({*places.values(), *watched})
    raise NotFoundError(
        f"nothing is known of a place {wanted}{_hint(labels, _folded_name(wanted))}"
    )


def find_alert(ids: Sequence[str], wanted: str) -> str:
    """Return the id of the alert a person wrote the whole or the beginning of.

    Args:
        ids: every alert's id.
        wanted: what the person wrote.

    Raises:
        NotFoundError: no alert's id begins so, or several do; the message lists near or matching ones.
    """
    if wanted in ids:
        return wanted
    found = [each for each in ids if each.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(f"several alerts begin with {wanted}: {', '.join(found[:_MOST_NEAR])}")
    near = difflib.get_close_matches(wanted, ids, n=_MOST_NEAR, cutoff=0.6)
    hint = (
        f"did you mean {', '.join(near)}?"
        if near
        else "`placewatch history PLACE` lists those of a place"
    )
    raise NotFoundError(f"there is no alert {wanted}: {hint}")


def is_like_an_alert(wanted: str) -> bool:
    """Return whether what a person wrote looks like an alert's id or the beginning of one."""
    return _ALERT_ID.fullmatch(wanted) is not None


def _hint(known: Iterable[str], name: str) -> str:
    """Return what to do about an unknown place: near names, or where to look."""
    by_name: dict[str, list[str]] = {}
    for label in known:
        by_name.setdefault(_folded_name(label), []).append(label)
    near = difflib.get_close_matches(name, by_name, n=_MOST_NEAR, cutoff=0.6)
    labels = [label for found in near for label in by_name[found]]
    if labels:
        return ": did you mean " + ", ".join(f'"{label}"' for label in labels) + "?"
    return ": `placewatch status` lists those with news, `placewatch watch list` those that are watched"


def _folded_name(label: str) -> str:
    """Return the name in a label "Name, Country", folded."""
    return fold_name(label.rpartition(",")[0] or label)


def is_there(url: str) -> bool:
    """Tell whether a ledger is there, without making one; a server's is taken to be."""
    if database_url(url).get_backend_name() != "sqlite":
        return True
    file = database_file(url)
    return file is not None and file.is_file()


def database_file(url: str) -> Path | None:
    """Return the file of a SQLite database; None for one on a server or in memory."""
    parsed = database_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in {
        None,
        "",
        ":memory:",
    }
    return Path(str(parsed.database)) if is_file else None


def database_url(url: str) -> URL:
    """Return the parts of a ledger's URL.

    Raises:
        ConfigError: it is none; the message does not show it where it may hold a password.
    """
    try:
        return make_url(url)
    except ArgumentError:
        shown = "what is given as the ledger" if "@" in url else url
        raise ConfigError(
            f"{shown} is not a database URL: use sqlite:////path/ledger.db or postgresql://user@host/name"
        ) from None
