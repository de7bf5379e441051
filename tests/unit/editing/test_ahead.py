"""A handle on a silhouette, followed by the half of its disc that lies ahead."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
import torch

from draggan_server.bench.quality.lions import PlainLions
from draggan_server.bench.quality.trial import picture_of
from draggan_server.bench.quality.way_drags import SUBJECTS, Way, WayDrag, draw
from draggan_server.bench.quality.ways import WayJudge
from draggan_server.bench.reader.reader import Reader
from draggan_server.editing import drag
from draggan_server.editing.features import levels
from draggan_server.editing.features.pyramid import PyramidView
from draggan_server.editing.methods.newton import handle_tracker
from draggan_server.editing.methods.newton.approach import Approach
from draggan_server.editing.methods.newton.handle_tracker import HandleTracker
from draggan_server.editing.methods.newton.silhouette import may_stand
from draggan_server.editing.problem import DragProblem, DragStep
from draggan_server.wire.drag_config import drag_config
from stylegan2.generator import Generator
from tests.unit.editing.lion import CHIN, DOWN, HANDLE, SIDE, below_the_eyes

pytestmark = pytest.mark.slow

(MANE,) = (subject for subject in SUBJECTS if subject.name == "mane")
BEHIND_AN_EAR = 1830004
OVER_THE_FOREHEAD = 4410011


def mane_drag(lion: Generator, number: int) -> WayDrag:
    drawn = draw(PlainLions(lion), Reader.load().reliable(), Way(MANE, 0.1, 1, False), number)
    assert drawn is not None
    return drawn


def dragged(lion: Generator, drawn: WayDrag) -> tuple[list[DragStep], float]:
    """The steps, and how far the spot under the handle is left off as read, px."""
    case = drawn.drag.case
    steps = list(drag(lion, case.w_plus, case.handle_points, case.target_points))
    judge = WayJudge(Reader.load(), drawn.drag, picture_of(lion, case.w_plus))
    return steps, judge.judge(picture_of(lion, steps[-1].w_plus))["surface"]


def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nothing is searched by what lies ahead."""
    monkeypatch.setattr(Approach, "_by_what_is_ahead", lambda _: iter(()))


def test_a_spike_over_the_head_grows_though_the_head_stays(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = mane_drag(lion, OVER_THE_FOREHEAD)
    steps, left = dragged(lion, drawn)
    assert steps[-1].arrived
    assert left < 4
    assert not any(step.stalled for step in steps[:-1])
    assert [step.step for step in steps] == sorted({step.step for step in steps})
    without(monkeypatch)
    steps, left = dragged(lion, drawn)
    assert not steps[-1].arrived
    assert left > 10


def test_a_live_drag_ends_there_too(lion: Generator) -> None:
    case = mane_drag(lion, OVER_THE_FOREHEAD).drag.case
    search = live(lion, case.w_plus, case.handle_points)
    rest(search, case.target_points)
    assert not search.standing.arrived
    looks = search._looks
    assert list(search.settle())[-1].arrived
    assert search.standing.arrived
    assert search._looks is looks  # what the hand does next is followed by whole discs
    rest(search, case.handle_points)
    assert search.standing.mean_distance < 2


def test_what_does_not_arrive_by_it_either_stays_where_it_was(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = mane_drag(lion, BEHIND_AN_EAR)
    steps, _ = dragged(lion, drawn)
    without(monkeypatch)
    (*_, before), _ = dragged(lion, drawn)
    assert len(steps) > before.step + 1  # it was tried
    last = steps[-1]
    assert (last.arrived, last.stalled, last.lost) == (False, True, False)
    assert torch.equal(last.w_plus, before.w_plus)
    assert last.mean_distance == before.mean_distance


def test_it_can_be_left_off(lion: Generator) -> None:
    case = mane_drag(lion, OVER_THE_FOREHEAD).drag.case
    search = live(lion, case.w_plus, case.handle_points)
    rest(search, case.target_points)
    before, looks = search.standing, search._looks
    for count in range(1, 15):
        steps = search.settle()
        for _, _ in zip(range(count), steps, strict=False):
            pass
        steps.close()
        assert search._looks is looks
        assert search.standing.mean_distance <= before.mean_distance
        if search.standing.arrived:
            break
    assert count > 2
    assert search.standing.arrived


@pytest.mark.parametrize(
    "points",
    [
        torch.cat([CHIN, CHIN + 1]),  # on the same thing
        torch.cat([CHIN + torch.tensor([[20.0 * k, -20.0]]) for k in range(4)]),  # many
    ],
)
def test_points_that_contradict_each_other_are_not_searched_for_so(
    lion: Generator, w_plus: torch.Tensor, points: torch.Tensor
) -> None:
    problem = DragProblem.check(lion, w_plus, points, points + 1, None, drag_config())
    assert not may_stand(problem)
    assert may_stand(DragProblem.check(lion, w_plus, CHIN, DOWN, None, drag_config()))
    apart = CHIN + torch.tensor([[0.0, 0.0], [40.0, 0.0], [0.0, -40.0]])
    assert may_stand(DragProblem.check(lion, w_plus, apart, apart + 1, None, drag_config()))


def test_what_a_mask_holds_is_searched_by_whole_discs_only(
    lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = DOWN + torch.tensor([[0.0, 50.0]])
    last = list(drag(lion, w_plus, CHIN, far, below_the_eyes()))
    assert not last[-1].arrived
    without(monkeypatch)
    assert len(last) == len(list(drag(lion, w_plus, CHIN, far, below_the_eyes())))


@pytest.mark.parametrize(("way", "seen"), [((1.0, 0.0), True), ((-1.0, 0.0), False)])
def test_what_lies_behind_is_not_looked_at(
    lion: Generator, w_plus: torch.Tensor, way: tuple[float, float], *, seen: bool
) -> None:
    problem = DragProblem.check(lion, w_plus, CHIN, DOWN, None, drag_config())
    every = levels.levels(lion, problem.config)
    sight = handle_tracker.sight(problem, every, rows=problem.rows)
    view = sight.at(w_plus[:, : problem.rows], problem.handle_points)
    tracker = HandleTracker(problem, every, view, torch.tensor([way]))
    fields = []
    for field, (rows, columns) in zip(view.fields, sight.cells, strict=True):
        cell = SIDE / columns
        x = ((torch.arange(columns) + 0.5) * cell - 0.5).expand(1, rows, -1)[..., None]
        right = field.same_cells(x) > HANDLE[0] + cell
        fields.append(field.of(torch.where(right, -field.values, field.values)))
    changed = cast(PyramidView, SimpleNamespace(fields=fields))
    assert bool(tracker.misfit(changed, problem.handle_points) > 0.01) == seen
    assert bool(tracker.misfit(view, problem.handle_points) < 1e-6)


def live(lion: Generator, w_plus: torch.Tensor, points: torch.Tensor) -> Approach:
    problem = DragProblem.check(lion, w_plus, points, points, None, drag_config(), live=True)
    return Approach(problem, 0.2, levels.levels(lion, problem.config))


def rest(search: Approach, targets: torch.Tensor) -> None:
    search.aim(targets)
    for _ in range(60):
        if not search.ended:
            search.advance()
