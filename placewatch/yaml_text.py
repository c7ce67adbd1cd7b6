"""YAML that people write or got from somebody: plain values only, and aliases that do not multiply."""

from __future__ import annotations

from typing import Any

import yaml


# Values after every alias is written out. A watchlist of 100,000 places with all its fields has a million; nine lists
# of nine aliases each, which fit in a line, have 387 million.
MAX_VALUES = 5_000_000


def load_yaml(text: str) -> Any:
    """Return what a YAML document says; None when it is empty.

    Raises:
        YAMLError: it is not YAML, names types of a program, holds itself, or its aliases multiply beyond any use.
    """
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        _measure(root, {})
        return loader.construct_document(root)
    except RecursionError as error:
        raise yaml.YAMLError("it is nested deeper than anything of use") from error
    finally:
        loader.dispose()


def _measure(node: yaml.Node, known: dict[int, int | None]) -> int:
    """Return how many values a node has, aliases written out; each node is looked at once.

    Raises:
        YAMLError: too many, or it holds itself.
    """
    if not isinstance(node, yaml.CollectionNode):
        return 1
    key = id(node)
    if key in known:
        size = known[key]
        if size is None:
            raise yaml.YAMLError(f"a value holds itself by an alias:\n{node.start_mark}")
        return size
    known[key] = None
    parts = [part for pair in node.value for part in pair] if _is_map(node) else node.value
    size = 1 + sum(_measure(part, known) for part in parts)
    if size > MAX_VALUES:
        raise yaml.YAMLError(
            f"its aliases make more than {MAX_VALUES} values of it: write them out, or fewer:\n{node.start_mark}"
        )
    known[key] = size
    return size


def _is_map(node: yaml.CollectionNode) -> bool:
    return isinstance(node, yaml.MappingNode)
