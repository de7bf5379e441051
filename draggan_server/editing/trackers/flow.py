"""Handles followed by the whole picture's motion since the first one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from draggan_server.editing.trackers import Found
from draggan_server.editing.trackers.fitted import fitted_card, fitted_state
from draggan_server.editing.trackers.raft import LION, Raft

WEIGHTS = Path(__file__).parent / "lion_raft.safetensors"
SIDE = 128
"""Pixels of the longer side of the pictures that our own networks were fitted to."""
UPDATES = 6


class FlowTracker:
    """Follows points [P, 2] (x, y) of a picture [1, 3, h, w] in [-1, 1] by RAFT.

    It looks in the whole picture, beginning with the motion that it found last: pictures are to be
    shown one after the other, and are seen with a longer side of `side` pixels. The motion that it
    finds from the first one to itself, a third of a pixel, is taken off.
    """

    def __init__(
        self, network: Raft, before: torch.Tensor, points: torch.Tensor, side: int = SIDE
    ) -> None:
        self._network = network
        self._side = side
        self._before = shrunk(before, side)
        self._scale = points.new_tensor(
            [self._before.shape[3 - axis] / before.shape[3 - axis] for axis in (0, 1)]
        )
        self._last = points.new_tensor([before.shape[3] - 1, before.shape[2] - 1])
        self._points = points
        with torch.no_grad():
            self._features = network.encode(self._before)
        self._cells = self._to_cells(points)
        self._motion = torch.zeros_like(self._features[:, :2])
        self._still = self._moved(self._features)

    @torch.no_grad()
    def find(self, seen: torch.Tensor, expected: torch.Tensor) -> Found:
        """The points in another picture; where they are `expected` is not asked.

        The misfit is 1 less the cosine of the features here and there.
        """
        features = self._network.encode(shrunk(seen, self._side))
        moved = (self._moved(features) - self._still).to(self._points)
        points = self._points + moved * self._network.geometry.stride / self._scale
        points = points.clamp(torch.zeros_like(self._last), self._last)
        here, there = _read(self._features, self._cells), _read(features, self._to_cells(points))
        return Found(points, 1 - functional.cosine_similarity(here, there, dim=1))

    @torch.no_grad()
    def _moved(self, features: torch.Tensor) -> torch.Tensor:
        """[P, 2] cells: the points' motion to a picture of these features, which is kept."""
        pair = self._features, features
        for motion in self._network.motions(self._before, pair, UPDATES, self._motion):
            self._motion = motion
        return _read(self._motion, self._cells)

    def _to_cells(self, points: torch.Tensor) -> torch.Tensor:
        """Points [P, 2] of the picture in cells of the features, 0 the centre of the first."""
        cells: torch.Tensor = ((points + 0.5) * self._scale - 0.5) / self._network.geometry.stride
        return cells.to(self._features)


@cache
def lion_raft() -> Raft:
    """The network that was fitted to the toy lion's renderings."""
    network = Raft(LION).eval()
    network.load_state_dict(fitted_state(WEIGHTS))
    return network.requires_grad_(False)


@cache
def lion_raft_card() -> dict[str, Any]:
    """What is known of it; `subject` is what it has seen."""
    return fitted_card(WEIGHTS)


def shrunk(picture: torch.Tensor, side: int) -> torch.Tensor:
    """[1, 3, h, w] in [-1, 1], its longer side of so many pixels, float32 on its own device."""
    scale = side / max(picture.shape[2:])
    size = [max(1, round(length * scale)) for length in picture.shape[2:]]
    picture = picture[:, :3].float().clamp(-1, 1)
    if list(picture.shape[2:]) == size:
        return picture
    return functional.interpolate(
        picture, size, mode="bilinear", antialias=True, align_corners=False
    )


def _read(values: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
    """values [1, C, h, w] at cells [P, 2] (x, y) -> [P, C]; beyond the border as on it."""
    size = cells.new_tensor([values.shape[3] - 1, values.shape[2] - 1])
    grid = (2 * cells / size - 1)[None, None]
    read = functional.grid_sample(values, grid, padding_mode="border", align_corners=True)
    return read[0, :, 0].T
