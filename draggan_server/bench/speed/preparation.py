"""How long a new model keeps its first drag waiting, and how long it is learned from after that.

On a generator of config-f's channel counts with seeded random weights, in turns within one process:
the passes of the survey, which end at a coarse picture, against passes through the whole picture.

    python -m draggan_server.bench.speed.preparation --resolution 512
"""

from __future__ import annotations

import time
from collections.abc import Callable

import click
import torch

from draggan_server.bench.speed.step import random_tensors
from draggan_server.editing import manifold
from draggan_server.editing.preparation import FIRST, SAMPLES, survey
from draggan_server.editing.preparation.picture_metric import PictureMetric
from stylegan2.generator import Generator


@click.command()
@click.option("--resolution", default=512, show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option("--repeats", default=3, show_default=True)
def main(resolution: int, threads: int, repeats: int) -> None:
    torch.set_num_threads(threads)
    geometry, tensors = random_tensors(resolution)
    generator = Generator.from_tensors(geometry, tensors)
    ours = survey.Survey.of_nothing(generator)
    coarse, whole = [], []
    for _ in range(repeats):
        coarse.append(_seconds(lambda: ours.take(generator)))
        whole.append(_seconds(lambda: _whole_pass(generator)))
    directions = _seconds(lambda: manifold.directions(generator))
    click.echo(
        f"{resolution} px, {threads} threads: a sample {min(coarse):.2f} s, the whole picture "
        f"{min(whole):.2f} s: {min(whole) / min(coarse):.1f}x. Before the first drag "
        f"{FIRST * min(coarse) + directions:.0f} s, all {SAMPLES} samples "
        f"{SAMPLES * min(coarse):.0f} s."
    )


def _whole_pass(generator: Generator) -> None:
    random = torch.Generator().manual_seed(0)
    w_plus = generator.draw(1, random).requires_grad_(True)
    with torch.enable_grad():
        metric = PictureMetric(torch.empty(0, generator.num_ws, generator.w_dim))
        metric.add(generator.synthesis(w_plus), w_plus, random)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
