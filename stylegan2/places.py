"""Windows on feature maps: where they lie, cutting them out, pasting gradients back.

Maps and windows here are channels last, [N, h, w, C]: a cell's channels lie together, so moving
cells is copying and convolving is a matrix product. A window is [P, n, m, C], a batch over places;
it may reach over the map's border, where cells are 0, as the convolutions' own padding is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch

from stylegan2 import answers

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of `size` (rows, columns) with their corners on cells `first` [P, 2] (y, x)."""

    first: torch.Tensor
    size: Size

    def inputs(self, up: bool) -> Windows:
        """The windows that a 3 x 3 convolution reads to fill these, on its input's map."""
        if up:
            # out[2i] and out[2i + 1] read in[i - 1 .. i + 1]; odd and even places get one size.
            rows, columns = (side // 2 + 3 for side in self.size)
            first = torch.div(self.first, 2, rounding_mode="floor") - 1
        else:
            rows, columns = (side + 2 for side in self.size)
            first = self.first - 1
        return Windows(first, (rows, columns))

    def clear(self, x: torch.Tensor, map_size: Size) -> torch.Tensor:
        """x [P, n, m, C] with the cells that are not on a map of that size set to 0, in place."""
        # Asking costs a tenth of the mask.
        if answers.come_at_once(self.first) and self._within(map_size):
            return x
        rows, columns = self._axes()
        rows_on = ((rows >= 0) & (rows < map_size[0])).to(x.dtype)
        columns_on = ((columns >= 0) & (columns < map_size[1])).to(x.dtype)
        return x.mul_((rows_on[:, :, None] * columns_on[:, None, :])[..., None])

    def cells(self, map_size: Size) -> torch.Tensor:
        """[P * n * m]: flat numbers of the cells, the nearest on the map for those beyond it."""
        rows, columns = self._axes()
        rows = rows.clamp(0, map_size[0] - 1) * map_size[1]
        columns = columns.clamp(0, map_size[1] - 1)
        return (rows[:, :, None] + columns[:, None, :]).flatten()

    def _axes(self) -> list[torch.Tensor]:
        return [
            self.first[:, axis, None] + _steps(self.size[axis], self.first.device)
            for axis in (0, 1)
        ]

    def _within(self, map_size: Size) -> bool:
        low, high = self.first.amin(dim=0).tolist(), self.first.amax(dim=0).tolist()
        return all(
            low[axis] >= 0 and high[axis] + self.size[axis] <= map_size[axis] for axis in (0, 1)
        )


@lru_cache(maxsize=256)
def _steps(count: int, device: torch.device) -> torch.Tensor:
    return torch.arange(count, device=device)


def cut(feature_map: torch.Tensor, windows: Windows) -> torch.Tensor:
    """Windows [P, n, m, C] of a map [1, h, w, C], 0 beyond it."""
    _, height, width, channels = feature_map.shape
    cells = windows.cells((height, width))
    picked = feature_map.reshape(-1, channels).index_select(0, cells)
    return windows.clear(picked.view(-1, *windows.size, channels), (height, width))


def paste(
    values: torch.Tensor, windows: Windows, map_size: Size, *, apart: bool = False
) -> torch.Tensor:
    """The adjoint of `cut`: windows [P, n, m, C] summed into a map [1, h, w, C].

    `apart` gives each window a map of its own [P, h, w, C], as if each had been cut alone.
    """
    places, _, _, channels = values.shape
    maps, area = places if apart else 1, map_size[0] * map_size[1]
    cells = windows.cells(map_size).view(places, -1)
    if apart:
        cells = cells + _steps(places, values.device)[:, None] * area
    values = windows.clear(values.clone(), map_size).view(-1, channels)
    summed = values.new_zeros(maps * area, channels)
    summed.index_add_(0, cells.flatten(), values)
    return summed.view(maps, *map_size, channels)


def crop(
    outer: torch.Tensor, at: Windows, inner: Windows, owner: torch.Tensor | None = None
) -> torch.Tensor:
    """The part on `inner` of windows outer [P, n, m, C] lying `at`; beyond, cells are arbitrary.

    `owner` [V] says which of the P windows each of the V of `inner` lies in, by default its own.
    """
    places, rows, columns, channels = outer.shape
    if owner is None:
        owner = _steps(places, outer.device)
    first = at.first.index_select(0, owner)
    cells = Windows(inner.first - first, inner.size).cells((rows, columns)).view(len(owner), -1)
    cells = cells + owner[:, None] * (rows * columns)
    picked = outer.reshape(-1, channels).index_select(0, cells.flatten())
    return picked.view(len(owner), *inner.size, channels)
