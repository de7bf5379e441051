"""Features of the generator's picture, as motion supervision and point tracking read them.

`FeatureField` is what they see; where its values come from (the whole map here) is one class's
business, so that another can compute less.
"""

from __future__ import annotations

from typing import Protocol

import torch

from draggan_server.editing.sampling import axis_weights, read_grid
from stylegan2.generator import Generator


class FeatureField(Protocol):
    """Features at one latent, readable near each handle."""

    pixels: tuple[int, int]
    """(height, width) of the picture that positions refer to."""

    def read(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Features on a grid near each handle: x [P, B], y [P, A] pixels -> [P, C, A, B]."""


class WholeMap:
    """Computes one block's whole feature map."""

    def __init__(self, generator: Generator, resolution: int) -> None:
        self._generator = generator
        self._resolution = resolution

    def at(self, w_plus: torch.Tensor) -> MapField:
        """The field at w_plus [1, num_ws, w_dim], differentiable with respect to it."""
        return MapField(
            self._generator.features(w_plus, self._resolution), self._generator.img_resolution
        )


class MapField:
    """A field backed by the whole map [1, C, h, w] of a block."""

    def __init__(self, feature_map: torch.Tensor, pixels: tuple[int, int]) -> None:
        self.map = feature_map
        self.pixels = pixels

    def read(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        starts, weights = [], []
        for positions, pixels, cells in zip((y, x), self.pixels, self.map.shape[2:], strict=True):
            first, count = _window(positions, pixels, cells)
            starts.append(first)
            weights.append(axis_weights(positions, pixels, cells, first, count))
        rows, columns = (
            (first[:, None] + torch.arange(w.shape[2], device=first.device)).long()
            for first, w in zip(starts, weights, strict=True)
        )
        windows = self.map[0][:, rows[:, :, None], columns[:, None, :]].transpose(0, 1)
        return read_grid(windows, weights[0], weights[1])


def _window(positions: torch.Tensor, pixels: int, cells: int) -> tuple[torch.Tensor, int]:
    """First cell [P] and number of cells that hold every cell that `positions` [P, S] read."""
    scale = cells / pixels
    reach = float((positions.amax(dim=1) - positions.amin(dim=1)).max())
    count = min(cells, int(reach * scale) + 4)
    first = ((positions.amin(dim=1).floor() + 0.5) * scale - 0.5).floor()
    return first.clamp(0, cells - count), count
