"""The encoder: what a small network, trained on labelled news, makes of a passage and of the rules' reading of it.

MiniLM-L6 (sentence-transformers/all-MiniLM-L6-v2, Apache-2.0) fine-tuned by `training/train.py`, its weights in
eight bits: 23 MB, about 5 ms a passage on one core.
"""

from __future__ import annotations

import os
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
    """Probabilities, from 0 to 1, for each of STATES.

    Attributes:
        told: the state is told of the place at all.
        current: it is told as current.
        factuality: how it is told, states x FACTUALITIES.
        actor: which token names who acts, states x tokens; the first token stands for nobody.
        tokens: the tokens' offsets in the passage, one for each of them that is a word or a part of one.
    """

    told: NDArray[np.float32]
    current: NDArray[np.float32]
    factuality: NDArray[np.float32]
    actor: NDArray[np.float32]
    tokens: tuple[tuple[int, int], ...]


def reading_in_words(reports: Iterable[Report]) -> str:
    """Return the rules' reports as the encoder was shown them: "captured asserted; held historical"."""
    told = (f"{r.state.value.replace('_', ' ')} {r.factuality.value}" for r in reports)
    return "; ".join(dict.fromkeys(told)) or "nothing"


class Encoder:
    """Loads the network once; gives opinions."""

    def __init__(self) -> None:
        # Since 1.32 it would send how it is used to its maker, and keep a number of this machine's in a file.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
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
        text = self._tokenizer.encode(passage)
        told = self._tokenizer.encode(f" rules: {reading}", add_special_tokens=False).ids
        passage_ids, last = text.ids[:-1][: _LONGEST_TOKENS - 1], text.ids[-1]
        row = [*passage_ids, last, *told[:_LONGEST_READING_TOKENS], last]
        ids = np.array([row], np.int64)
        outcome = self._session.run(None, {"ids": ids, "mask": np.ones(ids.shape, np.float32)})
        of_states = (outcome[0][0], outcome[1][0], outcome[2][0], outcome[3][0])
        return Opinion(*of_states, tuple(text.offsets[: len(passage_ids)]))


@cache
def encoder() -> Encoder:
    """Return this process's encoder, loaded on first use.

    Raises:
        ModelError: the network does not load.
    """
    return Encoder()
