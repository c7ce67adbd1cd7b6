"""Builders of readings and assertions for tests of the tracking; sides and outlets as small as they can be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from placewatch.actors import Actor, Actors
from placewatch.records import Assertion, Evidence, Reading, Report, WatchedPlace
from placewatch.sources import Source, Sources
from placewatch.vocabulary import DatePrecision
from streams.tracking.context import Context
from streams.tracking.policy import load_policy


ACTORS = Actors(
    [
        Actor(id="reds", name="Redland", side="reds", kind="state_forces", countries=["Redland", "Blueland"]),
        Actor(id="red-guns", name="Red Guns", side="reds", kind="political_militia", countries=["Redland", "Blueland"]),
        Actor(id="blues", name="Blueland", side="blues", kind="state_forces", countries=["Blueland"]),
        Actor(id="whites", name="Whiteland", side="whites", kind="state_forces", countries=["Whiteland"]),
        Actor(id="greens", name="Green Front", side="greens", kind="rebel_group", countries=["Blueland"]),
    ]
)  # fmt: skip
SOURCES = Sources(
    [
        Source(id="alpha.example", name="Alpha", kind="agency", reliability="A"),
        Source(id="bravo.example", name="Bravo", kind="newspaper", reliability="B"),
        Source(id="charlie.example", name="Charlie", kind="newspaper", reliability="C", owner="Big Press"),
        Source(id="delta.example", name="Delta", kind="newspaper", reliability="C", owner="Big Press"),
        Source(id="echo.example", name="Echo", kind="newspaper", reliability="C", agency="alpha.example"),
        Source(id="golf", name="Golf", domains=["golf.example"], kind="digital", reliability="C"),
        Source(id="watch", name="The Watch", kind="monitor", reliability="B"),
        Source(id="redtv.example", name="Red TV", kind="party_media", reliability="D", side="reds"),
        Source(id="bluetv.example", name="Blue TV", kind="party_media", reliability="D", side="blues"),
    ]
)  # fmt: skip
START = datetime(2024, 12, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="session")
def context() -> Context:
    """Redland, Blueland and the Green Front; the shipped policy."""
    return Context(policy=load_policy(), actors=ACTORS, sources=SOURCES, country="Blueland")


@pytest.fixture(scope="session")
def at() -> Callable[..., datetime]:
    """A moment so many days and hours after the start."""

    def moment(days: float = 0, hours: float = 0) -> datetime:
        return START + timedelta(days=days, hours=hours)

    return moment


@pytest.fixture(scope="session")
def report() -> Callable[..., Report]:
    """One report on Smallville."""

    def build(
        state: str = "captured",
        factuality: str = "asserted",
        actor: str | None = "Redland",
        **more: object,
    ) -> Report:
        values: dict[str, object] = {
            "place_id": "smallville-blueland",
            "place": "Smallville, Blueland",
            "state": state,
            "factuality": factuality,
            "actor": actor,
            "evidence": Evidence(sentence=f"{actor} {state} Smallville.", start=0, end=10),
        }
        on = more.pop("on", None)
        if isinstance(on, date):
            values |= {"event_date": on, "date_precision": DatePrecision.DAY}
        return Report.model_validate(values | more)

    return build


@pytest.fixture(scope="session")
def reading(report: Callable[..., Report]) -> Callable[..., Reading]:
    """A reading of one report, or of the reports given; each call is another article unless `article` says."""
    count = 0

    def build(
        *reports: Report,
        when: datetime = START,
        source: str = "zulu.example",
        article: str | None = None,
        revision: int = 0,
        **more: object,
    ) -> Reading:
        nonlocal count
        count += 1
        shape = {k: more.pop(k) for k in ("shingles", "is_backfill", "fetched_at") if k in more}
        told = reports if reports or more.pop("is_empty", False) else (report(**more),)  # type: ignore[arg-type]
        return Reading.model_validate(
            {
                "place_id": "smallville-blueland",
                "place": "Smallville, Blueland",
                "article_id": article or f"a{count}",
                "revision": revision,
                "source_id": source,
                "published_at": when,
                "fetched_at": when,
                "reports": told,
                **shape,
            }
        )

    return build


@pytest.fixture(scope="session")
def baseline() -> Callable[..., Assertion]:
    """What is given of Smallville: held by Blueland unless said otherwise."""

    def build(control: str = "held", holder: str | None = "Blueland", **more: object) -> Assertion:
        return Assertion.model_validate(
            {
                "assertion_id": "given",
                "place_id": "smallville-blueland",
                "place": "Smallville, Blueland",
                "control": control,
                "holder": holder,
                "as_of": START - timedelta(days=200),
            }
            | more
        )

    return build


@pytest.fixture
def watched(baseline: Callable[..., Assertion]) -> WatchedPlace:
    """Smallville as the watchlist has it."""
    return WatchedPlace(
        place_id="smallville-blueland",
        place="Smallville, Blueland",
        name="Smallville",
        country="Blueland",
        latitude=1.5,
        longitude=2.5,
        baseline=baseline(),
    )
