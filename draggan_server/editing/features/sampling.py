"""Reading features at picture coordinates without ever building the upsampled feature map.

DragGAN looks at features as if a block's map were upsampled to the picture's size (bilinear,
`align_corners=False`, clamped at the border) and then read bilinearly at pixel coordinates (nothing
outside the picture). Both are linear and separable, so reading a grid of positions is one small
matrix an axis.
"""

from __future__ import annotations

import torch


def axis_weights(
    positions: torch.Tensor, pixels: int, cells: int, first: torch.Tensor, count: int
) -> torch.Tensor:
    """positions [P, S] -> weights [P, S, count] of the cells first[p] .. first[p] + count - 1.

    `positions` are coordinates along an axis of `pixels` pixels, 0 the centre of the first;
    `cells` is the length of the feature map on that axis; `first` [P] is a whole number. Weights of
    cells beyond the map are 0, so a window may reach over the border.
    """
    low = positions.floor()
    weights = positions.new_zeros((*positions.shape, count))
    index = first[:, None] + torch.arange(count, device=positions.device, dtype=positions.dtype)
    for pixel in (low, low + 1):
        share = (1 - (positions - pixel).abs()) * ((pixel >= 0) & (pixel < pixels))
        cell = ((pixel + 0.5) * (cells / pixels) - 0.5).clamp(0, cells - 1)
        hat = (1 - (cell[..., None] - index[:, None, :]).abs()).clamp(min=0)
        weights = weights + share[..., None] * hat
    return weights


def read_grid(
    windows: torch.Tensor, weights_y: torch.Tensor, weights_x: torch.Tensor
) -> torch.Tensor:
    """windows [P, n, m, C], weights [P, A, n] and [P, B, m] -> [P, A, B, C]."""
    rows = (weights_y @ windows.flatten(2)).view(*weights_y.shape[:2], *windows.shape[2:])
    return weights_x[:, None] @ rows
