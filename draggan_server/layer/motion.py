"""How what a picture shows moves when it becomes another picture."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.nn import functional

from draggan_server.layer.homography import Size


class Motion(NamedTuple):
    """From a picture to another of the same size, [1, C, h, w].

    `back` [1, 2, h, w], pixels (x, y): from each place of the new picture to where the old one
    has what is seen there. `moves`, `sure` and `alike` [1, 1, h, w], 0 to 1, say of a place of the
    new picture: whether it moved at all, how sure `back` is (0 where the old picture shows nothing
    of it), and whether the old picture, moved, looks there as the new one does.
    """

    back: torch.Tensor
    moves: torch.Tensor
    sure: torch.Tensor
    alike: torch.Tensor

    def resized(self, size: Size) -> Motion:
        """The same for pictures of `size` (height, width)."""
        return Motion(
            resize_shifts(self.back, size),
            _resize(self.moves, size),
            _resize(self.sure, size),
            _resize(self.alike, size),
        )

    def where(self, before: torch.Tensor, after: torch.Tensor) -> Motion:
        """Without what is shown alike, [1, C, h, w]: masks have held it."""
        change = (after - before).abs().amax(dim=1, keepdim=True)
        near = functional.max_pool2d(change, 5, stride=1, padding=2)
        return self._replace(moves=self.moves * (near > 0))


def shifted(image: torch.Tensor, shifts: torch.Tensor, mode: str = "bicubic") -> torch.Tensor:
    """image [1, C, h, w] read at every pixel moved by `shifts` [1, 2, b, w], (x, y) in pixels.

    The result is [1, C, b, w]. Beyond its border the image goes on as at the border.
    """
    height, width = image.shape[2:]
    rows, columns = (torch.arange(length).to(shifts) for length in shifts.shape[2:])
    x, y = shifts[:, 0] + columns, shifts[:, 1] + rows[:, None]
    grid = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], dim=3)
    return functional.grid_sample(
        image, grid, mode=mode, padding_mode="border", align_corners=False
    )


def resize_shifts(shifts: torch.Tensor, size: Size) -> torch.Tensor:
    """[1, 2, h, w] in pixels, for pictures of `size` (height, width) and in their pixels."""
    height, width = shifts.shape[2:]
    scale = shifts.new_tensor([size[1] / width, size[0] / height]).view(1, 2, 1, 1)
    return _resize(shifts, size) * scale


def ramp(x: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """0 up to `low`, 1 from `high`, smooth in between."""
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def _resize(image: torch.Tensor, size: Size) -> torch.Tensor:
    if tuple(image.shape[2:]) == size:
        return image
    return functional.interpolate(image, size, mode="bilinear", align_corners=False)
