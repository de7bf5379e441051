"""A run of the inversion bench: load, measure with a progress bar, write the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from draggan_server.bench.command import load_lion, make_folder
from draggan_server.bench.inversion import METHODS, make_world, run_inversion
from draggan_server.bench.inversion_cases import KINDS
from draggan_server.wire.errors import BadInput


def run(
    name: str,
    kinds: Sequence[str],
    methods: Sequence[str],
    count: int,
    seed: int,
    folder: Path,
    *,
    threads: int,
) -> str:
    """The table; its files are in `folder`. Raises `BadInput`."""
    _check("kinds", kinds, KINDS)
    _check("methods", methods, METHODS)
    make_folder(folder)
    torch.set_num_threads(threads)
    _, generator = load_lion(name)
    with Progress(
        TextColumn("{task.description:40.40}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as progress:
        task = progress.add_task("Photos", total=len(kinds) * len(methods) * count)
        return run_inversion(
            make_world(generator),
            kinds,
            methods,
            count,
            seed,
            folder,
            lambda what: progress.update(task, advance=1, description=what),
        )


def _check(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise BadInput(f"There are no {what} {name!r}; known are {', '.join(known)}.")
