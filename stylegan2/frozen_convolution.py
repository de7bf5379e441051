"""One styled convolution at a time, forwards and backwards by hand, on whole maps or in windows.

StyleGAN2 has no spatial normalisation, so a layer's output in a window follows from its input in a
slightly larger one. A window is [P, C, n, m], a batch over places, with `first` [P, 2] the (y, x)
cell of the map that its corner lies on; it may reach over the map's border, where cells are 0, as
the convolutions' own padding is. Weights are frozen: gradients are of styles and activations only.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from stylegan2 import ops
from stylegan2.layers import StyledConvolution

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Windows:
    """Where windows of `size` (rows, columns) lie on a map: `first` [P, 2] (y, x) cells."""

    first: torch.Tensor
    size: Size

    def inputs_of(self, up: bool) -> Windows:
        """The windows that a 3 x 3 convolution reads to fill these, on its input's map."""
        if up:
            # out[2i] and out[2i + 1] read in[i - 1 .. i + 1]; odd and even places get one size.
            rows, columns = (side // 2 + 3 for side in self.size)
            first = torch.div(self.first, 2, rounding_mode="floor") - 1
        else:
            rows, columns = (side + 2 for side in self.size)
            first = self.first - 1
        return Windows(first, (rows, columns))

    def cells(self, map_size: Size) -> tuple[torch.Tensor, torch.Tensor]:
        """Flat cell numbers [P, n * m], clamped to the map, and which are on it [P, 1, n, m]."""
        index, inside = [], []
        for axis in (0, 1):
            steps = torch.arange(self.size[axis], device=self.first.device)
            place = self.first[:, axis, None] + steps
            index.append(place.clamp(0, map_size[axis] - 1))
            inside.append((place >= 0) & (place < map_size[axis]))
        flat = index[0][:, :, None] * map_size[1] + index[1][:, None, :]
        return flat.flatten(1), (inside[0][:, :, None] & inside[1][:, None, :])[:, None]


def crop(outer: torch.Tensor, at: Windows, inner: Windows) -> torch.Tensor:
    """The part on `inner` of windows outer [P, C, n, m] lying `at`; beyond, cells are arbitrary."""
    flat, _ = Windows(inner.first - at.first, inner.size).cells(at.size)
    picked = outer.flatten(2).gather(2, flat[:, None].expand(-1, outer.shape[1], -1))
    return picked.view(*outer.shape[:2], *inner.size)


def cut(feature_map: torch.Tensor, windows: Windows) -> torch.Tensor:
    """Windows [P, C, n, m] of a map [1, C, h, w], 0 beyond it."""
    flat, inside = windows.cells((feature_map.shape[2], feature_map.shape[3]))
    picked = feature_map[0].flatten(1).index_select(1, flat.flatten())
    picked = picked.view(-1, len(flat), *windows.size).transpose(0, 1)
    return picked * inside


def paste(values: torch.Tensor, windows: Windows, map_size: Size) -> torch.Tensor:
    """The adjoint of `cut`: windows [P, C, n, m] summed into a map [1, C, h, w]."""
    flat, inside = windows.cells(map_size)
    channels = values.shape[1]
    summed = values.new_zeros(channels, map_size[0] * map_size[1])
    summed.index_add_(1, flat.flatten(), (values * inside).transpose(0, 1).flatten(1))
    return summed.view(1, channels, *map_size)


@dataclass(slots=True)
class Tape:
    """What a layer's backward pass needs: its output, and where styles vary its input and sum."""

    output: torch.Tensor
    windows: Windows | None
    inside: torch.Tensor | None
    inputs: torch.Tensor | None = None
    summed: torch.Tensor | None = None
    styles: torch.Tensor | None = None
    scale: torch.Tensor | None = None


class FrozenConvolution:
    """A `StyledConvolution` prepared for many evaluations with the same weights.

    With `w` [1, w_dim] the layer's style is constant and folded into a copy of the weights; without
    it each call brings its own.
    """

    def __init__(self, layer: StyledConvolution, w: torch.Tensor | None) -> None:
        self.up = layer.up
        self.size = layer.size
        self.constant = w is not None
        self.outputs, self.inputs = layer.weight.shape[:2]
        self._layer = layer
        self._clamp = layer.conv_clamp
        # The gain of the activation goes in front of it: leaky ReLU lets a positive factor through.
        self._bias = (layer.bias * ops.GAIN)[:, None, None]
        noise = layer.noise("const", 1)
        self._noise = None if noise is None or not bool(noise.any()) else noise * ops.GAIN
        weight = layer.weight.detach()
        if w is not None:
            styles, demodulation = layer.modulation(w)
            weight = weight * styles[0, :, None, None]
            weight = weight * (demodulation[0] * ops.GAIN)[:, None, None, None]
        else:
            self._energy = weight.square().sum(dim=(2, 3))  # [O, I]
        # A transposed view costs the transposed convolution up to three times its time.
        self._weight = weight.transpose(0, 1).contiguous() if self.up else weight.contiguous()

    def forward(self, x: torch.Tensor, w: torch.Tensor, windows: Windows | None) -> Tape:
        """x [N, I, h, w] (whole map, or what `windows.inputs_of` says) -> tape with the output.

        `w` [1, w_dim] is the layer's row, used unless the style is constant.
        """
        tape = Tape(x, windows, None)
        if not self.constant:
            tape.inputs = x
            tape.styles = self._layer.affine(w)  # [1, I]
            energy = functional.linear(tape.styles.square(), self._energy)
            tape.scale = energy.add(ops.EPSILON).rsqrt() * ops.GAIN  # [1, O]
            x = x * tape.styles[:, :, None, None]
        x = self._convolve(x, windows)
        if tape.scale is not None:
            tape.summed = x
            x = x * tape.scale[:, :, None, None]
        if self._noise is None:
            x = x + self._bias
        else:
            x = x + (self._bias + (self._noise if windows is None else cut(self._noise, windows)))
        x = functional.leaky_relu(x, ops.SLOPE, inplace=True)
        if self._clamp is not None:
            x = x.clamp_(-self._clamp, self._clamp)
        if windows is not None:
            _, tape.inside = windows.cells(self.size)
            x = x.mul_(tape.inside)
        tape.output = x
        return tape

    def backward(
        self, tape: Tape, gradient: torch.Tensor, windows: Windows | None
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Gradients of the input, and of the style's row [1, w_dim] unless it is constant.

        `gradient` is of the output, on the whole map or on `windows`, which lie within those of the
        forward pass; the input's is on `windows.inputs_of`.
        """
        output, summed, inputs = tape.output, tape.summed, tape.inputs
        if windows is not None:
            assert tape.windows is not None
            output = crop(output, tape.windows, windows)
            if summed is not None and inputs is not None:
                summed = crop(summed, tape.windows, windows)
                inputs = crop(inputs, tape.windows.inputs_of(self.up), windows.inputs_of(self.up))
            _, inside = windows.cells(self.size)
            gradient = gradient * inside
        gradient = torch.where(output > 0, gradient, gradient * ops.SLOPE)
        if self._clamp is not None:
            gradient = gradient * (output.abs() < self._clamp)
        if self.constant:
            return self._convolve_back(gradient, windows), None
        assert summed is not None
        assert inputs is not None
        assert tape.styles is not None
        assert tape.scale is not None
        of_scale = (gradient * summed).sum(dim=(0, 2, 3))[None]
        gradient = self._convolve_back(gradient * tape.scale[:, :, None, None], windows)
        of_styles = (gradient * inputs).sum(dim=(0, 2, 3))[None]
        # scale = GAIN * (energy @ styles^2 + epsilon)^(-1/2)
        of_energy = of_scale * tape.scale.pow(3) / (-2 * ops.GAIN**2)
        of_styles = of_styles + 2 * tape.styles * (of_energy @ self._energy)
        gradient = gradient * tape.styles[:, :, None, None]
        return gradient, self._layer.affine.pull(of_styles)

    def _convolve(self, x: torch.Tensor, windows: Windows | None) -> torch.Tensor:
        if not self.up:
            return functional.conv2d(x, self._weight, padding=1 if windows is None else 0)
        x = functional.conv_transpose2d(x, self._weight, stride=2)
        if windows is None:
            return functional.conv2d(
                x, ops.low_pass(x, self.outputs), padding=1, groups=self.outputs
            )
        rows, columns = windows.size
        x = x[:, :, 1 : rows + 5, 1 : columns + 5]
        return self._filter(x, self._low_pass(windows.first % 2, x), padding=0)

    def _convolve_back(self, gradient: torch.Tensor, windows: Windows | None) -> torch.Tensor:
        if not self.up:
            return functional.conv_transpose2d(
                gradient, self._weight, padding=1 if windows is None else 0
            )
        if windows is None:
            kernel = ops.low_pass(gradient, self.outputs)
            gradient = functional.conv2d(gradient, kernel, padding=2, groups=self.outputs)
        else:
            # The filter is symmetric, so its mirror image is that of the other parity.
            kernel = self._low_pass(1 - windows.first % 2, gradient)
            gradient = self._filter(gradient, kernel, padding=4)
            # Back to the whole output of the transposed convolution, whose rim was not used.
            rows, columns = windows.size
            gradient = functional.pad(gradient, (1, 2 - columns % 2, 1, 2 - rows % 2))
        return functional.conv2d(gradient, self._weight, stride=2)

    def _low_pass(self, parity: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        """[P * O, 1, 5, 5]: the low-pass, shifted by one where `parity` [P, 2] is 1."""
        taps = like.new_tensor(ops.FILTER_TAPS)
        shifted = torch.stack([functional.pad(taps, (0, 1)), functional.pad(taps, (1, 0))])
        axes = shifted[parity]  # [P, 2, 5]
        kernel = axes[:, 0, :, None] * axes[:, 1, None, :]
        kernel = kernel[:, None].expand(-1, self.outputs, -1, -1)
        return kernel.reshape(-1, 1, 5, 5)

    @staticmethod
    def _filter(x: torch.Tensor, kernel: torch.Tensor, padding: int) -> torch.Tensor:
        """x [P, O, n, m] filtered with a kernel for each place and channel."""
        places, outputs = x.shape[:2]
        x = x.reshape(1, places * outputs, *x.shape[2:])
        x = functional.conv2d(x, kernel, padding=padding, groups=places * outputs)
        return x.view(places, outputs, *x.shape[2:])
