"""Finding handles again in another picture."""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeVar

import torch

Seen = TypeVar("Seen", contravariant=True)


class Found(NamedTuple):
    """Where handles are, `points` [P, 2] (x, y), and how unlike the first picture it is there.

    `misfit` [P] is 0 where it is the same, on a scale of the tracker's own.
    """

    points: torch.Tensor
    misfit: torch.Tensor


class Tracker(Protocol[Seen]):
    """Remembers what handles showed in the first picture; `Seen` is what it reads pictures by."""

    def find(self, seen: Seen, expected: torch.Tensor) -> Found:
        """The handles, near where they are expected [P, 2]."""
