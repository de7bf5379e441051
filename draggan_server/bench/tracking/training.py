"""What fitting a tracker's network, of whatever kind, has in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def trained(
    network: Network,
    losses: Iterable[tuple[torch.Tensor, float]],
    steps: int,
    learning_rate: float,
    on_step: Callable[[float], None],
) -> Network:
    """AdamW for so many steps, the rate rising at first and then falling by a cosine.

    `losses` gives each step's loss by the network as it is then, and how far off it was, of which
    `on_step` is told.
    """
    optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=1e-4)
    for step, (value, error) in zip(range(steps), losses, strict=False):
        share = step / steps
        rate = min(1, 20 * share + 0.02) * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate * rate
        optimiser.zero_grad()
        torch.autograd.backward(value)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        on_step(error)
    return network.eval()
