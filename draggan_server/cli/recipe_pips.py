"""`draggan recipe pips`."""

from __future__ import annotations

from pathlib import Path

import click

from draggan_server.cli.extras import needs_extra


@click.command()
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the weights.",
)
@click.option(
    "--films",
    "count",
    type=click.IntRange(min=1),
    default=240,
    show_default=True,
    help="Films of four renderings to fit to.",
)
@click.option(
    "--steps", type=click.IntRange(min=1), default=600, show_default=True, help="Of the fit."
)
@click.option(
    "--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Of PyTorch."
)
def pips(out: Path, count: int, steps: int, threads: int) -> None:
    """Fit the tracker pips to exact ways on the toy lion, and write lion_pips.safetensors."""
    with needs_extra("recipe"):
        import torch

        from draggan_server.bench.progress import Bar
        from draggan_server.bench.tracking import particle_fitting
        from draggan_server.editing.trackers.fitted import write_fitted
        from draggan_server.editing.trackers.flow import SIDE
        from draggan_server.editing.trackers.particles import WEIGHTS
        from stylegan2.toy_lion.character import ToyLion

    torch.set_num_threads(threads)
    unseen = max(1, min(count // 10, particle_fitting.HELD_OUT))
    with Bar(count + unseen, "Rendering") as bar:
        known = particle_fitting.make_films(count, particle_fitting.SEED, SIDE, bar.advance)
        held_out = particle_fitting.make_films(
            unseen, particle_fitting.HELD_OUT_SEED, SIDE, bar.advance
        )
    with Bar(steps, "Fitting") as bar:
        network = particle_fitting.fit(
            known, steps, lambda error: bar.advance(f"Fitting, {error:.1f} px off")
        )
    error = particle_fitting.held_out_error(network, held_out)
    card = {
        "subject": ToyLion().subject,
        "licence": "CC0-1.0",
        "made_by": "draggan recipe pips",
        "films": count,
        "steps": steps,
        "held_out": unseen,
        "held_out_error_px": round(error, 2),
        "pixels_of": SIDE,
    }
    write_fitted(network, card, out / WEIGHTS.name)
    click.echo(f"{out / WEIGHTS.name}: held out, points are {error:.2f} px of {SIDE} off.")
