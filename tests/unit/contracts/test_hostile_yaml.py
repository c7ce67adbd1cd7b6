"""Files that people got from somebody: types of a program, aliases that multiply, values that hold themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from placewatch.actors import load_actors
from placewatch.cli.scenarios import load_scenario
from placewatch.errors import ConfigError
from placewatch.places import load_watchlist
from placewatch.sources import load_sources
from placewatch.yaml_text import load_yaml
from sinks.route_cases import load_cases
from sinks.routes import load_routes
from streams.tracking.policy import load_policy


LAUGHS = "\n".join(
    ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
)
HOSTILE = {
    "aliases that multiply": LAUGHS + "\nplaces: *a9\nactors: *a9\nsources: *a9\nroute: *a9\n",
    "merges that multiply": "a0: &a0 {x: 1}\n"
    + "\n".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 10)),
    "a value that holds itself": "places: &a [*a]\nactors: *a\nsources: *a\nroute: *a\n",
    "depth": "places: " + "[" * 20_000 + "]" * 20_000,
    "a call": "places: !!python/object/apply:os.system ['exit 1']\n",
    "an object": "!!python/object/new:subprocess.Popen [[touch, here]]\n",
}
READERS: dict[str, Callable[[Path], Any]] = {
    "watchlist": load_watchlist,
    "actors": load_actors,
    "sources": load_sources,
    "policy": load_policy,
    "routes": load_routes,
    "cases of routes": load_cases,
    "scenario": load_scenario,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("reader", READERS)
def test_a_hostile_file_is_refused_at_once(
    reader: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file.yaml"
    path.write_text(HOSTILE[kind])
    with pytest.raises(ConfigError, match=r"file\.yaml") as told:
        READERS[reader](path)
    assert len(str(told.value)) < 2000
    assert list(tmp_path.iterdir()) == [path]


def test_aliases_of_use_are_read() -> None:
    assert load_yaml("a: &a {x: 1}\nb: *a\nc: {<<: *a, y: 2}\n") == {
        "a": {"x": 1},
        "b": {"x": 1},
        "c": {"x": 1, "y": 2},
    }


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_nothing_is_none(text: str) -> None:
    assert load_yaml(text) is None


def test_two_documents_are_one_too_many() -> None:
    with pytest.raises(yaml.YAMLError):
        load_yaml("a: 1\n---\nb: 2\n")
