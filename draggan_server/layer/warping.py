"""Reading an image through a homography, without aliasing."""

from __future__ import annotations

import torch
from torch.nn import functional

from draggan_server.layer import homography
from draggan_server.layer.homography import Size


def warp(
    image: torch.Tensor, matrix: torch.Tensor, size: Size, mode: str = "bilinear"
) -> torch.Tensor:
    """image [1, C, H, W] as seen from another: [1, C, h, w] with `size` (h, w).

    `matrix` takes pixels of the result to those of the image. Where the image has more pixels than
    the result, it is made smaller first, each pixel the mean of its area. Beyond its border the
    image goes on as at the border.
    """
    source = (image.shape[2], image.shape[3])
    shrink = homography.scale_at(matrix, ((size[1] - 1) / 2, (size[0] - 1) / 2))
    if shrink > 1:
        smaller = (max(1, round(source[0] / shrink)), max(1, round(source[1] / shrink)))
        image = functional.interpolate(
            image, smaller, mode="bilinear", align_corners=False, antialias=True
        )
        matrix = homography.resized(source, smaller) @ matrix
    grid = sampling_grid(matrix, size, (image.shape[2], image.shape[3]))
    return functional.grid_sample(
        image, grid.to(image)[None], mode=mode, padding_mode="border", align_corners=False
    )


def inside(matrix: torch.Tensor, size: Size, source: Size) -> torch.Tensor:
    """[1, 1, h, w] of 0 and 1: which pixels of the result lie on the image of size `source`."""
    grid = sampling_grid(matrix, size, source)
    return (grid.abs() <= 1).all(dim=-1)[None, None].float()


def sampling_grid(matrix: torch.Tensor, size: Size, source: Size) -> torch.Tensor:
    """[h, w, 2] as `grid_sample` wants it: the image's edges at -1 and 1."""
    points = homography.apply(matrix, homography.pixel_grid(size))
    sides = torch.tensor([source[1], source[0]], dtype=torch.float64)
    return (2 * points + 1) / sides - 1
