"""Time to arrive: a whole drag of the default method against the paper's, at config-f's sizes.

What a user waits for is steps times time a step. How many steps each method needs is measured on
drags of a trained model (`draggan bench quality --methods newton,reference`); what they cost is
measured here, on a generator of config-f's channel counts with seeded random weights, both sides in
turns within one process. The whole drag of ours is timed, with what it prepares; of the reference a
step, which it repeats. How pictures change with their latent, which `newton` learns once a model,
is made up here: the time of a drag does not depend on its values.

    python -m draggan_server.bench.speed.arrival --steps 2 --reference-steps 35
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable

import click
import torch

from draggan_server.bench.speed.step import Case, make_problem, random_tensors, reference_step
from draggan_server.editing import preparation
from draggan_server.editing.methods.newton.method import newton
from draggan_server.editing.preparation.picture_metric import PictureMetric
from draggan_server.editing.preparation.survey import Survey
from draggan_server.editing.problem import DragProblem
from stylegan2.generator import Generator


@click.command()
@click.option("--resolution", default=512, show_default=True)
@click.option("--points", default=1, show_default=True)
@click.option("--steps", default=2, show_default=True, help="That newton needs, see above.")
@click.option("--reference-steps", default=35, show_default=True, help="That the paper's needs.")
@click.option("--repeats", default=2, show_default=True)
@click.option("--way", default=1 / 8, show_default=True, help="Share of the side that points go.")
def main(
    resolution: int, points: int, steps: int, reference_steps: int, repeats: int, way: float
) -> None:
    torch.set_num_threads(1)
    geometry, tensors = random_tensors(resolution)
    generator = Generator.from_tensors(geometry, tensors)
    problem = make_problem(generator, Case(resolution, points, "none"))
    problem = _going(problem, way * resolution)
    random = torch.Generator().manual_seed(0)
    shape = (preparation.SAMPLES, generator.num_ws, generator.w_dim)
    metric = PictureMetric(torch.randn(shape, generator=random) * 1e-3)
    preparation.remember(generator, Survey(metric, {}))
    reference = reference_step(problem, tensors)
    reference()
    _drag(problem, 1)  # learns what is learned once a model
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(_seconds_of_drag(problem, steps))
        theirs.append(_cpu_seconds(reference) * reference_steps)
    click.echo(
        f"{resolution} px, {points} points, CPU s to arrive: reference {min(theirs):.1f} "
        f"({reference_steps} steps), newton {min(ours):.2f} ({steps} steps): "
        f"{min(theirs) / min(ours):.0f}x"
    )


def _going(problem: DragProblem, far: float) -> DragProblem:
    """The same with points that go so many px, as far as the picture reaches."""
    way = problem.target_points - problem.handle_points
    return problem.aimed_at(problem.handle_points + way * far / way.norm(dim=1, keepdim=True))


def _seconds_of_drag(problem: DragProblem, steps: int) -> float:
    """CPU seconds of so many steps. With random weights a drag may stall before: what is missing is
    counted at the mean of the steps that were made."""
    start = time.process_time()
    made = _drag(problem, steps)
    return (time.process_time() - start) * steps / made


def _drag(problem: DragProblem, steps: int) -> int:
    """How many steps were made."""
    config = dataclasses.replace(problem.config, max_steps=steps)
    drag = newton(dataclasses.replace(problem, config=config))
    return max(step.step for step in itertools.islice(drag, steps + 1))


def _cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
