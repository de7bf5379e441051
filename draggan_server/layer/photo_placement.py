"""Where the generator's picture lies on a photo: anywhere, by a homography."""

from __future__ import annotations

import torch
from torch.nn import functional

from draggan_server.layer import homography, warping
from draggan_server.layer.homography import Size
from draggan_server.layer.placement import check_mask_size
from draggan_server.wire.state import Point


class PhotoPlacement:
    """As `Placement`, for a layer that is a photo; `layer` and `picture` are (height, width).

    `matrix` [3, 3] takes the picture's pixels to the layer's.
    """

    def __init__(self, matrix: torch.Tensor, layer: Size, picture: Size) -> None:
        self.layer = layer
        self.picture = picture
        self._matrix = matrix
        self._back = torch.linalg.inv(matrix)

    def check_mask(self, size: Size) -> None:
        """Raises `BadInput` unless a mask of `size` (height, width) has the layer's size."""
        check_mask_size(size, self.layer)

    def to_picture(self, points: tuple[Point, ...]) -> torch.Tensor:
        """Layer points -> [P, 2] in the picture, in float64."""
        return homography.apply(self._back, torch.tensor(points, dtype=torch.float64))

    def to_layer(self, points: torch.Tensor) -> tuple[Point, ...]:
        """Picture points [P, 2] -> layer points."""
        moved = homography.apply(self._matrix, points.detach().cpu().double())
        return tuple((float(x), float(y)) for x, y in moved)

    def image_to_picture(self, image: torch.Tensor) -> torch.Tensor:
        """[1, C, H, W] of the layer's size -> the picture's; 0 beyond the layer."""
        seen = warping.warp(image, self._matrix, self.picture)
        return seen * warping.inside(self._matrix, self.picture, self.layer).to(seen)

    def image_to_layer(self, image: torch.Tensor) -> WarpedRows:
        """[1, C, h, w] of the picture's size -> the layer's, a band of rows at a time; 0 beyond the
        picture.
        """
        return WarpedRows(image, self._back, self.layer)

    def overview(self, image: torch.Tensor) -> torch.Tensor:
        """[1, C, h, w] of the picture's size -> the whole layer, small; 0 beyond the picture."""
        scale = min(1.0, max(self.picture) / max(self.layer))
        size = tuple(max(1, round(side * scale)) for side in self.layer)
        back = self._back @ homography.resized((size[0], size[1]), self.layer)
        return WarpedRows(image, back, (size[0], size[1])).rows(slice(0, size[0]))[None]

    def shifts_to_layer(self, shifts: torch.Tensor) -> torch.Tensor:
        """[1, 2, h, w], (x, y) of each pixel of the picture -> the same in the layer's pixels."""
        places = homography.pixel_grid(self.picture)
        ends = places + shifts[0].permute(1, 2, 0).double()
        moved = homography.apply(self._matrix, ends) - homography.apply(self._matrix, places)
        return moved.permute(2, 0, 1)[None].to(shifts)


class WarpedRows:
    """`image` [1, C, h, w] as it lies on a layer of `size`; `back` takes layer pixels to it."""

    def __init__(self, image: torch.Tensor, back: torch.Tensor, size: Size) -> None:
        source = (image.shape[2], image.shape[3])
        shrink = homography.scale_at(back, ((size[1] - 1) / 2, (size[0] - 1) / 2))
        if shrink > 1:
            smaller = (max(1, round(source[0] / shrink)), max(1, round(source[1] / shrink)))
            image = functional.interpolate(
                image, smaller, mode="bilinear", align_corners=False, antialias=True
            )
            back = homography.resized(source, smaller) @ back
        self._image = image
        self._back = back
        self._width = size[1]

    def rows(self, rows: slice) -> torch.Tensor:
        """[C, B, W]."""
        down = torch.eye(3, dtype=torch.float64)
        down[1, 2] = rows.start
        size = (rows.stop - rows.start, self._width)
        source = (self._image.shape[2], self._image.shape[3])
        grid = warping.sampling_grid(self._back @ down, size, source)
        return functional.grid_sample(
            self._image,
            grid.to(self._image)[None],
            mode="bicubic",
            padding_mode="zeros",
            align_corners=False,
        )[0]
