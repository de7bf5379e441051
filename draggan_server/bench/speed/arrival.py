"""Time to arrive: a whole drag of the default method against the paper's, at config-f's sizes.

What a user waits for is steps times time a step. How many steps each method needs is measured on
drags of a trained model (`draggan bench quality --methods newton,reference`); what they cost is
measured here, on a generator of config-f's channel counts with seeded random weights, both sides in
turns within one process. The whole drag of ours is timed, with what it prepares; of the reference a
step, which it repeats. How pictures change with their latent, which `newton` learns once a model,
is made up here: the time of a drag does not depend on its values.

    python -m draggan_server.bench.speed.arrival --steps 2 --reference-steps 35

Without `--steps` a drag goes on to where it ends, with the way back to what the mapping network
makes and the last look at what has arrived:

    python -m draggan_server.bench.speed.arrival --way 0.35 --reference-steps 300 --drags 3
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import NamedTuple

import click
import torch

from draggan_server.bench.speed.step import Case, make_problem, random_tensors, reference_step
from draggan_server.editing import preparation
from draggan_server.editing.methods.newton.method import newton
from draggan_server.editing.preparation.picture_metric import PictureMetric
from draggan_server.editing.preparation.survey import Survey
from draggan_server.editing.problem import DragProblem, DragStep
from stylegan2.generator import Generator


@click.command()
@click.option("--resolution", default=512, show_default=True)
@click.option("--points", default=1, show_default=True)
@click.option("--steps", type=int, help="That newton needs, see above; else to where it ends.")
@click.option("--reference-steps", default=35, show_default=True, help="That the paper's needs.")
@click.option("--repeats", default=2, show_default=True)
@click.option("--drags", default=1, show_default=True, help="Of other points and pictures.")
@click.option("--way", default=1 / 8, show_default=True, help="Share of the side that points go.")
def main(
    resolution: int,
    points: int,
    steps: int | None,
    reference_steps: int,
    repeats: int,
    drags: int,
    way: float,
) -> None:
    torch.set_num_threads(1)
    geometry, tensors = random_tensors(resolution)
    generator = Generator.from_tensors(geometry, tensors)
    random = torch.Generator().manual_seed(0)
    shape = (preparation.SAMPLES, generator.num_ws, generator.w_dim)
    metric = PictureMetric(torch.randn(shape, generator=random) * 1e-3)
    preparation.remember(generator, Survey(metric, {}))
    for number in range(1, drags + 1):
        problem = make_problem(generator, Case(resolution, points, "none"), number)
        problem = going(problem, way * resolution)
        reference = reference_step(problem, tensors)
        reference()
        if number == 1:
            _drag(problem, steps)  # learns what is learned once a model
        ours, theirs = [], []
        for _ in range(repeats):
            ours.append(_timed_drag(problem, steps))
            theirs.append(_cpu_seconds(reference) * reference_steps)
        best = min(ours, key=lambda drag: drag.seconds)
        click.echo(
            f"{resolution} px, {points} points, CPU s to arrive: reference {min(theirs):.1f} "
            f"({reference_steps} steps), newton {best.seconds:.2f} ({best.end}): "
            f"{min(theirs) / best.seconds:.0f}x"
        )


class _Drag(NamedTuple):
    """CPU seconds of a drag, and how it ended, in words."""

    seconds: float
    end: str


def going(problem: DragProblem, far: float) -> DragProblem:
    """The same with points that go so many px. Where one would leave the picture it goes the other
    way along that axis."""
    starts, side = problem.handle_points, max(problem.generator.img_resolution)
    way = problem.target_points - starts
    way = way * far / way.norm(dim=1, keepdim=True)
    leaves = (starts + way < 0) | (starts + way > side - 1)
    return problem.aimed_at(starts + torch.where(leaves, -way, way))


def _timed_drag(problem: DragProblem, steps: int | None) -> _Drag:
    """Of so many steps: with random weights a drag may stall before, and what is missing is counted
    at the mean of the steps that were made. Or to the end."""
    start = time.process_time()
    last = _drag(problem, steps)
    seconds = time.process_time() - start
    if steps is not None:
        return _Drag(seconds * steps / last.step, f"{steps} steps")
    how = "arrived" if last.arrived else "lost" if last.lost else "came no nearer"
    way = f"{last.mean_distance:.0f} of {problem.farthest_way:.0f} px left"
    return _Drag(seconds, f"{last.step} steps, {how}, {way}")


def _drag(problem: DragProblem, steps: int | None) -> DragStep:
    """The last of so many steps, or of all of them."""
    if steps is not None:
        config = dataclasses.replace(problem.config, max_steps=steps)
        problem = dataclasses.replace(problem, config=config)
    return list(newton(problem))[-1]


def _cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
