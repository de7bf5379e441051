"""A drag to be looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from draggan_server.bench.quality.landmark_drags import LandmarkDrag


@dataclass(slots=True)
class Example:
    """Pictures [3, H, W]: before, and what became of it by each variant, by name.

    `found` [P, 2] is where the dragged landmarks were read there.
    """

    drag: LandmarkDrag
    before: torch.Tensor
    after: dict[str, torch.Tensor] = field(default_factory=dict)
    found: dict[str, torch.Tensor] = field(default_factory=dict)
