"""`draggan bench speed`."""

from __future__ import annotations

from pathlib import Path

import click

from draggan_server.bench.words import MASKS, RESOLUTIONS
from draggan_server.cli.bench import options
from draggan_server.cli.bench.options import AT_LEAST_1, several, words
from draggan_server.wire.drag_config import MAX_POINTS


@click.command()
@click.option(
    "--resolutions",
    type=words(list(map(str, RESOLUTIONS))),
    metavar="PIXELS",
    default="256,512,1024",
    show_default=True,
    help="Of config-f, random weights.",
)
@click.option(
    "--points",
    type=several(click.IntRange(1, MAX_POINTS)),
    metavar="NUMBERS",
    default="1,8",
    show_default=True,
    help="Numbers of points.",
)
@click.option(
    "--masks",
    type=words(MASKS),
    metavar="MASKS",
    default=",".join(MASKS),
    show_default=True,
    help="No mask, or how.",
)
@click.option(
    "--repeats",
    type=AT_LEAST_1,
    default=3,
    show_default=True,
    help="The best of so many counts.",
)
@options.threads()
@options.as_json
@options.out
def speed(
    resolutions: list[str],
    points: list[int],
    masks: list[str],
    repeats: int,
    threads: int,
    as_json: bool,
    out: Path,
) -> None:
    """Time and memory of a step, against the paper's written out.

    Both sides run in turns. Writes speed.json and speed.md. All of it takes about ten minutes and
    9 GB of memory, nearly all for the paper's side.
    """
    from draggan_server.bench.speed.report import run_speed
    from draggan_server.bench.speed.step import Case

    sizes = map(int, resolutions)
    cases = [Case(size, count, mask) for size in sizes for mask in masks for count in points]
    tables = run_speed(cases, out, repeats=repeats, threads=threads)
    options.print_tables(tables, out / "speed.json", as_json=as_json)
