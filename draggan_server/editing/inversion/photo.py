"""The picture to be explained, as the fit looks at it."""

from __future__ import annotations

import math
from copy import copy

import torch
from torch.nn import functional

from draggan_server.layer import homography, pixels, warping
from draggan_server.layer.homography import Size

FINER = 2.0
"""Regions that have so many times as many pixels as the picture are made smaller: the fit sees no
more of them."""
CLOSEST = 5.0
"""Subjects are looked at closer than in all of the region by so much, at most."""
ABOUT = 0.25
"""Of a picture's sides: what is seen beyond them, where it is looked at closer."""


class Photo:
    """A region of a layer.

    `region` [1, 4, H, W] RGBA in [0, 1]; what is transparent counts for nothing. `channels` is how
    many a generator's picture has: 1 for gray, 3 or 4; `picture` is its size.
    """

    def __init__(self, region: torch.Tensor, channels: int, picture: Size) -> None:
        self.size: Size = (region.shape[2], region.shape[3])
        alpha = region[:, 3:]
        colours = region[:, :3]
        if channels == 1:
            colours = pixels.luminance(colours)[:, :1]
        image = torch.cat([(colours * 2 - 1) * alpha, alpha], dim=1)
        self._closest = _at_most(image, CLOSEST * FINER * max(picture))
        self._image = _at_most(self._closest, FINER * max(picture))
        self._to_image = homography.resized(self.size, self._own)

    @property
    def _own(self) -> Size:
        return self._image.shape[2], self._image.shape[3]

    def closer(self, matrix: torch.Tensor, picture: Size) -> Photo:
        """The same photo, of which only what lies about a picture of that size is seen, and as
        fine as the picture asks for; `matrix` takes its pixels to those of the region.
        """
        finest = (self._closest.shape[2], self._closest.shape[3])
        way = homography.resized(self.size, finest) @ matrix
        height, width = picture
        x, y = ((-ABOUT * side, (1 + ABOUT) * side) for side in (width, height))
        corners = torch.tensor([(a, b) for a in x for b in y], dtype=torch.float64)
        at = homography.apply(way, corners)
        least = at.amin(dim=0).floor().long().tolist()
        most = at.amax(dim=0).ceil().long().tolist()
        left, top = (max(0, value) for value in least)
        part = copy(self)
        cut = self._closest[:, :, top : max(most[1], top + 1), left : max(most[0], left + 1)]
        part._image = _at_most(cut, FINER * (1 + 2 * ABOUT) * max(picture))
        corner = torch.eye(3, dtype=torch.float64)
        corner[0, 2], corner[1, 2] = -left, -top
        own = homography.resized((cut.shape[2], cut.shape[3]), part._own)
        part._to_image = own @ corner @ homography.resized(self.size, finest)
        return part

    def of_which(self, share: torch.Tensor, matrix: torch.Tensor) -> Photo:
        """The same photo, of which a `share` [h, w], 0 to 1, is to be explained.

        `matrix` takes the share's pixels to those of the region. Beyond them all is to be.
        """
        back = torch.linalg.inv(self._to_image @ matrix)
        size = (share.shape[0], share.shape[1])
        covered = warping.inside(back, self._own, size)
        alpha = warping.warp(share[None, None].to(self._image), back, self._own)
        part = copy(self)
        part._image = self._image * (alpha * covered + 1 - covered)
        return part

    def seen(self, matrix: torch.Tensor, size: Size) -> tuple[torch.Tensor, torch.Tensor]:
        """[C, h, w] in [-1, 1] and weights [h, w]: the photo in the frame of a picture.

        `matrix` takes the pixels of a picture of `size` to those of the region.
        """
        matrix = self._to_image @ matrix
        image = warping.warp(self._image, matrix, size)
        alpha = image[0, -1]
        colours = image[0, :-1] / alpha.clamp(min=1e-3)
        return colours, alpha * warping.inside(matrix, size, self._own)[0, 0]


def _at_most(image: torch.Tensor, side: float) -> torch.Tensor:
    """An image [1, C, H, W] that has no more pixels than a square of that side."""
    size = (image.shape[2], image.shape[3])
    shrink = math.sqrt(size[0] * size[1]) / side
    if shrink <= 1:
        return image
    smaller = (max(1, round(size[0] / shrink)), max(1, round(size[1] / shrink)))
    return functional.interpolate(
        image, smaller, mode="bilinear", align_corners=False, antialias=True
    )
