"""The file routes.yaml: receivers, and the tree of routes that says what they are told. How to write one: docs/routing.md."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import ValidationError, model_validator

from placewatch.datafile import faults_in_words
from placewatch.errors import RoutesError
from placewatch.yaml_text import load_yaml
from sinks.receivers import Receiver
from sinks.route_tree import NOBODY, RouteTree


# What the sink records its own deliveries under.
_OURS = frozenset({NOBODY, "log", "ledger"})


class Routes(RouteTree):
    """The whole file. Without receivers, as in `Routes()`, nobody is told."""

    receivers: tuple[Receiver, ...] = ()

    @model_validator(mode="after")
    def _has_its_receivers(self) -> Self:
        for name, count in Counter(receiver.name for receiver in self.receivers).items():
            if name in _OURS:
                raise ValueError(f"receivers: {name!r} is a name of the sink's own: choose another")
            if count > 1:
                raise ValueError(f"receivers: {name!r} is there twice: the name tells them apart")
        for file, names in self._writers_by_file().items():
            if len(names) > 1:
                raise ValueError(
                    f"receivers: {' and '.join(names)} write the same file {file}: give each its own"
                )
        for _, leg, _ in self.nodes():
            if leg.receiver is not None and leg.receiver not in {NOBODY, *self.names}:
                known = ", ".join(sorted({NOBODY, *self.names}))
                raise ValueError(
                    f"{leg.where} names the receiver {leg.receiver!r}; there are {known}"
                )
        return self

    def _writers_by_file(self) -> dict[str, list[str]]:
        """Return the names of the receivers that write each file."""
        names: dict[str, list[str]] = {}
        for receiver in self.receivers:
            if receiver.file is not None:
                names.setdefault(os.path.normpath(receiver.file), []).append(receiver.name)
        return names

    @property
    def names(self) -> frozenset[str]:
        """The names of the receivers."""
        return frozenset(receiver.name for receiver in self.receivers)


def load_routes(path: Path | None) -> Routes:
    """Return the routes in `path`; without one those that tell nobody.

    Raises:
        RoutesError: the file cannot be read, or something in it is wrong; the message names file and field.
    """
    if path is None:
        return Routes()
    try:
        content: Any = load_yaml(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RoutesError(
            f"the routes {path} cannot be read: {error}; name another file with PLACEWATCH_ROUTES, or none"
        ) from error
    if not isinstance(content, dict) or not {"receivers", "route"} <= content.keys():
        raise RoutesError(f"the routes {path} need at least receivers: and route:")
    try:
        return Routes.model_validate(content)
    except ValidationError as error:
        raise RoutesError(
            f"the routes {path} are wrong: {faults_in_words(error, Routes)}"
        ) from error
