"""The lion as signed distances: ellipsoids, smoothly joined, and a mouth cut out of them.

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
from stylegan2.toy_lion.shapes import Vector, compiled, ellipsoid, smooth_min

Turn = tuple[float, float]


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


# Materials, by what is nearest.
FUR, EYE, LID, NOSE, GUMS, TOOTH, TONGUE, INNER_EAR, MANE, BODY = range(10)

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
def jaw_shape(lion: Lion) -> tuple[Vector, Vector]:
    """Centre and radii of the jaw, in the jaw's frame."""
    centre = (0.0, JAW_Y, 0.42 + 0.14 * lion.muzzle)
    return centre, (0.33 * lion.face_w, JAW_HEIGHT, 0.34 + 0.10 * lion.muzzle)


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
def upper_head(lion: Lion, head: Vector) -> float:
    """Distance to skull, cheeks and muzzle, from a point of head space."""
    width, muzzle, front = lion.face_w, lion.muzzle, muzzle_z(lion)
    side = (abs(head[0]), head[1], head[2])
    skull = ellipsoid(head, (0.0, 0.05, 0.0), (0.92 * width, 0.9, 0.85))
    cheek = ellipsoid(side, (0.42 * width, -0.28, 0.45), (0.34, 0.3, 0.32))
    whiskers = ellipsoid(side, (0.17, -0.25, front), (0.27, 0.21, 0.30 * muzzle))
    bridge = ellipsoid(head, (0.0, 0.02, 0.62), (0.2, 0.28, 0.25 * muzzle + 0.15))
    return smooth_min(smooth_min(smooth_min(skull, cheek, 0.2), whiskers, 0.10), bridge, 0.15)


@compiled
def jaw_distance(lion: Lion, head: Vector) -> float:
    """Distance to the jaw, from a point of head space."""
    centre, radii = jaw_shape(lion)
    return ellipsoid(turned(head, lion.jaw_turn), centre, radii)


@compiled
def mouth_cavity(lion: Lion, head: Vector) -> float:
    """Distance to what is cut out for the mouth, from a point of head space."""
    centre = (0.0, -0.07, 0.62 + 0.2 * lion.muzzle)
    radii = (0.25 + 0.05 * lion.smile, 0.02 + 0.23 * lion.mouth, 0.36 + 0.10 * lion.muzzle)
    return ellipsoid(turned(head, lion.mouth_turn), centre, radii)


@compiled
def teeth_and_tongue(lion: Lion, head: Vector) -> tuple[float, float]:
    """Distances to the teeth and to the tongue, from a point of head space."""
    length, muzzle = min(1.0, lion.mouth * 3), lion.muzzle
    x, y, z = abs(head[0]), head[1] - HINGE[0], head[2] - HINGE[1]
    front = 0.62 + 0.26 * muzzle
    upper = ellipsoid((x, y, z), (0.15, -0.10, front), (0.038, 0.11 * length, 0.038))
    # Two small ones on each side between the fangs, in one row.
    near = (min(abs(x - 0.032), abs(x - 0.092)), y, z)
    row = ellipsoid(near, (0.0, -0.085, front + 0.035), (0.029, 0.055 * length, 0.03))
    jaw = turned(head, lion.jaw_turn)
    lower_centre = (0.13, -0.03, 0.62 + 0.20 * muzzle)
    lower = ellipsoid((x, jaw[1], jaw[2]), lower_centre, (0.03, 0.08 * length, 0.03))
    tongue = ellipsoid(jaw, (0.0, -0.06, 0.45 + 0.14 * muzzle), (0.16, 0.045, 0.26))
    return min(upper, row, lower), tongue


@compiled
def lid_edge(lion: Lion, side: float) -> float:
    """Height of the upper lid's edge on the side of that sign, in eye radii from the middle."""
    return LOWER_LID + (0.92 - LOWER_LID) * (lion.eye_l if side > 0 else lion.eye_r)


@compiled
def eye_and_lids(lion: Lion, head: Vector) -> tuple[float, float]:
    """Distances to the eyeball and to the lids that lie on it, from a point of head space."""
    point = (abs(head[0]), head[1], head[2])
    centre = (EYE_CENTRE[0] * lion.face_w, EYE_CENTRE[1], EYE_CENTRE[2])
    rx, ry, rz = EYE_RADII
    ball = ellipsoid(point, centre, EYE_RADII)
    thick = (rx + LID_THICKNESS, ry + LID_THICKNESS, rz + LID_THICKNESS)
    shell = ellipsoid(point, centre, thick)
    up = head[1] - centre[1]
    open_from, open_to = ry * LOWER_LID, ry * lid_edge(lion, head[0])
    return ball, max(shell, min(up - open_from, open_to - up))


@compiled
def in_ear(lion: Lion, head: Vector, side: float) -> Vector:
    """A point of head space in an ear's frame: across, along from the root, towards the front."""
    turn = lion.ear_turn_l if side > 0 else lion.ear_turn_r
    x, y = side * head[0] - EAR_ROOT[0] * lion.face_w, head[1] - EAR_ROOT[1]
    return turn[0] * x - turn[1] * y, turn[1] * x + turn[0] * y, head[2] - EAR_ROOT[2]


@compiled
def mane_distance(lion: Lion, head: Vector) -> float:
    """Distance to the mane, from a point of head space."""
    centre = (0.0, MANE_CENTRE[0], MANE_CENTRE[1])
    around = ellipsoid(head, centre, mane_radii(lion, 1.1))
    if around >= 0.05:  # far off: the spikes' hull will do
        return around + 0.02
    spike = spike_at(math.atan2(head[1], head[0]))
    # Spikes bend the distance; 0.7 keeps a ray from stepping through them.
    return 0.7 * ellipsoid(head, centre, mane_radii(lion, spike))


@compiled
def distance(lion: Lion, point: Vector) -> tuple[float, int]:
    """Distance of a point of world space to the lion, and the material nearest to it."""
    # The body does not turn with the head.
    body = ellipsoid(point, (0.0, BODY_CENTRE[0], BODY_CENTRE[1]), BODY_RADII)
    square = point[0] * point[0] + point[1] * point[1] + point[2] * point[2]
    beyond = math.sqrt(square) - lion.reach
    if beyond > 0.1:
        return min(body, beyond), BODY
    head = to_head(lion, point)
    solid = smooth_min(upper_head(lion, head), jaw_distance(lion, head), 0.06)
    cavity = mouth_cavity(lion, head)
    nearest, material = max(solid, -cavity), FUR
    if -cavity > solid - 0.012:
        material = GUMS
    if lion.mouth > 0.08 and cavity < 0.2:
        teeth, tongue = teeth_and_tongue(lion, head)
        if tongue < nearest:
            nearest, material = tongue, TONGUE
        if teeth < nearest:
            nearest, material = teeth, TOOTH
    nose_z = muzzle_z(lion) + 0.26 * lion.muzzle
    nose = ellipsoid(head, (0.0, NOSE_Y, nose_z), NOSE_RADII)
    if nose < nearest:
        nearest, material = nose, NOSE
    if head[2] > 0 and head[1] > -0.1:
        eye, lids = eye_and_lids(lion, head)
        if eye < nearest:
            nearest, material = eye, EYE
        if lids < nearest:
            nearest, material = lids, LID
    for side in (1.0, -1.0):
        across, along, front = in_ear(lion, head, side)
        middle = EAR_MIDDLE * lion.ear_len
        radii = (EAR_RADII[0], EAR_RADII[1] * lion.ear_len, EAR_RADII[2])
        ear = ellipsoid((across, along, front), (0.0, middle, 0.0), radii)
        if ear < nearest:
            inner = (across / 0.12) ** 2 + ((along - middle) / middle) ** 2
            material = INNER_EAR if inner < 1.0 and front > 0 else FUR
            nearest = ear
        nearest = smooth_min(nearest, ear, 0.05)
    if lion.mane > 0.03:
        mane = mane_distance(lion, head)
        if mane < nearest:
            nearest, material = mane, MANE
    if body < nearest:
        nearest, material = body, BODY
    return nearest, material
