"""A run of the bench of detail: load, measure with a progress bar, write the report."""

from __future__ import annotations

from pathlib import Path

import torch

from draggan_server.bench.carrying.held import changed_outside
from draggan_server.bench.carrying.measure import run_carrying
from draggan_server.bench.folder import make_folder
from draggan_server.bench.progress import Bar
from draggan_server.bench.toy_lion import load_lion


def run(
    name: str,
    count: int,
    held: int,
    seed: int,
    folder: Path,
    *,
    threads: int,
    quality: str | None = None,
) -> str:
    """The table, and what `held` random masks let through; files in `folder`. Raises `BadInput`."""
    make_folder(folder)
    torch.set_num_threads(threads)
    _, generator = load_lion(name)
    with Bar(count + held, "Detail") as bar:
        text = run_carrying(generator, count, seed, folder, bar.advance, quality)
        outside = inside = 0
        for number in range(held):
            changed = changed_outside(seed * held + number)
            outside, inside = outside + changed[0], inside + changed[1]
            bar.advance("Masks")
    held_words = f"{outside} values outside of {held} random masks changed, {inside} inside."
    return f"{text}\n{held_words}\n"
