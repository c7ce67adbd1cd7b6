"""YAML files people edit: read, checked entry by entry, faults told with file, entry and field."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from placewatch.errors import ConfigError
from placewatch.yaml_text import load_yaml


Model = TypeVar("Model", bound=BaseModel)


def read_mapping(path: Path, error: type[ConfigError]) -> dict[str, Any]:
    """Return the top-level mapping of the YAML file at `path`.

    Raises:
        ConfigError: the file is missing, unreadable, not YAML or not a mapping; raised as `error`.
    """
    try:
        content = load_yaml(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise error(f"{path} cannot be read: {fault.strerror}; name an existing file") from fault
    except UnicodeDecodeError as fault:
        raise error(f"{path} is not UTF-8 text: {fault.reason}; save it as UTF-8") from fault
    except yaml.YAMLError as fault:
        raise error(f"{path} is not valid YAML: {fault}") from fault
    if not isinstance(content, dict):
        raise error(f"{path} must be a mapping at its top level, not {type(content).__name__}")
    return content


def read_entries(
    path: Path, content: dict[str, Any], key: str, error: type[ConfigError]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (where it stands, entry) of the list under `key`, e.g. ("seeds/actors.yaml, actors[3] (m23)", {...}).

    Raises:
        ConfigError: there is no such list or an entry is not a mapping; raised as `error`.
    """
    entries = content.get(key)
    if not isinstance(entries, list):
        raise error(f"{path} needs a list under `{key}:`")
    for index, entry in enumerate(entries):
        where = f"{path}, {key}[{index}]"
        if not isinstance(entry, dict):
            raise error(f"{where} must be a mapping, not {entry!r}")
        name = next((entry[key] for key in ("id", "name", "state") if key in entry), "without id")
        yield f"{where} ({name})", entry


def validated(
    model: type[Model], entry: dict[str, Any], where: str, error: type[ConfigError]
) -> Model:
    """Return `entry` as a `model`.

    Raises:
        ConfigError: a field is missing, unknown or wrong; raised as `error`, naming `where` and the fields.
    """
    try:
        return model.model_validate(entry)
    except ValidationError as fault:
        raise error(f"{where}: {faults_in_words(fault, model)}") from fault


def faults_in_words(fault: ValidationError, model: type[BaseModel]) -> str:
    """Return what is wrong with which field, without what was written there: it may be a secret.

    Of a word that the file does not know, the nearest that it does.
    """
    told = []
    for each in fault.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in each["loc"]) or "entry"
        said = each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            word = str(each["loc"][-1])
            near = get_close_matches(word, sorted(_words_of(model.model_json_schema())), n=1)
            said = f"{word!r} means nothing here" + (f": did you mean {near[0]!r}?" if near else "")
        told.append(f"{where}: {said}")
    return "; ".join(told)


def _words_of(schema: Any) -> set[str]:
    """Return the names of all fields in a JSON Schema, at any depth."""
    if isinstance(schema, list):
        return {word for each in schema for word in _words_of(each)}
    if not isinstance(schema, dict):
        return set()
    below = {word for each in schema.values() for word in _words_of(each)}
    return below | set(schema.get("properties", {}))
