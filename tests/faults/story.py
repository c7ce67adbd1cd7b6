"""The news of the fault matrix: one newswire of many runs, each a set of courses of events on towns of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from placewatch.local.newswire import Item, Newswire, Outlet


BEGINS = datetime(2024, 12, 2, 6, tzinfo=UTC)
# From one run's first item to the next run's: later than the last item of any course.
APART = timedelta(hours=72)
HOLDER = "Syrian government"


@dataclass(frozen=True, slots=True)
class Run:
    """What one run tells: the items from `first` up to and without `last`, on these towns."""

    number: int
    first: int
    last: int
    towns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A newswire, its runs, and the watchlist of its towns."""

    newswire: Newswire
    runs: tuple[Run, ...]

    def write_watchlist(self, path: Path) -> None:
        """Write all towns as held by the government before the first item."""
        baseline = {"status": "held", "holder": HOLDER, "as_of": (BEGINS - APART).date()}
        towns = [town for run in self.runs for town in run.towns]
        places = [{"place": f"{town}, Syria", "baseline": baseline} for town in towns]
        path.write_text(yaml.safe_dump({"places": places}))


def story(numbers: Sequence[int], *, begins: datetime = BEGINS, pace: float = 1.0) -> Told:
    """Return the story of the runs of these numbers, `pace` times as long as story.yaml tells it.

    Raises:
        ValueError: there are not enough towns.
    """
    read = yaml.safe_load((Path(__file__).parent / "story.yaml").read_text("utf-8"))
    courses, towns = read["courses"], read["towns"]
    if (max(numbers) + 1) * len(courses) > len(towns):
        raise ValueError(f"story.yaml has towns for {len(towns) // len(courses)} runs, not more")
    items: list[Item] = []
    made: list[Run] = []
    for number in numbers:
        own = tuple(towns[number * len(courses) : (number + 1) * len(courses)])
        began = begins + number * APART * pace
        told = sorted(_items(courses, own, began, pace), key=lambda item: item.published)
        made.append(Run(number, len(items), len(items) + len(told), own))
        items += told
    outlets = tuple(Outlet.model_validate(outlet) for outlet in read["outlets"])
    return Told(Newswire(outlets=outlets, items=tuple(items)), tuple(made))


def _items(
    courses: list[dict[str, Any]], towns: tuple[str, ...], began: datetime, pace: float
) -> Iterator[Item]:
    """Yield the items of a run, course by course."""
    for course, town in zip(courses, towns, strict=True):
        ids = [f"{town.lower()}-{n}" for n in range(len(course["items"]))]
        # No two items at one moment: each town is minutes behind the one before it.
        for its_id, said in zip(ids, course["items"], strict=True):
            after = timedelta(hours=said["hours"], minutes=7 * towns.index(town))
            published = began + pace * after
            words = {"town": town, "day": f"{published:%A}"}
            yield Item(
                id=its_id,
                outlet=said["outlet"],
                published=published,
                title=said["title"].format(**words),
                summary=said["text"].format(**words),
                revises=ids[said["revises"]] if "revises" in said else None,
            )
