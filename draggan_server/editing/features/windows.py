"""Views of windows about the handles."""

from __future__ import annotations

import math
from functools import lru_cache

import torch

from draggan_server.editing.features.field import WindowField
from stylegan2.generator import Generator
from stylegan2.places import Size, Windows, crop
from stylegan2.windows import Forward, WindowedFeatures


class WindowSource:
    """Computes features only in windows about the handles.

    `track_reach` px is how far from a handle the field of a view is read, `push_reach` px how far
    from a tracked handle the loss reads. With `hold` views offer the last varying layer's
    output as what is held.
    """

    def __init__(
        self,
        generator: Generator,
        resolution: int,
        w_plus: torch.Tensor,
        rows: int,
        count: int,
        *,
        track_reach: int,
        push_reach: int,
        hold: bool = False,
    ) -> None:
        self.pixels = generator.img_resolution
        self.cells = generator.geometry.block_size(generator.geometry.block_index(resolution))
        self._reach = track_reach
        self._push_reach = push_reach
        self._features = WindowedFeatures(
            generator,
            resolution,
            w_plus,
            rows,
            size=window_size(track_reach, self.cells, self.pixels),
            count=count,
            hold=hold,
        )

    def at(self, free: torch.Tensor, handle_points: torch.Tensor) -> WindowView:
        first = self.windows(handle_points, self._reach).first
        return WindowView(self, self._features.forward(free, first), self._push_reach)

    def windows(self, points: torch.Tensor, reach: int) -> Windows:
        """The cells read by positions up to `reach` px from points [P, 2] (x, y)."""
        return windows_about(points, reach, self.cells, self.pixels)

    def vjp(
        self,
        forward: Forward,
        gradient: torch.Tensor,
        first: torch.Tensor,
        of_held: torch.Tensor | None = None,
    ) -> torch.Tensor:
        return self._features.vjp(forward, gradient, first, of_held)


class WindowView:
    def __init__(self, source: WindowSource, forward: Forward, push_reach: int) -> None:
        assert forward.windows is not None
        self._source = source
        self._forward = forward
        self._push_reach = push_reach
        self._windows = forward.windows
        self._near: WindowField | None = None
        self._near_windows = forward.windows
        self.field = WindowField(forward.values, forward.windows.first, source.cells, source.pixels)
        self.held = None if forward.held is None else forward.held.requires_grad_(True)

    def near(self, handle_points: torch.Tensor) -> WindowField:
        self._near_windows = self._source.windows(handle_points, self._push_reach)
        values = crop(self._forward.values, self._windows, self._near_windows).requires_grad_(True)
        self._near = WindowField(
            values, self._near_windows.first, self._source.cells, self._source.pixels
        )
        return self._near

    def gradient(self, loss: torch.Tensor) -> torch.Tensor:
        assert self._near is not None
        leaves = [self._near.values] if self.held is None else [self._near.values, self.held]
        gradients = torch.autograd.grad(loss, leaves)
        return self._source.vjp(
            self._forward, gradients[0], self._near_windows.first, *gradients[1:]
        )


def windows_about(points: torch.Tensor, reach: int, cells: Size, pixels: Size) -> Windows:
    """The cells, of a map of `cells`, read by positions up to `reach` px from points [P, 2] (x, y)
    of a picture of `pixels`."""
    scale = cells_per_pixel(cells, pixels, points.dtype, points.device)
    pixel = (points.flip(1) - reach).floor()
    first = ((pixel + 0.5) * scale - 0.5).floor().long()
    return Windows(first, window_size(reach, cells, pixels))


@lru_cache(maxsize=64)
def cells_per_pixel(
    cells: Size, pixels: Size, dtype: torch.dtype, device: torch.device
) -> torch.Tensor:
    """[2]: along y and x."""
    shares = [c / p for c, p in zip(cells, pixels, strict=True)]
    return torch.tensor(shares, dtype=dtype, device=device)


def window_size(reach: int, cells: Size, pixels: Size) -> Size:
    """(rows, columns) of such windows."""
    # Positions p - reach .. p + reach lie between 2 * reach + 2 pixels, and each of those between
    # two cells.
    height, width = (
        math.ceil((2 * reach + 1) * c / p) + 2 for c, p in zip(cells, pixels, strict=True)
    )
    return height, width
