"""The layer in a small size, for pictures that have to be there at once.

A generator has a picture of its own after each block (StyleGAN2's skip architecture, arXiv
1912.04958, section 4.1), at a fraction of the whole one's price. It is flatter and of other colours
than the whole one made small; what makes the one of the other on the first picture does so on all
that are near to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from draggan_server.editing.canvas import Canvas
from draggan_server.layer import pixels
from draggan_server.layer.compositing import Composite
from draggan_server.layer.placement import Placement
from draggan_server.layer.resemblance import shrink_to
from draggan_server.wire.messages import Pixels
from stylegan2.frozen_synthesis import FrozenSynthesis
from stylegan2.generator import Generator

SMALLEST = 64
"""Pixels of the longer side: less shows nothing of what moves."""

RIDGE = 1e-3
"""Ridge over the mean square of the coarse picture: keeps colours as they are that it does not
show."""


class Sketch:
    """A canvas in the size of the block whose picture `coarse` [1, C, h, w] showed it before."""

    def __init__(self, canvas: Canvas, coarse: torch.Tensor, synthesis: FrozenSynthesis) -> None:
        size = (coarse.shape[2], coarse.shape[3])
        self._synthesis = synthesis
        self._recognition = canvas.recognition
        self._size = size
        self._colours = _colours(coarse, canvas.before.picture)
        layer = torch.cat(shrink_to(canvas.layer, size), dim=1)
        mask = canvas.mask
        if mask is not None:
            mask = _bytes(functional.interpolate(mask / 255, size, mode="area"))
        self._composite = Composite(Placement(size, size), _bytes(layer), self._seen(coarse), mask)

    @property
    def side(self) -> int:
        return max(self._size)

    def show(self, w_plus: torch.Tensor, known: Sequence[torch.Tensor] = ()) -> Pixels:
        """The small layer with the picture of w_plus [1, num_ws, w_dim].

        `known` are the outputs [1, h, w, C] of the first layers, as far as there are any.
        """
        pictures = self._synthesis.pictures(w_plus, known)
        coarse = next(shown for shown in pictures if tuple(shown.shape[2:]) == self._size)
        return pixels.from_bytes(self._composite.apply(self._seen(coarse.cpu())))

    def _seen(self, coarse: torch.Tensor) -> torch.Tensor:
        """[1, 3 or 4, h, w] in [0, 1], in the layer's colours."""
        mixed = torch.einsum("nchw,cd->ndhw", _with_one(coarse), self._colours)
        return self._recognition.in_its_colours(pixels.from_picture(mixed))


def sketches(canvas: Canvas, synthesis: FrozenSynthesis) -> list[Sketch]:
    """The sketches smaller than the layer, the smallest first; none of a photo, which has a frame
    of its own, nor of a generator that has no picture before its last block."""
    if not isinstance(canvas.placement, Placement):
        return []
    longest = max(canvas.placement.layer)
    generator = canvas.generator
    if not isinstance(generator, Generator) or generator.geometry.architecture != "skip":
        return []
    return [
        Sketch(canvas, coarse, synthesis)
        for coarse in canvas.before.of_blocks
        if SMALLEST <= max(coarse.shape[2:]) < longest
    ]


def _colours(coarse: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """[C + 1, C]: what makes the coarse picture's colours, and 1, those of the picture."""
    size = (coarse.shape[2], coarse.shape[3])
    wanted = functional.interpolate(picture, size, mode="bilinear", antialias=True)
    wanted = (wanted * 2 - 1)[:, : coarse.shape[1]]
    given = _with_one(coarse).flatten(2)[0].T.double()  # [h w, C + 1]
    same = torch.eye(given.shape[1], coarse.shape[1], dtype=given.dtype)
    off = wanted.flatten(2)[0].T.double() - given @ same
    ridge = RIDGE * given.square().mean() * len(given)
    normal = given.T @ given + ridge * torch.eye(given.shape[1], dtype=given.dtype)
    mix: torch.Tensor = same + torch.linalg.solve(normal, given.T @ off)
    return mix.to(coarse)


def _with_one(coarse: torch.Tensor) -> torch.Tensor:
    return torch.cat([coarse, torch.ones_like(coarse[:, :1])], dim=1)


def _bytes(image: torch.Tensor) -> torch.Tensor:
    """[1, C, h, w] in [0, 1] -> uint8."""
    return (image * 255).round().clamp(0, 255).to(torch.uint8)
