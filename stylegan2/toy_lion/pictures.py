"""Renderings on disk: made once, by all cores, and made on where they were interrupted."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from stylegan2.toy_lion.character import Character
from stylegan2.whole_file import written_whole

CHUNK = 256
_PART = 8  # pictures that one core renders at a time

RENDERED_AT_LEAST = 128
"""Smaller pictures are these, averaged: smoother than few rays a pixel."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """z [N, P] and the pictures that a character's renderer draws of them, [N, r, r, 3] 8-bit."""

    z: NDArray[np.float32]
    pixels: NDArray[np.uint8]


def make_pictures(
    folder: Path,
    character: Character,
    resolution: int,
    count: int,
    *,
    seed: int = 0,
    threads: int | None = None,
    on_chunk: Callable[[int], None] = lambda done: None,
) -> Pictures:
    """`count` pictures (rounded up to whole chunks) of a seed, rendered at `resolution` or larger
    and averaged; from `folder` as far as it has them.

    The same seed gives the same pictures, however often this was interrupted. `on_chunk` is told
    how many there are after each chunk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(-(-count // CHUNK))
    rendered = max(resolution, RENDERED_AT_LEAST)
    paths = [folder / f"{character.name}-{rendered}-{seed}-{k:04d}.npz" for k in numbers]

    def make(number: int) -> None:
        if not paths[number].exists():
            _make_chunk(paths[number], character, rendered, (seed, number))

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for done, _ in enumerate(pool.map(make, numbers), 1):
            on_chunk(done * CHUNK)
    chunks = [_read(path, resolution) for path in paths]
    return Pictures(
        np.concatenate([chunk.z for chunk in chunks]),
        np.concatenate([chunk.pixels for chunk in chunks]),
    )


def draw_latents(character: Character, count: int, seed: tuple[int, ...]) -> NDArray[np.float32]:
    """z [count, P], normal."""
    random = np.random.default_rng(seed)
    return random.standard_normal((count, len(character.parameters)), dtype=np.float32)


def _make_chunk(path: Path, character: Character, resolution: int, seed: tuple[int, ...]) -> None:
    z = draw_latents(character, CHUNK, seed)
    pixels = character.render(character.from_latent(z), resolution)
    with written_whole(path) as unfinished, unfinished.open("wb") as file:
        np.savez(file, z=z, pixels=pixels)


def _read(path: Path, resolution: int) -> Pictures:
    with np.load(path) as chunk:
        return Pictures(chunk["z"], _shrunk(chunk["pixels"], resolution))


def render_smooth(
    character: Character, rows: NDArray[np.float64], resolution: int
) -> NDArray[np.uint8]:
    """Pictures as `make_pictures` makes them, by all cores, not kept."""
    rendered = max(resolution, RENDERED_AT_LEAST)
    parts = [rows[start : start + _PART] for start in range(0, len(rows), _PART)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = pool.map(lambda part: _shrunk(character.render(part, rendered), resolution), parts)
        return np.concatenate(list(made))


def _shrunk(pixels: NDArray[np.uint8], resolution: int) -> NDArray[np.uint8]:
    """Pictures [N, r, r, 3] averaged to `resolution`."""
    factor = pixels.shape[1] // resolution
    if factor == 1:
        return pixels
    averaged = functional.avg_pool2d(torch.from_numpy(pixels).permute(0, 3, 1, 2).float(), factor)
    return averaged.round().byte().permute(0, 2, 3, 1).contiguous().numpy()
