"""`draggan bench loading`."""

from __future__ import annotations

from pathlib import Path

import click

from draggan_server.cli.bench import options
from draggan_server.cli.bench.options import AT_LEAST_1
from draggan_server.wire.errors import BadInput


@click.command()
@click.argument("checkpoint", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--repeats", type=AT_LEAST_1, default=3, show_default=True, help="The least counts.")
@options.as_json
@options.out
def loading(checkpoint: Path, repeats: int, as_json: bool, out: Path) -> None:
    """How long a foreign checkpoint takes to load, against reading and hashing its file.

    CHECKPOINT is a file as others publish them (.pkl, .pt). Writes loading.json and loading.md.
    """
    from draggan_server.bench.speed.loading import run_loading
    from stylegan2 import CheckpointError

    try:
        tables = run_loading(checkpoint, out, repeats=repeats)
    except CheckpointError as error:
        raise BadInput(str(error)) from None
    options.print_tables(tables, out / "loading.json", as_json=as_json)
