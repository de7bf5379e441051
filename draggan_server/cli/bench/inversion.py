"""`draggan bench inversion`."""

from __future__ import annotations

from pathlib import Path

import click

from draggan_server.bench.words import INVERSIONS, LIGHT_EFFECTS, PHOTO_KINDS, USUAL_PHOTO_KINDS
from draggan_server.cli.bench import options
from draggan_server.cli.bench.options import AT_LEAST_1, words
from draggan_server.cli.extras import needs_extra


@click.command()
@options.toy_lion
@click.option(
    "--kinds",
    type=words(PHOTO_KINDS),
    metavar="KINDS",
    default=",".join(USUAL_PHOTO_KINDS),
    show_default=True,
    help="The model's own samples, renderings that it never saw, the same as photos. Or photos "
    f"with one thing only, {', '.join(LIGHT_EFFECTS)}; or with all of these and a hat, another "
    "background, perspective, or small before another background.",
)
@click.option(
    "--methods",
    type=words(INVERSIONS),
    metavar="METHODS",
    default="fast,normal",
    show_default=True,
    help="Of fast, normal, best; fast-marked, normal-marked, where eyes and mouth are clicked; "
    "projection, StyleGAN2's own way; pti, pivotal tuning.",
)
@click.option("--pictures", type=AT_LEAST_1, default=20, show_default=True, help="Of each kind.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@options.threads()
@options.out
def inversion(
    model: str,
    kinds: list[str],
    methods: list[str],
    pictures: int,
    seed: int,
    threads: int,
    out: Path,
) -> None:
    """How well photos are inverted: the picture, its place, the latent, and the time."""
    with needs_extra("bench"):
        from draggan_server.bench.inversion.command import run

    click.echo(run(model, tuple(kinds), tuple(methods), pictures, seed, out, threads=threads))
