"""Signed distances to simple shapes, compiled, from which a character is put together."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar, cast

import numba

Vector = tuple[float, float, float]

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compile to machine code at the first call; kept on disk, and free of the interpreter lock.

    What is kept is made anew when its own module changes, not when one does that it calls: delete
    `__pycache__` after a change of the geometry.
    """
    compiler = numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
    return cast(_Function, compiler(function))


@compiled
def ellipsoid(point: Vector, centre: Vector, radii: Vector) -> float:
    """Distance of a point to an ellipsoid: exact to first order near its surface."""
    x = (point[0] - centre[0]) / radii[0]
    y = (point[1] - centre[1]) / radii[1]
    z = (point[2] - centre[2]) / radii[2]
    level = math.sqrt(x * x + y * y + z * z)
    x, y, z = x / radii[0], y / radii[1], z / radii[2]
    slope = math.sqrt(x * x + y * y + z * z) + 1e-9
    return level * (level - 1.0) / slope


@compiled
def smooth_min(a: float, b: float, width: float) -> float:
    """The smaller of two distances, their seam rounded over `width`."""
    share = min(1.0, max(0.0, 0.5 + 0.5 * (b - a) / width))
    return b * (1 - share) + a * share - width * share * (1 - share)
