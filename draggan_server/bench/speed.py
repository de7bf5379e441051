"""How long a step takes and how much memory, against the paper's step written straightforwardly.

    python -m tests.benchmarks.speed --json speed.json

Both sides run the same drag on a generator of config-f's channel counts with seeded random weights,
in turns within one process, so that a busy machine slows both. Memory is the peak of a process of
its own. CPU time is that of all threads.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from unittest import mock

import torch
from torch.utils.flop_counter import FlopCounterMode

from draggan_server.editing.objective import Objective
from draggan_server.editing.problem import DragProblem
from draggan_server.wire.drag_config import MASK_TERMS, DragConfig
from stylegan2 import Geometry, packed
from stylegan2.generator import Generator
from tests.benchmarks.reference import ReferenceDrag, ReferenceGenerator

CHANNELS = {4: 512, 8: 512, 16: 512, 32: 512, 64: 512, 128: 256, 256: 128, 512: 64, 1024: 32}
LEARNING_RATE = 2e-3
MASKS = ("none", *MASK_TERMS)


@dataclass(frozen=True)
class Case:
    resolution: int
    points: int
    mask: str


@dataclass(frozen=True)
class Result:
    """Of one case: milliseconds a step (the least of the repeats) and peak memory in MB.

    `ours_gflop` counts the multiplications and additions of our step's products and convolutions.
    """

    case: Case
    reference_cpu_ms: float
    reference_wall_ms: float
    reference_mb: float
    ours_cpu_ms: float
    ours_wall_ms: float
    ours_mb: float
    ours_gflop: float
    machine_gflop_per_s: float

    @property
    def ratio(self) -> float:
        return self.reference_cpu_ms / self.ours_cpu_ms

    @property
    def efficiency(self) -> float:
        """Our step's rate over that of one large matrix product."""
        return self.ours_gflop / self.ours_cpu_ms * 1e3 / self.machine_gflop_per_s


def random_tensors(resolution: int) -> tuple[Geometry, dict[str, torch.Tensor]]:
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
        tensors[key] = value
    return geometry, tensors


def make_problem(generator: Generator, case: Case) -> DragProblem:
    """Points well apart, going a quarter of the picture, with the lower half movable."""
    random = torch.Generator().manual_seed(1)
    w_plus = generator.mapping(torch.randn(1, generator.z_dim, generator=random))
    side = case.resolution
    handles = side * (0.2 + 0.6 * torch.rand(case.points, 2, generator=random))
    way = torch.randn(case.points, 2, generator=random)
    targets = handles + way / way.norm(dim=1, keepdim=True) * side / 8
    mask = None
    if case.mask != "none":
        mask = torch.zeros(side, side)
        mask[side // 2 :] = 1
    config = DragConfig(learning_rate=LEARNING_RATE)
    if case.mask in MASK_TERMS:
        config = replace(config, mask_term=case.mask)
    return DragProblem.check(generator, w_plus, handles, targets.clamp(0, side - 1), mask, config)


def our_step(problem: DragProblem) -> Callable[[], object]:
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


def reference_step(problem: DragProblem, tensors: dict[str, torch.Tensor]) -> Callable[[], object]:
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


def timed(step: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of CPU and of wall time."""
    wall, cpu = time.perf_counter(), time.process_time()
    step()
    return (time.process_time() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3


def measure(case: Case, repeats: int, threads: int) -> Result:
    geometry, tensors = random_tensors(case.resolution)
    generator = Generator.from_tensors(geometry, tensors)
    problem = make_problem(generator, case)
    ours, reference = our_step(problem), reference_step(problem, tensors)
    ours()
    our_times, reference_times = [], []
    for _ in range(repeats):
        our_times += [timed(ours) for _ in range(5)]
        reference_times.append(timed(reference))
    return Result(
        case=case,
        reference_cpu_ms=min(cpu for cpu, _ in reference_times),
        reference_wall_ms=min(wall for _, wall in reference_times),
        reference_mb=peak_memory(case, "reference", threads),
        ours_cpu_ms=min(cpu for cpu, _ in our_times),
        ours_wall_ms=min(wall for _, wall in our_times),
        ours_mb=peak_memory(case, "ours", threads),
        ours_gflop=work(problem),
        machine_gflop_per_s=machine_rate(),
    )


def work(problem: DragProblem) -> float:
    """GFLOP of one of our steps."""
    # The counter knows plain products only.
    with mock.patch.object(packed, "_can_pack", return_value=False):
        step = our_step(problem)
        with FlopCounterMode(display=False) as counter:
            step()
    return counter.get_total_flops() / 1e9


def machine_rate() -> float:
    """GFLOP per second of CPU time in a large product with a packed matrix."""
    rows, inputs, outputs = 2048, 4608, 512
    matrix = packed.PackedMatrix(torch.randn(outputs, inputs), rows)
    x = torch.randn(rows, inputs)
    best = min(timed(lambda: matrix(x))[0] for _ in range(5))
    return 2 * rows * inputs * outputs / best / 1e6


def peak_memory(case: Case, side: str, threads: int) -> float:
    """MB, of a fresh process that loads the generator and takes two steps."""
    arguments = [json.dumps(asdict(case)), side, str(threads)]
    code = "import sys; from tests.benchmarks import speed; speed.report_memory(*sys.argv[1:])"
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    return float(run.stdout)


def report_memory(case_json: str, side: str, threads: str) -> None:
    """Print the peak resident memory (MB) of this process after two steps of one side."""
    torch.set_num_threads(int(threads))
    case = Case(**json.loads(case_json))
    geometry, tensors = random_tensors(case.resolution)
    generator = Generator.from_tensors(geometry, tensors)
    problem = make_problem(generator, case)
    step = our_step(problem) if side == "ours" else reference_step(problem, tensors)
    del tensors
    step()
    step()
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    print(int(peak.split()[1]) / 1024)


def table(results: list[Result]) -> str:
    lines = [
        "| resolution | points | mask | reference ms | ours ms | ratio | wall ratio | MB "
        "| GFLOP | of the product rate |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for r in results:
        lines.append(
            f"| {r.case.resolution} | {r.case.points} | {r.case.mask} | {r.reference_cpu_ms:.0f} "
            f"| {r.ours_cpu_ms:.0f} | {r.ratio:.1f}x "
            f"| {r.reference_wall_ms / r.ours_wall_ms:.1f}x "
            f"| {r.reference_mb:.0f} -> {r.ours_mb:.0f} "
            f"| {r.ours_gflop:.1f} | {r.efficiency:.0%} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--resolutions", type=int, nargs="+", default=[256, 512, 1024])
    parser.add_argument("--points", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--masks", choices=MASKS, nargs="+", default=list(MASKS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    results = []
    for resolution in arguments.resolutions:
        for mask in arguments.masks:
            for points in arguments.points:
                case = Case(resolution, points, mask)
                results.append(measure(case, arguments.repeats, arguments.threads))
                print(table(results[-1:]).splitlines()[-1], flush=True)
    print(table(results))
    if arguments.json:
        document = {
            "machine": platform.processor() or platform.machine(),
            "torch": torch.__version__,
            "threads": arguments.threads,
            "results": [
                {**asdict(result), "ratio": result.ratio, "efficiency": result.efficiency}
                for result in results
            ],
        }
        arguments.json.write_text(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()
