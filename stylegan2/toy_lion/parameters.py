"""The toy lion's parameters: what they mean, their ranges, and how a latent z becomes them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Parameter:
    """One property of the picture, uniformly distributed from `low` to `high`."""

    name: str
    low: float
    high: float
    group: str
    meaning: str


# "left" is +x of the head, which a viewer sees on the right of the picture.
PARAMETERS = (
    Parameter("yaw", -0.75, 0.75, "pose", "turn of the head to the picture's right, radians"),
    Parameter("pitch", -0.35, 0.35, "pose", "nod downwards, radians"),
    Parameter("mouth", 0.0, 0.75, "mouth", "0 closed; the jaw's angle is 3/4 of it, radians"),
    Parameter("eye_l", 0.05, 1.0, "eyes", "opening of the left lid"),
    Parameter("eye_r", 0.05, 1.0, "eyes", "opening of the right lid"),
    Parameter("gaze_x", -0.5, 0.5, "eyes", "where both irises look, in eye radii"),
    Parameter("ear_l", -0.6, 0.6, "ears", "angle of the left ear outwards, radians"),
    Parameter("ear_r", -0.6, 0.6, "ears", "angle of the right ear outwards, radians"),
    Parameter("ear_len", 0.75, 1.6, "ears", "length of the ears"),
    Parameter("mane", 0.0, 1.0, "shape", "0 none seen, 1 full"),
    Parameter("face_w", 0.84, 1.14, "shape", "width of the face and what is on it"),
    Parameter("muzzle", 0.8, 1.4, "shape", "length of the muzzle"),
    Parameter(
        "smile", -0.5, 1.0, "mouth", "bend of the closed mouth's line, width of the open one"
    ),
    Parameter("fur_h", 0.0, 1.0, "colours", "fur, pink to yellow"),
    Parameter("mane_h", 0.0, 1.0, "colours", "mane, dark red to light brown"),
    Parameter("bg_h", 0.0, 1.0, "colours", "background's hue"),
    Parameter("bg_v", 0.0, 1.0, "colours", "background's lightness"),
    Parameter("light_x", -0.6, 0.6, "light", "where the light comes from, left to right"),
)
NAMES = tuple(parameter.name for parameter in PARAMETERS)
LOW = np.array([parameter.low for parameter in PARAMETERS])
HIGH = np.array([parameter.high for parameter in PARAMETERS])

LATENT_RADIUS = math.sqrt(21)
"""|z| after scaling. The first default model was fitted with three more coordinates held at 0, and
scaled z to a mean square of 1 over all 21; what z means must stay what it was."""


def index(name: str) -> int:
    """Position of the parameter of that name."""
    return NAMES.index(name)


def members(group: str) -> list[int]:
    """Positions of the parameters of a group."""
    return [i for i, parameter in enumerate(PARAMETERS) if parameter.group == group]


def from_latent(z: ArrayLike) -> NDArray[np.float64]:
    """z [N, 18], normal -> parameters [N, 18]: z scaled to one length, then the normal CDF."""
    z = np.asarray(z, dtype=np.float64)
    z = z * (LATENT_RADIUS / np.linalg.norm(z, axis=-1, keepdims=True))
    share = torch.special.ndtr(torch.from_numpy(z)).numpy()
    return np.asarray(LOW + (HIGH - LOW) * share)


def mirrored(parameters: ArrayLike) -> NDArray[np.float64]:
    """Parameters [..., 18] of the mirrored pictures: sides swapped, turns to the sides negated."""
    mirror = np.array(parameters, dtype=np.float64)
    for left, right in (("eye_l", "eye_r"), ("ear_l", "ear_r")):
        sides = [index(left), index(right)]
        mirror[..., sides] = mirror[..., sides[::-1]]
    mirror[..., _indices(("yaw", "gaze_x", "light_x"))] *= -1
    return mirror


def _indices(names: Iterable[str]) -> list[int]:
    return [index(name) for name in names]
