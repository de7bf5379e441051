"""`draggan recipe`: make the models that the project makes itself."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from draggan_server.cli.extras import needs_extra
from draggan_server.cli.finite import FiniteRange
from draggan_server.cli.interrupt import Interrupt
from draggan_server.cli.recipe_diffusion import toy_lion_diffusion
from draggan_server.cli.recipe_tracker import pips, raft
from draggan_server.models.face import write_face
from draggan_server.wire.errors import BadInput
from draggan_server.wire.face import Face

if TYPE_CHECKING:
    from stylegan2.toy_lion.fit import FitConfig, Stage, Step
    from stylegan2.toy_lion.held_out import Score

RESOLUTIONS = ("16", "32", "64", "128", "256")
PICTURES = {"cpu": 8192, "cuda": 16384}
"""Renderings to fit to, by the device that the fit is computed on."""
_LIONS = 10_000
"""Whose eyes and mouths are looked at."""


@click.group()
def recipe() -> None:
    """Make a model anew."""


@recipe.command("toy-lion")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the model, the renderings and the fit's state.",
)
@click.option(
    "--effort",
    type=FiniteRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Steps, as a multiple of the default model's.",
)
@click.option(
    "--resolution", type=click.Choice(RESOLUTIONS), default="256", show_default=True, help="Pixels."
)
@click.option(
    "--pictures",
    type=click.IntRange(min=512),
    help="Renderings to fit to.  [default: {cpu}, with CUDA {cuda}]".format_map(PICTURES),
)
@click.option(
    "--device",
    type=click.Choice(list(PICTURES)),
    help="Where to compute.  [default: cuda if it works]",
)
@click.option(
    "--threads", type=click.IntRange(min=1), help="Threads of PyTorch.  [default: all cores]"
)
@click.option(
    "--fast",
    is_flag=True,
    help="Compute in bfloat16 and compile: two to three times as fast, needs a C++ compiler.",
)
@click.option(
    "--start", help="A toy lion to start from, such as toy-lion: lower resolutions are left out."
)
@click.option("--resume", is_flag=True, help="Go on with the fit that was begun in the folder.")
def toy_lion(
    out: Path,
    effort: float,
    resolution: str,
    pictures: int | None,
    device: str | None,
    threads: int | None,
    fast: bool,
    start: str | None,
    resume: bool,
) -> None:
    """Render the toy lion, fit a generator to it, and write toy-lion.safetensors.

    Ctrl-C stops after the current steps; the same command with --resume goes on there.
    """
    with needs_extra("recipe"):
        import torch

        from draggan_server.models.errors import ModelError
        from draggan_server.models.loading import load_generator
        from draggan_server.models.thumbnail import sample_thumbnail
        from draggan_server.worker.device import choose_device
        from stylegan2.errors import CheckpointError
        from stylegan2.toy_lion.character import ToyLion
        from stylegan2.toy_lion.fit import GPU_STAGES, STAGES, FitConfig
        from stylegan2.toy_lion.recipe import Recipe
    device = device or ("cuda" if choose_device() == "cuda" else "cpu")
    if device == "cuda":
        if not torch.cuda.is_available():
            raise BadInput("PyTorch finds no CUDA device here: leave --device cuda out.")
        torch.set_float32_matmul_precision("high")
    pictures = PICTURES[device] if pictures is None else pictures
    if threads:
        torch.set_num_threads(threads)
    config = FitConfig(
        stages=tuple(
            replace(stage, steps=math.ceil(effort * stage.steps))
            for stage in (GPU_STAGES if device == "cuda" else STAGES)
            if stage.resolution <= int(resolution)
        ),
        fast=fast,
        device=device,
    )
    screen = _Screen(config)
    try:
        known = load_generator(start) if start else None
        making = Recipe(ToyLion(), out, config, screen, pictures=pictures, start=known)
    except (ModelError, CheckpointError, ValueError) as error:
        raise BadInput(str(error)) from None
    if making.checkpoint.exists() and not resume:
        raise BadInput(
            f"A fit was begun in {out}: add --resume to go on with it, or give another folder."
        )
    with screen:
        model = making.run()
    if model is None:
        click.echo(f"Stopped. Go on with: draggan recipe toy-lion --out {out} --resume")
        return
    sample_thumbnail(model).save(model.with_suffix(".png"))
    write_face(lion_face(int(resolution)), model)
    click.echo(f"{model}: {model.stat().st_size / 2**20:.1f} MiB.")


def lion_face(resolution: int) -> Face:
    """Where eyes and mouths lie in the toy lion's pictures, to a hundredth of a pixel."""
    from stylegan2.toy_lion.face import mean_and_precision

    mean, precision = mean_and_precision(_LIONS, resolution, seed=0)
    left, right, mouth = ((round(float(x), 2), round(float(y), 2)) for x, y in mean)
    numbers = (float(f"{value:.6g}") for value in precision.flatten())
    return Face((left, right), mouth, tuple(numbers))


recipe.add_command(raft)
recipe.add_command(pips)
recipe.add_command(toy_lion_diffusion)


class _Screen:
    """Shows a recipe's progress and asks it to stop when Ctrl-C is pressed."""

    def __init__(self, config: FitConfig) -> None:
        self._config = config
        self._interrupt = Interrupt()
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f}%"),
            TimeRemainingColumn(),
            console=console,
        )
        self._tasks = {
            stage: self._progress.add_task(f"Fitting {stage}", total=stage.steps)
            for stage in config.stages
        }
        self._rendering = self._progress.add_task("Rendering", total=None)

    def __enter__(self) -> _Screen:
        self._interrupt.__enter__()
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        self._interrupt.__exit__()

    def rendering(self, resolution: int, done: int, total: int) -> None:
        text = f"Rendering {resolution} x {resolution}"
        self._progress.update(self._rendering, completed=done, total=total, description=text)

    def stepped(self, step: Step) -> None:
        text = f"Fitting {step.stage}, step {step.step}, loss {step.loss:.3f}"
        self._progress.update(self._tasks[step.stage], completed=step.step, description=text)

    def scored(self, stage: Stage, score: Score) -> None:
        learned = ", ".join(
            f"{group} {100 * max(part.learned, 0):.0f}%" for group, part in score.groups.items()
        )
        self._progress.console.print(f"{stage}, unseen: {score.psnr:.2f} dB; learned: {learned}")

    def wants_stop(self) -> bool:
        return self._interrupt.wanted
