"""The exact motion is that of the spots of the surface, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from stylegan2.toy_lion import parameters, surface
from stylegan2.toy_lion.motion import exact_motion

SIDE = 32


def rows() -> np.ndarray:
    z = np.repeat(np.random.default_rng(4).standard_normal((1, 18)), 2, axis=0)
    for name in ("yaw", "mouth", "ear_l"):
        z[1, parameters.index(name)] += 0.6
    return parameters.from_latent(z)


@pytest.mark.parametrize("step", [1, 3])
def test_every_pixel_goes_where_its_spot_goes(step: int) -> None:
    here, there = rows()
    motion = exact_motion(here, there, SIDE, step=step)
    moved = 0
    for row, y in enumerate(range(0, SIDE, step)):
        for column, x in enumerate(range(0, SIDE, step)):
            spot = surface.under(here, (x, y), SIDE)
            assert motion.on_lion[row, column] == (spot is not None)
            shift = motion.shift[row, column]
            if spot is None:
                behind = surface.under(there, (x, y), SIDE) is None
                assert motion.seen[row, column] == behind
                assert (shift == 0).all()
                continue
            (to_x, to_y), visible = surface.project(there, spot, SIDE)
            assert shift == pytest.approx((to_x - x, to_y - y), abs=1e-3)
            assert motion.seen[row, column] == visible
            moved += np.hypot(*shift) > 1
    assert moved > 10


def test_what_does_not_move_stays_and_is_seen() -> None:
    here, _ = rows()
    motion = exact_motion(here, here, SIDE)
    assert np.abs(motion.shift).max() < 1e-3
    # At grazing rays a spot may be hidden by a hair.
    assert motion.seen.mean() > 0.97
