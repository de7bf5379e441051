"""Features of one block computed exactly, and only where they are looked at.

Low resolutions are computed whole; from some layer on only windows around the places of interest,
and nothing after the block: no colours, no weight gradients. The result equals the crop of the
whole map, and gradients with respect to w equal those of the whole map's crop. Rows of w+ that stay
what they are over many evaluations are folded into the weights once.

Residual generators, which nobody has published, are computed whole and then cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from stylegan2 import ops
from stylegan2.frozen_convolution import FrozenConvolution, Tape
from stylegan2.generator import Generator
from stylegan2.layers import SkipConvolution, StyledConvolution
from stylegan2.places import Size, Windows, crop, cut, paste

WHOLE_MAP_ADVANTAGE = 0.8
"""A whole map is computed unless windows have less than this share of its cells: they are smaller
batches, and places have to be cut and pasted."""


@dataclass(frozen=True, slots=True)
class Forward:
    """What one forward pass has computed.

    `values` are features in windows [P, n, m, C], or the whole map [1, h, w, C]; `held` is the
    output of the last layer whose row varies, whole, where it was asked for; that of its block,
    where a residual block ends with it. `outputs` are likewise those of all layers, as far as they
    were computed.
    """

    values: torch.Tensor
    windows: Windows | None
    held: torch.Tensor | None
    tapes: list[Tape]
    outputs: list[torch.Tensor]

    @property
    def whole(self) -> list[torch.Tensor]:
        """The outputs [1, h, w, C] of the first layers, those that were computed whole."""
        return [
            output
            for output, tape in zip(self.outputs, self.tapes, strict=True)
            if tape.windows is None
        ]


class WindowedFeatures:
    """Evaluates block b{resolution} of a generator at latents that differ in their first rows.

    `w_plus` [1, num_ws, w_dim] gives the rows that stay, from row `rows` on. `size` (rows, columns)
    in cells is that of each of the `count` windows, None for the whole map. With `hold` the last
    varying layer's output is computed whole too.
    """

    def __init__(
        self,
        generator: Generator,
        resolution: int,
        w_plus: torch.Tensor,
        rows: int,
        *,
        size: Size | None = None,
        count: int = 1,
        hold: bool = False,
    ) -> None:
        layers = generator.convolutions(resolution)
        self.rows = rows
        self.size = size
        self.map_size = layers[-1][1].size
        self._skips = generator.skip_convolutions(resolution)
        self._const = generator.const.permute(1, 2, 0)[None]
        self._held = min(rows, len(layers)) - 1 if hold else None
        cut_last = size is None or bool(self._skips)
        plan = _plan([layer for _, layer in layers], None if cut_last else size, count, self._held)
        self._first_windowed = sum(not windowed for _, windowed in plan)
        with torch.no_grad():
            self._layers = [
                FrozenConvolution(
                    layer, None if row < rows else w_plus[:, row], cells=cells, windowed=windowed
                )
                for (row, layer), (cells, windowed) in zip(layers, plan, strict=True)
            ]

    @torch.no_grad()
    def forward(self, free: torch.Tensor, first: torch.Tensor | None = None) -> Forward:
        """Features at the latent whose first rows are free [1, rows, w_dim].

        `first` [P, 2] (y, x) is the cell at each window's corner, which may lie off the map; cells
        off the map are 0. None where the whole map is asked for.
        """
        places = None
        if self.size is not None:
            assert first is not None
            places = self._places(Windows(first, self.size))
        x, tapes, outputs, skipped = self._const, [], [], None
        for index, layer in enumerate(self._layers):
            windows = None
            if places is not None and index >= self._first_windowed:
                windows = places[index]
                if index == self._first_windowed:
                    x = cut(x, windows.inputs(layer.up))
            if layer.up and self._skips:
                skipped = _skip(self._skips[index // 2], x)
            row = min(index, self.rows - 1)
            tapes.append(layer.forward(x, free[:, row], windows))
            x = tapes[-1].output
            if skipped is not None and not layer.up:
                x = (x + skipped) * ops.RESIDUAL_GAIN
            outputs.append(x)
        held = None if self._held is None else outputs[self._held]
        if places is None:
            return Forward(x, None, held, tapes, outputs)
        last = places[-1]
        if self._first_windowed == len(self._layers):
            x = cut(x, last)
        return Forward(x, last, held, tapes, outputs)

    def read(
        self, forward: Forward, index: int, windows: Windows, owner: torch.Tensor | None = None
    ) -> torch.Tensor:
        """[V, k, l, C]: what layer `index` gave in windows that lie in those it was computed in.

        `owner` [V] says in which of those each lies, by default in its own.
        """
        output, at = forward.outputs[index], forward.tapes[index].windows
        return cut(output, windows) if at is None else crop(output, at, windows, owner)

    @torch.no_grad()
    def vjp(
        self,
        forward: Forward,
        gradient: torch.Tensor,
        first: torch.Tensor | None = None,
        held: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The vector-Jacobian product of a forward pass: the gradient by the varying rows
        [1, rows, w_dim], given that by the features.

        `gradient` [P, k, l, C] is of features in windows with corners `first` [P, 2], within those
        computed and perhaps smaller; without `first` it is of the whole map. `held` is the
        gradient of `forward.held`.
        """
        places = None if first is None else self._places(Windows(first, _size(gradient)))
        rows = self._back(forward, gradient, places=places, held=held)
        return self._stack([row.sum(dim=0, keepdim=True) for row in rows])

    @torch.no_grad()
    def vjp_each(
        self,
        forward: Forward,
        gradient: torch.Tensor,
        first: torch.Tensor,
        owner: torch.Tensor,
        below: Mapping[int, torch.Tensor] | None = None,
    ) -> torch.Tensor:
        """As `vjp`, for many functions of the features, kept apart: [V, rows, w_dim].

        The gradient [V, k, l, C] of each is of features in one window with its corner at `first`
        [V, 2], within that of number `owner` [V] of those computed. `below` are gradients by what
        layers before gave, by their numbers, in those windows that the last one's follow from.
        """
        places = self._places(Windows(first, _size(gradient)))
        return self._stack(self._back(forward, gradient, places=places, owner=owner, below=below))

    @torch.no_grad()
    def vjp_held(self, forward: Forward, gradients: torch.Tensor) -> torch.Tensor:
        """As `vjp_each`, for functions of `forward.held`, gradients [V, h, w, C]."""
        assert self._held is not None
        return self._stack(self._back(forward, gradients, last=self._held))

    def _back(
        self,
        forward: Forward,
        gradient: torch.Tensor,
        *,
        last: int | None = None,
        places: list[Windows] | None = None,
        owner: torch.Tensor | None = None,
        held: torch.Tensor | None = None,
        below: Mapping[int, torch.Tensor] | None = None,
    ) -> list[torch.Tensor]:
        """The gradients of the varying rows, each [N, w_dim] with N as many as gradients there.

        From layer `last` on, without it the block's. Windows are kept apart where `owner` says to
        which of those looked at they belong, else they meet in one map.
        """
        rows: list[torch.Tensor] = []
        skipped, apart = None, owner is not None
        if places is not None and self._first_windowed == len(self._layers):
            gradient = paste(gradient, places[-1], self.map_size, apart=apart)
        for index in reversed(range(len(self._layers) if last is None else last + 1)):
            layer, windows = self._layers[index], None
            if held is not None and index == self._held:
                gradient = gradient + held
            if places is not None and index >= self._first_windowed:
                windows = places[index]
            if below is not None and index in below:
                inner = below[index]
                if windows is None and places is not None:
                    inner = paste(inner, places[index], layer.size, apart=apart)
                gradient = gradient + inner
            if index and not layer.up and self._skips:
                gradient = gradient * ops.RESIDUAL_GAIN
                skipped = _skip_vjp(self._skips[index // 2 - 1], gradient)
            gradient, of_row = layer.backward(forward.tapes[index], gradient, windows, owner)
            if of_row is not None:
                rows.insert(0, of_row)
            if skipped is not None and layer.up:
                gradient = gradient + skipped
            if windows is not None and index == self._first_windowed:
                inputs = windows.inputs(layer.up)
                gradient = paste(gradient, inputs, self._layers[index - 1].size, apart=apart)
        return rows

    def _stack(self, rows: list[torch.Tensor]) -> torch.Tensor:
        # Rows of layers after the block have no part in it.
        rows += [torch.zeros_like(rows[0])] * (self.rows - len(rows))
        return torch.stack(rows, dim=1)

    def _places(self, last: Windows) -> list[Windows]:
        """Where each layer's output windows lie so that the last one's are `last`."""
        places = [last]
        for layer in reversed(self._layers[1:]):
            places.append(places[-1].inputs(layer.up))
        return places[::-1]


def _skip(layer: SkipConvolution, x: torch.Tensor) -> torch.Tensor:
    """x [1, h, w, I] -> [1, 2h, 2w, O]."""
    return layer.upsampled(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def _skip_vjp(layer: SkipConvolution, gradient: torch.Tensor) -> torch.Tensor:
    """The adjoint of `_skip`."""
    return layer.upsampled_vjp(gradient.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def _plan(
    layers: list[StyledConvolution], size: Size | None, count: int, held: int | None
) -> list[tuple[int, bool]]:
    """For each layer how many cells it computes, and whether in windows.

    Layers are windowed from the one on from which that is cheaper than whole maps, but none up to
    `held`. An up-convolution's work is that of its input's cells, the others' that of their
    output's.
    """
    windowed = [0] * len(layers)
    if size is not None:
        place = Windows(torch.zeros(1, 2, dtype=torch.long), size)
        for index in reversed(range(len(layers))):
            before = place.inputs(layers[index].up)
            windowed[index] = count * _cells((before if layers[index].up else place).size)
            place = before
    whole = [
        _cells(layers[index - 1].size if layer.up else layer.size)
        for index, layer in enumerate(layers)
    ]
    first = len(layers)
    lowest = 1 if held is None else held + 1
    while size and first > lowest and windowed[first - 1] < WHOLE_MAP_ADVANTAGE * whole[first - 1]:
        first -= 1
    return [
        (windowed[index], True) if index >= first else (whole[index], False)
        for index in range(len(layers))
    ]


def _cells(size: Size) -> int:
    return size[0] * size[1]


def _size(windows: torch.Tensor) -> Size:
    return windows.shape[1], windows.shape[2]
