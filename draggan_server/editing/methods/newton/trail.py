"""Where a search has been, so that it can go back there at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

MOST = 64
"""Places kept; when there are more, every other one goes. Each is one move of a latent."""


@dataclass(frozen=True, slots=True)
class Known:
    """A move x [size] and where the handles were `seen` [P, 2] after it."""

    x: torch.Tensor
    seen: torch.Tensor


class Trail:
    """Places where all handles were found, `apart` px or more from one to the next.

    The first one stays: it is where the drag began.
    """

    def __init__(self, apart: float) -> None:
        self._apart = apart
        self._places: list[Known] = []

    def add(self, x: torch.Tensor, seen: torch.Tensor) -> None:
        """Keep a place, unless it is near to the one before."""
        if self._places:
            way = (seen - self._places[-1].seen).norm(dim=1)
            if float(way.max()) < self._apart:
                return
        self._places.append(Known(x, seen))
        if len(self._places) > MOST:
            del self._places[1::2]

    def forget(self, known: Known) -> None:
        """Do not go back to a place any more. The first one stays."""
        first, *others = self._places
        self._places = [first, *(place for place in others if place is not known)]

    @property
    def first(self) -> Known:
        return self._places[0]

    def beginning(self) -> Trail:
        """A new one from the first place on."""
        trail = Trail(self._apart)
        trail._places = self._places[:1]
        return trail

    def of(self, points: Sequence[int]) -> Trail:
        """The same places, of some of the handles."""
        trail = Trail(self._apart)
        trail._places = [Known(place.x, place.seen[points]) for place in self._places]
        return trail

    def nearest(self, target_points: torch.Tensor, within: float) -> Known | None:
        """The place with the least mean distance to the targets [P, 2], if less than `within`."""
        if within <= 0:
            return None
        distances = [
            float((target_points - place.seen).norm(dim=1).mean()) for place in self._places
        ]
        least = min(range(len(distances)), key=distances.__getitem__)
        return self._places[least] if distances[least] < within else None
