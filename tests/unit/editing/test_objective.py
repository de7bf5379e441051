"""Our step is the paper's: at the same latent, the reference's loss, gradient and points."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from draggan_server.bench.published.reference import ReferenceDrag, ReferenceGenerator
from draggan_server.editing.methods.draggan.objective import Objective
from draggan_server.editing.problem import DragProblem
from draggan_server.wire.drag_config import drag_config
from stylegan2 import Geometry
from stylegan2.generator import Generator
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
    mask_term: str = "exact",
    **options: Any,
) -> DragProblem:
    handles, targets = (torch.tensor(p, dtype=torch.float64) for p in POINTS[points])
    config = drag_config("draggan", learning_rate=0.3, r2=24, r1=16, mask_term=mask_term, **options)
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
    problem = problem_of(generator, w_plus, points, mask, feature_resolution=feature_resolution)
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


def test_layer_term_holds_the_last_layer_that_varies() -> None:
    """Loss and gradient are those of the formulas, on maps computed whole by the generator."""
    geometry = GEOMETRIES["half-width, clamped"]
    generator = random_generator(geometry, 3)
    random = torch.Generator().manual_seed(4)
    w_plus = torch.randn(1, geometry.num_ws, 5, generator=random, dtype=torch.float64)
    mask = torch.zeros(geometry.img_resolution, dtype=torch.float64)
    mask[:32, :16] = 1
    # With five rows the last layer that varies is block 16's second: 16 x 8 cells of 4 pixels.
    problem = problem_of(
        generator,
        w_plus,
        "between pixels",
        mask,
        feature_resolution=64,
        optimised_rows=5,
        mask_term="layer",
    )
    free = w_plus[:, :5] + 0.1 * torch.randn(1, 5, 5, generator=random, dtype=torch.float64)
    objective = Objective(problem)
    seen = objective.evaluate(free, problem.handle_points, track=False)
    unmasked = Objective(replace(problem, movable_mask=None))
    alone = unmasked.evaluate(free, problem.handle_points, track=False)

    free.requires_grad_(True)
    moved = generator.features(torch.cat([free, w_plus[:, 5:]], dim=1), 16)
    start = generator.features(w_plus, 16)
    down, across = cell_weights(64, 16), cell_weights(32, 8)
    held = down @ (1 - mask) @ across.T
    term = ((moved - start).abs() * held).mean() * problem.config.mask_weight
    (gradient,) = torch.autograd.grad(term, [free])
    ours = (seen.gradient - alone.gradient).flatten()
    expected = gradient.flatten()
    gain = (ours @ expected) / (expected @ expected)
    torch.testing.assert_close(ours, gain * expected, rtol=1e-9, atol=1e-12)
    # Of the size of random features over random features, in the windows and on the whole map.
    assert 0.3 < gain < 3


def cell_weights(pixels: int, cells: int) -> torch.Tensor:
    """[cells, pixels]: the mean over the pixels that bilinear upsampling makes from each cell."""
    weights = torch.zeros(cells, pixels, dtype=torch.float64)
    for pixel in range(pixels):
        place = (pixel + 0.5) * cells / pixels - 0.5
        for cell in range(cells):
            weights[cell, pixel] = max(0.0, 1 - abs(place - cell))
    return weights / weights.sum(dim=1, keepdim=True)


@pytest.mark.parametrize("mask_term", ["exact", "layer"])
def test_a_handle_without_a_way_is_held_as_the_first_picture_has_it(mask_term: str) -> None:
    """Its loss is that of the disc at its place, wherever it is found."""
    geometry = GEOMETRIES["square"]
    generator = random_generator(geometry, 2)
    random = torch.Generator().manual_seed(5)
    w_plus = torch.randn(1, geometry.num_ws, 5, generator=random, dtype=torch.float64)
    place = torch.tensor([[31.0, 40.0]], dtype=torch.float64)
    moved, target = torch.tensor([[[20.0, 30.0]], [[27.0, 26.0]]], dtype=torch.float64)
    mask = torch.ones(64, 64, dtype=torch.float64)
    mask[:4] = 0
    config = drag_config("draggan", learning_rate=0.3, r2=24, r1=16, mask_term=mask_term)

    def objective(*held: torch.Tensor) -> Objective:
        points = (torch.cat([one, *held]) for one in (moved, target))
        return Objective(DragProblem.check(generator, w_plus, *points, mask, config))

    alone, held = objective(), objective(place)
    first = w_plus[:, :6]
    both = torch.cat([moved, place])
    seen = held.evaluate(first, both, track=False)
    assert torch.equal(seen.gradient, alone.evaluate(first, moved, track=False).gradient)
    free = first + 0.3 * torch.randn(1, 6, 5, generator=random, dtype=torch.float64)
    losses = [
        held.evaluate(free, torch.cat([moved, found]), track=False).loss
        for found in (place, place + 3)
    ]
    assert losses[0] == losses[1] > alone.evaluate(free, moved, track=False).loss
    tracked = held.evaluate(free, both, track=True)
    assert float((tracked.handle_points[1] - place).abs().max()) <= 24 * 64 / 512
