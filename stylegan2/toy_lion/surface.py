"""Which spot of the lion's surface a pixel shows, and where that spot is in another picture.

A landmark is a point of the geometry: the nose's is its tip, wherever it is seen from. What a
picture shows at a pixel is a spot of the surface, and this is what can be followed. Pixels are
(x, y), 0 the centre of the first pixel.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from stylegan2.toy_lion import anatomy, geometry
from stylegan2.toy_lion.anatomy import Lion, Shape, make_lion
from stylegan2.toy_lion.landmarks import look_at, to_pixels
from stylegan2.toy_lion.renderer import VIEW, at, ray_through, trace
from stylegan2.toy_lion.shapes import Vector, compiled

# Parts that move or grow by themselves.
SKULL, CHEEK, WHISKERS, BRIDGE, NOSE, EYE, EAR, JAW, MOUTH, MANE, BODY = range(11)


class SurfacePoint(NamedTuple):
    """A spot of a part, one of this module's constants; `side` is 1 on the left, else -1.

    `place` is in the part's own frame: from its centre, over its radii, and turned with it; of the
    mane the angle about the head's axis, how far to the front, and how far out. It stays as the
    lion turns, opens its mouth, moves its ears or grows.
    """

    part: int
    side: float
    place: Vector


def under(
    parameters: ArrayLike, pixel: tuple[float, float], resolution: int
) -> SurfacePoint | None:
    """What the picture of parameters [18], `resolution` x `resolution`, shows at a pixel.

    None is the background.
    """
    lion = make_lion(np.asarray(parameters, dtype=np.float64))
    scale = 2 * VIEW / resolution
    x, y = (pixel[0] + 0.5) * scale - VIEW, VIEW - (pixel[1] + 0.5) * scale
    ray, plane = ray_through(x, y)
    length = trace(lion, ray, plane)
    if length < 0:
        return None
    part, side, place = locate(lion, at(ray, length))
    return SurfacePoint(int(part), float(side), place)


def project(
    parameters: ArrayLike, point: SurfacePoint, resolution: int
) -> tuple[tuple[float, float], bool]:
    """Where the picture of parameters [18] has that spot, and whether it is seen there.

    A hidden spot's pixel is where it would be seen if nothing hid it.
    """
    lion = make_lion(np.asarray(parameters, dtype=np.float64))
    head = head_point(lion, point.part, point.side, point.place)
    x, y, visible = look_at(lion, head)
    pixel = to_pixels(np.array([x, y]), resolution)
    return (float(pixel[0]), float(pixel[1])), bool(visible)


@compiled
def locate(lion: Lion, point: Vector) -> tuple[int, float, Vector]:
    """Part, side and place of a point of world space on the surface."""
    _, material = geometry.distance(lion, point)
    head = anatomy.to_head(lion, point)
    side = 1.0 if head[0] > 0 else -1.0
    if material == geometry.MANE:
        return MANE, side, _in_mane(lion, head)
    if material == geometry.BODY:
        return BODY, side, _over(point, anatomy.body_shape(lion))
    part = _part(lion, head, side, material)
    return part, side, _over(_in_frame(lion, part, side, head), _shape(lion, part))


@compiled
def _part(lion: Lion, head: Vector, side: float, material: int) -> int:
    """The part that a point of the head's surface belongs to: that of its material, or the
    nearest of those that are covered with fur."""
    if material == geometry.NOSE:
        return NOSE
    if material == geometry.EYE or material == geometry.LID:
        return EYE
    if material == geometry.INNER_EAR:
        return EAR
    if material == geometry.GUMS:
        return MOUTH
    if material == geometry.TONGUE:
        return JAW
    if material == geometry.TOOTH:  # what it stands on carries it
        left = (abs(head[0]), head[1], head[2])
        lower = geometry.gap(anatomy.turned(left, lion.jaw_turn), anatomy.lower_tooth_shape(lion))
        return JAW if lower < 0.02 else WHISKERS
    nearest, part = 1e9, SKULL
    for candidate in (SKULL, CHEEK, WHISKERS, BRIDGE, EAR, JAW):
        gap = abs(geometry.gap(_in_frame(lion, candidate, side, head), _shape(lion, candidate)))
        if gap < nearest:
            nearest, part = gap, candidate
    return part


@compiled
def _shape(lion: Lion, part: int) -> Shape:
    """The shape of a part of the head that is an ellipsoid, in its frame and on the left."""
    if part == CHEEK:
        return anatomy.cheek_shape(lion)
    if part == WHISKERS:
        return anatomy.whiskers_shape(lion)
    if part == BRIDGE:
        return anatomy.bridge_shape(lion)
    if part == NOSE:
        return anatomy.nose_shape(lion)
    if part == EYE:
        return anatomy.eye_shape(lion)
    if part == EAR:
        return anatomy.ear_shape(lion)
    if part == JAW:
        return anatomy.jaw_shape(lion)
    if part == MOUTH:
        return anatomy.cavity_shape(lion)
    return anatomy.skull_shape(lion)


@compiled
def _in_frame(lion: Lion, part: int, side: float, head: Vector) -> Vector:
    """A point of head space in a part's frame, mirrored to the left where the part is a side's."""
    if part == EAR:
        return anatomy.in_ear(lion, head, side)
    left = (side * head[0], head[1], head[2])
    if part == JAW:
        return anatomy.turned(left, lion.jaw_turn)
    if part == MOUTH:
        return anatomy.turned(left, lion.mouth_turn)
    return left


@compiled
def head_point(lion: Lion, part: int, side: float, place: Vector) -> Vector:
    """The inverse: a place of a part to head space."""
    if part == MANE:
        return anatomy.on_mane(lion, place[0], place[1], place[2])
    if part == BODY:
        return anatomy.to_head(lion, _out(place, anatomy.body_shape(lion)))
    point = _out(place, _shape(lion, part))
    if part == EAR:
        return anatomy.out_of_ear(lion, point, side)
    if part == JAW:
        point = anatomy.turned_back(point, lion.jaw_turn)
    elif part == MOUTH:
        point = anatomy.turned_back(point, lion.mouth_turn)
    return side * point[0], point[1], point[2]


@compiled
def _in_mane(lion: Lion, head: Vector) -> Vector:
    """The arguments of `on_mane` that give a point of head space."""
    angle = math.atan2(head[1], head[0])
    centre = (0.0, anatomy.MANE_CENTRE[0], anatomy.MANE_CENTRE[1])
    radii = anatomy.mane_radii(lion, anatomy.spike_at(angle))
    x, y, z = _over(head, (centre, radii))
    return angle, z, math.sqrt(x * x + y * y + z * z)


@compiled
def _over(point: Vector, shape: Shape) -> Vector:
    """From the shape's centre, over its radii."""
    centre, radii = shape
    return (
        (point[0] - centre[0]) / radii[0],
        (point[1] - centre[1]) / radii[1],
        (point[2] - centre[2]) / radii[2],
    )


@compiled
def _out(place: Vector, shape: Shape) -> Vector:
    """The inverse of `_over`."""
    centre, radii = shape
    return (
        centre[0] + place[0] * radii[0],
        centre[1] + place[1] * radii[1],
        centre[2] + place[2] * radii[2],
    )
