"""`draggan` by each of its trackers, and what those see."""

from __future__ import annotations

import pytest
import torch

from draggan_server.editing import drag, preparation
from draggan_server.editing.drag import prepare
from draggan_server.editing.features import source_of
from draggan_server.editing.problem import DragProblem
from draggan_server.editing.trackers.choice import chosen_tracker, track_reach
from draggan_server.editing.trackers.look import Look
from draggan_server.wire.drag_config import TRACKERS, drag_config
from stylegan2.generator import Generator
from tests.unit.editing.lion import CHIN, DOWN, below_the_eyes


def problem_of(lion: Generator, w_plus: torch.Tensor, tracker: str) -> DragProblem:
    config = drag_config("draggan", tracker=tracker, max_steps=4)
    return DragProblem.check(lion, w_plus, CHIN, DOWN, None, config)


def test_draggan_tracks_as_the_paper_does_unless_told_otherwise() -> None:
    assert drag_config("draggan").tracker == "features"  # type: ignore[union-attr]


@pytest.mark.parametrize("tracker", TRACKERS)
def test_it_finds_the_handle_in_the_same_picture_from_a_little_beside(
    lion: Generator, w_plus: torch.Tensor, tracker: str
) -> None:
    problem = problem_of(lion, w_plus, tracker)
    source = source_of(problem, track_reach=track_reach(problem) + 4, push_reach=4)
    rows = w_plus[:, : problem.rows]
    found = chosen_tracker(problem, Look(source, rows))
    again = Look(source, rows)
    points, misfit = found.find(again, CHIN + torch.tensor([2.0, -1.0]))
    near = 1.0 if tracker in ("raft", "pips") else 0.5
    torch.testing.assert_close(points, CHIN, rtol=0, atol=near)
    assert float(misfit.max()) < 0.01
    # What was found can be pushed, wherever it is.
    assert again.view(points).near(points).read(points[:, :1], points[:, 1:]).isfinite().all()


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("tracker", TRACKERS)
def test_a_drag_goes_by_it(
    lion: Generator, w_plus: torch.Tensor, tracker: str, masked: bool
) -> None:
    mask = below_the_eyes() if masked else None
    config = drag_config("draggan", tracker=tracker, max_steps=4)
    steps = list(drag(lion, w_plus, CHIN, DOWN, mask, config))
    assert len(steps) == 5
    assert steps[-1].mean_distance < steps[0].mean_distance


def test_patches_need_the_model_to_be_prepared(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "prepare", lambda generator: iter([0.5, 1.0]))
    assert list(prepare(lion, drag_config("draggan", tracker="patches"))) == [0.5, 1.0]
    assert list(prepare(lion, drag_config("draggan"))) == []
