"""Whether there is anything at a point by which it could be held."""

from __future__ import annotations

import torch

RADIUS = 1 / 32
"""Part of the picture's longer side: what a handle is told by, as in `handle_tracker`."""

FLAT = 2 / 255
"""Standard deviation of colours about a point, smooth shading aside, below which nothing is there.
On the toy lion's background 0.8 to 1.3 levels, on fur 3 and more."""


def flat(picture: torch.Tensor, points: torch.Tensor) -> list[bool]:
    """For each of points [P, 2], whether picture [1, C, h, w] in [0, 1] is even about it."""
    height, width = picture.shape[2:]
    radius = max(2, round(RADIUS * max(height, width)))
    found = []
    for x, y in points.round().long().tolist():
        rows = slice(max(0, y - radius), min(height, y + radius + 1))
        columns = slice(max(0, x - radius), min(width, x + radius + 1))
        part = picture[0, :, rows, columns].double()
        found.append(float(_rough(part)) < FLAT)
    return found


def _rough(part: torch.Tensor) -> torch.Tensor:
    """Standard deviation of part [C, h, w] from the plane that fits it best."""
    _, height, width = part.shape
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    plane = torch.stack([torch.ones(height, width), x, y], dim=2).flatten(0, 1).double()
    colours = part.flatten(1).T
    fitted = plane @ torch.linalg.lstsq(plane, colours).solution
    off: torch.Tensor = colours - fitted
    return off.square().mean().sqrt()
