"""Two renderings of a lion that moves, and where each pixel of either is in the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from stylegan2.toy_lion import parameters
from stylegan2.toy_lion.character import ToyLion
from stylegan2.toy_lion.motion import exact_motion

MOVED = ("yaw", "pitch", "mouth", "ear_l", "ear_r", "mane", "muzzle", "face_w", "smile")
DRIFTING = ("fur_h", "mane_h", "bg_h", "bg_v", "light_x")
"""What a drag changes by the way, a little."""
REACHES = (0.15, 0.4, 0.8, 1.6)
"""Standard deviations by which the latents of what moves change, in turns: a few px to a third of
the picture."""
DRIFT = 0.15
STEP = 2
"""Pixels: the motion is known at every second of each row and column."""


@dataclass(frozen=True, slots=True)
class MovedPairs:
    """`pictures` [N, 2, 3, s, s] 8-bit; `shifts` [N, 2, 2, s, s] (x, y) px from the first to the
    second and back, `seen` [N, 2, s, s] where they can be followed; `on_lion` likewise."""

    pictures: torch.Tensor
    shifts: torch.Tensor
    seen: torch.Tensor
    on_lion: torch.Tensor

    def __len__(self) -> int:
        return len(self.pictures)


def draw_latents(random: np.random.Generator, reach: float) -> NDArray[np.float32]:
    """z [2, 18] of a lion before and after it moved."""
    z = np.repeat(random.standard_normal((1, len(parameters.NAMES))), 2, axis=0)
    for name in MOVED:
        z[1, parameters.index(name)] += reach * random.normal()
    for name in DRIFTING:
        z[1, parameters.index(name)] += DRIFT * random.normal()
    return z.astype(np.float32)


def make_pair(rows: NDArray[np.float64], side: int) -> MovedPairs:
    """The pair of parameters [2, 18], as a set of one."""
    there, back = (
        exact_motion(first, second, side, step=STEP)
        for first, second in ((rows[0], rows[1]), (rows[1], rows[0]))
    )
    both = [
        torch.from_numpy(np.stack([getattr(motion, part) for motion in (there, back)]))[None]
        for part in ("shift", "seen", "on_lion")
    ]
    pictures = torch.from_numpy(ToyLion().render(rows, side)).permute(0, 3, 1, 2)[None]
    return MovedPairs(pictures, both[0].permute(0, 1, 4, 2, 3).half(), both[1], both[2])


def make_pairs(
    count: int, seed: int, side: int, on_pair: Callable[[], None] = lambda: None
) -> MovedPairs:
    """`count` pairs of a seed, the same for the same seed, rendered at `side` px."""
    made = []
    for number in range(count):
        random = np.random.default_rng((seed, number))
        z = draw_latents(random, REACHES[number % len(REACHES)])
        made.append(make_pair(parameters.from_latent(z), side))
        on_pair()
    return MovedPairs(
        *(torch.cat([getattr(pair, part) for pair in made]) for part in MovedPairs.__slots__)
    )
