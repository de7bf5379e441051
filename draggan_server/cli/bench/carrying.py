"""`draggan bench carrying`."""

from __future__ import annotations

from pathlib import Path

import click

from draggan_server.cli.bench import options
from draggan_server.cli.bench.options import AT_LEAST_1
from draggan_server.cli.extras import needs_extra
from draggan_server.cli.invert import QUALITIES


@click.command()
@options.toy_lion
@click.option("--pictures", type=AT_LEAST_1, default=24, show_default=True)
@click.option(
    "--masks", type=AT_LEAST_1, default=1000, show_default=True, help="Random placements and masks."
)
@click.option(
    "--inverted",
    type=click.Choice(QUALITIES),
    help="Beside the true latent, also with what this quality finds in each photo.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@options.threads()
@options.out
def carrying(
    model: str,
    pictures: int,
    masks: int,
    inverted: str | None,
    seed: int,
    threads: int,
    out: Path,
) -> None:
    """How well grain and paint follow the picture, and whether what is held stays to the bit."""
    with needs_extra("bench"):
        from draggan_server.bench.carrying.command import run

    click.echo(run(model, pictures, masks, seed, out, threads=threads, quality=inverted))
