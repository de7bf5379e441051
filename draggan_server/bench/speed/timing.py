"""How long a step takes and how much memory, against the paper's step written straightforwardly.

Both sides run the same drag in turns within one process, so that a busy machine slows both. CPU
time is that of all threads.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from draggan_server.bench.speed.peak_memory import peak_memory
from draggan_server.bench.speed.step import (
    Case,
    Step,
    make_problem,
    our_step,
    random_tensors,
    reference_step,
)
from stylegan2.generator import Generator
from stylegan2.packed import PackedMatrix

_OURS_A_REPEAT = 5
"""A step of ours is short, so it is timed more often than the reference's."""


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
