"""What a near drag spares once its handles have arrived."""

from __future__ import annotations

import math

import pytest
import torch

from draggan_server.bench.quality import landmark_drags, success
from draggan_server.bench.quality.trial import Trial, change, elsewhere, picture_of, run
from draggan_server.bench.quality.variant import Variant
from draggan_server.bench.reader.reader import Reader
from draggan_server.editing import drag
from draggan_server.editing.methods.newton import meant, thrift
from draggan_server.editing.methods.newton.approach import Approach
from draggan_server.editing.methods.newton.thrift import Cost
from draggan_server.wire.drag_config import drag_config
from stylegan2.generator import Generator
from tests.unit.editing.landmark_left import left
from tests.unit.editing.lion import CHIN, DOWN, below_the_eyes
from tests.unit.editing.looked import looked

pytestmark = pytest.mark.slow

(LID,) = (task for task in success.TASKS if task.name == "close an eye")


def test_the_weight_is_that_by_which_the_logarithms_have_the_slope_of_the_sum() -> None:
    cost = Cost(far=8.0, change=0.4)
    for far, changed in ((8.001, 0.4), (8.0, 0.4001)):
        linear = (far - 8) + cost.weight * (changed - 0.4)
        logs = math.log(far / 8) + thrift.SHARE * math.log(changed / 0.4)
        assert linear == pytest.approx(8 * logs, rel=1e-3)
    assert Cost(1.0, 1e-9).weight == thrift.HEAVIEST
    assert Cost(1e-9, 1.0).weight == thrift.LIGHTEST


@pytest.mark.parametrize(
    ("after", "less"),
    [
        (Cost(16.0, 0.2), True),  # twice as far for half of the change
        (Cost(16.0, 0.3), False),
        (Cost(7.0, 0.4), True),
        (Cost(7.99, 0.4), False),  # not worth a step
    ],
)
def test_both_kinds_of_cost_count_by_their_shares(after: Cost, *, less: bool) -> None:
    assert after.is_less_than(Cost(8.0, 0.4)) == less


def closed(lion: Generator, reader: Reader, number: int) -> tuple[Trial, float, float]:
    """The drag of a lid, how much of what is asked is made, %, and what changes elsewhere."""
    task = success.draw(lion, LID, number)
    before = picture_of(lion, task.case.w_plus)
    trial = run(lion, task.case, Variant("newton", drag_config()))
    where = elsewhere(task.case, *lion.img_resolution)
    made = success.judge(reader, before, trial.picture, task)["made"]
    return trial, made, change(before, trial.picture, where)


def test_an_eye_closes_and_the_head_need_not_nod(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, number = Reader.load(), 40033
    monkeypatch.setattr(meant, "DEAR", math.inf)  # that would close it, too
    thrifty, made, changed = closed(lion, reader, number)
    monkeypatch.setattr(thrift, "STEPS", 0)
    plain, made_before, changed_before = closed(lion, reader, number)
    assert thrifty.arrived
    assert plain.arrived
    assert made > made_before + 20
    assert changed < 0.7 * changed_before


def test_a_step_that_would_spare_nothing_is_not_looked_at(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = landmark_drags.draw(lion, Reader.load(), 5310004, 1, masked=False).case
    spared, looks = looked(lion, case, monkeypatch)
    monkeypatch.setattr(Approach, "_is_worth_a_step", lambda self, motion, change, cost: True)
    tried, more = looked(lion, case, monkeypatch)
    assert torch.equal(spared.w_plus, tried.w_plus)
    assert looks < more


def test_a_lid_does_not_come_down_to_where_the_corner_of_an_eye_was_dragged(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader.load()
    assert left(lion, reader, 3000330, "eye_l_inner") < 3
    assert left(lion, reader, 3000303, "eye_l_outer") < 4
    monkeypatch.setattr(thrift, "UNLIKE", 1e9)
    monkeypatch.setattr(meant, "SURE", math.inf)  # the head would nod after all
    assert left(lion, reader, 3000303, "eye_l_outer") > 6


def test_what_a_mask_lets_move_is_meant(
    lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, thrifty = drag(lion, w_plus, CHIN, DOWN, below_the_eyes())
    assert thrifty.arrived
    monkeypatch.setattr(thrift, "STEPS", 0)
    *_, plain = drag(lion, w_plus, CHIN, DOWN, below_the_eyes())
    assert torch.equal(thrifty.w_plus, plain.w_plus)
