"""Pictures of latents, in [0, 1] and on the processor: layers come from there and go there."""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

import torch

from draggan_server.editing.picture_model import PictureModel
from draggan_server.layer import pixels


class Rendering(NamedTuple):
    """What a generator shows for a latent.

    `picture` [1, 3 or 4, h, w], RGB or RGBA in [0, 1], at the steps of 8 bits; `of_blocks` are the
    generator's own pictures [1, C, h, w] in about [-1, 1] after each block that has one, the
    smallest first.
    """

    picture: torch.Tensor
    of_blocks: tuple[torch.Tensor, ...]


_LAST: WeakKeyDictionary[PictureModel, tuple[torch.Tensor, Rendering]] = WeakKeyDictionary()
"""The last latent that was rendered: a drag begins with what the edit was opened with."""


@torch.no_grad()
def render_blocks(generator: PictureModel, w_plus: torch.Tensor) -> Rendering:
    """Render w_plus [1, num_ws, w_dim], unless that was what was rendered last."""
    known = _LAST.get(generator)
    if known is not None and torch.equal(known[0], w_plus):
        return known[1]
    shown = [output.picture for output in generator.outputs(w_plus)]
    of_blocks = tuple(picture.cpu() for picture in shown if picture is not None)
    rendering = Rendering(pixels.from_picture(of_blocks[-1]), of_blocks)
    _LAST[generator] = w_plus, rendering
    return rendering


def render(generator: PictureModel, w_plus: torch.Tensor) -> torch.Tensor:
    """The picture of w_plus [1, num_ws, w_dim]: RGB or RGBA [1, 3 or 4, h, w]."""
    return render_blocks(generator, w_plus).picture


def render_coarse(generator: PictureModel, w_plus: torch.Tensor, side: int) -> torch.Tensor:
    """The same, as small as a generator whose blocks add up colours can make it at once.

    No side is shorter than `side`, unless the whole picture's is. What the finer blocks would have
    added is missing: show it at half its size.
    """
    with torch.no_grad():
        for output in generator.outputs(w_plus):
            picture = output.picture
            if picture is not None and min(picture.shape[2:]) >= side:
                break
        assert picture is not None
        return pixels.from_picture(picture.cpu())
