"""A run of the inversion bench: load, measure with a progress bar, write the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from draggan_server.bench.folder import make_folder
from draggan_server.bench.inversion.measure import make_world
from draggan_server.bench.inversion.report import run_inversion
from draggan_server.bench.progress import Bar
from draggan_server.bench.toy_lion import load_lion
from draggan_server.bench.words import MARKED
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
    """The tables; its files are in `folder`. Raises `BadInput`."""
    make_folder(folder)
    torch.set_num_threads(threads)
    model, generator = load_lion(name)
    face = model.face
    if face is None and any(method.endswith(MARKED) for method in methods):
        raise BadInput(f"Nobody knows where eyes and mouths lie in pictures of {model.name}.")
    with Bar(len(kinds) * len(methods) * count, "Photos") as bar:
        return run_inversion(
            make_world(generator),
            kinds,
            methods,
            count,
            seed,
            folder,
            bar.advance,
            face,
        )
