"""How long a step takes and how much memory, against the paper's step written straightforwardly.

Both sides run the same drag on a generator of config-f's channel counts with seeded random weights,
in turns within one process, so that a busy machine slows both. CPU time is that of all threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from draggan_server.bench.published.reference import ReferenceDrag, ReferenceGenerator
from draggan_server.bench.speed.peak_memory import peak_memory
from draggan_server.editing.methods.draggan.objective import Objective
from draggan_server.editing.problem import DragProblem
from draggan_server.wire.drag_config import drag_config
from stylegan2.generator import Generator
from stylegan2.geometry import Geometry
from stylegan2.packed import PackedMatrix

CHANNELS = {4: 512, 8: 512, 16: 512, 32: 512, 64: 512, 128: 256, 256: 128, 512: 64, 1024: 32}
"""Channels of config-f, by resolution."""

SIDES = ("ours", "reference")
_LEARNING_RATE = 2e-3
_OURS_A_REPEAT = 5
"""A step of ours is short, so it is timed more often than the reference's."""

Tensors = dict[str, torch.Tensor]
Step = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Case:
    """What is timed: pixels a side, number of points, and a mask term or "none"."""

    resolution: int
    points: int
    mask: str


@dataclass(frozen=True, slots=True)
class Times:
    """The cost of one side's step: milliseconds of CPU and of wall time, each the least that was
    seen, and the peak memory in MB of a process of its own, None where the system does not tell.
    """

    cpu_ms: float
    wall_ms: float
    peak_mb: float | None


@dataclass(frozen=True, slots=True)
class Result:
    """What one case takes. `gflop` counts the multiplications and additions of our step's products
    and convolutions, `machine_gflop_per_s` is the rate of a large product, of CPU time.
    """

    case: Case
    reference: Times
    ours: Times
    gflop: float
    machine_gflop_per_s: float

    @property
    def ratio(self) -> float:
        return self.reference.cpu_ms / self.ours.cpu_ms

    @property
    def wall_ratio(self) -> float:
        return self.reference.wall_ms / self.ours.wall_ms

    @property
    def efficiency(self) -> float:
        """Our step's rate over that of one large matrix product."""
        return self.gflop / self.ours.cpu_ms * 1e3 / self.machine_gflop_per_s


def measure(case: Case, *, repeats: int, threads: int) -> Result:
    """Time both sides in turns, `repeats` times."""
    torch.set_num_threads(threads)
    geometry, tensors = random_tensors(case.resolution)
    problem = make_problem(Generator.from_tensors(geometry, tensors), case)
    ours, reference = our_step(problem), reference_step(problem, tensors)
    ours()
    our_times, reference_times = [], []
    for _ in range(repeats):
        our_times += [_timed(ours) for _ in range(_OURS_A_REPEAT)]
        reference_times.append(_timed(reference))
    return Result(
        case=case,
        reference=_best(reference_times, peak_memory(case, "reference", threads)),
        ours=_best(our_times, peak_memory(case, "ours", threads)),
        gflop=_work(case),
        machine_gflop_per_s=_machine_rate(),
    )


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


def make_problem(generator: Generator, case: Case) -> DragProblem:
    """Points well apart, going an eighth of the picture, with the lower half movable."""
    random = torch.Generator().manual_seed(1)
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


def _timed(step: Step) -> tuple[float, float]:
    """Milliseconds of CPU and of wall time."""
    wall, cpu = time.perf_counter(), time.process_time()
    step()
    return (time.process_time() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3


def _best(times: list[tuple[float, float]], peak_mb: float | None) -> Times:
    cpu, wall = zip(*times, strict=True)
    return Times(min(cpu), min(wall), peak_mb)


def _work(case: Case) -> float:
    """GFLOP of one of our steps."""
    # In double precision no matrix is packed, and the counter knows plain products only.
    geometry, tensors = random_tensors(case.resolution, torch.float64)
    step = our_step(make_problem(Generator.from_tensors(geometry, tensors), case))
    with FlopCounterMode(display=False) as counter:
        step()
    return float(counter.get_total_flops()) / 1e9


def _machine_rate() -> float:
    """GFLOP per second of CPU time in a large product with a packed matrix."""
    rows, inputs, outputs = 2048, 4608, 512
    matrix = PackedMatrix(torch.randn(outputs, inputs), rows)
    x = torch.randn(rows, inputs)
    best = min(_timed(lambda: matrix(x))[0] for _ in range(5))
    return 2 * rows * inputs * outputs / best / 1e6
