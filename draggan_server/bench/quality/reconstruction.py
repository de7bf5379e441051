"""Paired reconstruction, DragGAN's Table 2: drag one picture into another by point pairs alone.

The second latent is the first with its first six rows moved part of the way to others (the
perturbation of UserControllableLT, but stronger), so no parameters belong to it and the renderer
cannot say which points correspond. Dense optical flow does (DIS, Kroeger et al. 2016), checked
forwards and backwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from draggan_server.bench.quality.trial import Case, picture_of
from stylegan2.generator import Generator

PAIRS = 32
TRUNCATION_PSI = 0.3
PERTURBATION = 0.4  # with the 0.1 of UserControllableLT nothing of the toy lion moves a pixel
ROWS = 6
MAX_STEPS = 100  # paper
KIND = "paired reconstruction"
_CONSISTENT = 0.5  # pixels that a point may be off after going there and back
_MOVES = 0.25  # pixels: flow below this is as good as none
_BORDER = 2


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """A case and the picture [3, H, W] that it should end in."""

    case: Case
    wanted: torch.Tensor


def draw(generator: Generator, number: int) -> Reconstruction:
    """The pair of that number. Raises `RuntimeError` if hardly anything moves between pictures."""
    random = torch.Generator().manual_seed(5000 + number)

    def latents(count: int, psi: float) -> torch.Tensor:
        z = torch.randn((count, generator.z_dim), generator=random)
        return generator.mapping(z, truncation_psi=psi)

    with torch.no_grad():
        w_plus = latents(1, TRUNCATION_PSI)
        rows = min(ROWS, generator.num_ws)
        others = torch.stack([latents(1, 1.0)[0, row] for row in range(rows)])
        moved = w_plus.clone()
        moved[0, :rows] = w_plus[0, :rows].lerp(others, PERTURBATION)
    before, wanted = picture_of(generator, w_plus), picture_of(generator, moved)
    handles, targets = matching_points(before, wanted, np.random.default_rng((6, number)))
    case = Case(KIND, number, w_plus, torch.from_numpy(handles), torch.from_numpy(targets))
    return Reconstruction(case, wanted)


def matching_points(
    before: torch.Tensor, after: torch.Tensor, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """`PAIRS` random points [P, 2] (x, y) of one picture [3, H, W] and where they are in another.

    Points where flow forwards and backwards disagree, and such that do not move, are no pairs.
    """
    grey = [_grey(picture) for picture in (before, after)]
    forwards, backwards = _flow(*grey), _flow(*reversed(grey))
    height, width = grey[0].shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    there = np.stack([x, y], axis=2) + forwards
    back = cv2.remap(backwards, there[..., 0], there[..., 1], cv2.INTER_LINEAR)
    last = np.array([width - 1, height - 1], np.float32)
    good = (
        (np.linalg.norm(forwards + back, axis=2) < _CONSISTENT)
        & (np.linalg.norm(forwards, axis=2) > _MOVES)
        & (there >= _BORDER).all(axis=2)
        & (there <= last - _BORDER).all(axis=2)
    )
    rows, columns = np.nonzero(good)
    if len(rows) < PAIRS:
        raise RuntimeError(f"Only {len(rows)} points move from one picture to the other.")
    picks = random.choice(len(rows), PAIRS, replace=False)
    handles = np.stack([columns[picks], rows[picks]], axis=1).astype(np.float32)
    return handles, there[rows[picks], columns[picks]].astype(np.float32)


def _grey(picture: torch.Tensor) -> NDArray[np.uint8]:
    pixels = ((picture + 1) * 127.5).round().byte().permute(1, 2, 0).contiguous().numpy()
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _flow(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.float32]:
    """[H, W, 2]: where each pixel of a is in b, as a shift (x, y)."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    start = np.zeros((*a.shape, 2), np.float32)
    return np.asarray(search.calc(a, b, start), np.float32)
