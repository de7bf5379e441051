"""Point tracking (arXiv 2305.10973, section 3.3): find each handle again after an update."""

from __future__ import annotations

import torch

from draggan_server.editing.features import FeatureField


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
    def track(self, field: FeatureField, handle_points: torch.Tensor) -> torch.Tensor:
        """The positions [P, 2], whole pixels from the last ones, whose features are nearest (L2).

        Of equally near ones the first row, then the first column, is taken.
        """
        x = handle_points[:, :1] + self._offsets  # [P, S]
        y = handle_points[:, 1:] + self._offsets
        distance = (field.read(x, y) - self._wanted).square().sum(dim=3)  # [P, S, S]
        height, width = field.pixels
        outside = ((y < 0) | (y > height - 1))[:, :, None] | ((x < 0) | (x > width - 1))[:, None]
        nearest = distance.masked_fill(outside, torch.inf).flatten(1).argmin(dim=1)
        side = len(self._offsets)
        column, row = nearest % side, nearest.div(side, rounding_mode="floor")
        return torch.cat([x.gather(1, column[:, None]), y.gather(1, row[:, None])], dim=1)
