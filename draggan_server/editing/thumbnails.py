"""Small pictures of latents, to be chosen from."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from draggan_server.editing.picture_model import PictureModel
from draggan_server.editing.rendering import render_coarse
from draggan_server.layer import pixels
from draggan_server.layer.resemblance import resize
from draggan_server.wire.messages import THUMBNAIL_SIDE, Pixels


def sheet_of(generator: PictureModel, latents: Iterable[torch.Tensor]) -> Pixels:
    """RGBA squares of `THUMBNAIL_SIDE`, one below the other: the picture of each w_plus
    [1, num_ws, w_dim], made at the lowest resolution that will do."""
    squares = []
    height, width = generator.img_resolution
    scale = THUMBNAIL_SIDE / max(height, width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    for w_plus in latents:
        picture = pixels.with_alpha(render_coarse(generator, w_plus, 2 * THUMBNAIL_SIDE))
        squares.append(_centred(resize(pixels.as_seen(picture), size)))
    return pixels.from_tensor(torch.cat(squares, dim=2))


def _centred(image: torch.Tensor) -> torch.Tensor:
    """Premultiplied RGBA [1, 4, h, w] -> straight, in the middle of a transparent square."""
    colours, alpha = image[:, :3], image[:, 3:]
    straight = torch.cat([colours / alpha.clamp(min=1e-6), alpha], dim=1)
    top, left = ((THUMBNAIL_SIDE - side) // 2 for side in straight.shape[2:])
    square = straight.new_zeros(1, 4, THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    square[:, :, top : top + straight.shape[2], left : left + straight.shape[3]] = straight
    return square
