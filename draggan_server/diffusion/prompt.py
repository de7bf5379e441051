"""What a model that is told by a text is told here: nothing, as its text encoder says it.

DragDiffusion (2306.14435) tells a sentence about the picture; its LoRA says more of the picture
than a sentence does, and nobody has to write one.
"""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from draggan_server.diffusion.clip_text import ACTIVATIONS, ClipGeometry, ClipText
from draggan_server.models.diffusion_folder import (
    EMPTY_PROMPT,
    SPECIAL_TOKENS,
    VOCABULARY,
    DiffusionFolder,
)

logger = logging.getLogger(__name__)

START, END = "<|startoftext|>", "<|endoftext|>"
TENSOR = "prompt"
_PREFIX = "text_model."
_UNUSED = "position_ids"  # older files have it: the numbers from 0 on


@torch.no_grad()
def empty_prompt(folder: DiffusionFolder) -> torch.Tensor:
    """[1, L, D], of the precomputed one or of the text encoder. Raises `CheckpointError`."""
    if "text_encoder" not in folder.parts:
        known = _read(folder, EMPTY_PROMPT).get(TENSOR)
        if known is None or known.dim() != 3 or known.shape[0] != 1:
            raise folder.damaged(EMPTY_PROMPT)
        return known.float()
    weights = folder.weights["text_encoder"]
    name = f"text_encoder/{weights.name}"
    geometry = _geometry(folder)
    tensors = {
        key if key.startswith(_PREFIX) else _PREFIX + key: value.float()
        for key, value in _read(folder, name).items()
        if not key.endswith(_UNUSED)
    }
    try:
        with torch.device("meta"):
            encoder = ClipText(geometry)
        encoder.load_state_dict(tensors, assign=True)
        said: torch.Tensor = encoder(torch.tensor([_tokens(folder, geometry)]))
    except (RuntimeError, ValueError, IndexError) as error:
        logger.warning("%s/%s cannot be loaded: %s", folder.path, name, error)
        raise folder.damaged(name) from None
    return said


def _tokens(folder: DiffusionFolder, geometry: ClipGeometry) -> list[int]:
    """Those of an empty text: it starts, ends, and is filled up."""
    vocabulary = folder.read(VOCABULARY)
    padding: Any = END
    if (folder.path / SPECIAL_TOKENS).is_file():
        told = folder.read(SPECIAL_TOKENS).get("pad_token", END)
        padding = told.get("content") if isinstance(told, dict) else told
    try:
        start, end, pad = (int(vocabulary[token]) for token in (START, END, padding))
    except (KeyError, TypeError, ValueError):
        raise folder.damaged(VOCABULARY) from None
    return [start, end, *[pad] * (geometry.max_position_embeddings - 2)]


def _geometry(folder: DiffusionFolder) -> ClipGeometry:
    config = folder.config("text_encoder")
    known = {field.name: field for field in fields(ClipGeometry)}
    geometry = ClipGeometry(**{name: config[name] for name in known if name in config})
    counts = [getattr(geometry, name) for name, field in known.items() if field.type == "int"]
    if (
        not all(type(count) is int and 0 < count <= 1 << 20 for count in counts)
        or geometry.hidden_size % geometry.num_attention_heads
        or geometry.hidden_act not in ACTIVATIONS
        or not isinstance(geometry.layer_norm_eps, float)
    ):
        raise folder.damaged("text_encoder/config.json")
    return geometry


def _read(folder: DiffusionFolder, name: str) -> dict[str, torch.Tensor]:
    try:
        return load_file(folder.path / name)
    except (OSError, SafetensorError) as error:
        logger.warning("%s/%s cannot be read: %s", folder.path, name, error)
        raise folder.damaged(name) from None
