"""How every pixel of one rendering moves to another: exact, since the surface under it is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stylegan2.toy_lion import surface
from stylegan2.toy_lion.anatomy import Lion, make_lion
from stylegan2.toy_lion.landmarks import look_at
from stylegan2.toy_lion.renderer import VIEW, at, ray_through, trace
from stylegan2.toy_lion.shapes import compiled


class ExactMotion(NamedTuple):
    """`shift` [n, n, 2] (x, y) px from every `step`th pixel, the first one's first, to where the
    second picture has what it shows, `seen` [n, n] whether it is seen there, `on_lion` [n, n]
    whether it is the lion.

    The background stays.
    """

    shift: NDArray[np.float32]
    seen: NDArray[np.bool_]
    on_lion: NDArray[np.bool_]


def exact_motion(
    first: ArrayLike, second: ArrayLike, resolution: int, *, step: int = 1
) -> ExactMotion:
    """From the picture of parameters [18] to that of others, `resolution` x `resolution`."""
    count = -(-resolution // step)
    motion = ExactMotion(
        np.zeros((count, count, 2), np.float32),
        np.zeros((count, count), np.bool_),
        np.zeros((count, count), np.bool_),
    )
    here, there = (make_lion(np.asarray(row, dtype=np.float64)) for row in (first, second))
    _follow(here, there, 2 * VIEW / resolution, step, *motion)
    return motion


@compiled
def _follow(
    here: Lion,
    there: Lion,
    pixel: float,
    step: int,
    shift: NDArray[np.float32],
    seen: NDArray[np.bool_],
    on_lion: NDArray[np.bool_],
) -> None:
    for row in range(len(seen)):
        for column in range(len(seen)):
            x, y = (step * column + 0.5) * pixel - VIEW, VIEW - (step * row + 0.5) * pixel
            ray, plane = ray_through(x, y)
            length = trace(here, ray, plane)
            if length < 0:
                seen[row, column] = trace(there, ray, plane) < 0
                continue
            part, side, place = surface.locate(here, at(ray, length))
            moved_x, moved_y, visible = look_at(there, surface.head_point(there, part, side, place))
            shift[row, column, 0] = (moved_x - x) / pixel
            shift[row, column, 1] = (y - moved_y) / pixel
            seen[row, column] = visible
            on_lion[row, column] = True
