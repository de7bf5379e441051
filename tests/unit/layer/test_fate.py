"""What becomes of paint when the picture under it moves."""

from __future__ import annotations

import pytest
import torch

from draggan_server.layer.fate import Fate
from draggan_server.layer.motion import Motion
from draggan_server.layer.optical_flow import follow
from draggan_server.layer.placement import Placement
from tests.unit.layer.test_optical_flow import SIDE, scene

PLACEMENT = Placement((SIDE, SIDE), (SIDE, SIDE))
EVERYWHERE = torch.ones(1, 1, SIDE, SIDE)
SHIFT = 12


def marks(rows: slice, columns: slice) -> torch.Tensor:
    found = torch.zeros_like(EVERYWHERE)
    found[..., rows, columns] = 1
    return found


def narrowed(factor: float) -> Fate:
    """All that is left of the middle is `factor` times as wide as before, and goes on beyond it."""
    x = torch.arange(SIDE) - (SIDE - 1) / 2
    back = torch.zeros(1, 2, SIDE, SIDE)
    back[:, 0] = x / factor - x
    return Fate.of(PLACEMENT, EVERYWHERE, Motion(back, EVERYWHERE, EVERYWHERE, EVERYWHERE))


@pytest.mark.parametrize("seed", range(1, 6))
def test_what_is_covered_is_lost_and_most_of_what_goes_along_is_not(seed: int) -> None:
    """A square moves to the right over what stays, and the motion is read from the images."""
    motion = follow([scene(seed, SHIFT * step / 4) for step in range(5)])
    fate = Fate.of(PLACEMENT, EVERYWHERE, motion)
    covered = marks(slice(24, 40), slice(48, 54))
    assert fate.lost(covered).equal(covered)
    painted = marks(slice(24, 40), slice(22, 36))
    assert float(fate.lost(painted).sum()) < 0.2 * float(painted.sum())


def test_what_goes_along_is_where_it_went() -> None:
    back = torch.zeros(1, 2, SIDE, SIDE)
    back[:, 0] = -SHIFT
    fate = Fate.of(PLACEMENT, EVERYWHERE, Motion(back, EVERYWHERE, EVERYWHERE, EVERYWHERE))
    painted = marks(slice(24, 40), slice(22, 36))
    assert fate.moved(painted).equal(marks(slice(24, 40), slice(22 + SHIFT, 36 + SHIFT)))
    assert not fate.lost(painted).any()


def test_what_has_less_than_half_of_its_room_is_lost() -> None:
    painted = marks(slice(20, 44), slice(24, 40))
    assert not narrowed(0.7).lost(painted).any()
    assert (narrowed(0.4).lost(painted) == painted).all()


def test_where_no_motion_is_known_what_is_replaced_is_lost() -> None:
    replaced = marks(slice(0, SIDE), slice(0, 32))
    painted = marks(slice(20, 30), slice(22, 52))
    lost = Fate.of(PLACEMENT, replaced, None).lost(painted)
    assert lost[..., :31].equal(painted[..., :31])
    assert not lost[..., 33:].any()


def test_what_is_not_replaced_stays() -> None:
    motion = Motion(torch.full((1, 2, SIDE, SIDE), 9.0), EVERYWHERE, EVERYWHERE, EVERYWHERE)
    fate = Fate.of(PLACEMENT, torch.zeros_like(EVERYWHERE), motion)
    painted = marks(slice(20, 30), slice(22, 52))
    assert fate.moved(painted).equal(painted)
    assert not fate.lost(painted).any()
