"""Our step is the paper's: at the same latent, the reference's loss, gradient and points."""

from __future__ import annotations

import pytest
import torch

from draggan_server.editing.objective import Objective
from draggan_server.editing.problem import DragProblem
from draggan_server.wire.drag_config import DragConfig
from stylegan2 import Geometry
from stylegan2.generator import Generator
from tests.benchmarks.reference import ReferenceDrag, ReferenceGenerator
from tests.unit.stylegan2.generators import random_generator, random_tensors

GEOMETRIES = {
    "square": Geometry(
        z_dim=3, w_dim=5, mapping_layers=1, img_resolution=(64, 64), channels=(7, 6, 5, 4, 3)
    ),
    "half-width, clamped": Geometry(
        z_dim=3,
        w_dim=5,
        mapping_layers=1,
        img_resolution=(64, 32),
        channels=(4, 3, 6, 5, 2),
        conv_clamp=1.5,
    ),
    "wide, no noise": Geometry(
        z_dim=3,
        w_dim=5,
        mapping_layers=1,
        img_resolution=(48, 80),
        channels=(6, 5, 4, 3, 3),
        use_noise=False,
    ),
}
POINTS = {
    "middle": ([[20.0, 30.0]], [[27.0, 26.0]]),
    "between pixels": ([[20.3, 30.8], [11.5, 9.25]], [[12.0, 35.0], [14.0, 3.0]]),
    "edges and corners": (
        [[0.0, 0.0], [31.0, 15.0], [15.0, 47.0], [0.4, 40.0]],
        [[5.0, 5.0], [25.0, 18.0], [16.0, 40.0], [0.4, 47.0]],
    ),
    "one already there": ([[20.0, 30.0], [8.0, 12.0]], [[26.0, 24.0], [8.5, 12.5]]),
}


def problem_of(
    generator: Generator,
    w_plus: torch.Tensor,
    points: str,
    movable_mask: torch.Tensor | None,
    feature_resolution: int,
) -> DragProblem:
    handles, targets = (torch.tensor(p, dtype=torch.float64) for p in POINTS[points])
    config = DragConfig(feature_resolution=feature_resolution, learning_rate=0.3, r2=24, r1=16)
    return DragProblem.check(generator, w_plus, handles, targets, movable_mask, config)


def reference_of(problem: DragProblem, tensors: dict[str, torch.Tensor]) -> ReferenceDrag:
    return ReferenceDrag(
        generator=ReferenceGenerator(problem.generator.geometry, tensors),
        w_plus=problem.w_plus,
        handle_points=problem.handle_points.clone(),
        target_points=problem.target_points,
        movable_mask=problem.movable_mask,
        resolution=problem.feature_resolution,
        r1=problem.r1,
        r2=problem.r2,
        rows=problem.rows,
        mask_weight=problem.config.mask_weight,
        learning_rate=problem.learning_rate,
    )


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("points", POINTS)
@pytest.mark.parametrize("feature_resolution", [16, 64])
@pytest.mark.parametrize("shape", GEOMETRIES)
def test_step_equals_the_reference(
    shape: str, feature_resolution: int, points: str, masked: bool
) -> None:
    geometry = GEOMETRIES[shape]
    random = torch.Generator().manual_seed(1)
    w_plus = torch.randn(1, geometry.num_ws, 5, generator=random, dtype=torch.float64)
    mask = None
    if masked:
        mask = torch.rand(geometry.img_resolution, generator=random, dtype=torch.float64).round()
        mask[:10] = 0.25
    tensors = random_tensors(geometry, 2)
    generator = random_generator(geometry, 2)
    problem = problem_of(generator, w_plus, points, mask, feature_resolution)
    reference = reference_of(problem, tensors)
    objective = Objective(problem)
    handles = problem.handle_points
    for step in range(3):
        # Both look at the reference's latent: free-running paths part by rounding alone.
        free = reference.free.detach().clone()
        loss = reference.step(track=step > 0)
        seen = objective.evaluate(free, handles, track=step > 0)
        handles = seen.handle_points
        torch.testing.assert_close(handles, reference.handle_points, rtol=0, atol=1e-9)
        torch.testing.assert_close(seen.loss, loss, rtol=1e-9, atol=1e-12)
        assert reference.free.grad is not None
        torch.testing.assert_close(seen.gradient, reference.free.grad, rtol=1e-9, atol=1e-9)
        assert (reference.free.grad != 0).any()
    assert (handles != problem.handle_points).any()
