"""`draggan bench tracking`."""

from __future__ import annotations

from pathlib import Path

import click

from draggan_server.cli.bench import options
from draggan_server.cli.bench.options import AT_LEAST_1, words
from draggan_server.cli.extras import needs_extra
from draggan_server.wire.drag_config import TRACKERS


@click.command()
@options.toy_lion
@click.option(
    "--trackers",
    type=words(TRACKERS),
    metavar="TRACKERS",
    default=",".join(TRACKERS),
    show_default=True,
    help="Compared side by side.",
)
@click.option("--films", type=AT_LEAST_1, default=24, show_default=True, help="Lions that move.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Number of the first film.",
)
@options.threads()
@options.as_json
@options.out
def tracking(
    model: str,
    trackers: list[str],
    films: int,
    seed: int,
    threads: int,
    as_json: bool,
    out: Path,
) -> None:
    """How well points are found again in pictures that move little by little.

    The motion is exact: the lion's renderer knows where every spot of its surface is. Writes
    tracking.json and tracking.md.
    """
    with needs_extra("bench"):
        from draggan_server.bench.tracking.measure import run_tracking
    tables = run_tracking(model, trackers, films, seed, out, threads=threads)
    options.print_tables(tables, out / "tracking.json", as_json=as_json)
