"""Which of the moves that bring a handle to its target is meant."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from draggan_server.bench.quality import landmark_drags, success
from draggan_server.bench.quality.trial import Trial, picture_of, run
from draggan_server.bench.quality.variant import Variant
from draggan_server.bench.reader.reader import Reader
from draggan_server.editing import drag
from draggan_server.editing.methods.newton import meant
from draggan_server.editing.methods.newton.meant import Move
from draggan_server.editing.methods.newton.thrift import Cost
from draggan_server.wire.drag_config import drag_config
from stylegan2.generator import Generator
from tests.unit.editing.landmark_left import left
from tests.unit.editing.lion import CHIN, DOWN, below_the_eyes
from tests.unit.editing.looked import looked

pytestmark = pytest.mark.slow

OPENED = Move(Cost(far=8.0, change=0.2), misfit=0.3)
NODDED = Move(Cost(far=3.0, change=0.6), misfit=0.05)


def test_handles_that_look_like_what_they_were_say_that_the_whole_moves() -> None:
    assert OPENED.may_be_the_whole
    assert NODDED.is_rather_meant_than(OPENED, whole=True)
    assert not NODDED.may_be_the_whole


@pytest.mark.parametrize(
    "nodded",
    [
        replace(NODDED, misfit=0.25),  # hardly more alike
        replace(NODDED, cost=Cost(far=16.0, change=3.0)),  # much must change for it
    ],
)
def test_else_it_does_not(nodded: Move) -> None:
    assert not nodded.is_rather_meant_than(OPENED, whole=True)


def test_handles_that_do_not_look_alike_are_no_part_of_the_whole() -> None:
    opened, nodded = (replace(move, misfit=0.2) for move in (OPENED, NODDED))
    opened = replace(opened, misfit=1.2)
    assert nodded.misfit > meant.ALIKE
    assert not nodded.is_rather_meant_than(opened, whole=True)
    assert nodded.is_rather_meant_than(opened, whole=False)


def test_what_is_dear_may_be_a_part() -> None:
    assert Move(Cost(far=24.0, change=2.9), misfit=0.2).may_be_a_part
    assert not OPENED.may_be_a_part


def test_a_part_looks_changed_because_it_has_moved() -> None:
    nodded = Move(Cost(far=16.0, change=3.1), misfit=0.14)
    closed = Move(Cost(far=47.0, change=0.12), misfit=1.03)
    assert nodded.sum < closed.sum
    assert closed.is_rather_meant_than(nodded, whole=False)
    assert nodded.may_hide_a_part
    assert not closed.may_hide_a_part


def test_what_it_comes_to_shows_on_the_way() -> None:
    half = replace(NODDED, misfit=0.025, cost=Cost(far=0.75, change=0.15))
    whole = half.after_the_way(0.5)
    assert (whole.cost.far, whole.cost.change) == pytest.approx((3.0, 0.6))
    assert whole.misfit == pytest.approx(0.05)


def test_a_whole_that_cannot_be_meant_is_left_on_the_way(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = landmark_drags.draw(lion, Reader.load(), 5310015, 1, masked=False).case
    left_off, looks = looked(lion, case, monkeypatch)
    monkeypatch.setattr(Move, "after_the_way", lambda self, share: self)
    gone_on, more = looked(lion, case, monkeypatch)
    assert torch.equal(left_off.w_plus, gone_on.w_plus)
    assert looks < more


def test_the_head_nods_where_the_corner_of_an_eye_is_dragged(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader.load()
    assert left(lion, reader, 9100077, "eye_l_inner") < 3
    monkeypatch.setattr(meant, "SURE", torch.inf)
    assert left(lion, reader, 9100077, "eye_l_inner") > 4


def made(lion: Generator, reader: Reader, what: str, number: int) -> tuple[Trial, float]:
    """The drag of an edit task, and how much of what is asked is made, %."""
    (edit,) = (task for task in success.TASKS if task.name == what)
    task = success.draw(lion, edit, number)
    trial = run(lion, task.case, Variant("newton", drag_config()))
    before = picture_of(lion, task.case.w_plus)
    return trial, success.judge(reader, before, trial.picture, task)["made"]


def closed(lion: Generator, reader: Reader, number: int) -> tuple[Trial, float]:
    """The same of a lid."""
    return made(lion, reader, "close an eye", number)


def test_the_head_does_not_nod_where_a_lid_is(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader.load()
    trial, share = closed(lion, reader, 9100011)
    assert trial.arrived
    assert share > 80
    monkeypatch.setattr(meant, "LOOK", 1e3)
    monkeypatch.setattr(meant, "ALIKE", 1.0)
    _, nodded = closed(lion, reader, 9100011)
    assert nodded < 30


def test_a_lid_that_is_wide_open_closes(lion: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader.load()
    trial, share = closed(lion, reader, 9200028)
    assert trial.arrived
    assert share > 50
    monkeypatch.setattr(meant, "DEAR", torch.inf)
    _, nodded = closed(lion, reader, 9200028)
    assert nodded < 10


@pytest.mark.parametrize(
    ("what", "number", "name", "value"),
    [
        ("close an eye", 1740047, "HIDDEN", 0.0),
        ("open the mouth", 1730016, "LOOK_OF_A_PART", meant.LOOK),
    ],
)
def test_a_part_moves_of_which_little_shows_near(
    lion: Generator,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    number: int,
    name: str,
    value: float,
) -> None:
    reader = Reader.load()
    trial, share = made(lion, reader, what, number)
    assert trial.arrived
    assert share > 75
    monkeypatch.setattr(meant, name, value)
    _, nodded = made(lion, reader, what, number)
    assert nodded < 10


def test_a_part_that_does_not_begin_to_move_far_away_changes_nothing(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = landmark_drags.draw(lion, Reader.load(), 5330052, 1, masked=False).case
    tried, looks = looked(lion, case, monkeypatch)
    monkeypatch.setattr(meant, "HIDDEN", 0.0)
    left, fewer = looked(lion, case, monkeypatch)
    assert torch.equal(tried.w_plus, left.w_plus)
    assert looks > fewer


def test_a_drag_that_has_just_arrived_is_asked_too(lion: Generator) -> None:
    trial, share = closed(lion, Reader.load(), 1720041)
    assert trial.arrived
    assert share > 50


def test_with_a_mask_nothing_else_is_tried(
    lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, usual = drag(lion, w_plus, CHIN, DOWN, below_the_eyes())
    assert usual.arrived
    for name, value in (("SURE", 0.0), ("LOOK", 1e9), ("ALIKE", 4.0), ("DEAR", -1e9)):
        monkeypatch.setattr(meant, name, value)
    *_, tried = drag(lion, w_plus, CHIN, DOWN, below_the_eyes())
    assert torch.equal(tried.w_plus, usual.w_plus)
