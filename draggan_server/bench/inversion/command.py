"""A run of the inversion bench: load, measure with a progress bar, write the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from draggan_server.bench.folder import make_folder
from draggan_server.bench.inversion.cases import KINDS
from draggan_server.bench.inversion.measure import METHODS, make_world, run_inversion
from draggan_server.bench.progress import Bar
from draggan_server.bench.toy_lion import load_lion
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
    with Bar(len(kinds) * len(methods) * count, "Photos") as bar:
        return run_inversion(
            make_world(generator),
            kinds,
            methods,
            count,
            seed,
            folder,
            bar.advance,
        )


def _check(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise BadInput(f"There are no {what} {name!r}; known are {', '.join(known)}.")
