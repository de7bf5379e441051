"""A step of a drag, ours and the paper's written straightforwardly, on one and the same problem.

The generator has config-f's channel counts and seeded random weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from draggan_server.bench.published.reference import ReferenceDrag, ReferenceGenerator
from draggan_server.editing.methods.draggan.objective import Objective
from draggan_server.editing.problem import DragProblem
from draggan_server.wire.drag_config import drag_config
from stylegan2.generator import Generator
from stylegan2.geometry import Geometry

CHANNELS = {4: 512, 8: 512, 16: 512, 32: 512, 64: 512, 128: 256, 256: 128, 512: 64, 1024: 32}
"""Channels of config-f, by resolution."""

SIDES = ("ours", "reference")
_LEARNING_RATE = 2e-3
Tensors = dict[str, torch.Tensor]
Step = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Case:
    """What is timed: pixels a side, number of points, and a mask term or "none"."""

    resolution: int
    points: int
    mask: str


def step_of(case: Case, side: str) -> Step:
    """A step of one of `SIDES`; what the other would need is not held."""
    geometry, tensors = random_tensors(case.resolution)
    problem = make_problem(Generator.from_tensors(geometry, tensors), case)
    return our_step(problem) if side == "ours" else reference_step(problem, tensors)


def random_tensors(resolution: int, dtype: torch.dtype = torch.float32) -> tuple[Geometry, Tensors]:
    """Config-f at `resolution`, weights as before training, but with noise."""
    geometry = Geometry(
        z_dim=512,
        w_dim=512,
        mapping_layers=8,
        img_resolution=(resolution, resolution),
        channels=tuple(count for name, count in CHANNELS.items() if name <= resolution),
    )
    random = torch.Generator().manual_seed(0)
    tensors = {}
    for key, shape in geometry.shapes().items():
        value = torch.randn(shape, generator=random)
        if key.startswith("mapping.fc"):
            value = value / geometry.mapping_lr_multiplier
        if key.endswith("affine.bias"):
            value = 1 + 0.1 * value
        elif key.endswith(("bias", "noise_strength")):
            value = 0.1 * value
        tensors[key] = value.to(dtype)
    return geometry, tensors


def make_problem(generator: Generator, case: Case, number: int = 1) -> DragProblem:
    """Points well apart, going an eighth of the picture, with the lower half movable; others, of
    another latent, for another `number`."""
    random = torch.Generator().manual_seed(number)
    w_plus = generator.mapping(torch.randn(1, generator.z_dim, generator=random))
    side = case.resolution
    handles = side * (0.2 + 0.6 * torch.rand(case.points, 2, generator=random))
    way = torch.randn(case.points, 2, generator=random)
    targets = handles + way / way.norm(dim=1, keepdim=True) * side / 8
    config, mask = drag_config("draggan", learning_rate=_LEARNING_RATE), None
    if case.mask != "none":
        mask = torch.zeros(side, side)
        mask[side // 2 :] = 1
        config = drag_config("draggan", learning_rate=_LEARNING_RATE, mask_term=case.mask)
    return DragProblem.check(generator, w_plus, handles, targets.clamp(0, side - 1), mask, config)


def our_step(problem: DragProblem) -> Step:
    """The paper's step as the product does it."""
    objective = Objective(problem)
    free = problem.w_plus[:, : problem.rows].clone()
    optimiser = torch.optim.Adam([free], lr=problem.learning_rate)
    handles = problem.handle_points

    def step() -> None:
        nonlocal handles
        seen = objective.evaluate(free, handles, track=True)
        handles = seen.handle_points
        free.grad = seen.gradient
        optimiser.step()

    return step


def reference_step(problem: DragProblem, tensors: Tensors) -> Step:
    """The same as it is written in the paper."""
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
    ).step
