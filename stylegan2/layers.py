"""The layers of StyleGAN2's networks (arXiv 1912.04958, section 2), for inference and for
gradients with respect to latents and pictures. Parameter names are those of the published key
layout.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

from stylegan2 import ops

NOISE_MODES = ("const", "none", "random")


class FullyConnected(nn.Module):
    """A linear layer whose weights are stored divided by `lr_multiplier / sqrt(inputs)`."""

    def __init__(
        self, inputs: int, outputs: int, lr_multiplier: float = 1.0, activate: bool = False
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs), requires_grad=False)
        self.bias = nn.Parameter(torch.empty(outputs), requires_grad=False)
        self._weight_gain = lr_multiplier / math.sqrt(inputs)
        self._bias_gain = lr_multiplier
        self._activate = activate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x [N, inputs] -> [N, outputs]."""
        # The gain goes to x, which is smaller than the weight.
        x = functional.linear(x * self._weight_gain, self.weight, self.bias * self._bias_gain)
        return ops.leaky_relu(x) if self._activate else x

    def vjp(self, gradient: torch.Tensor) -> torch.Tensor:
        """Gradient of the output [N, outputs] -> of the input [N, inputs], without activation."""
        return (gradient @ self.weight) * self._weight_gain


class StyledConvolution(nn.Module):
    """Modulated and demodulated 3 x 3 convolution, noise, bias, leaky ReLU, clamp."""

    noise_const: torch.Tensor

    def __init__(
        self,
        inputs: int,
        outputs: int,
        w_dim: int,
        size: tuple[int, int],
        *,
        up: bool,
        conv_clamp: float | None,
        use_noise: bool,
    ) -> None:
        super().__init__()
        self.up = up
        self.size = size
        self.conv_clamp = conv_clamp
        self.use_noise = use_noise
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 3, 3), requires_grad=False)
        self.bias = nn.Parameter(torch.empty(outputs), requires_grad=False)
        self.affine = FullyConnected(w_dim, inputs)
        if use_noise:
            self.register_buffer("noise_const", torch.empty(size))
            self.noise_strength = nn.Parameter(torch.empty(()), requires_grad=False)

    def modulation(self, w: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """w [N, w_dim] -> styles of the inputs [N, I], demodulation of the outputs [N, O]."""
        styles = self.affine(w)
        energy = self.weight.square().sum(dim=(2, 3))  # [O, I]
        return styles, functional.linear(styles.square(), energy).add(ops.EPSILON).rsqrt()

    def noise(
        self, mode: str, batch: int, random: torch.Generator | None = None
    ) -> torch.Tensor | None:
        """[batch or 1, 1, H, W] to add before the bias, or None."""
        if not self.use_noise or mode == "none":
            return None
        if mode == "const":
            return (self.noise_const * self.noise_strength)[None, None]
        # Drawn on the CPU, so that a seed gives the same picture on every device.
        drawn = torch.randn((batch, 1, *self.size), generator=random)
        return drawn.to(self.weight) * self.noise_strength

    def forward(self, x: torch.Tensor, w: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
        """x [N, I, h, w] -> [N, O, H, W].

        The styles scale activations or weights, which is the same function: activations where
        gradients are wanted, because then those of w need no gradient of any weight, which would
        cost as much as the convolution itself; else whichever are fewer.
        """
        fewer_weights = len(x) == 1 and self.weight.numel() < x.numel()
        if fewer_weights and not torch.is_grad_enabled():
            return self._infer(x, w, noise)
        convolve = ops.convolve_up if self.up else ops.convolve
        styles, demodulation = self.modulation(w)
        x = convolve(x * styles[:, :, None, None], self.weight)
        x = x * demodulation[:, :, None, None]
        if noise is not None:
            x = x + noise
        return ops.clamp(ops.leaky_relu(x + self.bias[:, None, None]), self.conv_clamp)

    def _infer(self, x: torch.Tensor, w: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
        """The same for one picture, in as few passes over it as can be."""
        convolve = ops.convolve_up if self.up else ops.convolve
        styles, demodulation = self.modulation(w)
        # The gain of the activation goes in front of it: leaky ReLU lets a positive factor through.
        weight = self.weight * styles[0, :, None, None]
        weight.mul_((demodulation[0] * ops.GAIN)[:, None, None, None])
        x = convolve(x, weight, self.bias * ops.GAIN)
        if noise is not None:
            x.add_(noise * ops.GAIN)
        functional.leaky_relu_(x, ops.SLOPE)
        return x if self.conv_clamp is None else x.clamp_(-self.conv_clamp, self.conv_clamp)


class Convolution(nn.Module):
    """Convolution, bias, leaky ReLU, clamp: a layer of the discriminator, which has no styles."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        *,
        conv_clamp: float | None,
        down: bool = False,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(
            torch.empty(outputs, inputs, kernel, kernel), requires_grad=False
        )
        self.bias = nn.Parameter(torch.empty(outputs), requires_grad=False)
        self.down = down
        self.conv_clamp = conv_clamp
        self._gain = 1 / math.sqrt(inputs * kernel**2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x [N, I, H, W] -> [N, O, H, W], halved with `down`."""
        convolve = ops.convolve_down if self.down else ops.convolve
        x = convolve(x, self.weight * self._gain, self.bias)
        return ops.clamp(ops.leaky_relu(x), self.conv_clamp)


class SkipConvolution(nn.Module):
    """The 1 x 1 convolution, without bias, by which a residual block adds its input."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 1, 1), requires_grad=False)
        self._gain = 1 / math.sqrt(inputs)

    def upsampled(self, x: torch.Tensor) -> torch.Tensor:
        """x [N, I, h, w] -> [N, O, 2h, 2w]."""
        return ops.upsample(ops.convolve(x, self.weight * self._gain))

    def upsampled_vjp(self, gradient: torch.Tensor) -> torch.Tensor:
        """The adjoint of `upsampled`: [N, O, 2h, 2w] -> [N, I, h, w]."""
        # The low-pass is its own mirror image; going down it has a quarter of its gain.
        gradient = ops.downsample(gradient) * 4
        return ops.convolve(gradient, self.weight.transpose(0, 1) * self._gain)

    def downsampled(self, x: torch.Tensor) -> torch.Tensor:
        """x [N, I, H, W] -> [N, O, H/2, W/2]."""
        return ops.convolve(ops.downsample(x), self.weight * self._gain)


class ToRGB(nn.Module):
    """Modulated 1 x 1 convolution to the picture's colours, not demodulated."""

    def __init__(self, inputs: int, outputs: int, w_dim: int, *, conv_clamp: float | None) -> None:
        super().__init__()
        self.conv_clamp = conv_clamp
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 1, 1), requires_grad=False)
        self.bias = nn.Parameter(torch.empty(outputs), requires_grad=False)
        self.affine = FullyConnected(w_dim, inputs)
        self._gain = 1 / math.sqrt(inputs)

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """x [N, I, H, W], w [N, w_dim] -> [N, O, H, W]."""
        styles = self.affine(w) * self._gain
        if x.dtype == torch.bfloat16:
            # Compiled, the product below has gradients of NaN in this type (PyTorch 2.13).
            colours = ops.convolve(x * styles[:, :, None, None], self.weight)
        else:
            # With few outputs the weights are smaller than the activations: modulate the weights.
            weight = self.weight[None, :, :, 0, 0] * styles[:, None, :]  # [N, O, I]
            colours = (weight @ x.flatten(2)).unflatten(2, x.shape[2:])
        return ops.clamp(colours + self.bias[:, None, None], self.conv_clamp)
