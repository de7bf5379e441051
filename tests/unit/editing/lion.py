"""The lion that drags are tried on, and its chin, which is to go down."""

from __future__ import annotations

import torch

from draggan_server.wire.messages import SampleSource

SOURCE = SampleSource("toy-lion", 2)
SIDE = 256
HANDLE, TARGET = (118.1, 177.3), (118.1, 193.3)
CHIN, DOWN = torch.tensor([HANDLE]), torch.tensor([TARGET])


def below_the_eyes() -> torch.Tensor:
    """[SIDE, SIDE]: 1 where the mouth is and what moves with it, 0 elsewhere."""
    mask = torch.zeros(SIDE, SIDE)
    mask[140:, 60:200] = 1
    return mask
