"""Windows about the handles in several blocks at once.

A fine block is made of what the coarse ones show, so one look at the finest has them all, and
gradients have one way back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from draggan_server.editing.features.field import WindowField
from draggan_server.editing.features.windows import cells_per_pixel, window_size, windows_about
from stylegan2.generator import Generator
from stylegan2.places import Size, Windows
from stylegan2.windows import Forward, WindowedFeatures

FUNCTIONS_AT_ONCE = 16
"""Products kept apart are made in batches: each may need maps of its own, of megabytes."""


@dataclass(frozen=True, slots=True)
class Block:
    """Block b{resolution}, read up to `track_reach` px from where a handle is expected, and up to
    `push_reach` px from where it is found, which is within the former."""

    resolution: int
    track_reach: int
    push_reach: int


class PyramidSource:
    """Computes the features of `blocks`, the coarsest first, in windows about the handles.

    `rows` of the latent w_plus [1, num_ws, w_dim] vary, `count` handles are looked at. With `hold`
    views offer the last varying layer's output as what is held.
    """

    def __init__(
        self,
        generator: Generator,
        blocks: Sequence[Block],
        w_plus: torch.Tensor,
        rows: int,
        count: int,
        *,
        hold: bool = False,
    ) -> None:
        geometry = generator.geometry
        self.pixels = generator.img_resolution
        self.blocks = [geometry.block_index(block.resolution) for block in blocks]
        self.cells = [geometry.block_size(index) for index in self.blocks]
        finest = blocks[-1]
        more = max(
            self._covering([block.track_reach for block in blocks]) - finest.track_reach,
            self._covering([block.push_reach for block in blocks]) - finest.push_reach,
        )
        self._track_reach, self._push_reach = finest.track_reach + more, finest.push_reach + more
        self.features = WindowedFeatures(
            generator,
            finest.resolution,
            w_plus,
            rows,
            size=window_size(self._track_reach, self.cells[-1], self.pixels),
            count=count,
            hold=hold,
        )

    def at(self, free: torch.Tensor, handle_points: torch.Tensor) -> PyramidView:
        """View the latent whose first rows are free [1, rows, w_dim] near handles [P, 2]."""
        windows = self._windows(handle_points, self._track_reach)
        return PyramidView(self, self.features.forward(free, windows[-1].first), windows)

    def near(self, handle_points: torch.Tensor) -> list[Windows]:
        """For each block the windows of what is pushed at handles [P, 2]."""
        return self._windows(handle_points, self._push_reach)

    def _windows(self, points: torch.Tensor, reach: int) -> list[Windows]:
        """The windows in the finest block, and in the others the windows that they follow from."""
        windows = windows_about(points, reach, self.cells[-1], self.pixels)
        found = [windows]
        for block in range(self.blocks[-1], self.blocks[0], -1):
            windows = windows.inputs(False).inputs(True)
            if block - 1 in self.blocks:
                found.insert(0, windows)
        return found

    def _covering(self, reaches: Sequence[int]) -> int:
        """The least reach in the finest block with which all blocks are read as far as asked."""
        period = math.ceil(max(p / c for p, c in zip(self.pixels, self.cells[0], strict=True)))
        points = torch.arange(period, dtype=torch.float64)[:, None].expand(-1, 2)
        reach = reaches[-1]
        while not all(
            _covers(windows, points, asked, cells, self.pixels)
            for windows, asked, cells in zip(
                self._windows(points, reach), reaches, self.cells, strict=True
            )
        ):
            reach += 1
        return reach


class PyramidView:
    """One latent, looked at: `fields` are for reading only, one a block.

    `held` [1, h, w, C] is what a mask holds, if the source was asked for it.
    """

    def __init__(self, source: PyramidSource, forward: Forward, windows: Sequence[Windows]) -> None:
        self._source = source
        self._forward = forward
        self.fields = self._fields(windows)
        self.held = forward.held
        self._near: list[WindowField] = []
        self._near_windows: list[Windows] = []
        self._near_handles = torch.empty(0, dtype=torch.long)

    @property
    def whole(self) -> list[torch.Tensor]:
        """The outputs [1, h, w, C] of the first layers, as many as were computed whole."""
        return self._forward.whole

    def near(self, points: torch.Tensor, handles: torch.Tensor) -> list[WindowField]:
        """For a loss: what is about points [N, 2] of the handles of these numbers [N], one field a
        block."""
        self._near_handles = handles
        self._near_windows = self._source.near(points)
        self._near = self._fields(self._near_windows, handles)
        for field in self._near:
            field.values.requires_grad_(True)
        return self._near

    def gradients(self, values: Sequence[torch.Tensor]) -> torch.Tensor:
        """[N, K, rows, w_dim]: of the sums over the blocks of values [N, K], those of [n] read
        about the nth handle that `near` was asked for."""
        apart = [
            torch.stack(
                [
                    torch.autograd.grad(value.sum(), field.values, retain_graph=True)[0]
                    for value in of_block.unbind(dim=1)
                ],
                dim=1,
            ).flatten(0, 1)  # [P * K, k, l, C]
            for field, of_block in zip(self._near, values, strict=True)
        ]
        count, each = values[-1].shape
        owners = self._near_handles.repeat_interleave(each)
        first = self._near_windows[-1].first.repeat_interleave(each, dim=0)
        products = []
        for begin in range(0, len(owners), FUNCTIONS_AT_ONCE):
            part = slice(begin, begin + FUNCTIONS_AT_ONCE)
            owner = owners[part]
            below = {
                2 * block: gradient[part]
                for block, gradient in zip(self._source.blocks[:-1], apart[:-1], strict=True)
            }
            gradient = apart[-1][part]
            products.append(
                self._source.features.vjp_each(self._forward, gradient, first[part], owner, below)
            )
        return torch.cat(products).view(count, each, *products[0].shape[1:])

    def held_gradients(self, gradients: torch.Tensor) -> torch.Tensor:
        """[V, rows, w_dim]: of functions of `held`, given theirs by it, gradients [V, h, w, C]."""
        return self._source.features.vjp_held(self._forward, gradients)

    def _fields(
        self, windows: Sequence[Windows], handles: torch.Tensor | None = None
    ) -> list[WindowField]:
        return [
            WindowField(
                self._source.features.read(self._forward, 2 * block, place, handles),
                place.first,
                cells,
                self._source.pixels,
            )
            for block, cells, place in zip(
                self._source.blocks, self._source.cells, windows, strict=True
            )
        ]


def _covers(windows: Windows, points: torch.Tensor, reach: int, cells: Size, pixels: Size) -> bool:
    """Whether windows, one about each of points [N, 2], hold all cells read up to `reach` px."""
    needed = windows_about(points, reach, cells, pixels)
    scale = cells_per_pixel(cells, pixels, points.dtype, points.device)
    highest = ((points.flip(1) + reach + 1).floor() + 0.5) * scale - 0.5
    last = windows.first + torch.tensor(windows.size) - 1
    return bool(((windows.first <= needed.first) & (last >= highest.ceil())).all())
