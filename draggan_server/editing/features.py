"""Features of the generator's picture, as motion supervision and point tracking read them.

A `FeatureSource` looks at a latent and gives a `View` of it; methods see fields and gradients, and
not whether the whole map was computed or only windows of it about the handles.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch

from draggan_server.editing.problem import DragProblem
from draggan_server.editing.sampling import axis_weights, read_grid
from stylegan2.generator import Generator
from stylegan2.places import Size, Windows, crop, cut
from stylegan2.windows import Look, WindowedFeatures

FUNCTIONS_AT_ONCE = 16
"""Gradients kept apart are pulled in batches: each may need maps of its own, of megabytes."""


class FeatureField(Protocol):
    """Features readable at picture coordinates near each handle."""

    values: torch.Tensor
    """The features that are there, channels last."""

    pixels: Size
    """(height, width) of the picture that coordinates refer to."""

    def read(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Features on a grid near each handle: x [P, B], y [P, A] pixels -> [P, A, B, C]."""


class WindowField:
    """A field backed by a window about each handle.

    `values` are windows [P, n, m, C] whose corners lie on cells `first` [P, 2] (y, x) of a map of
    `cells`, which `pixels` (height, width) are read from.
    """

    def __init__(
        self, values: torch.Tensor, first: torch.Tensor, cells: Size, pixels: Size
    ) -> None:
        self.values = values
        self.pixels = pixels
        self._first = first.to(values.dtype)
        self._cells = cells

    def read(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        weights_y, weights_x = (
            axis_weights(
                positions,
                self.pixels[axis],
                self._cells[axis],
                self._first[:, axis],
                self.values.shape[1 + axis],
            )
            for axis, positions in ((0, y), (1, x))
        )
        return read_grid(self.values, weights_y, weights_x)

    def same_cells(self, feature_map: torch.Tensor) -> torch.Tensor:
        """The cells of a map [1, h, w, C] that the values are of, [P, n, m, C], 0 beyond it."""
        first = self._first.long()
        return cut(feature_map, Windows(first, (self.values.shape[1], self.values.shape[2])))

    def of(self, values: torch.Tensor) -> WindowField:
        """The field of other values [P, n, m, C] on the same cells."""
        return WindowField(values, self._first, self._cells, self.pixels)


class View(Protocol):
    """One latent, looked at: make a loss of what `near` reads and of `held`, ask `gradient`."""

    @property
    def field(self) -> FeatureField:
        """For reading only, up to the source's reach from the handles."""

    held: torch.Tensor | None
    """[1, h, w, C]: what a mask holds, if the source was asked for it."""

    def near(self, handle_points: torch.Tensor) -> FeatureField:
        """For a loss: what motion supervision reads about handle_points [P, 2]."""

    def gradient(self, loss: torch.Tensor) -> torch.Tensor:
        """[1, rows, w_dim]: the gradient of `loss` with respect to the rows that vary."""


class FeatureSource(Protocol):
    """Looks at latents of one drag, whose first rows vary."""

    def at(self, free: torch.Tensor, handle_points: torch.Tensor) -> View:
        """View the latent whose first rows are free [1, rows, w_dim] near handles [P, 2]."""


def source_of(problem: DragProblem, *, track_reach: int, push_reach: int) -> FeatureSource:
    """The source for a drag, as cheap as its mask allows; the reaches are `WindowSource`'s."""
    masked = problem.movable_mask is not None
    what = problem.generator, problem.feature_resolution, problem.w_plus, problem.rows
    if masked and problem.holds_exactly:
        return MapSource(*what)
    return WindowSource(
        *what,
        len(problem.handle_points),
        track_reach=track_reach,
        push_reach=push_reach,
        hold=masked,
    )


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
            size=self._size(track_reach),
            count=count,
            hold=hold,
        )

    def at(self, free: torch.Tensor, handle_points: torch.Tensor) -> WindowView:
        first = self.windows(handle_points, self._reach).first
        return WindowView(self, self._features.look(free, first), self._push_reach)

    def windows(self, points: torch.Tensor, reach: int) -> Windows:
        """The cells read by positions up to `reach` px from points [P, 2] (x, y)."""
        scale = points.new_tensor([c / p for c, p in zip(self.cells, self.pixels, strict=True)])
        pixel = (points.flip(1) - reach).floor()
        first = ((pixel + 0.5) * scale - 0.5).floor().long()
        return Windows(first, self._size(reach))

    def pull(
        self,
        look: Look,
        gradient: torch.Tensor,
        first: torch.Tensor,
        of_held: torch.Tensor | None = None,
    ) -> torch.Tensor:
        return self._features.pull(look, gradient, first, of_held)

    def pull_each(self, look: Look, gradient: torch.Tensor, first: torch.Tensor) -> torch.Tensor:
        count, each = gradient.shape[:2]
        owner = torch.arange(count, device=first.device).repeat_interleave(each)
        pulled = [
            self._features.pull_each(look, part, first[owners], owners)
            for part, owners in zip(
                torch.split(gradient.flatten(0, 1), FUNCTIONS_AT_ONCE),
                torch.split(owner, FUNCTIONS_AT_ONCE),
                strict=True,
            )
        ]
        return torch.cat(pulled).view(count, each, *pulled[0].shape[1:])

    def pull_held(self, look: Look, gradients: torch.Tensor) -> torch.Tensor:
        return self._features.pull_held(look, gradients)

    def _size(self, reach: int) -> Size:
        # Positions p - reach .. p + reach lie between 2 * reach + 2 pixels, and each of those
        # between two cells.
        height, width = (
            math.ceil((2 * reach + 1) * cells / pixels) + 2
            for cells, pixels in zip(self.cells, self.pixels, strict=True)
        )
        return height, width


class WindowView:
    def __init__(self, source: WindowSource, look: Look, push_reach: int) -> None:
        assert look.windows is not None
        self._source = source
        self._look = look
        self._push_reach = push_reach
        self._windows = look.windows
        self._near: WindowField | None = None
        self._near_windows = look.windows
        self.field = WindowField(look.values, look.windows.first, source.cells, source.pixels)
        self.held = None if look.held is None else look.held.requires_grad_(True)

    def near(self, handle_points: torch.Tensor) -> WindowField:
        self._near_windows = self._source.windows(handle_points, self._push_reach)
        values = crop(self._look.values, self._windows, self._near_windows).requires_grad_(True)
        self._near = WindowField(
            values, self._near_windows.first, self._source.cells, self._source.pixels
        )
        return self._near

    def gradient(self, loss: torch.Tensor) -> torch.Tensor:
        assert self._near is not None
        leaves = [self._near.values] if self.held is None else [self._near.values, self.held]
        gradients = torch.autograd.grad(loss, leaves)
        return self._source.pull(self._look, gradients[0], self._near_windows.first, *gradients[1:])

    def gradients(self, values: torch.Tensor) -> torch.Tensor:
        """[P, K, rows, w_dim]: the gradients of values [P, K], those of [p] read about handle p."""
        assert self._near is not None
        apart = [
            torch.autograd.grad(value.sum(), self._near.values, retain_graph=True)[0]
            for value in values.unbind(dim=1)
        ]
        return self._source.pull_each(self._look, torch.stack(apart, 1), self._near_windows.first)

    def held_gradients(self, gradients: torch.Tensor) -> torch.Tensor:
        """[V, rows, w_dim]: of functions of `held`, given theirs by it, gradients [V, h, w, C]."""
        return self._source.pull_held(self._look, gradients)


class MapSource:
    """Computes the whole map, which views offer as what is held."""

    def __init__(
        self, generator: Generator, resolution: int, w_plus: torch.Tensor, rows: int
    ) -> None:
        self.pixels = generator.img_resolution
        self.features = WindowedFeatures(generator, resolution, w_plus, rows)

    def at(self, free: torch.Tensor, handle_points: torch.Tensor) -> MapView:
        return MapView(self, self.features.look(free))


class MapView:
    def __init__(self, source: MapSource, look: Look) -> None:
        self._source = source
        self._look = look
        self.held: torch.Tensor | None = look.values.requires_grad_(True)
        self.field: FeatureField = MapField(look.values.detach(), source.pixels)

    def near(self, handle_points: torch.Tensor) -> MapField:
        return MapField(self._look.values, self._source.pixels)

    def gradient(self, loss: torch.Tensor) -> torch.Tensor:
        (gradient,) = torch.autograd.grad(loss, [self._look.values])
        return self._source.features.pull(self._look, gradient)


class MapField:
    """A field backed by the whole map [1, h, w, C] of a block."""

    def __init__(self, feature_map: torch.Tensor, pixels: Size) -> None:
        self.values = feature_map
        self.pixels = pixels

    def read(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        cells = (self.values.shape[1], self.values.shape[2])
        corners, counts = zip(
            *(
                _span(positions, self.pixels[axis], cells[axis])
                for axis, positions in ((0, y), (1, x))
            ),
            strict=True,
        )
        windows = Windows(torch.stack(corners, dim=1), (counts[0], counts[1]))
        return WindowField(cut(self.values, windows), windows.first, cells, self.pixels).read(x, y)


def _span(positions: torch.Tensor, pixels: int, cells: int) -> tuple[torch.Tensor, int]:
    """First cell [P] and number of cells that hold every cell that `positions` [P, S] read."""
    low, high = positions.amin(dim=1).floor(), positions.amax(dim=1).floor() + 1
    scale = cells / pixels
    first = ((low + 0.5) * scale - 0.5).floor()
    last = ((high + 0.5) * scale - 0.5).ceil()
    return first.long(), int((last - first).max()) + 1
