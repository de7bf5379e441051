"""`draggan recipe raft` and `draggan recipe pips`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from draggan_server.cli.extras import needs_extra


def _options(seen: str, what: str, count: int, steps: int) -> Callable[[Any], Any]:
    """The options of such a command; `seen` is what it learns from, `what` that in words."""
    options = (
        click.option(
            "--out",
            required=True,
            type=click.Path(path_type=Path, file_okay=False),
            help="Folder for the weights.",
        ),
        click.option(
            f"--{seen}",
            "count",
            type=click.IntRange(min=1),
            default=count,
            show_default=True,
            help=f"{what} to fit to.",
        ),
        click.option(
            "--steps",
            type=click.IntRange(min=1),
            default=steps,
            show_default=True,
            help="Of the fit.",
        ),
        click.option(
            "--threads",
            type=click.IntRange(min=1),
            default=1,
            show_default=True,
            help="Of PyTorch.",
        ),
    )

    def decorated(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated


@click.command()
@_options("pairs", "Pairs of renderings", count=1024, steps=1300)
def raft(out: Path, count: int, steps: int, threads: int) -> None:
    """Fit the tracker raft to the toy lion's exact motion, and write lion_raft.safetensors.

    With the defaults it takes nine minutes of one core.
    """
    with needs_extra("recipe"):
        from draggan_server.bench.tracking import fitting
        from draggan_server.bench.tracking.pairs import make_pairs
        from draggan_server.editing.trackers.flow import WEIGHTS

    error = _fit(fitting, make_pairs, out / WEIGHTS.name, ("raft", "pairs"), count, steps, threads)
    click.echo(f"{out / WEIGHTS.name}: held out, the motion is {error}.")


@click.command()
@_options("films", "Films of four renderings", count=240, steps=600)
def pips(out: Path, count: int, steps: int, threads: int) -> None:
    """Fit the tracker pips to exact ways on the toy lion, and write lion_pips.safetensors.

    With the defaults it takes five minutes of one core.
    """
    with needs_extra("recipe"):
        from draggan_server.bench.tracking import particle_fitting as fitting
        from draggan_server.editing.trackers.particles import WEIGHTS

    error = _fit(
        fitting,
        fitting.make_films,
        out / WEIGHTS.name,
        ("pips", "films"),
        count,
        steps,
        threads,
    )
    click.echo(f"{out / WEIGHTS.name}: held out, points are {error}.")


def _fit(
    fitting: Any,
    make: Callable[[int, int, int, Callable[[], None]], Any],
    path: Path,
    names: tuple[str, str],
    count: int,
    steps: int,
    threads: int,
) -> str:
    """Render, fit, write; how far off it is on what it has not seen, in words.

    `fitting` is the module that fits, `names` those of the recipe and of what is rendered.
    """
    import torch

    from draggan_server.bench.progress import Bar
    from draggan_server.editing.trackers.fitted import write_fitted
    from draggan_server.editing.trackers.flow import SIDE
    from stylegan2.toy_lion.character import ToyLion

    torch.set_num_threads(threads)
    name, seen = names
    unseen = max(1, min(count // fitting.ONE_HELD_OUT_OF, fitting.HELD_OUT))
    with Bar(count + unseen, "Rendering") as bar:
        known = make(count, fitting.SEED, SIDE, bar.advance)
        held_out = make(unseen, fitting.HELD_OUT_SEED, SIDE, bar.advance)
    with Bar(steps, "Fitting") as bar:
        network = fitting.fit(
            known, steps, lambda error: bar.advance(f"Fitting, {error:.1f} px off")
        )
    error = fitting.held_out_error(network, held_out)
    card = {
        "subject": ToyLion().subject,
        "licence": "CC0-1.0",
        "made_by": f"draggan recipe {name}",
        seen: count,
        "steps": steps,
        "held_out": unseen,
        "held_out_error_px": round(error, 2),
        "pixels_of": SIDE,
    }
    write_fitted(network, card, path)
    return f"{error:.2f} px of {SIDE} off"
