"""docs/writers.md: its examples load, its tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from placewatch.cli.export import export_app
from sinks.receivers import Receiver
from sinks.rendering.columns import ALERT_COLUMNS
from sinks.rendering.geojson import PROPERTIES
from sinks.routes import load_routes


@pytest.fixture(scope="module")
def document(repo_root: Path) -> str:
    return (repo_root / "docs" / "writers.md").read_text("utf-8")


def test_every_example_loads_and_every_kind_has_one(document: str, tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", document, flags=re.DOTALL)
    kinds = set()
    for example in examples:
        path = tmp_path / "routes.yaml"
        path.write_text(example)
        kinds |= {receiver.kind for receiver in load_routes(path).receivers}
    assert kinds == set(Receiver.model_fields) - {"name", "give_up_after"}


def test_the_tables_are_those_of_the_code(document: str) -> None:
    rows = [f"| `{c.name}` | {c.kind} | {c.meaning} | {c.system} |" for c in ALERT_COLUMNS]
    rows += [f"| `{name}` | {meaning} |" for name, meaning in PROPERTIES.items()]
    assert [row for row in rows if row not in document] == []
    # The rows of other tables begin with words, not with a name of code.
    assert document.count("\n| `") == len(rows)


def test_every_export_is_shown(document: str) -> None:
    for command in export_app.registered_commands:
        assert f"placewatch export {command.name} " in document


def test_every_setting_of_a_kind_is_shown(document: str) -> None:
    for kind in set(Receiver.model_fields) - {"name", "give_up_after"}:
        annotation = Receiver.model_fields[kind].annotation
        settings = next(each for each in annotation.__args__ if each is not type(None))
        for name in set(settings.model_fields) - {"title", "author"}:
            assert re.search(rf"\b{name}\b", document), f"{kind}.{name}"
