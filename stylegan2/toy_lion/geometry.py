"""The lion as signed distances: ellipsoids, smoothly joined, and a mouth cut out of them.

Lengths and spaces are those of `anatomy`.
"""

from __future__ import annotations

import math

from stylegan2.toy_lion.anatomy import (
    EAR_MIDDLE,
    HINGE,
    LID_THICKNESS,
    LOWER_LID,
    MANE_CENTRE,
    Lion,
    Shape,
    body_shape,
    bridge_shape,
    cavity_shape,
    cheek_shape,
    ear_shape,
    eye_shape,
    in_ear,
    jaw_shape,
    lid_edge,
    lower_tooth_shape,
    mane_radii,
    nose_shape,
    skull_shape,
    spike_at,
    to_head,
    turned,
    whiskers_shape,
)
from stylegan2.toy_lion.shapes import Vector, compiled, ellipsoid, smooth_min

# Materials, by what is nearest.
FUR, EYE, LID, NOSE, GUMS, TOOTH, TONGUE, INNER_EAR, MANE, BODY = range(10)


@compiled
def gap(point: Vector, shape: Shape) -> float:
    """Signed distance of a point to an ellipsoid."""
    return ellipsoid(point, shape[0], shape[1])


@compiled
def upper_head(lion: Lion, head: Vector) -> float:
    """Distance to skull, cheeks and muzzle, from a point of head space."""
    side = (abs(head[0]), head[1], head[2])
    skull = gap(head, skull_shape(lion))
    cheek = gap(side, cheek_shape(lion))
    whiskers = gap(side, whiskers_shape(lion))
    bridge = gap(head, bridge_shape(lion))
    return smooth_min(smooth_min(smooth_min(skull, cheek, 0.2), whiskers, 0.10), bridge, 0.15)


@compiled
def jaw_distance(lion: Lion, head: Vector) -> float:
    """Distance to the jaw, from a point of head space."""
    return gap(turned(head, lion.jaw_turn), jaw_shape(lion))


@compiled
def mouth_cavity(lion: Lion, head: Vector) -> float:
    """Distance to what is cut out for the mouth, from a point of head space."""
    return gap(turned(head, lion.mouth_turn), cavity_shape(lion))


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
    lower = gap((x, jaw[1], jaw[2]), lower_tooth_shape(lion))
    tongue = ellipsoid(jaw, (0.0, -0.06, 0.45 + 0.14 * muzzle), (0.16, 0.045, 0.26))
    return min(upper, row, lower), tongue


@compiled
def eye_and_lids(lion: Lion, head: Vector) -> tuple[float, float]:
    """Distances to the eyeball and to the lids that lie on it, from a point of head space."""
    point = (abs(head[0]), head[1], head[2])
    centre, (rx, ry, rz) = eye_shape(lion)
    ball = gap(point, eye_shape(lion))
    thick = (rx + LID_THICKNESS, ry + LID_THICKNESS, rz + LID_THICKNESS)
    shell = ellipsoid(point, centre, thick)
    up = head[1] - centre[1]
    open_from, open_to = ry * LOWER_LID, ry * lid_edge(lion, head[0])
    return ball, max(shell, min(up - open_from, open_to - up))


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
    body = gap(point, body_shape(lion))
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
    nose = gap(head, nose_shape(lion))
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
        ear = gap((across, along, front), ear_shape(lion))
        if ear < nearest:
            inner = (across / 0.12) ** 2 + (along / (EAR_MIDDLE * lion.ear_len) - 1) ** 2
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
