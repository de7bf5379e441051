"""Point tracking (arXiv 2305.10973, section 3.3): find each handle again after an update."""

from __future__ import annotations

import torch

from draggan_server.editing.features import FeatureField
from draggan_server.editing.trackers import Found


class PointTracker:
    """Remembers the features of the handles [P, 2] in the first picture and finds them later.

    `r2` is half the side of the square searched, in pixels of the picture.
    """

    def __init__(self, field: FeatureField, handle_points: torch.Tensor, r2: int) -> None:
        with torch.no_grad():
            self._wanted = field.read(handle_points[:, :1], handle_points[:, 1:])  # [P, 1, 1, C]
        self._offsets = torch.arange(
            -r2, r2 + 1, dtype=handle_points.dtype, device=handle_points.device
        )

    @torch.no_grad()
    def find(self, seen: FeatureField, expected: torch.Tensor) -> Found:
        """The positions, whole pixels from the expected ones, whose features are nearest (L2).

        Of equally near ones the first row, then the first column, is taken. The misfit is the
        distance's square.
        """
        x = expected[:, :1] + self._offsets  # [P, S]
        y = expected[:, 1:] + self._offsets
        distance = (seen.read(x, y) - self._wanted).square().sum(dim=3)  # [P, S, S]
        height, width = seen.pixels
        outside = ((y < 0) | (y > height - 1))[:, :, None] | ((x < 0) | (x > width - 1))[:, None]
        misfit, nearest = distance.masked_fill(outside, torch.inf).flatten(1).min(dim=1)
        side = len(self._offsets)
        column, row = nearest % side, nearest.div(side, rounding_mode="floor")
        points = torch.cat([x.gather(1, column[:, None]), y.gather(1, row[:, None])], dim=1)
        return Found(points, misfit)
