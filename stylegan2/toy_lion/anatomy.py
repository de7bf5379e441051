"""The lion's parts: where they are, how large, how each of them turns.

Lengths are in units of about a head's radius. Head space: x to the head's left (the picture's
right), y up, z out of the nose. World space has the same origin, and the camera at (0, 0, 7) looks
along -z.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stylegan2.toy_lion.parameters import NAMES
from stylegan2.toy_lion.shapes import Vector, compiled

Turn = tuple[float, float]
Shape = tuple[Vector, Vector]
"""An ellipsoid: its centre and its radii."""


class Lion(NamedTuple):
    """A row of parameters with what follows from them, as the compiled functions take it."""

    mouth: float
    eye_l: float
    eye_r: float
    gaze_x: float
    ear_len: float
    mane: float
    face_w: float
    muzzle: float
    smile: float
    reach: float  # no part of the head is farther from its centre
    rotation: tuple[float, ...]  # 9, rows first: head to world
    jaw_turn: Turn  # cosine and sine, as the others
    mouth_turn: Turn
    ear_turn_l: Turn
    ear_turn_r: Turn


def make_lion(parameters: NDArray[np.float64]) -> Lion:
    """One row of parameters, [18], to a `Lion`."""
    value = dict(zip(NAMES, (float(number) for number in parameters), strict=True))
    cos_yaw, sin_yaw = _turn(value["yaw"])
    cos_pitch, sin_pitch = _turn(value["pitch"])
    return Lion(
        mouth=value["mouth"],
        eye_l=value["eye_l"],
        eye_r=value["eye_r"],
        gaze_x=value["gaze_x"],
        ear_len=value["ear_len"],
        mane=value["mane"],
        face_w=value["face_w"],
        muzzle=value["muzzle"],
        smile=value["smile"],
        reach=_reach(value),
        rotation=(
            *(cos_yaw, sin_yaw * sin_pitch, sin_yaw * cos_pitch),
            *(0.0, cos_pitch, -sin_pitch),
            *(-sin_yaw, cos_yaw * sin_pitch, cos_yaw * cos_pitch),
        ),
        jaw_turn=_turn(0.75 * value["mouth"]),
        mouth_turn=_turn(0.37 * value["mouth"]),
        ear_turn_l=_turn(value["ear_l"] + 0.55),
        ear_turn_r=_turn(value["ear_r"] + 0.55),
    )


def _reach(value: dict[str, float]) -> float:
    """Radius of a sphere about the head's centre that has all of the head in it."""
    nose = 0.70 + 0.54 * value["muzzle"] + NOSE_RADII[2]
    ears = [
        math.hypot(
            EAR_ROOT[0] * value["face_w"] + math.sin(turn) * length,
            EAR_ROOT[1] + math.cos(turn) * length,
        )
        for turn in (value["ear_l"] + 0.55, value["ear_r"] + 0.55)
        for length in [(EAR_MIDDLE + EAR_RADII[1]) * value["ear_len"]]
    ]
    rim = (0.95 + 0.45 * value["mane"]) * 1.1 * max(1.0, value["face_w"])
    return max(nose, *ears, math.hypot(rim, MANE_CENTRE[1])) + 0.06


def _turn(angle: float) -> Turn:
    return math.cos(angle), math.sin(angle)


EYE_CENTRE = (0.35, 0.26, 0.64)  # x times face_w
EYE_RADII = (0.21, 0.21, 0.20)
LID_THICKNESS = 0.014
LOWER_LID = -0.74  # height of its edge, in eye radii
NOSE_RADII = (0.16, 0.11, 0.11)
NOSE_Y = -0.06
HINGE = (-0.3, 0.2)  # y, z of the axis that the jaw turns about
JAW_Y = -0.17
JAW_HEIGHT = 0.14
EAR_ROOT = (0.62, 0.62, -0.02)  # x times face_w
EAR_RADII = (0.20, 0.30, 0.10)  # the middle one times ear_len
EAR_MIDDLE = 0.20  # times ear_len, from the root
MANE_CENTRE = (-0.05, -0.38)  # y, z
SPIKES = 13
BODY_CENTRE = (-1.75, -0.75)  # y, z
BODY_RADII = (1.15, 1.05, 0.8)


@compiled
def turned(point: Vector, turn: Turn) -> Vector:
    """A point of head space in the frame of a part that has turned about the jaw's hinge."""
    y, z = point[1] - HINGE[0], point[2] - HINGE[1]
    return point[0], turn[0] * y + turn[1] * z, -turn[1] * y + turn[0] * z


@compiled
def turned_back(point: Vector, turn: Turn) -> Vector:
    """The inverse of `turned`: a point of the part's frame in head space."""
    _, y, z = point
    return point[0], turn[0] * y - turn[1] * z + HINGE[0], turn[1] * y + turn[0] * z + HINGE[1]


@compiled
def to_head(lion: Lion, point: Vector) -> Vector:
    """World space to head space."""
    r = lion.rotation
    x, y, z = point
    return (
        r[0] * x + r[3] * y + r[6] * z,
        r[1] * x + r[4] * y + r[7] * z,
        r[2] * x + r[5] * y + r[8] * z,
    )


@compiled
def muzzle_z(lion: Lion) -> float:
    return 0.70 + 0.28 * lion.muzzle


@compiled
def skull_shape(lion: Lion) -> Shape:
    return (0.0, 0.05, 0.0), (0.92 * lion.face_w, 0.9, 0.85)


@compiled
def cheek_shape(lion: Lion) -> Shape:
    """The left one."""
    return (0.42 * lion.face_w, -0.28, 0.45), (0.34, 0.3, 0.32)


@compiled
def whiskers_shape(lion: Lion) -> Shape:
    """The left half of the muzzle."""
    return (0.17, -0.25, muzzle_z(lion)), (0.27, 0.21, 0.30 * lion.muzzle)


@compiled
def bridge_shape(lion: Lion) -> Shape:
    """Between the eyes and the nose."""
    return (0.0, 0.02, 0.62), (0.2, 0.28, 0.25 * lion.muzzle + 0.15)


@compiled
def nose_shape(lion: Lion) -> Shape:
    return (0.0, NOSE_Y, muzzle_z(lion) + 0.26 * lion.muzzle), NOSE_RADII


@compiled
def eye_shape(lion: Lion) -> Shape:
    """The left one."""
    return (EYE_CENTRE[0] * lion.face_w, EYE_CENTRE[1], EYE_CENTRE[2]), EYE_RADII


@compiled
def ear_shape(lion: Lion) -> Shape:
    """In the ear's frame, see `in_ear`."""
    radii = (EAR_RADII[0], EAR_RADII[1] * lion.ear_len, EAR_RADII[2])
    return (0.0, EAR_MIDDLE * lion.ear_len, 0.0), radii


@compiled
def jaw_shape(lion: Lion) -> Shape:
    """In the jaw's frame, see `turned`."""
    centre = (0.0, JAW_Y, 0.42 + 0.14 * lion.muzzle)
    return centre, (0.33 * lion.face_w, JAW_HEIGHT, 0.34 + 0.10 * lion.muzzle)


@compiled
def cavity_shape(lion: Lion) -> Shape:
    """What is cut out for the mouth, in the mouth's frame, see `turned`."""
    centre = (0.0, -0.07, 0.62 + 0.2 * lion.muzzle)
    return centre, (0.25 + 0.05 * lion.smile, 0.02 + 0.23 * lion.mouth, 0.36 + 0.10 * lion.muzzle)


@compiled
def lower_tooth_shape(lion: Lion) -> Shape:
    """The left one, in the jaw's frame."""
    length = min(1.0, lion.mouth * 3)
    return (0.13, -0.03, 0.62 + 0.20 * lion.muzzle), (0.03, 0.08 * length, 0.03)


@compiled
def body_shape(lion: Lion) -> Shape:
    """In world space."""
    return (0.0, BODY_CENTRE[0], BODY_CENTRE[1]), BODY_RADII


@compiled
def mane_radii(lion: Lion, spike: float) -> Vector:
    """Radii of the mane where its outline is `spike` times the average."""
    size = 0.95 + 0.45 * lion.mane
    return size * spike * lion.face_w, size * spike, 0.42 + 0.10 * lion.mane


@compiled
def spike_at(angle: float) -> float:
    """The mane's outline at an angle about the head's z axis, relative to its average."""
    return 1.0 + 0.07 * math.sin(angle * SPIKES) + 0.03 * math.sin(angle * 29.0)


@compiled
def on_mane(lion: Lion, angle: float, front: float, level: float) -> Vector:
    """The point of head space at an angle about the head's z axis, `front` (-1 to 1) of the mane's
    depth before its middle, and `level` times as far from its centre as its surface is.
    """
    rx, ry, rz = mane_radii(lion, spike_at(angle))
    dx, dy = math.cos(angle), math.sin(angle)
    # The ray from the head's axis at this angle meets the ellipse about (0, centre_y):
    # (r dx / rx)^2 + ((r dy - centre_y) / ry)^2 = level^2 - front^2
    centre_y, centre_z = MANE_CENTRE
    a = (dx / rx) ** 2 + (dy / ry) ** 2
    b = dy * centre_y / ry**2
    c = (centre_y / ry) ** 2 - (level * level - front * front)
    radius = (b + math.sqrt(max(0.0, b * b - a * c))) / a
    return radius * dx, radius * dy, centre_z + rz * front


@compiled
def lid_edge(lion: Lion, side: float) -> float:
    """Height of the upper lid's edge on the side of that sign, in eye radii from the middle."""
    return LOWER_LID + (0.92 - LOWER_LID) * (lion.eye_l if side > 0 else lion.eye_r)


@compiled
def in_ear(lion: Lion, head: Vector, side: float) -> Vector:
    """A point of head space in an ear's frame: across, along from the root, towards the front."""
    turn = lion.ear_turn_l if side > 0 else lion.ear_turn_r
    x, y = side * head[0] - EAR_ROOT[0] * lion.face_w, head[1] - EAR_ROOT[1]
    return turn[0] * x - turn[1] * y, turn[1] * x + turn[0] * y, head[2] - EAR_ROOT[2]


@compiled
def out_of_ear(lion: Lion, point: Vector, side: float) -> Vector:
    """The inverse of `in_ear`."""
    turn = lion.ear_turn_l if side > 0 else lion.ear_turn_r
    x, y = turn[0] * point[0] + turn[1] * point[1], turn[0] * point[1] - turn[1] * point[0]
    return side * (x + EAR_ROOT[0] * lion.face_w), y + EAR_ROOT[1], point[2] + EAR_ROOT[2]
