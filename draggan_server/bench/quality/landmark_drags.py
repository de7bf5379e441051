"""Landmark dragging, as in DragGAN's Table 1, with exact landmarks of source and target.

A source lion is drawn, and a target: the same lion with another pose, mouth and ears. Landmarks
that both show are dragged from where the source has them to where the target has them. How far off
they end is then read from the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from draggan_server.bench.quality.trial import Case
from draggan_server.bench.reader.reader import Reader
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks, parameters

MOVED = ("yaw", "pitch", "mouth", "ear_l", "ear_r")
"""The parameters that source and target differ in."""

REACH = 0.12  # of the picture's side: how far the landmark that moves most may move
_LEAST = 0.03  # likewise: how far at least, and how far a landmark dragged alone must move
STILL = 1 / 128  # likewise: what moves less is not dragged
_MASK_MARGIN = 0.14  # likewise: what a mask leaves movable about the way of each point


@dataclass(frozen=True, slots=True)
class LandmarkDrag:
    """A case with what is known of its two lions: rows of parameters, and which landmarks move."""

    case: Case
    source: NDArray[np.float64]
    target: NDArray[np.float64]
    landmarks: list[int]


def draw(
    generator: Generator, reader: Reader, number: int, points: int | None, *, masked: bool
) -> LandmarkDrag:
    """The drag of that number: of 1, 5, ... landmarks, or of all that both lions show.

    The same number gives the same lions, whatever `points` is. Only landmarks that the reader
    finds reliably are dragged.
    """
    random = np.random.default_rng((4, number))
    while True:
        z = random.standard_normal((1, len(parameters.NAMES)), dtype=np.float32)
        drag = of_lion(generator, reader, z, random, number, points, masked=masked)
        if drag is not None:
            return drag


def of_lion(
    generator: Generator,
    reader: Reader,
    z: NDArray[np.float32],
    random: np.random.Generator,
    number: int,
    points: int | None,
    *,
    masked: bool = False,
) -> LandmarkDrag | None:
    """A drag of the lion of z [1, 18]; None where too few of its landmarks can be dragged."""
    side = max(generator.img_resolution)
    source = parameters.from_latent(z)
    found = _target(random, source, side, reader.reliable(), points or 1)
    if found is None:
        return None
    target, candidates = found
    here = landmarks.find_landmarks(source, side).points[0]
    there = landmarks.find_landmarks(target, side).points[0]
    chosen = candidates
    if points == 1:
        way = np.linalg.norm(there - here, axis=1)
        far = [k for k in candidates if way[k] >= _LEAST * side]
        chosen = [int(random.choice(far))]
    elif points is not None:
        chosen = sorted(random.choice(candidates, points, replace=False).tolist())
    handles = torch.from_numpy(here[chosen]).float()
    targets = torch.from_numpy(there[chosen]).float()
    case = Case(
        kind=kind(points, masked=masked),
        number=number,
        w_plus=generator.mapping(torch.from_numpy(z)),
        handle_points=handles,
        target_points=targets,
        movable_mask=mask_about(handles, targets, side) if masked else None,
    )
    return LandmarkDrag(case, source[0], target[0], chosen)


def kind(points: int | None, *, masked: bool) -> str:
    """What such drags are called in the tables."""
    count = "all landmarks" if points is None else f"{points} landmark{'s' * (points > 1)}"
    return f"{count}, masked" if masked else count


def read_landmarks(reader: Reader, picture: torch.Tensor, drag: LandmarkDrag) -> torch.Tensor:
    """[P, 2]: where the dragged landmarks are, as read in a picture [3, H, W]."""
    return reader.read(picture[None]).points[0, drag.landmarks]


def mean_distance(found: torch.Tensor, drag: LandmarkDrag) -> float:
    """Mean distance in pixels of landmarks [P, 2] to where the drag should have brought them."""
    return float((found - drag.case.target_points).norm(dim=1).mean())


def _target(
    random: np.random.Generator,
    source: NDArray[np.float64],
    side: int,
    reliable: list[int],
    least: int,
) -> tuple[NDArray[np.float64], list[int]] | None:
    """A target for a source and the landmarks that can be dragged there, or None if too few can."""
    drawn = parameters.LOW + (parameters.HIGH - parameters.LOW) * random.random(source.shape)
    moved = [parameters.index(name) for name in MOVED]
    here = landmarks.find_landmarks(source, side)
    target = source.copy()
    target[:, moved] = drawn[:, moved]
    reach = REACH * side * random.uniform(0.4, 1)
    for _ in range(40):
        there = landmarks.find_landmarks(target, side)
        both = (here.visible & there.visible)[0]
        way = np.linalg.norm(there.points - here.points, axis=2)[0]
        candidates = [k for k in reliable if both[k] and way[k] >= STILL * side]
        longest = max((way[k] for k in candidates), default=0.0)
        if longest <= reach:
            break
        target[:, moved] += 0.2 * (source - target)[:, moved]  # nearer to the source
    enough = len(candidates) >= max(least, 5) and longest >= _LEAST * side
    return (target, candidates) if enough else None


def mask_about(handles: torch.Tensor, targets: torch.Tensor, side: int) -> torch.Tensor:
    """[side, side]: 1 near the way of any point, else 0."""
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    pixels = torch.stack([x, y], dim=2).float()[:, :, None]  # [H, W, 1, 2]
    way = targets - handles
    share = ((pixels - handles) * way).sum(dim=3) / way.square().sum(dim=1)
    nearest = handles + share.clamp(0, 1)[..., None] * way
    distance = (pixels - nearest).norm(dim=3).amin(dim=2)
    return torch.where(distance <= _MASK_MARGIN * side, 1.0, 0.0)
