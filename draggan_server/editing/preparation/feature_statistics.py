"""What a block's features are on average, and how much they vary: what tells places apart.

A block's features say two things: where in the picture a cell is, which is the same for all
pictures, and what is seen there. The first holds a template back when its content moves. So the
mean over the model's pictures is taken off each cell, each channel is divided by its spread, and
each cell by its length: what is compared is the direction of a cell's features.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from draggan_server.editing.features import WindowField

EPSILON = 1e-6
"""Added to the square of a cell's length, which is about the number of channels: cells beyond the
map are 0, where a root has no gradient."""
LEAST = 0.05
"""Share of the channels' mean variance that is added to each, so that those that hardly vary do not
count as much as the rest."""


@dataclass(frozen=True, slots=True)
class FeatureStatistics:
    """`mean` [1, h, w, C] of each cell, and `scale` [C], 1 over each channel's spread about it."""

    mean: torch.Tensor
    scale: torch.Tensor

    def standardise(self, field: WindowField) -> WindowField:
        """The field of unit vectors, differentiable with respect to the field's values."""
        values = (field.values - field.same_cells(self.mean)) * self.scale
        square = values.square().sum(dim=-1, keepdim=True)
        return field.of(values * (square + EPSILON).rsqrt())


class FeatureSums:
    """Statistics that grow with the `count` samples they are made of.

    `mean` [1, h, w, C] is that of each cell, `square` [C] the mean square of each channel; float64
    on the processor.
    """

    def __init__(
        self, count: int = 0, mean: torch.Tensor | None = None, square: torch.Tensor | None = None
    ) -> None:
        nothing = torch.zeros((), dtype=torch.float64)
        self.count = count
        self.mean = nothing if mean is None else mean.double()
        self.square = nothing if square is None else square.double()

    def add(self, features: torch.Tensor) -> None:
        """Take in the features [1, C, h, w] of one more sample."""
        features = features.detach().permute(0, 2, 3, 1).cpu().double().contiguous()
        self.count += 1
        self.mean = self.mean + (features - self.mean) / self.count
        square = features.square().mean(dim=(0, 1, 2))
        self.square = self.square + (square - self.square) / self.count

    def statistics(self, like: torch.Tensor) -> FeatureStatistics:
        """The statistics of all samples so far, one at the least, of the kind of `like`."""
        variance = (self.square - self.mean.square().mean(dim=(0, 1, 2))).clamp(min=0)
        variance = variance + LEAST * variance.mean() + torch.finfo(variance.dtype).tiny
        return FeatureStatistics(self.mean.to(like), variance.rsqrt().to(like))
