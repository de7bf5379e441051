"""The picture to be explained, as the fit looks at it."""

from __future__ import annotations

from copy import copy

import torch
from torch.nn import functional

from draggan_server.layer import pixels, warping
from draggan_server.layer.homography import Size, resized


class Photo:
    """A region of a layer.

    `region` [1, 4, H, W] RGBA in [0, 1]; what is transparent counts for nothing. `channels` is how
    many a generator's picture has: 1 for gray, 3 or 4. Regions much larger than `picture`, the
    generator's size, are made smaller: the fit sees no more of them.
    """

    def __init__(self, region: torch.Tensor, channels: int, picture: Size) -> None:
        self.size: Size = (region.shape[2], region.shape[3])
        alpha = region[:, 3:]
        colours = region[:, :3]
        if channels == 1:
            colours = pixels.luminance(colours)[:, :1]
        image = torch.cat([(colours * 2 - 1) * alpha, alpha], dim=1)
        shrink = max(self.size) / (2 * max(picture))
        self._image = image
        if shrink > 1:
            smaller = (max(1, round(self.size[0] / shrink)), max(1, round(self.size[1] / shrink)))
            self._image = functional.interpolate(
                image, smaller, mode="bilinear", align_corners=False, antialias=True
            )
        self._own: Size = (self._image.shape[2], self._image.shape[3])

    def of_which(self, share: torch.Tensor, matrix: torch.Tensor) -> Photo:
        """The same photo, of which a `share` [h, w], 0 to 1, is to be explained.

        `matrix` takes the share's pixels to those of the region. Beyond them all is to be.
        """
        back = torch.linalg.inv(resized(self.size, self._own) @ matrix)
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
        matrix = resized(self.size, self._own) @ matrix
        image = warping.warp(self._image, matrix, size)
        alpha = image[0, -1]
        colours = image[0, :-1] / alpha.clamp(min=1e-3)
        return colours, alpha * warping.inside(matrix, size, self._own)[0, 0]
