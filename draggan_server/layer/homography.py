"""Homographies of the plane: where the pixels of a picture lie on a layer.

A homography is a matrix [3, 3] of float64 that takes (x, y, 1) of one image, in pixels, 0 the
centre of the first, to those of another, up to a factor.
"""

from __future__ import annotations

import math

import torch

SIMILARITY = 4
"""The first of `GENERATORS`: shifts, turns and scales. All eight make a homography."""

GENERATORS = torch.tensor(
    [
        [[0, 0, 1], [0, 0, 0], [0, 0, 0]],  # to the right
        [[0, 0, 0], [0, 0, 1], [0, 0, 0]],  # down
        [[0, -1, 0], [1, 0, 0], [0, 0, 0]],  # turned
        [[1, 0, 0], [0, 1, 0], [0, 0, 0]],  # scaled
        [[1, 0, 0], [0, -1, 0], [0, 0, 0]],  # stretched
        [[0, 1, 0], [1, 0, 0], [0, 0, 0]],  # sheared
        [[0, 0, 0], [0, 0, 0], [1, 0, 0]],  # tilted about the upright axis
        [[0, 0, 0], [0, 0, 0], [0, 1, 0]],  # tilted about the level axis
    ],
    dtype=torch.float64,
)
"""[8, 3, 3]: the small motions of the plane, about the origin."""

Size = tuple[int, int]
"""(height, width)."""


def unit_frame(size: Size) -> torch.Tensor:
    """Takes the pixels of an image to its unit frame: 0 in the middle, the longer side from -1 to
    1.
    """
    height, width = size
    half = max(size) / 2
    return torch.tensor(
        [
            [1 / half, 0, (0.5 - width / 2) / half],
            [0, 1 / half, (0.5 - height / 2) / half],
            [0, 0, 1],
        ],
        dtype=torch.float64,
    )


def resized(size: Size, to: Size) -> torch.Tensor:
    """Takes the pixels of an image to those of the same image at another size."""
    scale_y, scale_x = to[0] / size[0], to[1] / size[1]
    return torch.tensor(
        [[scale_x, 0, (scale_x - 1) / 2], [0, scale_y, (scale_y - 1) / 2], [0, 0, 1]],
        dtype=torch.float64,
    )


def similarity(
    *, angle: float = 0.0, scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)
) -> torch.Tensor:
    """Turned about the origin (radians, clockwise where y goes down), scaled, then shifted."""
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    return torch.tensor(
        [[cos, -sin, shift[0]], [sin, cos, shift[1]], [0, 0, 1]], dtype=torch.float64
    )


def mirror() -> torch.Tensor:
    """Left and right exchanged, about the origin."""
    return torch.diag(torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64))


def motion(amounts: torch.Tensor) -> torch.Tensor:
    """The homography of `amounts` [A] of the first A `GENERATORS`."""
    small = (amounts[:, None, None].double().cpu() * GENERATORS[: len(amounts)]).sum(dim=0)
    moved: torch.Tensor = torch.linalg.matrix_exp(small)
    return moved


def speeds(size: Size, motions: int) -> torch.Tensor:
    """[motions, h, w, 2]: how the first `GENERATORS`, about the middle of an image of `size`, move
    its pixels, in pixels; a unit of each moves its unit frame.
    """
    points = apply(unit_frame(size), pixel_grid(size))
    flat = torch.cat([points, torch.ones_like(points[..., :1])], dim=-1)
    moved = torch.einsum("aij,hwj->ahwi", GENERATORS[:motions], flat)
    return (moved[..., :2] - points * moved[..., 2:]) * (max(size) / 2)


def normalised(matrix: torch.Tensor) -> torch.Tensor:
    """The same homography with 1 in its last place."""
    return matrix / matrix[2, 2]


def apply(matrix: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Points [..., 2] where the homography takes them."""
    homogeneous = torch.cat([points, torch.ones_like(points[..., :1])], dim=-1)
    moved = homogeneous @ matrix.T.to(points)
    return moved[..., :2] / moved[..., 2:]


def scale_at(matrix: torch.Tensor, point: tuple[float, float]) -> float:
    """By how much lengths grow at a point: the root of the area's growth."""
    x, y = point
    matrix = matrix.detach()
    row = matrix @ torch.tensor([x, y, 1.0], dtype=torch.float64)
    return math.sqrt(abs(float(torch.linalg.det(matrix) / row[2] ** 3)))


def mirrors(matrix: torch.Tensor) -> bool:
    """Whether it turns the plane over."""
    return bool(torch.linalg.det(matrix / matrix[2, 2]) < 0)


def pixel_grid(size: Size) -> torch.Tensor:
    """[height, width, 2]: (x, y) of every pixel, float64."""
    height, width = size
    y, x = torch.meshgrid(
        torch.arange(height, dtype=torch.float64),
        torch.arange(width, dtype=torch.float64),
        indexing="ij",
    )
    return torch.stack([x, y], dim=-1)
