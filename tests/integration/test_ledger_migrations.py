"""Every version of the ledger's schema, up and down, in SQLite and in a real PostgreSQL; later ones too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from placewatch.records import Alert, Citation, Origin, Status
from sinks.database import head_revision, migrate, open_database, revisions
from sinks.ledger import Ledger
from sinks.model import Base


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
ALERT = Alert(
    alert_id="alert-1",
    msg_type="Alert",
    place_id="rastan-syria",
    place="Rastan, Syria",
    at=NOON,
    control="held",
    certainty="claimed",
    reason="taken",
    headline="Rastan is held.",
    cap_certainty="Possible",
    citations=(
        Citation(
            article_id="article-1",
            source_id="wire.example",
            published_at=NOON,
            origin=Origin(origin_id="monitor", name="The Monitor", reliability="B"),
            state="captured",
            factuality="asserted",
            sentence="Fighters took Rastan.",
        ),
    ),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    with Ledger(url) as ledger:
        ledger.write_alerts([ALERT])
    opened = open_database(url)
    yield opened
    opened.dispose()


def version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def shape(engine: Engine) -> dict[str, list[str]]:
    """Every table and view with its columns."""
    seen = inspect(engine)
    names = [*seen.get_table_names(), *seen.get_view_names()]
    return {name: sorted(column["name"] for column in seen.get_columns(name)) for name in names}


def difference(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, Base.metadata)


def alerts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT alert_id FROM alerts")).scalars())


def test_each_version_goes_down_by_one_and_up_by_one_to_the_same_shape(engine: Engine) -> None:
    known = revisions()
    shapes = {known[-1]: shape(engine)}
    for older in reversed(known[:-1]):
        migrate(engine, older)
        assert version(engine) == older
        shapes[older] = shape(engine)
        assert alerts(engine) == ["alert-1"], f"going down to {older} lost what was in it"
    migrate(engine, "base")
    assert set(shape(engine)) == {"alembic_version"}
    for newer in known:
        migrate(engine, newer)
        assert version(engine) == newer
        assert shape(engine) == shapes[newer], f"{newer} is another way up than down"
    assert version(engine) == head_revision()
    assert difference(engine) == []


def test_from_every_version_at_once_to_the_newest_and_nothing_is_lost(
    engine: Engine, url: str
) -> None:
    newest = shape(engine)
    for older in revisions():
        migrate(engine, older)
        migrate(engine, "head")
        assert shape(engine) == newest
        assert difference(engine) == []
        with Ledger(url) as ledger:
            assert ledger.alert("alert-1") == ALERT


def test_every_view_answers_in_both_databases(engine: Engine, url: str) -> None:
    status = Status(
        place_id="rastan-syria",
        place="Rastan, Syria",
        control="held",
        assessed_at=NOON,
        alert_id="alert-1",
        set_aside=ALERT.citations,
    )
    with Ledger(url) as ledger:
        ledger.write_statuses([status])
    views = set(inspect(engine).get_view_names())
    with engine.connect() as connection:
        found = {
            view: [row.place for row in connection.execute(text(f"SELECT * FROM {view}"))]  # noqa: S608  # our own names
            for view in views - {"feeds_now"}
        }
        assert connection.execute(text("SELECT * FROM feeds_now")).all() == []
    assert len(found) >= 4
    assert all(places == ["Rastan, Syria"] for places in found.values()), found
