"""Newton's parts against their definitions, and the method on the lion."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from draggan_server.editing import DragConfig, DragStep, drag, picture_metric
from draggan_server.editing.features import WindowSource
from draggan_server.editing.methods import held_metric
from draggan_server.editing.methods.least_change import LeastChange
from draggan_server.editing.methods.patches import Patches
from draggan_server.editing.problem import DragProblem
from stylegan2 import Geometry, zoo
from stylegan2.generator import Generator
from tests.unit.editing.lion import CHIN, DOWN, below_the_eyes
from tests.unit.stylegan2.generators import random_generator

EYES = torch.tensor([[80.0, 104.0], [164.0, 104.0]])
TINY = Geometry(z_dim=3, w_dim=4, mapping_layers=1, img_resolution=(16, 16), channels=(3, 3, 2))


def run(
    lion: Generator,
    w_plus: torch.Tensor,
    handles: torch.Tensor,
    targets: torch.Tensor,
    mask: torch.Tensor | None = None,
    **options: object,
) -> list[DragStep]:
    config = DragConfig(method="newton", **options)  # type: ignore[arg-type]
    return list(drag(lion, w_plus, handles, targets, mask, config))


# Least change


def random_system(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """factor [5, 12], motion [4, 12], way [4], gone [12]."""
    random = torch.Generator().manual_seed(seed)
    shapes = (5, 12), (4, 12), (4,), (12,)
    factor, motion, way, gone = (
        torch.randn(shape, generator=random, dtype=torch.float64) for shape in shapes
    )
    return factor, motion, way, gone


def test_the_handles_go_where_they_should_and_nothing_cheaper_does_that() -> None:
    factor, motion, way, gone = random_system(0)
    total = gone + LeastChange(factor, damping=0.0).move(motion, way, gone)
    moved = motion @ (total - gone)
    torch.testing.assert_close(moved, way, rtol=0.02, atol=0.02)  # the ridge's share
    metric = torch.eye(12, dtype=torch.float64) + factor.T @ factor
    # At the least of a quadratic under constraints its gradient lies in their span.
    gradient = metric @ total
    best = torch.linalg.lstsq(motion.T, gradient[:, None]).solution
    torch.testing.assert_close(motion.T @ best, gradient[:, None], rtol=1e-6, atol=1e-6)


def test_damping_gives_up_what_costs_much() -> None:
    factor, motion, way, _ = random_system(1)
    none = torch.zeros(12, dtype=torch.float64)
    far = LeastChange(factor, 0.0).move(motion, way, none)
    near = LeastChange(factor, 10.0).move(motion, way, none)
    assert near.norm() < 0.7 * far.norm()
    assert (motion @ near) @ way > 0


# Patches


def shifted_problem(seed: int) -> tuple[DragProblem, WindowSource, torch.Tensor]:
    generator = random_generator(
        dataclasses.replace(TINY, img_resolution=(64, 64), channels=(6, 6, 5, 5, 4)), seed
    )
    w_plus = generator.draw(1, torch.Generator().manual_seed(seed))
    problem = DragProblem.check(
        generator,
        w_plus,
        torch.tensor([[30.5, 34.5], [17.5, 20.5]], dtype=torch.float64),
        torch.tensor([[33.0, 34.0], [17.0, 24.0]], dtype=torch.float64),
        None,
        DragConfig(feature_resolution=32),
    )
    reach = Patches.reach(problem)
    source = WindowSource(
        generator, 32, w_plus, problem.rows, 2, track_reach=8 + reach, push_reach=reach
    )
    return problem, source, w_plus[:, : problem.rows]


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.7, -0.4), (-3.3, 2.1), (5.2, 5.9)])
def test_handles_are_found_to_fractions_of_a_pixel(shift: tuple[float, float]) -> None:
    problem, source, rows = shifted_problem(1)
    # The same picture: what was at the handles is there still, wherever it is expected.
    patches = Patches(problem, source.at(rows, problem.handle_points).field, 8)
    expected = problem.handle_points + torch.tensor(shift, dtype=torch.float64)
    found = patches.find(source.at(rows, expected).field, expected)
    torch.testing.assert_close(found, problem.handle_points, rtol=0, atol=0.1)
    field = source.at(rows, problem.handle_points).field
    torch.testing.assert_close(
        patches.misfit(field, problem.handle_points), torch.zeros(2, dtype=torch.float64)
    )


def test_the_motion_is_that_of_the_found_place() -> None:
    problem, source, rows = shifted_problem(2)
    view = source.at(rows, problem.handle_points)
    patches = Patches(problem, view.field, 2)
    motion = patches.motion(view, problem.handle_points)
    random = torch.Generator().manual_seed(0)
    direction = torch.randn(rows.shape, generator=random, dtype=torch.float64)
    small = 1e-3
    found = patches.find(
        source.at(rows + small * direction, problem.handle_points).field, problem.handle_points
    )
    expected = torch.einsum("parw,rw->pa", motion, direction[0])
    torch.testing.assert_close(
        (found - problem.handle_points) / small, expected, rtol=0.05, atol=0.05
    )


# The metrics


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator:
    monkeypatch.setattr(picture_metric, "cache_folder", lambda: tmp_path / "metrics")
    return of_a_file()


def of_a_file() -> Generator:
    generator = random_generator(TINY, 1)
    generator.model = zoo.find(zoo.DEFAULT_MODEL)  # of another geometry, which the metric notices
    return generator


def test_the_metric_is_the_mean_change_of_pictures(tiny: Generator) -> None:
    factor = picture_metric.picture_metric(tiny)
    random = torch.Generator().manual_seed(9)
    move = torch.randn(1, tiny.num_ws, tiny.w_dim, generator=random, dtype=torch.float64)
    w_plus = tiny.draw(200, random)
    small = 1e-5
    change = (tiny.synthesis(w_plus + small * move) - tiny.synthesis(w_plus)) / small
    mean = change.square().sum(dim=1).mean()
    estimate = torch.einsum("krw,nrw->k", factor.double(), move).square().sum()
    assert 0.7 < float(estimate / mean) < 1.4  # 256 squares of normal numbers: 9% off


def test_a_metric_is_made_once_and_a_damaged_one_again(tiny: Generator) -> None:
    fractions = list(picture_metric.prepare(tiny))
    assert fractions[-1] == 1
    assert list(picture_metric.prepare(tiny)) == []
    factor = picture_metric.picture_metric(tiny)
    path = picture_metric.cache_folder() / picture_metric.file_name(tiny)
    again = of_a_file()
    assert list(picture_metric.prepare(again)) == []
    kept = picture_metric.picture_metric(again)
    torch.testing.assert_close(
        kept, factor.float(), rtol=1e-2, atol=float(factor.abs().max()) / 1e3
    )
    for damage in (b"", path.read_bytes()[:100]):
        path.write_bytes(damage)
        third = of_a_file()
        assert len(list(picture_metric.prepare(third))) == picture_metric.PROBES


def test_a_folder_that_cannot_be_written_to_costs_only_time(
    tiny: Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(picture_metric, "cache_folder", lambda: tmp_path / "file")
    assert picture_metric.picture_metric(tiny).isfinite().all()


def test_the_default_model_need_not_be_prepared(lion: Generator) -> None:
    shipped = picture_metric.SHIPPED / picture_metric.file_name(lion)
    assert shipped.is_file(), "make it: draggan models prepare toy-lion --folder …/metrics"


def test_what_is_held_weighs_what_changes_outside_the_mask() -> None:
    problem, _, rows = shifted_problem(3)
    source = WindowSource(
        problem.generator, 32, problem.w_plus, 4, 2, track_reach=9, push_reach=5, hold=True
    )
    view = source.at(rows[:, :4], problem.handle_points)
    mask = torch.ones(64, 64, dtype=torch.float64)
    mask[:, :32] = 0  # the left half is held
    factor = held_metric.held_metric(view, mask)
    assert view.held is not None
    before = view.held.detach()
    random = torch.Generator().manual_seed(0)
    move = torch.randn(rows[:, :4].shape, generator=random, dtype=torch.float64)
    small = 1e-5
    after = source.at(rows[:, :4] + small * move, problem.handle_points).held
    assert after is not None
    change = (after.detach() - before) / small
    variance = before.var(dim=(0, 1, 2))
    change = change.square() / (variance + 0.05 * variance.mean())
    held = change[:, :, : before.shape[2] // 2].mean()
    estimate = torch.einsum("krw,nrw->k", factor, move).square().sum()
    assert (
        0.5 < float(estimate / held) < 1.7
    )  # 64 squares of normal numbers, and the mask's soft rim


# The method


def test_it_arrives_in_a_few_steps(lion: Generator, w_plus: torch.Tensor) -> None:
    steps = run(lion, w_plus, CHIN, DOWN)
    assert steps[-1].arrived
    assert len(steps) <= 8
    assert steps[-1].mean_distance < 3
    assert torch.equal(steps[-1].w_plus[:, 6:], w_plus[:, 6:])


def test_several_points_and_one_move_for_all_rows(lion: Generator, w_plus: torch.Tensor) -> None:
    handles = torch.cat([CHIN, EYES])
    targets = handles + torch.tensor([[0.0, 11.0], [0.0, -4.0], [0.0, -4.0]])
    for space in ("w+", "w"):
        last = run(lion, w_plus, handles, targets, latent_space=space)[-1]
        assert last.mean_distance < 5
        moves = (last.w_plus - w_plus)[0, :6]
        assert torch.equal(moves, moves[:1].expand_as(moves)) == (space == "w")


def test_what_is_held_changes_less(lion: Generator, w_plus: torch.Tensor) -> None:
    mask = below_the_eyes()
    before = lion.synthesis(w_plus)

    def outside(movable_mask: torch.Tensor | None) -> float:
        last = run(lion, w_plus, CHIN, DOWN, movable_mask)[-1]
        assert last.mean_distance < 6
        change = (lion.synthesis(last.w_plus) - before).abs().mean(dim=1)[0]
        return float(change[mask == 0].mean())

    assert outside(mask) < 0.85 * outside(None)


def test_what_cannot_be_done_ends_where_it_came_nearest(
    lion: Generator, w_plus: torch.Tensor
) -> None:
    steps = run(lion, w_plus, CHIN.repeat(2, 1), CHIN + torch.tensor([[-20.0, 0.0], [20.0, 0.0]]))
    assert steps[-1].stalled
    assert not steps[-1].arrived
    assert steps[-1].mean_distance == min(step.mean_distance for step in steps)
    assert len(steps) < 30
