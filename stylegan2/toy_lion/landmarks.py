"""Where the lion's features are in its picture, from the geometry that the renderer draws.

Points are (x, y) pixels, 0 the centre of the first pixel. A landmark lies on the surface; whether
it is seen is found by tracing a ray towards it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stylegan2.toy_lion import anatomy, geometry
from stylegan2.toy_lion.anatomy import Lion, make_lion
from stylegan2.toy_lion.renderer import CAMERA_Z, VIEW, ray_through, trace
from stylegan2.toy_lion.shapes import Vector, compiled

# Spikes of the mane, counted from the top, clockwise as the lion's viewer sees them.
_MANE = {"mane_top": 0, **{f"mane_l{k}": k for k in range(1, 5)}}
_MANE |= {f"mane_r{k}": -k for k in range(1, 5)}

NAMES = (
    *("nose", "chin", "lip_l", "lip_r"),
    *("eye_l_inner", "eye_l_outer", "eye_r_inner", "eye_r_outer"),
    *("ear_l", "ear_r"),
    *_MANE,
)
"""Left is +x of the head: right in the picture. `mane_top` is the spike over the forehead,
`mane_l1` the next to the left, and so on; those lower than the fourth are behind the body. `lip_l`
and `lip_r` are the upper lip's ends: the open mouth has no corners, jaw and muzzle part there."""

_MEANT = 0.075  # a ray that hits so near to the landmark sees it, or the lid on it
_CHIN = 0.95  # share of the jaw's length
_LIP = (0.22, -0.38)  # x, y
_TIP = 0.95  # share of the spike's length: its very tip is seen by no pixel, this is


class Landmarks(NamedTuple):
    """`points` [N, L, 2] and `visible` [N, L], in the order of `NAMES`.

    A hidden landmark's point is where it would be seen if nothing hid it.
    """

    points: NDArray[np.float64]
    visible: NDArray[np.bool_]


def find_landmarks(parameters: ArrayLike, resolution: int) -> Landmarks:
    """Landmarks of parameters [N, 18] in pictures of `resolution` x `resolution`."""
    rows = np.asarray(parameters, dtype=np.float64)
    points = np.empty((len(rows), len(NAMES), 2))
    visible = np.empty((len(rows), len(NAMES)), np.bool_)
    for i, row in enumerate(rows):
        lion = make_lion(row)
        for k, (point, exists) in enumerate(_head_points(lion)):
            x, y, seen = look_at(lion, point)
            points[i, k] = x, y
            visible[i, k] = exists and seen
    return Landmarks(to_pixels(points, resolution), visible)


def to_pixels(points: NDArray[np.float64], resolution: int) -> NDArray[np.float64]:
    """Points [..., 2] of the plane z = 0, y up, to pixels (x, y)."""
    pixels: NDArray[np.float64] = (points * (1, -1) + VIEW) * (resolution / (2 * VIEW)) - 0.5
    return pixels


def mirror_order() -> list[int]:
    """For each landmark, the one whose place it takes in the mirrored picture."""
    swapped = [
        name.replace("_l", "_?").replace("_r", "_l").replace("_?", "_r") if "_" in name else name
        for name in NAMES
    ]
    return [NAMES.index(name) for name in swapped]


def _head_points(lion: Lion) -> list[tuple[Vector, bool]]:
    """Points of head space in the order of `NAMES`, and whether each exists."""
    (_, nose_y, nose_z), nose_radii = anatomy.nose_shape(lion)
    lip = _lip(lion)
    places = {
        "nose": ((0.0, nose_y, nose_z + nose_radii[2]), True),
        "chin": (_chin(lion), True),
        "lip_l": (lip, True),
        "lip_r": ((-lip[0], lip[1], lip[2]), True),
    }
    for side, sign in (("l", 1.0), ("r", -1.0)):
        for corner_name, outwards in (("inner", -1.0), ("outer", 1.0)):
            x, y, z = _eye_corner(lion, outwards)
            places[f"eye_{side}_{corner_name}"] = ((sign * x, y, z), True)
        places[f"ear_{side}"] = (_ear_tip(lion, sign), True)
    for name, spike in _MANE.items():
        places[name] = (_spike_tip(lion, spike), lion.mane > 0.03)
    return [places[name] for name in NAMES]


def _chin(lion: Lion) -> Vector:
    """The jaw's lower front: low enough to be the chin, and still seen when the mouth is open."""
    centre, radii = anatomy.jaw_shape(lion)
    y = centre[1] - math.sqrt(1 - _CHIN**2) * radii[1]
    z = centre[2] + _CHIN * radii[2]
    return anatomy.turned_back((0.0, y, z), lion.jaw_turn)


def _ear_tip(lion: Lion, side: float) -> Vector:
    """On the ear's front, just before its tip, where a ray still meets it."""
    along = (anatomy.EAR_MIDDLE + 0.26) * lion.ear_len
    front = anatomy.EAR_RADII[2] * math.sqrt(1 - (0.26 / anatomy.EAR_RADII[1]) ** 2)
    return anatomy.out_of_ear(lion, (0.0, along, front), side)


def _spike_tip(lion: Lion, spike: int) -> Vector:
    """On the mane's front, just before the tip of a spike: 0 is on top, 1 the next to the left."""
    angle = math.pi / 2 - 2 * math.pi * spike / anatomy.SPIKES
    return anatomy.on_mane(lion, angle, math.sqrt(1 - _TIP**2), 1.0)


@compiled
def _eye_corner(lion: Lion, outwards: float) -> Vector:
    """Where the left eye's surface, at the height of its middle, dives into the face.

    Or its side, where it stands out so far that this is behind it.
    """
    (cx, cy, cz), (rx, _, rz) = anatomy.eye_shape(lion)
    low, high = 0.0, 1.25  # radians from the front
    for _ in range(40):
        angle = (low + high) / 2
        x = cx + outwards * rx * math.sin(angle)
        point = (x, cy, cz + rz * math.cos(angle))
        if geometry.upper_head(lion, point) > 0:
            low = angle
        else:
            high = angle
    return point


@compiled
def _lip(lion: Lion) -> Vector:
    """The muzzle's surface at the left end of the upper lip."""
    x, y = _LIP
    behind, before = 0.4, 2.5
    for _ in range(40):
        z = (behind + before) / 2
        if geometry.upper_head(lion, (x, y, z)) > 0:
            before = z
        else:
            behind = z
    return x, y, z


@compiled
def look_at(lion: Lion, head: Vector) -> tuple[float, float, bool]:
    """Where on the plane z = 0 a point of head space is seen, and whether it is."""
    r = lion.rotation
    x = r[0] * head[0] + r[1] * head[1] + r[2] * head[2]
    y = r[3] * head[0] + r[4] * head[1] + r[5] * head[2]
    z = r[6] * head[0] + r[7] * head[1] + r[8] * head[2]
    nearness = CAMERA_Z / (CAMERA_Z - z)
    ray, plane = ray_through(x * nearness, y * nearness)
    hit = trace(lion, ray, plane)
    length = math.sqrt(x * x + y * y + (CAMERA_Z - z) ** 2)
    return x * nearness, y * nearness, hit > 0 and abs(hit - length) < _MEANT
