"""What a block's features are on average, and how much they vary: what tells places apart.

A block's features say two things: where in the picture a cell is, which is the same for all
pictures, and what is seen there. The first holds a template back when its content moves. So the
mean over the model's pictures is taken off each cell, each channel is divided by its spread, and
each cell by its length: what is compared is the direction of a cell's features.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch

from draggan_server.editing.features import WindowField
from stylegan2.generator import Generator

SAMPLES = 64
AT_ONCE = 8
SEED = 7
EPSILON = 1e-6
"""Added to the square of a cell's length, which is about the number of channels: cells beyond the
map are 0, where a root has no gradient."""

_KNOWN: WeakKeyDictionary[Generator, dict[int, FeatureStatistics]] = WeakKeyDictionary()


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


def feature_statistics(generator: Generator, resolution: int) -> FeatureStatistics:
    """Those of block b{resolution}, of seeded samples; computed once a generator and block."""
    known = _KNOWN.setdefault(generator, {})
    if resolution not in known:
        known[resolution] = _measure(generator, resolution)
    return known[resolution]


@torch.no_grad()
def _measure(generator: Generator, resolution: int) -> FeatureStatistics:
    random = torch.Generator().manual_seed(SEED)
    mean = square = torch.zeros((), dtype=torch.float64)
    for _ in range(SAMPLES // AT_ONCE):
        features = generator.features(generator.draw(AT_ONCE, random), resolution)
        features = features.permute(0, 2, 3, 1).cpu().double()
        mean = mean + features.mean(dim=0) / (SAMPLES // AT_ONCE)
        square = square + features.square().mean(dim=0) / (SAMPLES // AT_ONCE)
    variance = (square - mean.square()).clamp(min=0).mean(dim=(0, 1))
    variance = variance + 0.05 * variance.mean() + torch.finfo(variance.dtype).tiny
    like = generator.w_avg
    return FeatureStatistics(mean[None].to(like), variance.rsqrt().to(like))
