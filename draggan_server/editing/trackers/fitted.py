"""Files of networks that were fitted to renderings: float16, with a card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from stylegan2.whole_file import written_whole


def fitted_state(path: Path) -> dict[str, torch.Tensor]:
    """Tensors by name, float32."""
    with safe_open(path, framework="pt") as file:
        return {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118


def fitted_card(path: Path) -> dict[str, Any]:
    """What is known of it; `subject` is what it has seen."""
    with safe_open(path, framework="pt") as file:
        card: dict[str, Any] = json.loads(file.metadata()["card"])
    return card


def write_fitted(network: nn.Module, card: dict[str, Any], path: Path) -> None:
    """Write the weights, and what is to be known of them."""
    state = {key: value.half().contiguous() for key, value in network.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as unfinished:
        save_file(state, unfinished, metadata={"card": json.dumps(card)})
