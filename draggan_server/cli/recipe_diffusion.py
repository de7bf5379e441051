"""`draggan recipe toy-lion-diffusion`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from draggan_server.cli.extras import needs_extra
from draggan_server.cli.interrupt import Interrupt
from draggan_server.wire.errors import BadInput

if TYPE_CHECKING:
    from torch import Tensor

    from draggan_server.diffusion.fitting import Fit

NAME = "toy-lion-diffusion"
_STEPS = 2600
_PICTURES = 2048
_UNSEEN = 256
_UNSEEN_SEED = 1
_SAVE_SECONDS = 60.0
_LOOK_SECONDS = 300.0
_SAMPLES = (2, 8)
"""Rows and columns of the sheet."""


@click.command(NAME)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the model, the renderings and the fit's state.",
)
@click.option(
    "--steps", type=click.IntRange(min=1), default=_STEPS, show_default=True, help="Of the fit."
)
@click.option(
    "--pictures",
    type=click.IntRange(min=1),
    default=_PICTURES,
    show_default=True,
    help="Renderings to fit to.",
)
@click.option(
    "--resolution",
    type=click.Choice(("32", "64", "128")),
    default="64",
    show_default=True,
    help="Pixels.",
)
@click.option(
    "--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Of PyTorch."
)
@click.option("--resume", is_flag=True, help="Go on with the fit that was begun in the folder.")
def toy_lion_diffusion(
    out: Path, steps: int, pictures: int, resolution: str, threads: int, resume: bool
) -> None:
    """Render the toy lion, and fit a diffusion model to it, which dragdiffusion can use.

    Ctrl-C stops after the current step; the same command with --resume goes on there, also with
    other --steps, which say when the fit settles.
    """
    with needs_extra("recipe"):
        import torch

        from stylegan2.toy_lion.character import ToyLion
        from stylegan2.toy_lion.pictures import make_pictures
    with needs_extra("diffusion"):
        from draggan_server.diffusion import fitting

    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists() and not resume:
        raise BadInput(
            f"A fit was begun in {out}: add --resume to go on with it, or give another folder."
        )
    torch.set_num_threads(threads)

    def rendered(count: int, seed: int) -> Tensor:
        made = make_pictures(
            out / "pictures", ToyLion(), int(resolution), count, seed=seed, threads=threads
        )
        return torch.from_numpy(made.pixels)

    unseen = rendered(min(_UNSEEN, pictures), _UNSEEN_SEED)
    fit = fitting.Fit(rendered(pictures, seed=0), fitting.FitConfig(steps=steps))
    if checkpoint.exists():
        fit.restore(fitting.read_checkpoint(checkpoint))
    with Interrupt() as interrupt:
        done = _fitted(fit, unseen, out, interrupt)
    if not done:
        click.echo(f"Stopped. Go on with: draggan recipe {NAME} --out {out} --resume")
        return
    held_out = fit.held_out(unseen)
    card = {
        "name": NAME,
        "subject": ToyLion().subject,
        "licence": "CC0-1.0",
        "made_by": f"draggan recipe {NAME}: fitted to renderings of a procedural character",
        "pictures": pictures,
        "cpu_seconds": round(fit.seconds),
        "unseen": len(unseen),
        "unseen_loss": round(held_out, 4),
    }
    fitting.export(fit, card, out / NAME)
    click.echo(f"{out / NAME}: on unseen pictures the loss is {held_out:.4f}.")


def _fitted(fit: Fit, unseen: Tensor, out: Path, interrupt: Interrupt) -> bool:
    """To its end; False if it was stopped before. The state is written every minute, a figure and
    samples every five, and all at the end."""
    from draggan_server.bench.progress import Bar
    from draggan_server.diffusion import fitting

    checkpoint = out / "checkpoint.pt"
    saved = looked = time.monotonic()
    with Bar(fit.config.steps, "Fitting") as bar:
        bar.reach(fit.step)
        while not fit.done and not interrupt.wanted:
            loss = fit.advance()
            bar.advance(f"Fitting, loss {loss:.4f}")
            now = time.monotonic()
            if now - saved > _SAVE_SECONDS:
                fitting.save_checkpoint(checkpoint, fit)
                saved = now
            if now - looked > _LOOK_SECONDS:
                _look(fit, unseen, out)
                looked = now
        fitting.save_checkpoint(checkpoint, fit)
        _look(fit, unseen, out)
    return fit.done


def _look(fit: Fit, unseen: Tensor, out: Path) -> None:
    from PIL import Image

    from draggan_server.diffusion import fitting

    score = {
        "step": fit.step,
        "cpu_seconds": round(fit.seconds, 1),
        "unseen_loss": round(fit.held_out(unseen), 4),
    }
    with (out / "scores.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(score) + "\n")
    rows, columns = _SAMPLES
    made = fitting.samples(fit.average, rows * columns, seed=0)
    sheet = made.view(*_SAMPLES, *made.shape[1:]).transpose(1, 2).flatten(0, 1).flatten(1, 2)
    Image.fromarray(sheet.numpy()).save(out / "sheet.png")
