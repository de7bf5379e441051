"""Renderings on disk: made once, by all cores, and made on where they were interrupted."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stylegan2.toy_lion.character import Character

CHUNK = 256


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
    """`count` pictures (rounded up to whole chunks) of a seed, from `folder` as far as it has them.

    The same seed gives the same pictures, however often this was interrupted. `on_chunk` is told
    how many there are after each chunk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(-(-count // CHUNK))
    paths = [folder / f"{character.name}-{resolution}-{seed}-{k:04d}.npz" for k in numbers]

    def make(number: int) -> None:
        if not paths[number].exists():
            _make_chunk(paths[number], character, resolution, (seed, number))

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for done, _ in enumerate(pool.map(make, numbers), 1):
            on_chunk(done * CHUNK)
    chunks = [_read(path) for path in paths]
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
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.savez(file, z=z, pixels=pixels)
    unfinished.replace(path)


def _read(path: Path) -> Pictures:
    with np.load(path) as chunk:
        return Pictures(chunk["z"], chunk["pixels"])
