"""The first guess of a photo in one pass: a small network from pixels to a latent and a placement.

It is learned from the generator's own samples alone (`encoder_training`).
"""

from __future__ import annotations

import torch
from torch import nn

from draggan_server.layer.homography import SIMILARITY, Size
from draggan_server.models.surveys import Stored

SIDE = 32
"""Pixels of the longer side that the network looks at, in models that make such pictures."""
WIDTHS = (32, 64, 160)
"""Channels after each halving."""
HIDDEN = 256
STEPS = 3000
"""Of learning, until an encoder is used."""
MOTION_UNIT = 0.1
"""The network's unit of a placement: shares of half a side, radians, and logarithms of scales."""


class Encoder(nn.Module):
    """[N, C + 1, h, w], colours in [-1, 1] times what is seen, and what is seen ->
    coordinates [N, K] and motions [N, 4]: right, down, turned, scaled.

    Coordinates are along `directions` [K, w_dim] of w, from its mean. They are kept with the
    network: another computer may turn some of a model's principal directions round. `steps` is how
    long it has learned.
    """

    directions: torch.Tensor

    def __init__(self, channels: int, size: Size, directions: torch.Tensor) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = channels + 1
        for width in WIDTHS:
            layers += [nn.Conv2d(inputs, width, 3, stride=2, padding=1), nn.LeakyReLU(0.1)]
            layers += [_Residual(width)]
            inputs = width
        self.convolutions = nn.Sequential(*layers)
        height, width = (-(-side // 2 ** len(WIDTHS)) for side in size)
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(inputs * height * width, HIDDEN),
            nn.LeakyReLU(0.1),
            nn.Linear(HIDDEN, len(directions) + SIMILARITY),
        )
        self.register_buffer("directions", directions.clone())
        self.steps = 0

    def forward(self, seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        found = self.head(self.convolutions(seen))
        return found[:, :-SIMILARITY], found[:, -SIMILARITY:] * MOTION_UNIT

    def stored(self) -> Stored:
        """As it is kept."""
        return Stored({k: v.cpu() for k, v in self.state_dict().items()}, {_STEPS: str(self.steps)})

    @classmethod
    def of_stored(cls, stored: Stored, channels: int, size: Size, w_dim: int) -> Encoder:
        """What `stored` gave, on the processor. Raises `ValueError` where it is of a model of
        another shape.
        """
        directions = stored.tensors.get("directions")
        if directions is None or directions.ndim != 2 or directions.shape[1] != w_dim:
            raise ValueError("the encoder's directions are not this model's")
        encoder = cls(channels, size, directions)
        try:
            encoder.load_state_dict(stored.tensors)
            encoder.steps = int(stored.texts[_STEPS])
        except (RuntimeError, KeyError) as error:
            raise ValueError(f"the encoder is not this model's: {error}") from None
        return encoder.eval()


_STEPS = "steps"


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + nn.functional.leaky_relu(self.convolution(x), 0.1)


def as_input(colours: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """colours [N, C, h, w], seen [N, h, w] -> what the network takes."""
    return torch.cat([colours * seen[:, None], seen[:, None]], dim=1)
