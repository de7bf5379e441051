"""The first guess of a photo in one pass: a small network from pixels to a latent, a placement, and
what of the photo is the model's: not another background, nor what is in front.

It is learned from the generator's own samples alone (`encoder_training`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from draggan_server.layer.homography import SIMILARITY, Size
from draggan_server.models.surveys import Stored

SIDE = 32
"""Pixels of the longer side that the network looks at, in models that make such pictures."""
WIDTHS = (32, 64, 160)
"""Channels after each halving."""
HIDDEN = 256
FINER = (64, 48, 24, 16)
"""Channels on the way back to all pixels."""
STEPS = 3000
"""Of learning, until an encoder is used."""
MOTION_UNIT = 0.1
"""The network's unit of a placement: shares of half a side, radians, and logarithms of scales."""


class Sight(NamedTuple):
    """What an encoder sees: `coordinates` [N, K]; `motions` [N, 4]: right, down, turned, scaled;
    `own` [N, h, w]: how likely a place is the model's, as logarithms of odds.
    """

    coordinates: torch.Tensor
    motions: torch.Tensor
    own: torch.Tensor


class Encoder(nn.Module):
    """[N, C + 1, h, w], colours in [-1, 1] times what is seen, and what is seen -> a `Sight`.

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
        self.finer = _Finer((channels + 1, *WIDTHS))
        height, width = (-(-side // 2 ** len(WIDTHS)) for side in size)
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(inputs * height * width, HIDDEN),
            nn.LeakyReLU(0.1),
            nn.Linear(HIDDEN, len(directions) + SIMILARITY),
        )
        self.register_buffer("directions", directions.clone())
        self.steps = 0

    def forward(self, seen: torch.Tensor) -> Sight:
        looks, now = [seen], seen
        for layer in self.convolutions:
            now = layer(now)
            if isinstance(layer, _Residual):
                looks.append(now)
        found = self.head(now)
        own = self.finer(looks)
        return Sight(found[:, :-SIMILARITY], found[:, -SIMILARITY:] * MOTION_UNIT, own)

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


class _Finer(nn.Module):
    """From the coarsest look back to all pixels, each finer one added: [N, c_k, h_k, w_k], the
    finest first, to [N, h, w].
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.looks = nn.ModuleList(
            nn.Conv2d(inputs, width, 1 if k else 3, padding=0 if k else 1)
            for k, (inputs, width) in enumerate(zip(channels, reversed(FINER), strict=True))
        )
        self.steps = nn.ModuleList(
            nn.Conv2d(coarse, fine, 3, padding=1) for coarse, fine in pairwise(FINER)
        )
        self.own = nn.Conv2d(FINER[-1], 1, 3, padding=1)

    def forward(self, looks: Sequence[torch.Tensor]) -> torch.Tensor:
        *finer, coarsest = (look(image) for look, image in zip(self.looks, looks, strict=True))
        now = functional.leaky_relu(coarsest, 0.1)
        for step, look in zip(self.steps, reversed(finer), strict=True):
            larger = functional.interpolate(now, look.shape[2:], mode="bilinear")
            now = functional.leaky_relu(step(larger) + look, 0.1)
        own: torch.Tensor = self.own(now)[:, 0]
        return own


def as_input(colours: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """colours [N, C, h, w], seen [N, h, w] -> what the network takes."""
    return torch.cat([colours * seen[:, None], seen[:, None]], dim=1)
