"""Motion supervision (arXiv 2305.10973, section 3.2): push each handle's surroundings by 1 px."""

from __future__ import annotations

import torch

from draggan_server.editing.difference import magnitude, rounding
from draggan_server.editing.features import FeatureField
from draggan_server.editing.problem import SUPERVISED_DISTANCE


class MotionSupervision:
    """The loss that moves a disc of radius `r1` px about each handle towards its target.

    `target_points` [P, 2] (x, y) in pixels of the picture.
    """

    def __init__(self, r1: int, target_points: torch.Tensor) -> None:
        self._targets = target_points
        self._offsets = torch.arange(
            -r1, r1 + 1, dtype=target_points.dtype, device=target_points.device
        )
        self._disc = self._offsets[:, None].square() + self._offsets.square() <= r1 * r1

    def loss(self, field: FeatureField, handle_points: torch.Tensor) -> torch.Tensor:
        """Sum over handles of mean |sg(F(q)) - F(q + d)| over channels and pixels q of the disc.

        d is the unit vector from a handle [P, 2] to its target; pixels q outside the picture do not
        count; a handle within 1 px of its target is not pushed. Scalar.
        """
        displacement = self._targets - handle_points
        distance = displacement.norm(dim=1)
        pushed = distance > SUPERVISED_DISTANCE  # [P]
        step = displacement / distance.clamp(min=SUPERVISED_DISTANCE)[:, None]
        x = handle_points[:, :1] + self._offsets  # [P, S]
        y = handle_points[:, 1:] + self._offsets
        here = field.read(x, y).detach()  # [P, S, S, C]
        there = field.read(x + step[:, :1], y + step[:, 1:])
        height, width = field.pixels
        inside = ((y >= 0) & (y <= height - 1))[:, :, None] & ((x >= 0) & (x <= width - 1))[:, None]
        weights = (inside & self._disc & pushed[:, None, None]).to(here)
        weights = weights / weights.sum(dim=(1, 2), keepdim=True).clamp(min=1)
        loss: torch.Tensor = (magnitude(here - there, rounding(here)).mean(dim=3) * weights).sum()
        return loss
