"""Features that can be read at coordinates of the picture."""

from __future__ import annotations

from typing import Protocol

import torch

from draggan_server.editing.features.sampling import axis_weights, read_grid
from stylegan2.places import Size, Windows, cut


class FeatureField(Protocol):
    """Features readable at picture coordinates near each handle."""

    values: torch.Tensor
    """The features that are there, channels last."""

    pixels: Size
    """(height, width) of the picture that coordinates refer to."""

    def read(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Features on a grid near each handle: x [P, B], y [P, A] pixels -> [P, A, B, C]."""


class WindowField:
    """A field backed by a window about each handle.

    `values` are windows [P, n, m, C] whose corners lie on cells `first` [P, 2] (y, x) of a map of
    `cells`, which `pixels` (height, width) are read from.
    """

    def __init__(
        self, values: torch.Tensor, first: torch.Tensor, cells: Size, pixels: Size
    ) -> None:
        self.values = values
        self.pixels = pixels
        self._first = first.to(values.dtype)
        self._cells = cells

    def read(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        weights_y, weights_x = (
            axis_weights(
                positions,
                self.pixels[axis],
                self._cells[axis],
                self._first[:, axis],
                self.values.shape[1 + axis],
            )
            for axis, positions in ((0, y), (1, x))
        )
        return read_grid(self.values, weights_y, weights_x)

    def same_cells(self, feature_map: torch.Tensor) -> torch.Tensor:
        """The cells of a map [1, h, w, C] that the values are of, [P, n, m, C], 0 beyond it."""
        first = self._first.long()
        return cut(feature_map, Windows(first, (self.values.shape[1], self.values.shape[2])))

    def of(self, values: torch.Tensor) -> WindowField:
        """The field of other values [P, n, m, C] on the same cells."""
        return WindowField(values, self._first, self._cells, self.pixels)


class MapField:
    """A field backed by the whole map [1, h, w, C] of a block."""

    def __init__(self, feature_map: torch.Tensor, pixels: Size) -> None:
        self.values = feature_map
        self.pixels = pixels

    def read(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        cells = (self.values.shape[1], self.values.shape[2])
        corners, counts = zip(
            *(
                _span(positions, self.pixels[axis], cells[axis])
                for axis, positions in ((0, y), (1, x))
            ),
            strict=True,
        )
        windows = Windows(torch.stack(corners, dim=1), (counts[0], counts[1]))
        return WindowField(cut(self.values, windows), windows.first, cells, self.pixels).read(x, y)


def _span(positions: torch.Tensor, pixels: int, cells: int) -> tuple[torch.Tensor, int]:
    """First cell [P] and number of cells that hold every cell that `positions` [P, S] read."""
    low, high = positions.amin(dim=1).floor(), positions.amax(dim=1).floor() + 1
    scale = cells / pixels
    first = ((low + 0.5) * scale - 0.5).floor()
    last = ((high + 0.5) * scale - 0.5).ceil()
    return first.long(), int((last - first).max()) + 1
