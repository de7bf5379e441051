"""What seems to have been done to a layer that does not show its picture any more: flipped, turned,
scaled, moved, recoloured or replaced. A guess, to tell the user what to undo."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch.nn import functional

from draggan_server.wire.errors import BadInput

FITS = 0.5
"""Correlation of the shapes from which a guess is made. Other lions reach 0.4."""

STAYS = 0.03
"""A motion must explain the layer better than a simpler one by this much."""


class _Motion(NamedTuple):
    """From the picture to the layer: mirrored or not, then turned (degrees) and scaled."""

    mirrored: bool
    angle: float
    scale: float


_NONE = _Motion(False, 0.0, 1.0)


def refusal(
    colours: torch.Tensor, expected: torch.Tensor, visible: torch.Tensor, *, recoloured: bool
) -> BadInput:
    """What is told of it. Thumbnails [1, C, h, w] of the layer and of what it should show, and what
    of the layer is seen, [1, 1, h, w]; `recoloured`: whether its colours are others where shapes
    agree.
    """
    shown, should = _shapes(colours, visible), _shapes(expected, torch.ones_like(visible))
    still = float((shown * should).sum())
    fit, motion, shift = _best(shown, should)
    if fit >= FITS and fit > still + STAYS:
        return _moved(motion, shift)
    if abs(still) >= FITS and not recoloured:
        return BadInput(
            "The layer does not show its picture any more: it seems to have been "
            "turned, scaled or moved a little. A drag would mix two pictures that do "
            "not fit. Undo that, drag, and do it again on the result."
        )
    if abs(still) >= FITS:
        return BadInput(
            "The layer does not show its picture any more: it seems to have been given "
            "other colours (hue, saturation, brightness, contrast or a filter). A drag "
            "would mix two pictures that do not fit. Undo that, drag, and do it again "
            "on the result."
        )
    return BadInput(
        "The layer does not show its picture any more: it seems to have been "
        "painted over for the most part, merged, or replaced by another picture. A "
        "drag would mix two pictures that do not fit. Undo that, drag, and do it "
        "again on the result."
    )


def _moved(motion: _Motion, shift: float) -> BadInput:
    turned = round(abs(motion.angle))
    if motion.mirrored and turned <= 1:
        return BadInput(
            "The layer does not show its picture any more: it seems to have been "
            "flipped horizontally. A drag would mix two pictures that do not fit. Undo "
            "that, drag, and do it again on the result."
        )
    if motion.mirrored and turned >= 179:
        return BadInput(
            "The layer does not show its picture any more: it seems to have been "
            "flipped vertically. A drag would mix two pictures that do not fit. Undo "
            "that, drag, and do it again on the result."
        )
    if motion.mirrored:
        return BadInput(
            "The layer does not show its picture any more: it seems to have been "
            "flipped and turned. A drag would mix two pictures that do not fit. Undo "
            "that, drag, and do it again on the result."
        )
    if turned >= 1:
        return BadInput(
            "The layer does not show its picture any more: it seems to have been turned"
            " by about {angle}°. A drag would mix two pictures that do not fit. Undo "
            "that, drag, and do it again on the result.",
            angle=turned,
        )
    if abs(motion.scale - 1) > shift / 32:
        return BadInput(
            "The layer does not show its picture any more: it seems to have been scaled"
            " or cropped, or been given other bounds. A drag would mix two pictures "
            "that do not fit. Undo that, drag, and do it again on the result."
        )
    return BadInput(
        "The layer does not show its picture any more: it seems to have been moved "
        "within its bounds. A drag would mix two pictures that do not fit. Undo "
        "that, drag, and do it again on the result."
    )


def _shapes(colours: torch.Tensor, visible: torch.Tensor) -> torch.Tensor:
    """[1, 1, s, s], of norm 1: brightness without what changes slowly, on a square."""
    grey = colours.mean(dim=1, keepdim=True)
    middle = (grey * visible).sum() / visible.sum()
    grey = torch.where(visible > 0, grey, middle)
    slow = functional.avg_pool2d(grey, 9, stride=1, padding=4, count_include_pad=False)
    height, width = grey.shape[2:]
    side = max(height, width)
    detail = functional.pad(grey - slow, _margins(side - width) + _margins(side - height))
    unit: torch.Tensor = detail / detail.norm().clamp(min=1e-6)
    return unit


def _margins(missing: int) -> tuple[int, int]:
    return missing // 2, missing - missing // 2


def _best(shown: torch.Tensor, should: torch.Tensor) -> tuple[float, _Motion, float]:
    """The motion that explains `shown` best: its correlation, itself, how many pixels it shifts."""
    coarse = [
        _Motion(mirrored, float(angle), 1.1**step)
        for mirrored in (False, True)
        for angle in range(-180, 180, 4)
        for step in range(-4, 5)
    ]
    _, near, _ = max(_fits(shown, should, coarse))
    fine = [
        _Motion(near.mirrored, near.angle + angle / 2, near.scale * 1.01**step)
        for angle in range(-8, 9)
        for step in range(-5, 6)
    ]
    still, *others = _fits(shown, should, [_NONE, near, *fine])
    best = max(others)
    return best if best[0] > still[0] + STAYS else still


def _fits(
    shown: torch.Tensor, should: torch.Tensor, motions: Iterable[_Motion]
) -> list[tuple[float, _Motion, float]]:
    """For each motion the best correlation over all shifts, and the length of that shift."""
    motions = list(motions)
    side = shown.shape[3]
    grids = functional.affine_grid(
        torch.tensor([_matrix(motion) for motion in motions]),
        [len(motions), 1, side, side],
        align_corners=False,
    )
    moved = functional.grid_sample(
        should.expand(len(motions), -1, -1, -1), grids, align_corners=False
    )
    moved = moved / moved.flatten(1).norm(dim=1).clamp(min=1e-6)[:, None, None, None]
    spectrum = torch.fft.rfft2(shown) * torch.fft.rfft2(moved).conj()
    correlation = torch.fft.irfft2(spectrum, s=(side, side)).flatten(1)
    best, where = correlation.max(dim=1)
    found = []
    for motion, fit, place in zip(motions, best.tolist(), where.tolist(), strict=True):
        y, x = (min(at, side - at) for at in divmod(place, side))
        found.append((fit, motion, math.hypot(x, y)))
    return found


def _matrix(motion: _Motion) -> list[list[float]]:
    """Where a pixel of the moved picture is taken from, as `affine_grid` wants it."""
    angle = math.radians(motion.angle)
    cos, sin = math.cos(angle) / motion.scale, math.sin(angle) / motion.scale
    mirror = -1.0 if motion.mirrored else 1.0
    return [[mirror * cos, mirror * -sin, 0.0], [sin, cos, 0.0]]
