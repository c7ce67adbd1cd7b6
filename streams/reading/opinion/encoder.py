"""The encoder: what a small network, trained on labelled news, makes of a passage and of the rules' reading of it.

MiniLM-L6 (sentence-transformers/all-MiniLM-L6-v2, Apache-2.0) fine-tuned by `training/train.py`, its weights in
eight bits: 23 MB, about 5 ms a passage on one core.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import Tokenizer

from placewatch.errors import ModelError
from placewatch.records import Report


if TYPE_CHECKING:
    from numpy.typing import NDArray


STATES = (
    "held", "captured", "entered", "contested", "besieged", "threatened", "struck", "withdrawn",
    "evacuation_ordered", "evacuation_lifted", "closed", "reopened", "outage", "restored",
)  # fmt: skip
FACTUALITIES = ("asserted", "claimed", "denied", "planned", "historical")
_LONGEST_TOKENS = 130
_LONGEST_READING_TOKENS = 30


@dataclass(frozen=True, slots=True)
class Opinion:
    """Probabilities, from 0 to 1, for each of STATES: told at all, told as current, and how it is told."""

    told: NDArray[np.float32]
    current: NDArray[np.float32]
    factuality: NDArray[np.float32]  # states x FACTUALITIES


def reading_in_words(reports: Iterable[Report]) -> str:
    """Return the rules' reports as the encoder was shown them: "captured asserted; held historical"."""
    told = (f"{r.state.value.replace('_', ' ')} {r.factuality.value}" for r in reports)
    return "; ".join(dict.fromkeys(told)) or "nothing"


class Encoder:
    """Loads the network once; gives opinions."""

    def __init__(self) -> None:
        try:
            import onnxruntime  # noqa: PLC0415 - half a second that only readers pay
        except ImportError as error:
            raise ModelError(f"onnxruntime does not load: {error}") from error
        folder = files(__package__)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = (
            1  # one process a core reads; threads would only get in its way
        )
        options.inter_op_num_threads = 1
        self._tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text("utf-8"))
        with as_file(folder / "encoder.onnx") as path:
            self._session: Any = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )

    def opinion(self, passage: str, reading: str) -> Opinion:
        """Return the opinion on a passage beside the rules' reading in words.

        One at a time: in a batch the eight bits are scaled by the neighbours, and what an article says would
        depend on what it is read with.
        """
        ids = np.array([self._tokens(passage, reading)], np.int64)
        told, current, factuality = self._session.run(
            None, {"ids": ids, "mask": np.ones(ids.shape, np.float32)}
        )
        return Opinion(told[0], current[0], factuality[0])

    def _tokens(self, passage: str, reading: str) -> list[int]:
        text = self._tokenizer.encode(passage).ids
        if len(text) > _LONGEST_TOKENS:
            text = [*text[: _LONGEST_TOKENS - 1], text[-1]]
        told = self._tokenizer.encode(f" rules: {reading}", add_special_tokens=False).ids
        return [*text, *told[:_LONGEST_READING_TOKENS], text[-1]]


@cache
def encoder() -> Encoder:
    """Return this process's encoder, loaded on first use.

    Raises:
        ModelError: the network does not load.
    """
    return Encoder()
