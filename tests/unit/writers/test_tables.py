"""Exports as tables and maps: CSV, Parquet and GeoJSON, read back by what people read them with."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from datetime import UTC, date, datetime

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placewatch.errors import ConfigError
from placewatch.states import states
from placewatch.vocabulary import ActorKind, State, codes_for
from sinks.rendering.columns import ALERT_COLUMNS, _acled_types
from sinks.rendering.csvtable import csv_table, neutral
from sinks.rendering.geojson import PROPERTIES, feature, geojson
from sinks.rendering.parquet import ROW_GROUP, write_parquet


def rows(alerts) -> list[dict[str, str]]:
    text = b"".join(csv_table(alerts)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_has_the_fields_codes(make_alert) -> None:
    (row,) = rows([make_alert(1, references=("a", "b"), msg_type="Update")])
    expected = {
        "alert_id": "alert-1", "msg_type": "Update", "references": "a b", "at": "2024-12-06T13:00:00Z",
        "event_date": "2024-12-06", "year": "2024", "location": "Rastan", "country": "Syria", "country_code": "SY",
        "latitude": "34.93", "longitude": "36.73", "control": "held", "holder": "Hayat Tahrir al-Sham",
        "acled_disorder_type": "Political violence", "acled_event_type": "Battles",
        "acled_sub_event_type": "Non-state actor overtakes territory", "cameo": "192",
        "plover_event": "COERCE", "plover_mode": "seize", "admiralty": "B3", "cap_certainty": "Possible",
        "source": "wire1.example; wire2.example", "origin": "The Monitor", "opponent": "",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_every_acled_code_we_tell_has_its_event_type() -> None:
    kinds = (None, ActorKind.STATE_FORCES)
    told = {codes_for(State(name), kind).acled for name in states().entries for kind in kinds}
    assert told - {None} <= set(_acled_types())


def test_numbers_stay_numbers_and_text_is_never_a_formula(make_alert) -> None:
    (row,) = rows(
        [make_alert(1, holder="=1+1", opponent="-2+3", headline="@SUM(A1)", longitude=-3.7)]
    )
    assert (row["holder"], row["opponent"], row["headline"]) == ("'=1+1", "'-2+3", "'@SUM(A1)")
    assert float(row["longitude"]) == -3.7


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", " =", "  +"])  # noqa: RUF001
def test_each_beginning_of_a_formula_is_defused(start: str) -> None:
    assert neutral(f"{start}cmd|' /C calc'!A0").startswith("'")


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.data())
def test_a_hostile_row_is_one_row_without_formulas(hostile_alerts, data) -> None:
    found = rows([data.draw(hostile_alerts) for _ in range(2)])
    assert len(found) == 2
    numeric = {column.name for column in ALERT_COLUMNS if column.kind != "text"}
    for row in found:
        assert None not in row
        assert not any(
            cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
            for name, cell in row.items()
            if name not in numeric
        )


def test_parquet_has_types_and_says_whose_codes_they_are(make_alert) -> None:
    out = io.BytesIO()
    write_parquet((make_alert(number) for number in range(ROW_GROUP + 1)), out)
    file = pq.ParquetFile(out)
    assert file.metadata.num_row_groups == 2
    table = file.read()
    assert table.num_rows == ROW_GROUP + 1
    first = table.slice(1, 1).to_pylist()[0]
    assert first["at"] == datetime(2024, 12, 6, 13, tzinfo=UTC)
    assert first["event_date"] == date(2024, 12, 6)
    assert (first["latitude"], first["cameo"], first["opponent"]) == (34.93, "192", None)
    assert b"ACLED" in table.schema.field("acled_event_type").metadata[b"system"]
    assert table.column_names == [column.name for column in ALERT_COLUMNS]


def test_parquet_without_its_library_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"placewatch\[parquet\]"):
        write_parquet([], io.BytesIO())


def test_parquet_of_nothing_is_an_empty_table() -> None:
    out = io.BytesIO()
    write_parquet([], out)
    assert pq.read_table(out).num_rows == 0


def test_geojson_puts_longitude_first_and_knows_every_property(make_status) -> None:
    collection = json.loads(
        b"".join(geojson([make_status(), make_status(place_id="b", since=None)]))
    )
    assert collection["type"] == "FeatureCollection"
    first = collection["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [36.73, 34.93]}
    assert set(first["properties"]) == set(PROPERTIES)
    assert first["properties"]["since"] == "2024-12-06T12:00:00Z"
    assert (first["id"], first["properties"]["is_stale"]) == ("rastan-syria", False)


def test_geojson_of_nothing_is_a_collection() -> None:
    assert json.loads(b"".join(geojson([]))) == {"type": "FeatureCollection", "features": []}


@pytest.mark.parametrize("latitude", [None, math.nan, math.inf, 91.0])
def test_a_place_that_is_nowhere_has_no_geometry(make_status, latitude: float | None) -> None:
    assert feature(make_status(latitude=latitude))["geometry"] is None


def test_geojson_is_json_whatever_a_place_is_called(make_status) -> None:
    name = '</script><b>"\\\u2028\x00\u202e'
    (found,) = json.loads(b"".join(geojson([make_status(place=name)])))["features"]
    assert found["properties"]["place"] == '</script><b>"\\'
