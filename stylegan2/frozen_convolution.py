"""One styled convolution at a time, forwards and backwards by hand, on whole maps or in windows.

StyleGAN2 has no spatial normalisation, so a layer's output in a window follows from its input in a
slightly larger one. Weights are frozen: gradients are of styles and activations only. Maps and
windows are channels last, see `places`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import torch
from torch.nn import functional

from stylegan2 import ops
from stylegan2.layers import StyledConvolution
from stylegan2.packed import PackedMatrix
from stylegan2.places import Windows, crop, cut

LARGEST_UNFOLDED = 256
"""Whole maps of more cells are convolved by the library's convolution: unfolding nine copies of
them costs more than its slightly faster products give (measured at 16 x 16 and 32 x 32 cells)."""


@dataclass(slots=True)
class Tape:
    """What a layer's backward pass needs: its output and, where the style varies, its making."""

    output: torch.Tensor
    windows: Windows | None
    varying: _Varying | None


@dataclass(slots=True)
class _Varying:
    inputs: torch.Tensor
    summed: torch.Tensor
    styles: torch.Tensor
    scale: torch.Tensor


class FrozenConvolution:
    """A `StyledConvolution` prepared for many evaluations with the same weights.

    With `w` [1, w_dim] the layer's style is constant and folded into a copy of the weights; without
    it each call brings its own. `cells` is how many cells one call computes (of the input for an
    up-convolution), `windowed` says whether they lie in windows.
    """

    def __init__(
        self, layer: StyledConvolution, w: torch.Tensor | None, *, cells: int, windowed: bool
    ) -> None:
        self.up = layer.up
        self.size = layer.size
        self.outputs, self.inputs = layer.weight.shape[:2]
        self._layer = layer
        self._clamp = layer.conv_clamp
        # The gain of the activation goes in front of it: leaky ReLU lets a positive factor through.
        self._bias = layer.bias * ops.GAIN
        noise = layer.noise("const", 1)
        self._noise = None
        if noise is not None and bool(noise.any()):
            self._noise = noise.permute(0, 2, 3, 1) * ops.GAIN
        weight = layer.weight.detach()
        self._energy = None
        if w is None:
            self._energy = weight.square().sum(dim=(2, 3))  # [O, I]
        else:
            styles, demodulation = layer.modulation(w)
            weight = weight * styles[0, :, None, None]
            weight = weight * (demodulation[0] * ops.GAIN)[:, None, None, None]
        self._unfolded = self.up or windowed or cells <= LARGEST_UNFOLDED
        if not self._unfolded:
            self._weight = weight.contiguous(memory_format=torch.channels_last)
        elif w is None and not windowed:
            # What is the same in every drag, and in each of its blocks, is packed once a layer.
            known, key = _WHOLE.setdefault(layer, {}), (cells, weight.device, weight.dtype)
            if key not in known:
                known[key] = _pack(weight, cells, up=self.up)
            self._forward, self._backward = known[key]
        else:
            self._forward, self._backward = _pack(weight, cells, up=self.up)

    def forward(self, x: torch.Tensor, w: torch.Tensor, windows: Windows | None) -> Tape:
        """x [N, h, w, I] (the whole map, or what `windows.inputs` says) -> output and tape.

        `w` [1, w_dim] is the layer's row, used unless the style is constant.
        """
        varying = None
        if self._energy is not None:
            styles = self._layer.affine(w)  # [1, I]
            scale = functional.linear(styles.square(), self._energy)
            scale = scale.add(ops.EPSILON).rsqrt() * ops.GAIN  # [1, O]
            summed = self._convolve(x * styles, windows)
            varying = _Varying(x, summed, styles, scale)
            x = summed * scale
        else:
            x = self._convolve(x, windows)
        x.add_(self._bias)
        if self._noise is not None:
            x.add_(self._noise if windows is None else cut(self._noise, windows))
        functional.leaky_relu_(x, ops.SLOPE)
        if self._clamp is not None:
            x.clamp_(-self._clamp, self._clamp)
        if windows is not None:
            windows.clear(x, self.size)
        return Tape(x, windows, varying)

    def backward(
        self,
        tape: Tape,
        gradient: torch.Tensor,
        windows: Windows | None,
        owner: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Gradients of the input, and of the style's row unless it is constant.

        `gradient` [V, h, w, O] is of the output, on whole maps or on `windows`, which lie within
        those of the forward pass: each in its own, or in that which `owner` [V] says. The input's
        is on `windows.inputs`, the row's [V, w_dim] that of each.
        """
        output = _part(tape.output, tape.windows, windows, owner)
        # One pass where `where` takes four. The output's sign is the activation's input's.
        gradient = torch.ops.aten.leaky_relu_backward(gradient, output, ops.SLOPE, True)
        if self._clamp is not None:
            gradient.mul_(output.abs() < self._clamp)
        if windows is not None:
            windows.clear(gradient, self.size)
        varying = tape.varying
        if varying is None or self._energy is None:
            return self._convolve_back(gradient, windows), None
        summed, inputs = varying.summed, varying.inputs
        if tape.windows is not None and windows is not None:
            summed = crop(summed, tape.windows, windows, owner)
            inputs = crop(inputs, tape.windows.inputs(self.up), windows.inputs(self.up), owner)
        of_scale = (gradient * summed).sum(dim=(1, 2))
        gradient = self._convolve_back(gradient * varying.scale, windows)
        of_styles = (gradient * inputs).sum(dim=(1, 2))
        # scale = GAIN * (energy @ styles^2 + epsilon)^(-1/2)
        of_energy = of_scale * varying.scale.pow(3) / (-2 * ops.GAIN**2)
        of_styles = of_styles + 2 * varying.styles * (of_energy @ self._energy)
        return gradient * varying.styles, self._layer.affine.vjp(of_styles)

    def _convolve(self, x: torch.Tensor, windows: Windows | None) -> torch.Tensor:
        """x [N, h, w, I] -> [N, H, W, O]."""
        if self.up:
            nine = self._forward(x.flatten(0, 2)).view(*x.shape[:3], 3, 3, self.outputs)
            return self._low_pass(_fold(nine, stride=2), windows)
        if not self._unfolded:
            x = functional.conv2d(x.permute(0, 3, 1, 2), self._weight, padding=1)
            return x.permute(0, 2, 3, 1)
        if windows is None:
            x = functional.pad(x, (0, 0, 1, 1, 1, 1))
        return _times(self._forward, _unfold(x, stride=1))

    def _convolve_back(self, gradient: torch.Tensor, windows: Windows | None) -> torch.Tensor:
        """The adjoint of `_convolve`: [N, H, W, O] -> [N, h, w, I]."""
        if self.up:
            return _times(self._backward, _unfold(self._low_pass_back(gradient, windows), stride=2))
        if not self._unfolded:
            gradient = functional.conv_transpose2d(
                gradient.permute(0, 3, 1, 2), self._weight, padding=1
            )
            return gradient.permute(0, 2, 3, 1)
        nine = self._backward(gradient.flatten(0, 2))
        x = _fold(nine.view(*gradient.shape[:3], 3, 3, self.inputs), stride=1)
        return x if windows is not None else x[:, 1:-1, 1:-1]

    def _low_pass(self, x: torch.Tensor, windows: Windows | None) -> torch.Tensor:
        """[N, 2h + 1, 2w + 1, O] -> [N, H, W, O], the part that `windows` want."""
        if windows is None:
            kernel = ops.low_pass(x, self.outputs)
            x = functional.conv2d(x.permute(0, 3, 1, 2), kernel, padding=1, groups=self.outputs)
            return x.permute(0, 2, 3, 1)
        rows, columns = _filters(windows, x)
        x = (rows @ x.flatten(2)).view(len(x), -1, *x.shape[2:])
        return columns[:, None] @ x

    def _low_pass_back(self, gradient: torch.Tensor, windows: Windows | None) -> torch.Tensor:
        """The adjoint of `_low_pass`."""
        if windows is None:
            # The filter is its own mirror image.
            kernel = ops.low_pass(gradient, self.outputs)
            gradient = functional.conv2d(
                gradient.permute(0, 3, 1, 2), kernel, padding=2, groups=self.outputs
            )
            return gradient.permute(0, 2, 3, 1)
        rows, columns = (filters.transpose(1, 2) for filters in _filters(windows, gradient))
        gradient = columns[:, None] @ gradient
        places, _, *rest = gradient.shape
        return (rows @ gradient.flatten(2)).view(places, -1, *rest)


_Matrices = tuple[PackedMatrix, PackedMatrix]
_WHOLE: WeakKeyDictionary[
    StyledConvolution, dict[tuple[int, torch.device, torch.dtype], _Matrices]
] = WeakKeyDictionary()
"""The matrices of layers that are computed whole, by the number of their cells."""


def _pack(weight: torch.Tensor, cells: int, *, up: bool) -> _Matrices:
    """The matrices of the forward and of the backward pass."""
    if up:  # [9 O, I], [I, 9 O]
        forward = _packed(weight.permute(2, 3, 0, 1), 3, cells)
        return forward, _packed(weight.permute(1, 2, 3, 0), 1, cells)
    forward = _packed(weight.permute(0, 2, 3, 1), 1, cells)  # [O, 9 I], [9 I, O]
    return forward, _packed(weight.permute(2, 3, 1, 0), 3, cells)


def _packed(weight: torch.Tensor, leading: int, rows: int) -> PackedMatrix:
    """A four-dimensional weight as a matrix whose rows are its first `leading` dimensions."""
    return PackedMatrix(weight.flatten(0, leading - 1).flatten(1), rows)


def _times(matrix: PackedMatrix, x: torch.Tensor) -> torch.Tensor:
    """x [N, h, w, K] -> [N, h, w, O]."""
    return matrix(x.flatten(0, 2)).view(*x.shape[:3], -1)


def _unfold(x: torch.Tensor, stride: int) -> torch.Tensor:
    """x [N, h, w, C] -> its 3 x 3 neighbourhoods [N, (h - 1) // stride, .., 9 C], borders off."""
    x = x.unfold(1, 3, stride).unfold(2, 3, stride)
    return x.permute(0, 1, 2, 4, 5, 3).flatten(3)


def _fold(nine: torch.Tensor, stride: int) -> torch.Tensor:
    """The adjoint of `_unfold`: nine [N, h, w, 3, 3, C] summed into [N, .., .., C]."""
    count, rows, columns, _, _, channels = nine.shape
    rows, columns = stride * (rows - 1), stride * (columns - 1)
    x = nine.new_zeros(count, rows + 3, columns + 3, channels)
    for dy in range(3):
        for dx in range(3):
            down, across = slice(dy, dy + rows + 1, stride), slice(dx, dx + columns + 1, stride)
            x[:, down, across] += nine[:, :, :, dy, dx]
    return x


def _filters(windows: Windows, like: torch.Tensor) -> list[torch.Tensor]:
    """The low-pass along rows [P, n, 2 (n // 2) + 7] and columns of transposed convolutions.

    Such a convolution of `windows.inputs` begins one before (at an even place) or two before the
    first that the filter needs for the window.
    """
    return [
        _filter_pair(windows.size[axis], like.dtype, like.device)[windows.first[:, axis] % 2]
        for axis in (0, 1)
    ]


@lru_cache(maxsize=64)
def _filter_pair(side: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """[2, side, 2 (side // 2) + 7]: the filter for even and for odd places."""
    pair = torch.zeros(2, side, 2 * (side // 2) + 7, dtype=dtype, device=device)
    for parity in (0, 1):
        for number, tap in enumerate(ops.FILTER_TAPS):
            pair[parity].diagonal(1 + parity + number).fill_(tap)
    return pair


def _part(
    x: torch.Tensor, at: Windows | None, inner: Windows | None, owner: torch.Tensor | None
) -> torch.Tensor:
    return x if at is None or inner is None else crop(x, at, inner, owner)
