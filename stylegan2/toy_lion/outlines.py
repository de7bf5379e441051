"""Points of the picture that no spot of the lion's surface stands for: where a lid ends, where the
face does. They can be dragged, and are found from the geometry as the landmarks are.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from stylegan2.toy_lion import anatomy, geometry
from stylegan2.toy_lion.anatomy import Lion, make_lion
from stylegan2.toy_lion.landmarks import Landmarks, look_at, to_pixels
from stylegan2.toy_lion.renderer import VIEW, at, ray_through, trace
from stylegan2.toy_lion.shapes import Vector, compiled

_CHEEK_Y = -0.1  # head space: the height at which the face's width is looked for
_STEPS = 400


def find_lids(parameters: ArrayLike, resolution: int) -> Landmarks:
    """The middle of the upper lid's dark edge, left and right eye: [N, 2, 2], [N, 2]."""
    rows = np.asarray(parameters, dtype=np.float64)
    points, visible = np.empty((len(rows), 2, 2)), np.empty((len(rows), 2), np.bool_)
    for i, row in enumerate(rows):
        lion = make_lion(row)
        for k, side in enumerate((1.0, -1.0)):
            x, y, visible[i, k] = look_at(lion, _lid(lion, side))
            points[i, k] = x, y
    return Landmarks(to_pixels(points, resolution), visible)


def find_cheeks(parameters: ArrayLike, resolution: int) -> Landmarks:
    """Where the face ends to its left and to its right, on the row of the picture that its centre
    is on: [N, 2, 2], [N, 2]. Not seen where nothing of the face is on that row.
    """
    rows = np.asarray(parameters, dtype=np.float64)
    points, visible = np.empty((len(rows), 2, 2)), np.empty((len(rows), 2), np.bool_)
    for i, row in enumerate(rows):
        lion = make_lion(row)
        _, y, _ = look_at(lion, (0.0, _CHEEK_Y, 0.0))
        for k, side in enumerate((1.0, -1.0)):
            x = _end_of_face(lion, y, side)
            points[i, k], visible[i, k] = (side * x, y), x > 0
    return Landmarks(to_pixels(points, resolution), visible)


def _lid(lion: Lion, side: float) -> Vector:
    """Head space: on the eyeball, under the upper lid's edge."""
    cx, cy, cz = anatomy.EYE_CENTRE
    _, ry, rz = anatomy.EYE_RADII
    up = anatomy.lid_edge(lion, side) + 0.045
    return side * cx * lion.face_w, cy + ry * up, cz + rz * math.sqrt(1 - up * up)


@compiled
def _end_of_face(lion: Lion, y: float, side: float) -> float:
    """Distance from the middle of the plane z = 0 at which, from outside, the fur begins; or -1."""
    for step in range(_STEPS):
        x = VIEW * (1 - step / _STEPS)
        ray, plane = ray_through(side * x, y)
        length = trace(lion, ray, plane)
        if length > 0 and geometry.distance(lion, at(ray, length))[1] == geometry.FUR:
            return x
    return -1.0
