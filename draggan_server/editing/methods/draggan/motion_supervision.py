"""Motion supervision (arXiv 2305.10973, section 3.2): push each handle's surroundings by 1 px."""

from __future__ import annotations

import torch

from draggan_server.editing.difference import magnitude, rounding
from draggan_server.editing.features import FeatureField
from draggan_server.editing.problem import SUPERVISED_DISTANCE


class MotionSupervision:
    """The loss that moves a disc of radius `r1` px about each handle towards its target.

    A handle without a way is held: of it the paper says nothing. Its disc is to stay as it is in
    `field`, of the first picture. `handle_points` and `target_points` [P, 2] (x, y) in pixels of
    the picture.
    """

    def __init__(
        self, r1: int, field: FeatureField, handle_points: torch.Tensor, target_points: torch.Tensor
    ) -> None:
        self._targets = target_points
        self._held = (target_points == handle_points).all(dim=1)  # [P]
        self._offsets = torch.arange(
            -r1, r1 + 1, dtype=target_points.dtype, device=target_points.device
        )
        self._disc = self._offsets[:, None].square() + self._offsets.square() <= r1 * r1
        with torch.no_grad():
            self._first = field.read(*self._about(handle_points))  # [P, S, S, C]

    def looked_at(self, handle_points: torch.Tensor) -> torch.Tensor:
        """[P, 2]: where handles that are at [P, 2] are looked at: held ones at their place."""
        return torch.where(self._held[:, None], self._targets, handle_points)

    def loss(self, field: FeatureField, handle_points: torch.Tensor) -> torch.Tensor:
        """Sum over handles of mean |sg(F(q)) - F(q + d)| over channels and pixels q of the disc.

        d is the unit vector from a handle [P, 2] to its target; pixels q outside the picture do not
        count; a handle within 1 px of its target is not pushed. Of one that is held the mean of
        |F0(q) - F(q)|, F0 the first features. Scalar.
        """
        handle_points = self.looked_at(handle_points)
        displacement = self._targets - handle_points
        distance = displacement.norm(dim=1)
        asked = (distance > SUPERVISED_DISTANCE) | self._held  # [P]
        step = displacement / distance.clamp(min=SUPERVISED_DISTANCE)[:, None]
        x, y = self._about(handle_points)
        here = torch.where(self._held[:, None, None, None], self._first, field.read(x, y).detach())
        there = field.read(x + step[:, :1], y + step[:, 1:])
        height, width = field.pixels
        inside = ((y >= 0) & (y <= height - 1))[:, :, None] & ((x >= 0) & (x <= width - 1))[:, None]
        weights = (inside & self._disc & asked[:, None, None]).to(here)
        weights = weights / weights.sum(dim=(1, 2), keepdim=True).clamp(min=1)
        loss: torch.Tensor = (magnitude(here - there, rounding(here)).mean(dim=3) * weights).sum()
        return loss

    def _about(self, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """x and y [P, S]: of the square about points [P, 2] that the disc lies in."""
        return points[:, :1] + self._offsets, points[:, 1:] + self._offsets
