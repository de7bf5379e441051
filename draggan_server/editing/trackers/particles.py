"""Handles followed as particles, through the first picture and the last few."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import torch

from draggan_server.editing.trackers import Found
from draggan_server.editing.trackers.fitted import fitted_card, fitted_state
from draggan_server.editing.trackers.flow import SIDE, shrunk
from draggan_server.editing.trackers.pips import LION, Pips, Tracks

WEIGHTS = Path(__file__).parent / "lion_pips.safetensors"
UPDATES = 4


class ParticleTracker:
    """Follows points [P, 2] (x, y) of a picture [1, 3, h, w] in [-1, 1] by PIPs.

    It looks at the first picture and the last ones, as many as its network takes, beginning where
    it found the points before: pictures are to be shown one after the other, and are seen with a
    longer side of `side` pixels. The motion that it finds from the first one to itself is taken
    off.
    """

    def __init__(
        self, network: Pips, before: torch.Tensor, points: torch.Tensor, side: int = SIDE
    ) -> None:
        self._network = network
        self._side = side
        small = shrunk(before, side)
        self._scale = points.new_tensor(
            [small.shape[3 - axis] / before.shape[3 - axis] for axis in (0, 1)]
        )
        self._last = points.new_tensor([before.shape[3] - 1, before.shape[2] - 1])
        self._points = points
        with torch.no_grad():
            first = network.encode(small)
        cells = ((points + 0.5) * self._scale - 0.5) / network.geometry.stride
        self._cells = cells.to(first)
        self._features = [first] * network.geometry.frames
        self._places = [self._cells] * network.geometry.frames
        self._still = self._tracked().places[0, -1] - self._cells

    @torch.no_grad()
    def find(self, seen: torch.Tensor, expected: torch.Tensor) -> Found:
        """The points in another picture; where they are `expected` is not asked.

        The misfit is how sure the network is that a point is hidden, 0 to 1.
        """
        self._features = [
            self._features[0],
            *self._features[2:],
            self._network.encode(shrunk(seen, self._side)),
        ]
        self._places = [self._places[0], *self._places[2:], self._places[-1]]
        tracks = self._tracked()
        self._places = list(tracks.places[0])
        way = (tracks.places[0, -1] - self._cells - self._still).to(self._points)
        points = self._points + way * self._network.geometry.stride / self._scale
        points = points.clamp(torch.zeros_like(self._last), self._last)
        return Found(points, 1 - tracks.seen[0, -1].sigmoid())

    @torch.no_grad()
    def _tracked(self) -> Tracks:
        features = torch.cat(self._features)[None]
        first = torch.stack(self._places)[None]
        *_, last = self._network.tracks(features, self._cells[None], UPDATES, first)
        return last


@cache
def lion_pips() -> Pips:
    """The network that was fitted to the toy lion's renderings."""
    network = Pips(LION).eval()
    network.load_state_dict(fitted_state(WEIGHTS))
    return network.requires_grad_(False)


@cache
def lion_pips_card() -> dict[str, Any]:
    """What is known of it; `subject` is what it has seen."""
    return fitted_card(WEIGHTS)
