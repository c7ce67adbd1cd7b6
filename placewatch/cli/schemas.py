"""`placewatch schemas`: the contracts as JSON Schema and AsyncAPI files."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import typer

from placewatch.errors import PlacewatchError
from placewatch.schema_documents import documents, outdated
from placewatch.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add `schemas` to `app`."""
    app.command()(schemas)


def schemas(
    folder: Path | None = typer.Argument(
        None, help="Where to write; the package's own folder if not given."
    ),
    check: bool = typer.Option(
        False, "--check", help="Write nothing; exit 1 when a file is not current."
    ),
) -> None:
    """Write the JSON Schemas of all records and the AsyncAPI document of all topics.

    Example: placewatch schemas ./contracts
    """
    load_settings()  # a lexicon of the user's own may declare states
    target = folder or Path(str(importlib.resources.files("placewatch.schemas")))
    if check:
        stale = outdated(target)
        if stale:
            raise PlacewatchError(
                f"generated files in {target} are not current: {', '.join(stale)}; run `placewatch schemas`"
            )
        return
    target.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (target / name).write_text(text, encoding="utf-8")
    print(f"wrote {len(documents())} files to {target}")
