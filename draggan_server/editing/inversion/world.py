"""What a generator can show: directions of its latents, coarse pictures, samples to begin from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from weakref import WeakKeyDictionary

import torch
from torch.nn import functional

from draggan_server.editing import manifold
from draggan_server.editing.inversion import encoders
from draggan_server.editing.inversion.encoder import SIDE
from draggan_server.layer.homography import Size
from stylegan2.generator import Generator

SHARE = 0.9985
"""Share of W's variance that the directions hold which are fitted. 32 of 256 for the toy lion."""
MOST_DIRECTIONS = 64

SAMPLES = 1024
"""Latents whose pictures are compared with a photo to begin with."""
SAMPLE_BLOCK = 2
"""Block of the pictures that samples are compared by: 16 x 16 pixels of a square model."""

FAITHFUL = 25.0
"""dB. A block's coarse picture stands for the whole one if, made smaller and filtered, that is so
near to it on average. Models whose last blocks make most of the contrast have no such blocks."""
_KERNEL = 3
_FEW = 8
"""Pictures that a block's filter is found by."""
_BATCH = 32
_SEED = 20231


class Interrupted(Exception):
    """Nobody waits for the fit any more, or what it has reached is enough."""


class World:
    """A generator prepared for inversion; see `prepared`.

    `mean` [w_dim] of w, `directions` [K, w_dim]: principal directions of W times their spread.
    """

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        spread = manifold.directions(generator).to(generator.w_avg)
        energy = spread.square().sum(dim=1).cumsum(dim=0)
        count = int((energy < SHARE * energy[-1]).sum()) + 1
        self.directions = spread[: min(count, MOST_DIRECTIONS)]
        random = torch.Generator().manual_seed(_SEED)
        sample_w = generator.draw(SAMPLES, random)[:, 0]
        self.mean = generator.w_avg
        self.coordinates = self.coordinates_of(sample_w)  # [SAMPLES, K]
        self.samples = torch.empty(0)  # [SAMPLES, C, h, w], once prepared without an encoder
        self.encoder = encoders.learned(generator, self.size(self.block_of(SIDE)))
        self._filters: list[torch.Tensor | None] = []  # once they are found
        self._interrupted: Callable[[], bool] = _never

    def prepare(self) -> Iterator[float]:
        """All that a fit needs: filters, and without an encoder the samples, rendered. Yields the
        share that is done.
        """
        share = 1.0 if self.encoder is not None else 0.5
        for found in self.find_filters():
            yield share * found
        if self.encoder is not None:
            return
        parts = []
        for part in torch.split(self.coordinates, _BATCH):
            with torch.no_grad():
                parts.append(self.picture(self.w_plus(part), SAMPLE_BLOCK))
            yield share + (1 - share) * _BATCH * len(parts) / SAMPLES
        self.samples = torch.cat(parts)

    def find_filters(self) -> Iterator[float]:
        """For each block the filter that makes its coarse picture of the whole one, if one does.
        Yields the share that is done, at least once. Nothing is compared before.
        """
        searches: list[_FilterSearch | None] = []
        for number, coordinates in enumerate(self.coordinates[:_FEW]):
            with torch.no_grad():
                outputs = self.generator.outputs(self.w_plus(coordinates[None]))
                *coarse, whole = [output.picture for output in outputs]
                assert whole is not None
                searches = searches or [None if c is None else _FilterSearch() for c in coarse]
                for search, picture in zip(searches, coarse, strict=True):
                    if search is not None and picture is not None:
                        search.add(whole, picture)
            yield (number + 1) / _FEW
        found = [None if search is None else search.found() for search in searches]
        self._filters = [*found, torch.ones(1, 1)]

    def interruptible(self, interrupted: Callable[[], bool]) -> World:
        """The same world, which raises `Interrupted` instead of making a picture once that is
        true: before each evaluation of a fit.
        """
        world = copy(self)
        world._interrupted = interrupted
        return world

    def with_weights(self, generator: Generator) -> World:
        """The same world, whose pictures are made by a generator with weights of its own."""
        world = copy(self)
        world.generator = generator
        return world

    def check(self) -> None:
        """Raises `Interrupted` where that is what is wanted."""
        if self._interrupted():
            raise Interrupted

    @property
    def blocks(self) -> int:
        return len(self.generator.geometry.channels)

    def block_of(self, side: int) -> int:
        """The first block of at least `side` pixels, on the longer side, else the last."""
        sizes = (max(self.size(index)) for index in range(self.blocks))
        return next((k for k, longer in enumerate(sizes) if longer >= side), self.blocks - 1)

    def size(self, block: int) -> Size:
        return self.generator.geometry.block_size(block)

    def w_plus(self, coordinates: torch.Tensor) -> torch.Tensor:
        """[N, K] -> [N, num_ws, w_dim]: latents of W, all rows equal."""
        w = self.mean + coordinates.to(self.directions) @ self.directions
        return w[:, None].expand(-1, self.generator.num_ws, -1)

    def coordinates_of(self, w: torch.Tensor) -> torch.Tensor:
        """[N, w_dim] -> [N, K]: where a w lies along the directions, in units of their spread."""
        return (w - self.mean) @ (self.directions / self.directions.square().sum(1)[:, None]).T

    def picture(self, w_plus: torch.Tensor, block: int) -> torch.Tensor:
        """[N, C, h, w] of the block's size, in about [-1, 1]: compare it with what `filtered` makes
        of a photo.

        The block's own coarse picture where that follows from the whole one, else the whole one
        made smaller. Raises `Interrupted`.
        """
        self.check()
        if self._filters[block] is not None:
            return self._coarse(w_plus, block)
        return _smaller(self._coarse(w_plus, self.blocks - 1), self.size(block))

    def filtered(self, image: torch.Tensor, block: int) -> torch.Tensor:
        """image [C, h, w] of the block's size, each pixel the mean of its area -> as smooth as the
        block's own pictures.
        """
        kernel = self._filters[block]
        if kernel is None or kernel.shape[-1] == 1:
            return image
        return functional.conv2d(_padded(image[:, None]), kernel.to(image)[None, None])[:, 0]

    def _coarse(self, w_plus: torch.Tensor, block: int) -> torch.Tensor:
        output = next(o for o in self.generator.outputs(w_plus) if o.index == block)
        assert output.picture is not None
        return output.picture


def _never() -> bool:
    return False


_KNOWN: WeakKeyDictionary[Generator, World] = WeakKeyDictionary()


def prepared(generator: Generator) -> Iterator[tuple[float, World]]:
    """The generator's world, made at its first use; yields the share that is done with it."""
    world = _KNOWN.get(generator)
    if world is None:
        world = World(generator)
        for share in world.prepare():
            yield share * (1 - 1e-6), world
        _KNOWN[generator] = world
    yield 1.0, world


def _smaller(picture: torch.Tensor, size: Size) -> torch.Tensor:
    return functional.interpolate(picture, size, mode="area")


class _FilterSearch:
    """Least squares over pictures: the 3 x 3 filter that takes whole ones, made smaller, to a
    block's own.
    """

    def __init__(self) -> None:
        taps = _KERNEL**2
        self._normal = torch.zeros(taps, taps, dtype=torch.float64)
        self._wanted = torch.zeros(taps, dtype=torch.float64)
        self._square = 0.0
        self._values = 0

    def add(self, whole: torch.Tensor, picture: torch.Tensor) -> None:
        """Both [N, C, h, w]."""
        smaller = _smaller(whole, (picture.shape[2], picture.shape[3]))
        places = functional.unfold(_padded(smaller.flatten(0, 1)[:, None]), _KERNEL)
        inputs = places.transpose(1, 2).flatten(0, 1).double().cpu()
        wanted = picture.flatten().double().cpu()
        self._normal += inputs.T @ inputs
        self._wanted += inputs.T @ wanted
        self._square += float(wanted.square().sum())
        self._values += len(wanted)

    def found(self) -> torch.Tensor | None:
        """[3, 3], float32; None where no filter does."""
        taps = torch.linalg.lstsq(self._normal, self._wanted[:, None]).solution[:, 0]
        missed = self._square - 2 * taps @ self._wanted + taps @ self._normal @ taps
        error = (missed / self._values).clamp(min=1e-10)
        if 10 * torch.log10(4 / error) < FAITHFUL:
            return None
        kernel: torch.Tensor = taps.float().view(_KERNEL, _KERNEL)
        return kernel


def _padded(image: torch.Tensor) -> torch.Tensor:
    margin = _KERNEL // 2
    return functional.pad(image, (margin,) * 4, mode="replicate")
