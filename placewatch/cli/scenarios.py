"""`placewatch test`: do scenarios written by analysts hold with this policy, these actors and these sources?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

import typer
import yaml
from pydantic import ValidationError
from rich.console import Console

from placewatch.errors import ConfigError, NotFoundError
from placewatch.settings import Settings, load_settings
from placewatch.yaml_text import load_yaml


if TYPE_CHECKING:
    from streams.tracking.context import Context
    from streams.tracking.scenario_run import ReadArticle
    from streams.tracking.scenarios import Scenario


def register(app: typer.Typer) -> None:
    """Add `test` to `app`."""
    app.command(name="test")(run_scenarios)


def run_scenarios(
    paths: list[Path] = typer.Argument(help="Scenario files, or folders of them (*.yaml)."),
    without_model: bool = typer.Option(
        False, "--without-model", help="Skip scenarios that have whole articles to read."
    ),
) -> None:
    """Run scenarios: what is reported in, which alerts and statuses must come out.

    One line a scenario. Where one differs: "-" before what was expected and did not come, "+" before what came
    and was not expected, and what each event did. Exits with 0 when all hold, with 1 when any differs, with 78
    when a file is no scenario.

    Example: placewatch test seeds/scenarios
    """
    console = Console(stderr=False, highlight=False, soft_wrap=True)
    runner = ScenarioRunner(load_settings())
    failed = skipped = held = 0
    scenarios = [(path, load_scenario(path)) for path in scenario_files(paths)]
    for path, scenario in scenarios:
        if scenario.needs_model and without_model:
            skipped += 1
            console.print(f"[dim]skipped[/] {scenario.name}  ({path})")
            continue
        differences = runner.differences(scenario)
        if differences:
            failed += 1
            console.print(f"[red]differs[/] {scenario.name}  ({path})")
            for difference in differences:
                console.print(indent(difference, "  "), markup=False)
        else:
            held += 1
            console.print(f"[green]holds[/]   {scenario.name}  ({path})")
    console.print(f"{held} hold, {failed} differ, {skipped} skipped")
    if failed:
        raise typer.Exit(1)


def scenario_files(paths: list[Path]) -> Iterator[Path]:
    """Yield the scenario files at `paths`, those of a folder by name.

    Raises:
        NotFoundError: there is nothing at a path, or no scenario in a folder.
    """
    for path in paths:
        found = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        if not found or not found[0].is_file():
            raise NotFoundError(f"there is no scenario at {path}: name a .yaml file or a folder")
        yield from found


def load_scenario(path: Path) -> Scenario:
    """Return the scenario in `path`.

    Raises:
        ConfigError: it is not YAML or not a scenario; the message names file and field.
    """
    from streams.tracking.scenarios import Scenario

    try:
        content: Any = load_yaml(path.read_text("utf-8"))
        return Scenario.model_validate(content)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"the scenario {path} cannot be read: {error}") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'scenario'}: {e['msg']}"
            for e in error.errors(include_url=False)[:5]
        )
        raise ConfigError(f"the scenario {path} is wrong: {faults}") from error


class ScenarioRunner:
    """Runs scenarios with the settings' policy, actors and sources; the model is loaded when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._context: Context | None = None

    def differences(self, scenario: Scenario) -> list[str]:
        """Return where the tracker differs from a scenario; empty when it holds."""
        from streams.tracking.scenario_run import run_scenario

        read = self._reader() if scenario.needs_model else None
        return run_scenario(scenario, self.context, read)

    @property
    def context(self) -> Context:
        """Policy, actors and sources of the settings."""
        if self._context is None:
            from placewatch.actors import load_actors
            from placewatch.sources import load_sources
            from streams.tracking.context import Context
            from streams.tracking.policy import load_policy

            self._context = Context(
                policy=load_policy(self._settings.policy),
                actors=load_actors(self._settings.actors),
                sources=load_sources(self._settings.sources),
            )
        return self._context

    def _reader(self) -> ReadArticle:
        from streams.reading.reader import Reader

        def read(article: Any, places: Any) -> Any:
            reader = Reader(places, self.context.actors, self.context.sources)
            return reader.read([article])[0]

        return read
