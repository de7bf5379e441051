"""What a generator can show: directions of its latents, coarse pictures, samples to begin from."""

from __future__ import annotations

from collections.abc import Iterator
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
_BATCH = 32
_SEED = 20231


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
        self._filters = self._find_filters()

    @torch.no_grad()
    def prepare(self) -> Iterator[float]:
        """What a fit begins with: the encoder, or without one the samples, rendered. Yields the
        share that is done.
        """
        if self.encoder is not None:
            return
        parts = []
        for part in torch.split(self.coordinates, _BATCH):
            parts.append(self.picture(self.w_plus(part), SAMPLE_BLOCK))
            yield _BATCH * len(parts) / SAMPLES
        self.samples = torch.cat(parts)

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
        made smaller.
        """
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

    @torch.no_grad()
    def _find_filters(self) -> list[torch.Tensor | None]:
        """For each block the filter that makes its coarse picture of the whole one, if one does."""
        few = self.w_plus(self.coordinates[:8])
        coarse = [output.picture for output in self.generator.outputs(few)]
        whole = coarse[-1]
        assert whole is not None
        return [
            *(None if picture is None else _filter(whole, picture) for picture in coarse[:-1]),
            torch.ones(1, 1),
        ]


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


def _filter(whole: torch.Tensor, picture: torch.Tensor) -> torch.Tensor | None:
    """[3, 3]: the filter that takes `whole`, made smaller, to `picture`; None where none does."""
    smaller = _smaller(whole, (picture.shape[2], picture.shape[3]))
    places = functional.unfold(_padded(smaller.flatten(0, 1)[:, None]), _KERNEL)
    inputs = places.transpose(1, 2).flatten(0, 1)
    wanted = picture.flatten(0, 1).flatten()[:, None]
    taps = torch.linalg.lstsq(inputs, wanted).solution
    error = (inputs @ taps - wanted).square().mean()
    return taps.view(_KERNEL, _KERNEL) if 10 * torch.log10(4 / error) >= FAITHFUL else None


def _padded(image: torch.Tensor) -> torch.Tensor:
    margin = _KERNEL // 2
    return functional.pad(image, (margin,) * 4, mode="replicate")
