"""Lions that move from picture to picture, and where spots of their surface are in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from stylegan2.toy_lion import parameters, surface

MOVED = ("yaw", "pitch", "mouth", "ear_l", "ear_r")
SPOTS = 8
STEP = 2.0
"""Pixels of 256 that the farthest spot goes from one picture to the next, about."""
_SEED = 5


@dataclass(frozen=True, slots=True)
class Film:
    """`z` [F, 18] of the pictures, and where the spots are in them: `points` [F, S, 2] (x, y) px.

    A spot is followed as long as it is seen: `seen` [F, S].
    """

    z: torch.Tensor
    points: torch.Tensor
    seen: torch.Tensor


def draw_film(number: int, side: int) -> Film:
    """The film of that number: a lion turns, nods, opens its mouth and moves its ears."""
    random = np.random.default_rng((_SEED, number))
    z = random.standard_normal((2, len(parameters.NAMES)))
    z[1] = z[0]
    for name in MOVED:
        z[1, parameters.index(name)] = 1.5 * random.normal()
    spots: list[surface.SurfacePoint] = []
    first = parameters.from_latent(z[:1])[0]
    while len(spots) < SPOTS:
        x, y = random.uniform(0.15 * side, 0.85 * side, 2)
        spot = surface.under(first, (float(x), float(y)), side)
        if spot is not None:
            spots.append(spot)
    ends = _places(parameters.from_latent(z), spots, side)[0]
    way = float(np.linalg.norm(ends[1] - ends[0], axis=1).max())
    count = max(2, 1 + int(np.ceil(way / (STEP * side / 256))))
    share = np.linspace(0, 1, count)[:, None]
    frames = z[:1] * (1 - share) + z[1:] * share
    points, seen = _places(parameters.from_latent(frames), spots, side)
    return Film(
        torch.from_numpy(frames.astype(np.float32)),
        torch.from_numpy(points),
        torch.from_numpy(np.logical_and.accumulate(seen, axis=0)),
    )


def _places(
    rows: NDArray[np.float64], spots: list[surface.SurfacePoint], side: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """[F, S, 2] and [F, S]: where the pictures of parameters [F, 18] have the spots, and whether
    they are seen there."""
    found = [[surface.project(row, spot, side) for spot in spots] for row in rows]
    points = np.array([[point for point, _ in frame] for frame in found])
    seen = np.array([[visible for _, visible in frame] for frame in found])
    inside = ((points >= 0) & (points <= side - 1)).all(axis=2)
    return points, seen & inside
