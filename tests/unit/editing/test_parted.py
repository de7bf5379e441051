"""Rows that have parted farther in a near drag than the model knows come together again."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from draggan_server.editing import drag
from draggan_server.editing.methods.newton import parted
from draggan_server.editing.methods.newton.approach import Approach
from draggan_server.editing.methods.newton.meant import Move
from draggan_server.editing.methods.newton.parted import have_parted, may_rejoin
from draggan_server.editing.methods.newton.thrift import Cost
from stylegan2.generator import Generator
from tests.unit.editing.lion import CHIN, DOWN, below_the_eyes
from tests.unit.editing.test_ahead import dragged, mane_drag

pytestmark = pytest.mark.slow

PULLED = 1840004


def test_how_far_rows_may_part_grows_with_the_handles() -> None:
    move = Move(Cost(far=1.5 * parted.KNOWN, change=1.0), misfit=0.4)
    assert have_parted(move, 1)
    assert not have_parted(move, 2)
    assert not have_parted(replace(move, cost=Cost(far=parted.KNOWN, change=1.0)), 1)


def test_a_part_that_moves_by_itself_shows_it() -> None:
    jaw = Move(Cost(far=1.5 * parted.KNOWN, change=1.0), misfit=0.6)
    assert not have_parted(jaw, 1)


def test_what_changes_far_more_of_the_picture_is_something_else() -> None:
    before = Move(Cost(far=87.0, change=0.2), misfit=0.3)
    assert may_rejoin(before, replace(before, cost=Cost(far=70.0, change=0.4)))
    assert not may_rejoin(before, replace(before, cost=Cost(far=70.0, change=1.1)))
    assert not may_rejoin(before, None)


def test_the_whole_mane_grows_where_one_spike_is_pulled(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = mane_drag(lion, PULLED)
    steps, left = dragged(lion, drawn)
    assert steps[-1].arrived
    assert left < 4
    assert [step.step for step in steps] == sorted({step.step for step in steps})
    monkeypatch.setattr(parted, "KNOWN", torch.inf)
    steps, left = dragged(lion, drawn)
    assert steps[-1].arrived
    assert left > 5


def test_handles_that_would_not_stay_are_left_where_they_are(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = mane_drag(lion, PULLED).drag.case
    monkeypatch.setattr(parted, "STEPS", 0)
    as_it_was = list(drag(lion, case.w_plus, case.handle_points, case.target_points))
    monkeypatch.undo()
    come = Approach._has_come
    here: list[object] = []

    def only_before(self: Approach, place: object) -> bool:
        """Whether it has come, but nowhere where rows come together."""
        return come(self, place) and not here  # type: ignore[arg-type]

    def noted(move: Move, handles: int) -> bool:
        here.append(move)
        return have_parted(move, handles)

    monkeypatch.setattr(parted, "have_parted", noted)
    monkeypatch.setattr(Approach, "_has_come", only_before)
    steps = list(drag(lion, case.w_plus, case.handle_points, case.target_points))
    assert here
    assert steps[-1].arrived
    assert torch.equal(steps[-1].w_plus, as_it_was[-1].w_plus)


def test_with_a_mask_rows_stay_as_they_are(
    lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Move] = []

    def noted(move: Move, handles: int) -> bool:
        asked.append(move)
        return have_parted(move, handles)

    monkeypatch.setattr(parted, "have_parted", noted)

    *_, masked = drag(lion, w_plus, CHIN, DOWN, below_the_eyes())
    assert masked.arrived
    assert not asked
    *_, plain = drag(lion, w_plus, CHIN, DOWN)
    assert plain.arrived
    assert asked
