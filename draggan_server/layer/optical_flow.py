"""Dense motion between two images, along images that lie between them.

From each image to the next the motion is small: it minimises the images' difference about each
place (Lucas and Kanade 1981) and its own unevenness (Horn and Schunck 1981; both as in Bruhn,
Weickert and Schnoerr 2005), coarse to fine. What does not fit counts little (Geman and McClure),
and across the images' edges the motion may change. Motions add up along the images. Done from
either end, they must lead back to where they came from: where they do not, something is newly seen
or covered.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch.nn import functional

from draggan_server.layer.motion import Motion, ramp, resize_shifts, shifted

LEVELS = 3
"""Each of half the pixels a side."""
SMALLEST = 8
"""Pixels of the shorter side of a level."""
LINEARISATIONS = 2
RELAXATIONS = 20
NEIGHBOURHOOD = 2.5
"""Pixels, standard deviation: what is about a place moves as it does. 1.5 and less was worse on
renderings whose motion is known."""
UNEVENNESS = 1.0
"""Its price in pictures, against images whose channels have a mean square of 1."""
UNEVENNESS_OF_FEATURES = 3.0
"""Likewise in features, where what has little say goes with what is about it."""
ONE_WAY = 2
"""Of features, a place's say falls by this power of how much less its structure tells across than
along: where a head that turns ends before the ground, its outline stays and its surface moves."""
OUTLIER = 1 / 3
"""The misfit, in the channels' root mean square, at which half a place's say is gone."""
EDGE = 1 / 3
"""Likewise: a step in the image across which the motion may change."""
LONGEST_STEP = 2.0
"""Pixels, of one linearisation."""

REFINEMENTS = 4
"""Linearisations on the pictures. With 2 detail gains 0.1 dB less, with 6 no more."""
LOOKS_SO, LOOKS_OTHER = 6 / 255, 24 / 255
"""How far the moved picture may be off the other: alike below the first, not above the second."""
NEAR = 1.5
"""Pixels, standard deviation, within which that is looked at."""

LAG, EVEN = 0.35, 0.3
"""What is even lags behind, since its shading stays while the surface moves below it: on renderings
whose motion is known the quarter of least structure is found 0.7 of its way, that of most 0.95. So
it is taken so much farther, half of that where the structure is `EVEN` of the picture's mean,
before the pictures make it finer."""
BETWEEN = 1 / 8
"""Of the longer side: what lies between places that move, and are no farther apart, moves."""

LEADS_BACK, ASTRAY = 0.06, 0.3
"""Pixels that there and back again may be off, of the images' own size: sure below the first,
unsure above the second. On renderings whose motion is known the median is 0.012 where it is right
to within 1% of the picture's side, and 0.25 where it is off by 2% or the place is hidden."""

STILL, MOVING = 0.4, 0.9
"""How much less well a place fits if it is taken to stay, over how it fits if it moves: what is
even has the motion of what is about it otherwise. On renderings 0.15 is the median where nothing
moves, and 4.3 where something does; 0.4 the 5th percentile there."""
SAME = 0.02
"""The misfit, in the channels' mean square, below which a place stays."""


@torch.no_grad()
def follow(images: Sequence[torch.Tensor]) -> Motion:
    """The motion from the first of `images` [1, C, h, w] to the last, in their pixels.

    Channels have a mean square of about 1.
    """
    back = _chained(images)
    forth = _chained(images[::-1])
    moves = _moves(images[0], images[-1], back)
    sure = _sure(back, forth)
    return Motion(back, moves, sure, torch.ones_like(sure))


@torch.no_grad()
def refine(motion: Motion, before: torch.Tensor, after: torch.Tensor) -> Motion:
    """A motion found by features, made finer by the pictures [1, C, h, w] in [0, 1] themselves, and
    where they look alike by it."""
    middle = (before + after).mean(dim=(2, 3), keepdim=True) / 2
    scale = torch.cat([before - middle, after - middle]).square().mean().sqrt().clamp(min=1e-6)
    old, new = (before - middle) / scale, (after - middle) / scale
    back = motion.back * (1 + LAG * _evenness(new))
    for _ in range(REFINEMENTS):
        back = _improved(new, old, back)
    alike = motion.alike * _alike(after, shifted(before, back))
    return motion._replace(back=back, moves=_between(motion.moves), alike=alike)


def _evenness(image: torch.Tensor) -> torch.Tensor:
    """[1, 1, h, w], 1 where nothing is seen by which a motion can be told both ways (Shi and Tomasi
    1994), near 0 where that is plenty."""
    across, down = _slopes(image)
    xx, xy, yy = (
        _smooth((a * b).sum(dim=1, keepdim=True))
        for a, b in ((across, across), (across, down), (down, down))
    )
    least, _ = _both_ways(xx, xy, yy)
    share = least / least.mean().clamp(min=1e-12)
    return EVEN / (share + EVEN)


def _both_ways(
    xx: torch.Tensor, xy: torch.Tensor, yy: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """[1, 1, h, w] each: how much a structure tells of a motion the way it tells least, and most:
    the eigenvalues of its tensor (Foerstner and Guelch 1987)."""
    middle, half = (xx + yy) / 2, ((xx - yy).square() / 4 + xy.square()).sqrt()
    return (middle - half).clamp(min=0), middle + half


def _between(moves: torch.Tensor) -> torch.Tensor:
    """[1, 1, h, w]: without the gaps of what moves (a morphological closing)."""
    reach = round(max(moves.shape[2:]) * BETWEEN / 2)
    return torch.maximum(moves, -_most(-_most(moves, reach), reach))


def _most(image: torch.Tensor, reach: int) -> torch.Tensor:
    """The largest value within a square."""
    side = 2 * reach + 1
    rows = functional.max_pool2d(image, (1, side), stride=1, padding=(0, reach))
    return functional.max_pool2d(rows, (side, 1), stride=1, padding=(reach, 0))


def _alike(picture: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """[1, 1, h, w], 1 where they look the same, 0 where not at all."""
    off = _smooth((other - picture).abs().amax(dim=1, keepdim=True), NEAR)
    return 1 - ramp(off, LOOKS_SO, LOOKS_OTHER)


def _chained(images: Sequence[torch.Tensor]) -> torch.Tensor:
    """Shifts [1, 2, h, w] from places of the last image to those of the first."""
    whole = torch.zeros_like(images[0][:, :2])
    for before, after in pairwise(images):
        step = _shifts(after, before)
        whole = step + shifted(whole, step, "bilinear")
    return whole


def _sure(there: torch.Tensor, back: torch.Tensor) -> torch.Tensor:
    off = (there + shifted(back, there, "bilinear")).norm(dim=1, keepdim=True)
    return 1 - ramp(off, LEADS_BACK, ASTRAY)


def _moves(before: torch.Tensor, after: torch.Tensor, back: torch.Tensor) -> torch.Tensor:
    still, moving = (
        _smooth((after - image).square().mean(dim=1, keepdim=True), 1.0)
        for image in (before, shifted(before, back))
    )
    return ramp(still / (moving + SAME), STILL, MOVING)


def _shifts(after: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
    """u [1, 2, h, w] such that after(p) looks as before(p + u)."""
    height, width = after.shape[2:]
    shifts: torch.Tensor | None = None
    for level in reversed(range(LEVELS)):
        size = (height >> level, width >> level)
        if level and min(size) < SMALLEST:
            continue
        here, there = (
            functional.interpolate(image, size, mode="area") for image in (after, before)
        )
        shifts = torch.zeros_like(here[:, :2]) if shifts is None else resize_shifts(shifts, size)
        for _ in range(LINEARISATIONS):
            shifts = _improved(here, there, shifts, UNEVENNESS_OF_FEATURES, ONE_WAY)
    assert shifts is not None
    return shifts


def _improved(
    after: torch.Tensor,
    before: torch.Tensor,
    shifts: torch.Tensor,
    unevenness: float = UNEVENNESS,
    one_way: int = 0,
) -> torch.Tensor:
    """One linearisation, solved by Jacobi's method. `one_way` is a power as `ONE_WAY`."""
    moved = shifted(before, shifts)
    across, down = ((a + b) / 2 for a, b in zip(_slopes(after), _slopes(moved), strict=True))
    off = moved - after
    say = 1 / (1 + (off / OUTLIER).square().mean(dim=1, keepdim=True))

    def about(product: torch.Tensor) -> torch.Tensor:
        return _smooth(product.sum(dim=1, keepdim=True) * say)

    xx, xy, yy = about(across * across), about(across * down), about(down * down)
    off_x, off_y = about(across * off), about(down * off)
    if one_way:
        least, most = _both_ways(xx, xy, yy)
        weight = (least / most.clamp(min=1e-9)) ** one_way
        xx, xy, yy, off_x, off_y = (each * weight for each in (xx, xy, yy, off_x, off_y))
    old_x, old_y = shifts[:, :1], shifts[:, 1:]
    wanted_x = xx * old_x + xy * old_y - off_x
    wanted_y = xy * old_x + yy * old_y - off_y
    level, upright = _ties(after)
    tied = _from_neighbours(torch.ones_like(xx), level, upright)
    a, d = xx + unevenness * tied, yy + unevenness * tied
    determinant = a * d - xy * xy
    new = shifts
    for _ in range(RELAXATIONS):
        near = unevenness * _from_neighbours(new, level, upright)
        x, y = wanted_x + near[:, :1], wanted_y + near[:, 1:]
        new = torch.cat([d * x - xy * y, a * y - xy * x], dim=1) / determinant
    return shifts + (new - shifts).clamp(-LONGEST_STEP, LONGEST_STEP)


def _ties(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """How firmly neighbours move together: [1, 1, h, w - 1] and [1, 1, h - 1, w]."""
    steps = (image.diff(dim=3), image.diff(dim=2))
    level, upright = (torch.exp(-x.abs().amax(dim=1, keepdim=True) / EDGE) + 0.02 for x in steps)
    return level, upright


def _from_neighbours(
    image: torch.Tensor, level: torch.Tensor, upright: torch.Tensor
) -> torch.Tensor:
    """The sum of the four neighbours, each times how firmly it is tied."""
    return (
        functional.pad(level * image[..., 1:], (0, 1))
        + functional.pad(level * image[..., :-1], (1, 0))
        + functional.pad(upright * image[..., 1:, :], (0, 0, 0, 1))
        + functional.pad(upright * image[..., :-1, :], (0, 0, 1, 0))
    )


def _slopes(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    padded = functional.pad(image, (1, 1, 1, 1), mode="replicate")
    across = (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2
    return across, (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2


def _smooth(image: torch.Tensor, deviation: float = NEIGHBOURHOOD) -> torch.Tensor:
    """[1, 1, h, w], by a Gaussian."""
    reach = round(2.5 * deviation)
    at = torch.arange(-reach, reach + 1).to(image)
    kernel = torch.exp(-at.square() / (2 * deviation**2))
    kernel = kernel / kernel.sum()
    padded = functional.pad(image, (reach, reach, reach, reach), mode="replicate")
    return functional.conv2d(
        functional.conv2d(padded, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1)
    )
