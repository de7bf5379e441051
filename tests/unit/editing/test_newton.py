"""Newton's parts against their definitions, and the method on the lion."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from draggan_server.bench.reader.reader import Reader
from draggan_server.editing import DragStep, drag, manifold
from draggan_server.editing.features.levels import Level, near_levels
from draggan_server.editing.features.pyramid import Block, PyramidSource
from draggan_server.editing.methods.newton import handle_tracker, held_metric, search, thrift
from draggan_server.editing.methods.newton.asked import MOST
from draggan_server.editing.methods.newton.handle_tracker import HandleTracker
from draggan_server.editing.methods.newton.minimum_norm import MANY, MinimumNorm
from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.preparation import feature_statistics
from draggan_server.editing.problem import DragProblem
from draggan_server.wire.drag_config import drag_config
from stylegan2 import Geometry
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks, parameters, surface
from stylegan2.windows import Forward, WindowedFeatures
from tests.unit.editing.lion import CHIN, DOWN, below_the_eyes
from tests.unit.stylegan2.generators import random_generator

pytestmark = pytest.mark.slow

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
    config = drag_config(method="newton", **options)  # type: ignore[arg-type]
    return list(drag(lion, w_plus, handles, targets, mask, config))


# The move of minimum norm


def random_system(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """factor [5, 12], motion [4, 12], way [4], gone [12]."""
    random = torch.Generator().manual_seed(seed)
    shapes = (5, 12), (4, 12), (4,), (12,)
    factor, motion, way, gone = (
        torch.randn(shape, generator=random, dtype=torch.float64) for shape in shapes
    )
    return factor, motion, way, gone


UNIT = torch.linspace(0.5, 2.0, 12, dtype=torch.float64)
FREE = torch.zeros(4, dtype=torch.bool)


def minimum_norm(factor: torch.Tensor, damping: float) -> MinimumNorm:
    return MinimumNorm(UNIT, factor, factor @ UNIT.square().diag() @ factor.T, damping, 256)


def test_the_handles_go_where_they_should_and_nothing_cheaper_does_that() -> None:
    factor, motion, way, gone = random_system(0)
    total = gone + minimum_norm(factor, damping=0.0).move(motion, way, gone, FREE)
    moved = motion @ (total - gone)
    torch.testing.assert_close(moved, way, rtol=0.02, atol=0.02)  # the ridge's share
    metric = UNIT.square().reciprocal().diag() + factor.T @ factor
    # At the least of a quadratic under constraints its gradient lies in their span.
    gradient = metric @ total
    best = torch.linalg.lstsq(motion.T, gradient[:, None]).solution
    torch.testing.assert_close(motion.T @ best, gradient[:, None], rtol=1e-6, atol=1e-6)


def test_damping_gives_up_what_costs_much() -> None:
    factor, motion, way, _ = random_system(1)
    none = torch.zeros(12, dtype=torch.float64)
    far = minimum_norm(factor, 0.0).move(motion, way, none, FREE)
    near = minimum_norm(factor, 10.0).move(motion, way, none, FREE)
    assert near.norm() < 0.7 * far.norm()
    assert (motion @ near) @ way > 0


def test_of_a_handle_that_is_held_nothing_is_given_up() -> None:
    factor, motion, way, _ = random_system(3)
    none = torch.zeros(12, dtype=torch.float64)
    held = torch.tensor([False, False, True, True])
    way[held] = 0
    free, still = (
        motion @ minimum_norm(factor, 10.0).move(motion, way, none, which) for which in (FREE, held)
    )
    assert still[held].norm() < 0.05 * free[held].norm()
    assert still[~held] @ way[~held] > 0


def test_of_many_handles_what_they_agree_on_counts() -> None:
    random = torch.Generator().manual_seed(2)
    handles = 2 * MANY

    def move(count: int) -> torch.Tensor:
        """Where many steps end: one way for all, but each handle is seen a pixel off."""
        norm = minimum_norm(torch.zeros(1, 12, dtype=torch.float64), damping=4.0)
        ways, gone = way[: 2 * count], torch.zeros(12, dtype=torch.float64)
        for _ in range(20):
            rows = motion[: 2 * count]
            gone = gone + norm.move(rows, ways - rows @ gone, gone, ways == 0)
        return gone

    motion = torch.randn(2 * handles, 12, generator=random, dtype=torch.float64) / 5
    motion[:, 0] += 10  # what moves all of them
    way = 10 + torch.randn(2 * handles, generator=random, dtype=torch.float64)
    few, many = move(MANY), move(handles)
    assert many[0] == pytest.approx(1, abs=0.2)
    assert few[1:].norm() > 2 * many[1:].norm()


def test_what_few_of_many_handles_ask_for_against_the_others_counts_little() -> None:
    random = torch.Generator().manual_seed(4)
    handles, astray = 2 * MANY, [0, 1, 2]
    motion = torch.randn(2 * handles, 12, generator=random, dtype=torch.float64) / 5
    motion[:, 0] += 10
    norm = minimum_norm(torch.zeros(1, 12, dtype=torch.float64), damping=0.04)
    agreed = torch.full((handles, 2), 10.0, dtype=torch.float64)
    against = agreed.clone()
    against[astray] = -10  # taken for what looks like them
    none, free = torch.zeros(12, dtype=torch.float64), torch.zeros(2 * handles, dtype=torch.bool)
    for way in (agreed, against):
        left = (motion @ norm.move(motion, way.flatten(), none, free)).view(-1, 2) - agreed
        assert float(left[3:].norm(dim=1).mean()) < 1  # px of 10; by least squares 5.2


# Patches


def every_level(problem: DragProblem) -> list[Level]:
    return near_levels(problem.generator, problem.config)


def shifted_problem(seed: int, coarse: int = 16) -> tuple[DragProblem, PyramidSource, torch.Tensor]:
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
        drag_config(feature_resolution=coarse),
    )
    sight = handle_tracker.sight(problem, every_level(problem), rows=problem.rows)
    return problem, sight, w_plus[:, : problem.rows]


@pytest.mark.parametrize("coarse", [16, 32, 64])  # three blocks, two, and the last one alone
@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.7, -0.4), (-2.3, 1.1), (1.2, 2.9)])
def test_handles_are_found_to_fractions_of_a_pixel(shift: tuple[float, float], coarse: int) -> None:
    problem, sight, rows = shifted_problem(1, coarse)
    # The same picture: what was at the handles is there still, wherever it is expected.
    tracker = HandleTracker(problem, every_level(problem), sight.at(rows, problem.handle_points))
    expected = problem.handle_points + torch.tensor(shift, dtype=torch.float64)
    found, unlike = tracker.find(sight.at(rows, expected), expected)
    torch.testing.assert_close(unlike, tracker.misfit(sight.at(rows, expected), found))
    torch.testing.assert_close(found, problem.handle_points, rtol=0, atol=0.1)
    misfit = tracker.misfit(sight.at(rows, problem.handle_points), problem.handle_points)
    torch.testing.assert_close(misfit, torch.zeros(2, dtype=torch.float64))
    elsewhere = torch.tensor([[50.0, 10.0], [8.0, 50.0]], dtype=torch.float64)
    assert bool((tracker.misfit(sight.at(rows, elsewhere), elsewhere) > 0.1).all())


def test_the_motion_is_that_of_the_found_place() -> None:
    problem, sight, rows = shifted_problem(2, coarse=64)
    views = sight.at(rows, problem.handle_points)
    tracker = HandleTracker(problem, every_level(problem), views)
    motion = tracker.motion(views, problem.handle_points, torch.arange(2))
    second = torch.tensor([1])
    torch.testing.assert_close(tracker.motion(views, problem.handle_points, second), motion[second])
    random = torch.Generator().manual_seed(0)
    direction = torch.randn(rows.shape, generator=random, dtype=torch.float64)
    small = 1e-3
    found, _ = tracker.find(
        sight.at(rows + small * direction, problem.handle_points), problem.handle_points
    )
    expected = torch.einsum("parw,rw->pa", motion, direction[0])
    torch.testing.assert_close(
        (found - problem.handle_points) / small, expected, rtol=0.05, atol=0.05
    )


def test_what_is_at_a_cell_in_every_picture_does_not_count() -> None:
    problem, sight, rows = shifted_problem(4)
    statistics = feature_statistics(problem.generator, 16)
    field = sight.at(rows, problem.handle_points).fields[0]
    values = statistics.standardise(field).values
    inside = field.same_cells(torch.ones(1, 16, 16, 1, dtype=torch.float64))[..., 0]
    torch.testing.assert_close(values.norm(dim=-1), inside, rtol=0, atol=1e-4)
    mean = field.of(field.same_cells(statistics.mean))
    assert float(statistics.standardise(mean).values.abs().max()) == 0


def test_handles_at_the_border_have_a_motion() -> None:
    problem, _, rows = shifted_problem(6)
    corners = torch.tensor([[0.0, 0.0], [63.0, 63.0]], dtype=torch.float64)
    problem = dataclasses.replace(problem, handle_points=corners)
    sight = handle_tracker.sight(problem, every_level(problem), rows=problem.rows)
    views = sight.at(rows, corners)
    motion = HandleTracker(problem, every_level(problem), views).motion(
        views, corners, torch.arange(2)
    )
    assert bool(motion.isfinite().all())
    assert float(motion.abs().max()) > 0


# Moves


@pytest.mark.parametrize("space", ["w+", "w"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("handles", [2, MANY + 1])
def test_moves_of_latents_and_their_gradients_agree(space: str, masked: bool, handles: int) -> None:
    problem, _, _ = shifted_problem(5)
    points = problem.handle_points[:1].expand(handles, -1)
    problem = dataclasses.replace(problem, handle_points=points)
    mask = torch.zeros(64, 64, dtype=torch.float64) if masked else None
    config = dataclasses.replace(problem.config, latent_space=space)
    problem = dataclasses.replace(problem, movable_mask=mask, config=config, rows=3)
    moves = Moves(problem)
    random = torch.Generator().manual_seed(0)
    x = torch.randn(moves.size, generator=random, dtype=torch.float64)
    start = moves.apply(torch.zeros_like(x))
    assert moves.rows == (3 if masked else problem.generator.num_ws)
    assert torch.equal(start, problem.w_plus[:, : moves.rows])
    gradient = torch.randn(start.shape, generator=random, dtype=torch.float64)
    gain = ((moves.apply(x) - start) * gradient).sum()
    torch.testing.assert_close(moves.vjp(gradient)[0] @ x, gain)
    apart = (moves.apply(x) - start)[0]
    assert torch.equal(apart[3:], apart[3:][:1].expand_as(apart[3:]))  # the common move alone
    assert bool(torch.isclose(apart[0], apart[1]).all()) == (space == "w")


def test_directions_are_the_same_moves_whatever_w_is_scaled_by(lion: Generator) -> None:
    directions = manifold.directions(lion)
    covariance = directions.T @ directions
    w = lion.draw(2000, torch.Generator().manual_seed(1))[:, 0].double()
    torch.testing.assert_close(
        covariance, w.T.cov(), rtol=0, atol=0.15 * float(covariance.abs().max())
    )


# What is held


def test_what_is_held_weighs_what_changes_outside_the_mask() -> None:
    problem, _, rows = shifted_problem(3)
    source = PyramidSource(problem.generator, [Block(32, 9, 5)], problem.w_plus, 4, 2, hold=True)
    view = source.at(rows[:, :4], problem.handle_points)
    mask = torch.ones(64, 64, dtype=torch.float64)
    mask[:, :32] = 0  # the left half is held
    factor = held_metric.held_metric(view, mask)
    assert view.held is not None
    before = view.held
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


def test_it_arrives_in_a_few_steps(
    lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = run(lion, w_plus, CHIN, DOWN)
    assert steps[-1].arrived
    assert len(steps) <= 8 + thrift.STEPS
    monkeypatch.setattr(thrift, "STEPS", 0)
    assert len(run(lion, w_plus, CHIN, DOWN)) <= 8
    assert steps[-1].mean_distance < 3
    moves = (steps[-1].w_plus - w_plus)[0]
    assert torch.equal(moves[6:], moves[6:][:1].expand_as(moves[6:]))  # the common one
    assert not torch.equal(moves[:6], moves[6:][:1].expand_as(moves[:6]))


@pytest.mark.parametrize(("way", "blocks"), [(38.0, [32, 64, 128]), (39.0, [32, 64])])
def test_near_drags_are_placed_by_a_finer_block(
    lion: Generator,
    w_plus: torch.Tensor,
    monkeypatch: pytest.MonkeyPatch,
    way: float,
    blocks: list[int],
) -> None:
    seen: list[list[int]] = []
    look = handle_tracker.sight

    def noted(problem: DragProblem, every: list[Level], **options: Any) -> PyramidSource:
        seen.append([level.resolution for level in every])
        return look(problem, every, **options)

    monkeypatch.setattr(handle_tracker, "sight", noted)
    next(drag(lion, w_plus, CHIN, CHIN + torch.tensor([[0.0, way]])))
    assert seen == [blocks]


def test_a_drag_of_many_points_asks_for_some_at_a_step(
    lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[int] = []
    pull = WindowedFeatures.vjp_each

    def noted(self: WindowedFeatures, forward: Forward, *rest: Any) -> torch.Tensor:
        passes.append(len(rest[0]))
        return pull(self, forward, *rest)

    monkeypatch.setattr(WindowedFeatures, "vjp_each", noted)
    steps = torch.arange(-3, 4) * 12.0
    handles = torch.tensor([118.0, 130.0]) + torch.cartesian_prod(steps, steps)
    last = run(lion, w_plus, handles, handles + torch.tensor([6.0, 0.0]), max_steps=2)[-1]
    assert last.mean_distance < 4  # all of them go along
    assert sum(passes) <= 2 * 2 * MOST


@pytest.mark.parametrize("turn", [-1.0, 1.0])
def test_a_far_drag_is_seen_to_arrive(lion: Generator, turn: float) -> None:
    """The head turned from one side to the other."""
    z = torch.randn(1, lion.z_dim, generator=torch.Generator().manual_seed(4))
    yaw = parameters.index("yaw")
    z[0, yaw] = turn
    turned = z.clone()
    turned[0, yaw] = -turn
    w_plus = lion.mapping(z)
    nose, target = (
        torch.from_numpy(landmarks.find_landmarks(parameters.from_latent(each), 256).points[0, :1])
        for each in (z, turned)
    )
    assert float((target - nose).norm()) > 80
    last = run(lion, w_plus, nose, target)[-1]
    assert last.arrived
    # As the bench's own reader sees it, not the tracker.
    seen = Reader.load().read(lion.synthesis(last.w_plus)).points[0, :1]
    assert float((seen - target).norm()) < 6
    spread = lion.draw(500, torch.Generator().manual_seed(0))[:, 0].sub(lion.w_avg).norm(dim=1)
    assert float((last.w_plus[0] - lion.w_avg).norm(dim=1).max()) < float(spread.max())


def test_a_handle_that_is_not_found_again_ends_the_drag_where_it_was_seen(
    lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(lion, w_plus, CHIN, DOWN)
    monkeypatch.setattr(search, "LOST", whole[1].loss * 1.01)
    steps = run(lion, w_plus, CHIN, DOWN)
    last = steps[-1]
    assert last.lost
    assert last.stalled
    assert not last.arrived
    assert last.loss <= whole[1].loss * 1.01
    assert torch.equal(last.w_plus, steps[-2].w_plus)  # what was shown is what is kept


def test_a_handle_that_may_be_mistaken_has_not_arrived(
    lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thrift, "STEPS", 0)  # from a doubtful place nothing is spared
    sure = run(lion, w_plus, CHIN, DOWN)[-1]
    assert sure.arrived
    monkeypatch.setattr(search, "DOUBTFUL", sure.loss * 0.99)
    last = run(lion, w_plus, CHIN, DOWN)[-1]
    assert torch.equal(last.w_plus, sure.w_plus)  # it goes on by what it sees
    assert last.lost
    assert last.stalled
    assert not last.arrived


def test_several_points_and_one_move_for_all_rows(lion: Generator, w_plus: torch.Tensor) -> None:
    handles = torch.cat([CHIN, EYES])
    targets = handles + torch.tensor([[0.0, 11.0], [0.0, -4.0], [0.0, -4.0]])
    for space in ("w+", "w"):
        last = run(lion, w_plus, handles, targets, latent_space=space)[-1]
        assert last.mean_distance < 5
        moves = (last.w_plus - w_plus)[0, :6]
        assert torch.allclose(moves, moves[:1], rtol=0, atol=1e-5) == (space == "w")


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


def test_many_points_end_in_a_compromise(lion: Generator) -> None:
    """Eight spots of a head that turns, and one of them is asked for the opposite."""
    z = torch.randn(1, lion.z_dim, generator=torch.Generator().manual_seed(6))
    row = parameters.from_latent(z)[0]
    turned = row.copy()
    turned[parameters.index("yaw")] *= -1
    handles, targets = [], []
    for x in range(60, 200, 30):
        for y in range(70, 170, 20):
            spot = surface.under(row, (x, y), 256)
            if spot is None or spot.part == surface.BODY:
                continue
            target, visible = surface.project(turned, spot, 256)
            if visible:
                handles.append((x, y))
                targets.append(target)
    start, end = torch.tensor(handles[:8]).float(), torch.tensor(targets[:8])
    assert len(start) == 8
    way = float((end - start).norm(dim=1).mean())
    assert way > 8
    end[0] = 2 * start[0] - end[0]
    steps = run(lion, lion.mapping(z), start, end)
    assert len(steps) < 40
    last = steps[-1]
    assert last.stalled
    assert not last.points_arrived[0]
    assert sum(last.distances[1:]) / 7 < 0.4 * way
