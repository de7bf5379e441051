"""Reading features at picture coordinates without ever building the upsampled feature map.

DragGAN looks at features as if a block's map were upsampled to the picture's size (bilinear,
`align_corners=False`, clamped at the border) and then read bilinearly at pixel coordinates (nothing
outside the picture). Both are linear and separable, so reading a grid of positions is one small
matrix an axis.
"""

from __future__ import annotations

from functools import lru_cache

import torch


def axis_weights(
    positions: torch.Tensor, pixels: int, cells: int, first: torch.Tensor, count: int
) -> torch.Tensor:
    """positions [P, S] -> weights [P, S, count] of the cells first[p] .. first[p] + count - 1.

    `positions` are coordinates along an axis of `pixels` pixels, 0 the centre of the first;
    `cells` is the length of the feature map on that axis; `first` [P] is a whole number. Weights of
    cells beyond the map are 0, so a window may reach over the border.
    """
    low = positions[..., None].floor()  # [P, S, 1]
    pair = torch.cat([low, low + 1], dim=-1)  # the two pixels that a position lies between
    share = (1 - (positions[..., None] - pair).abs()) * (pair == pair.clamp(0, pixels - 1))
    cell = ((pair + 0.5) * (cells / pixels) - 0.5).clamp(0, cells - 1)
    index = first[:, None] + _numbers(count, positions.dtype, positions.device)  # [P, count]
    hat = (1 - (cell[..., None] - index[:, None, None]).abs()).clamp(min=0)  # [P, S, 2, count]
    return (share[..., None] * hat).sum(dim=-2)


@lru_cache(maxsize=64)
def _numbers(count: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    return torch.arange(count, dtype=dtype, device=device)


def read_grid(
    windows: torch.Tensor, weights_y: torch.Tensor, weights_x: torch.Tensor
) -> torch.Tensor:
    """windows [P, n, m, C], weights [P, A, n] and [P, B, m] -> [P, A, B, C]."""
    rows = (weights_y @ windows.flatten(2)).view(*weights_y.shape[:2], *windows.shape[2:])
    return weights_x[:, None] @ rows
