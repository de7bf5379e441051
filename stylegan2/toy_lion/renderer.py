"""Pictures of the toy lion: a sphere-traced ray for each pixel, more where neighbours differ."""

from __future__ import annotations

import colorsys
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stylegan2.toy_lion import anatomy, geometry
from stylegan2.toy_lion.anatomy import Lion, make_lion
from stylegan2.toy_lion.parameters import NAMES
from stylegan2.toy_lion.shapes import Vector, compiled

VIEW = 1.75
"""Half the picture's side, on the plane z = 0."""

CAMERA_Z = 7.0

_BODY_RADIUS = 1.16
_STEPS = 44
_NEAR = 0.008  # a ray so near to the surface has hit it
_BEYOND = 1.9  # no part of the lion is farther behind the plane z = 0
_LIGHT = (0.5, 0.85)  # y and z of the light's direction; x is a parameter
_ROUGH = 0.05  # neighbouring pixels that differ by more are sampled finer


class Paint(NamedTuple):
    """Colours (red, green, blue in [0, 1]) and the unit vector towards the light."""

    fur: Vector
    mane: Vector
    background: Vector
    light: Vector


def make_paint(parameters: NDArray[np.float64]) -> Paint:
    """One row of parameters, [18], to its colours."""
    value = dict(zip(NAMES, (float(number) for number in parameters), strict=True))
    fur, mane = value["fur_h"], value["mane_h"]
    light = (value["light_x"], *_LIGHT)
    length = math.hypot(*light)
    return Paint(
        fur=colorsys.hsv_to_rgb(0.055 + 0.075 * fur, 0.42 + 0.35 * fur, 0.93 - 0.12 * fur),
        mane=colorsys.hsv_to_rgb(0.02 + 0.06 * mane, 0.75 - 0.2 * mane, 0.32 + 0.40 * mane),
        background=colorsys.hsv_to_rgb(0.999 * value["bg_h"], 0.35, 0.45 + 0.45 * value["bg_v"]),
        light=(light[0] / length, light[1] / length, light[2] / length),
    )


def render(parameters: ArrayLike, resolution: int = 128, samples: int = 3) -> NDArray[np.uint8]:
    """Parameters [N, 18] -> pictures [N, resolution, resolution, 3], 8-bit RGB.

    Where neighbouring pixels differ, a pixel is the mean of `samples` x `samples` rays.
    """
    rows = np.asarray(parameters, dtype=np.float64)
    pictures = np.empty((len(rows), resolution, resolution, 3), np.uint8)
    for row, picture in zip(rows, pictures, strict=True):
        _render_one(make_lion(row), make_paint(row), samples, picture)
    return pictures


@compiled
def ray_through(x: float, y: float) -> tuple[Vector, float]:
    """The unit ray from the camera through (x, y) of the plane z = 0, and the length to there."""
    length = math.sqrt(x * x + y * y + CAMERA_Z * CAMERA_Z)
    return (x / length, y / length, -CAMERA_Z / length), length


@compiled
def at(ray: Vector, length: float) -> Vector:
    """The point that lies so far from the camera along the ray."""
    return ray[0] * length, ray[1] * length, CAMERA_Z + ray[2] * length


@compiled
def trace(lion: Lion, ray: Vector, plane: float) -> float:
    """Length along the ray to the lion, or -1. `plane` is the length to the plane z = 0."""
    to_head = -CAMERA_Z * ray[2]  # length to the ray's nearest point to the head's centre
    miss_head = CAMERA_Z * CAMERA_Z - to_head * to_head
    body_y, body_z = anatomy.BODY_CENTRE
    to_body = (body_z - CAMERA_Z) * ray[2] + body_y * ray[1]
    miss_body = body_y * body_y + (body_z - CAMERA_Z) ** 2 - to_body * to_body
    if miss_head >= lion.reach * lion.reach and miss_body >= _BODY_RADIUS * _BODY_RADIUS:
        return -1.0
    length = plane + _BEYOND
    if miss_head < lion.reach * lion.reach:
        length = to_head - math.sqrt(lion.reach * lion.reach - miss_head)
    if miss_body < _BODY_RADIUS * _BODY_RADIUS:
        length = min(length, to_body - math.sqrt(_BODY_RADIUS * _BODY_RADIUS - miss_body))
    for _ in range(_STEPS):
        gap, _material = geometry.distance(lion, at(ray, length))
        if gap < _NEAR:
            return length
        length += 0.92 * gap
        if length > plane + _BEYOND:
            return -1.0
    return -1.0


@compiled
def mix(a: Vector, b: Vector, share: float) -> Vector:
    """`share` of b, the rest of a."""
    return (
        a[0] * (1 - share) + b[0] * share,
        a[1] * (1 - share) + b[1] * share,
        a[2] * (1 - share) + b[2] * share,
    )


@compiled
def dim(colour: Vector, factor: float) -> Vector:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


@compiled
def fur_colour(lion: Lion, fur: Vector, head: Vector) -> Vector:
    """Fur: lighter about muzzle and chin; the line of a closed mouth is painted on."""
    x, y, z = head
    near = (x / 0.45) ** 2 + ((y + 0.35) / 0.35) ** 2 + ((z - 0.95) / 0.6) ** 2
    colour = mix(fur, (0.98, 0.94, 0.86), math.exp(-near))
    if z > 0.5 and abs(x) < 0.42:
        line = -0.40 + lion.smile * 0.5 * x * x
        shut = min(1.0, max(0.0, (0.18 - lion.mouth) / 0.06))
        colour = dim(colour, 1 - 0.75 * shut * math.exp(-(((y - line) / 0.022) ** 2)))
        if -0.38 < y < anatomy.NOSE_Y and z > anatomy.muzzle_z(lion):
            colour = dim(colour, 1 - 0.6 * math.exp(-((x / 0.016) ** 2)))
    return colour


@compiled
def eye_place(lion: Lion, head: Vector) -> tuple[float, float]:
    """A point on an eye seen from the front: across (to the left) and up, in eye radii."""
    side = 1.0 if head[0] > 0 else -1.0
    across = (head[0] - side * anatomy.EYE_CENTRE[0] * lion.face_w) / anatomy.EYE_RADII[0]
    return across, (head[1] - anatomy.EYE_CENTRE[1]) / anatomy.EYE_RADII[1]


@compiled
def eyeball_colour(lion: Lion, head: Vector) -> Vector:
    """Pupil, iris with its dark rim, or white."""
    across, up = eye_place(lion, head)
    from_gaze = math.sqrt((across - 0.9 * lion.gaze_x) ** 2 + (up - 0.05) ** 2)
    if from_gaze < 0.32:
        return 0.03, 0.025, 0.025
    if from_gaze < 0.58:
        return mix((0.95, 0.72, 0.16), (0.75, 0.42, 0.05), (from_gaze - 0.32) / 0.26)
    if from_gaze < 0.68:
        return 0.30, 0.15, 0.04
    return 0.96, 0.96, 0.93


@compiled
def lid_colour(lion: Lion, fur: Vector, head: Vector) -> Vector:
    """Fur, darker than the face's; the upper lid ends in a dark line."""
    up = eye_place(lion, head)[1]
    edge = anatomy.lid_edge(lion, head[0])
    if edge - 0.04 < up < edge + 0.13:
        return 0.16, 0.09, 0.06
    return dim(fur, 0.86)


@compiled
def surface_colour(
    lion: Lion, paint: Paint, head: Vector, material: int
) -> tuple[Vector, float, float]:
    """Colour without light, how much the spot shines and how sharply, at a point of head space."""
    if material == geometry.FUR:
        return fur_colour(lion, paint.fur, head), 0.08, 24.0
    if material == geometry.EYE:
        return eyeball_colour(lion, head), 1.0, 220.0
    if material == geometry.LID:
        return lid_colour(lion, paint.fur, head), 0.08, 24.0
    if material == geometry.NOSE:
        return (0.22, 0.12, 0.11), 0.4, 24.0
    if material == geometry.GUMS:
        return (0.38, 0.07, 0.08), 0.08, 24.0
    if material == geometry.TOOTH:
        return (0.99, 0.98, 0.93), 0.3, 24.0
    if material == geometry.TONGUE:
        return (0.88, 0.40, 0.42), 0.08, 24.0
    if material == geometry.INNER_EAR:
        return (0.90, 0.62, 0.55), 0.08, 24.0
    if material == geometry.MANE:
        angle = math.atan2(head[1], head[0])
        return dim(paint.mane, 0.85 + 0.15 * math.sin(angle * anatomy.SPIKES)), 0.08, 24.0
    return dim(paint.fur, 0.85), 0.08, 24.0


@compiled
def normal_at(lion: Lion, point: Vector) -> Vector:
    """The surface's unit normal, from distances at the corners of a tetrahedron."""
    x, y, z = point
    e = 0.012
    a = geometry.distance(lion, (x + e, y - e, z - e))[0]
    b = geometry.distance(lion, (x - e, y - e, z + e))[0]
    c = geometry.distance(lion, (x - e, y + e, z - e))[0]
    d = geometry.distance(lion, (x + e, y + e, z + e))[0]
    nx, ny, nz = a - b - c + d, -a - b + c + d, -a + b - c + d
    length = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
    return nx / length, ny / length, nz / length


@compiled
def colour_through(lion: Lion, paint: Paint, x: float, y: float) -> Vector:
    """Colour of the ray through (x, y) of the plane z = 0."""
    ray, plane = ray_through(x, y)
    length = trace(lion, ray, plane)
    if length < 0:
        return dim(paint.background, 0.75 + 0.1 * y)
    point = at(ray, length)
    _gap, material = geometry.distance(lion, point)
    colour, shine, sharpness = surface_colour(lion, paint, anatomy.to_head(lion, point), material)
    nx, ny, nz = normal_at(lion, point)
    lx, ly, lz = paint.light
    diffuse = max(0.0, nx * lx + ny * ly + nz * lz)
    # Blinn: halfway between the light and the viewer
    halfway = math.sqrt(lx * lx + ly * ly + (lz + 1.0) * (lz + 1.0))
    mirror = max(0.0, (nx * lx + ny * ly + nz * (lz + 1.0)) / halfway)
    added = shine * mirror**sharpness + 0.12 * (1 - max(0.0, nz)) ** 3
    shade = 0.40 + 0.68 * diffuse
    return (
        min(1.0, colour[0] * shade + added),
        min(1.0, colour[1] * shade + added),
        min(1.0, colour[2] * shade + added),
    )


@compiled
def _render_one(lion: Lion, paint: Paint, samples: int, picture: NDArray[np.uint8]) -> None:
    size = picture.shape[0]
    pixel = 2 * VIEW / size
    coarse = np.empty((size, size, 3))
    for row in range(size):
        for column in range(size):
            x, y = (column + 0.5) * pixel - VIEW, VIEW - (row + 0.5) * pixel
            coarse[row, column] = colour_through(lion, paint, x, y)
    for row in range(size):
        for column in range(size):
            colour = coarse[row, column].copy()
            contrast = 0.0
            for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
                if 0 <= row + down < size and 0 <= column + right < size:
                    other = coarse[row + down, column + right]
                    contrast = max(contrast, np.abs(other - colour).max())
            if contrast > _ROUGH and samples > 1:
                colour[:] = 0.0
                for k in range(samples * samples):
                    x = (column + (k % samples + 0.5) / samples) * pixel - VIEW
                    y = VIEW - (row + (k // samples + 0.5) / samples) * pixel
                    red, green, blue = colour_through(lion, paint, x, y)
                    colour[0] += red
                    colour[1] += green
                    colour[2] += blue
                colour /= samples * samples
            for channel in range(3):
                picture[row, column, channel] = int(min(255.0, colour[channel] * 255.0 + 0.5))
