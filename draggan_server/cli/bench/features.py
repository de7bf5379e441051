"""`draggan bench features`."""

from __future__ import annotations

from pathlib import Path

import click

from draggan_server.cli.bench import options
from draggan_server.cli.bench.options import AT_LEAST_1
from draggan_server.cli.extras import needs_extra


@click.command()
@options.toy_lion
@click.option("--pairs", type=AT_LEAST_1, default=100, show_default=True, help="Pairs of pictures.")
@options.threads()
@options.as_json
@options.out
def features(model: str, pairs: int, threads: int, as_json: bool, out: Path) -> None:
    """By which block's features points can be tracked.

    Landmarks are looked for in a second picture of the same lion, by the features of every block.
    Writes features.json and features.md.
    """
    with needs_extra("bench"):
        from draggan_server.bench.quality.features import run_features
    tables = run_features(model, pairs, out, threads=threads)
    options.print_tables(tables, out / "features.json", as_json=as_json)
