"""The AsyncAPI document against the schema that the AsyncAPI project publishes, bindings of Kafka included."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import tarfile
from typing import Any

import jsonschema
import pytest

from placewatch.schema_documents import asyncapi


# Its newest when this was written: what is checked must not change from one day to the next.
PACKAGE = "@asyncapi/specs@6.11.1"


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> jsonschema.Draft7Validator:
    if shutil.which("npm") is None:
        pytest.skip("no npm here, which the AsyncAPI project's schema comes with")
    folder = tmp_path_factory.mktemp("asyncapi")
    packed = subprocess.run(
        ["npm", "pack", "--silent", PACKAGE],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if packed.returncode != 0:
        pytest.skip(f"npm could not get {PACKAGE}: {packed.stderr.strip()[-200:]}")
    with tarfile.open(folder / packed.stdout.strip()) as archive:
        file = archive.extractfile("package/schemas/3.0.0.json")
        assert file is not None
        return jsonschema.Draft7Validator(json.load(file))


def faults(validator: jsonschema.Draft7Validator, document: dict[str, Any]) -> list[str]:
    return [f"{list(e.absolute_path)}: {e.message[:300]}" for e in validator.iter_errors(document)]


def test_the_document_is_asyncapi(validator: jsonschema.Draft7Validator) -> None:
    assert faults(validator, asyncapi()) == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("bindings", "kafka", "topicConfiguration", "cleanup.policy"), "compact"),
        (("messages", "Alert", "examples", 0, "headers"), "none"),
        (("messages", "Alert", "bindings", "kafka", "bindingVersion"), 5),
        (("address",), 7),
    ],
)
def test_the_schema_notices_what_is_wrong(
    validator: jsonschema.Draft7Validator, path: tuple[Any, ...], wrong: Any
) -> None:
    document = copy.deepcopy(asyncapi())
    part = document["channels"]["alerts"]
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = wrong
    assert faults(validator, document)
