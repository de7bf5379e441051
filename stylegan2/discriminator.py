"""The discriminator of StyleGAN2, whose features tell pictures apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import nn

from stylegan2 import ops
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from stylegan2.layers import Convolution, FullyConnected, SkipConvolution


class LabelMapping(nn.Module):
    """The label c to the features that the output is projected on."""

    def __init__(self, geometry: DiscriminatorGeometry) -> None:
        super().__init__()
        sizes = geometry.mapping_sizes()
        self.embed = FullyConnected(geometry.c_dim, sizes[0])
        self.layers = len(sizes) - 1
        for i, (inputs, outputs) in enumerate(pairwise(sizes)):
            layer = FullyConnected(inputs, outputs, geometry.mapping_lr_multiplier, activate=True)
            self.add_module(f"fc{i}", layer)

    def forward(self, c: torch.Tensor) -> torch.Tensor:
        """c [N, c_dim] -> [N, cmap_dim]."""
        x = ops.normalise_second_moment(self.embed(c))
        for i in range(self.layers):
            x = self.get_submodule(f"fc{i}")(x)
        return x


class DiscriminatorBlock(nn.Module):
    """One resolution above b4: two convolutions, the second halving the maps."""

    def __init__(self, geometry: DiscriminatorGeometry, index: int) -> None:
        super().__init__()
        inputs, outputs = geometry.channels[index], geometry.channels[index - 1]
        clamp = geometry.conv_clamp
        self.fromrgb = None
        if geometry.takes_colours(index):
            self.fromrgb = Convolution(geometry.img_channels, inputs, 1, conv_clamp=clamp)
        self.conv0 = Convolution(inputs, inputs, 3, conv_clamp=clamp)
        self.conv1 = Convolution(inputs, outputs, 3, conv_clamp=clamp, down=True)
        self.skip = None
        if geometry.architecture == "resnet":
            self.skip = SkipConvolution(inputs, outputs)

    def forward(self, x: torch.Tensor | None, picture: torch.Tensor) -> torch.Tensor:
        """x [N, I, H, W] (None at the first block), picture [N, C, H, W] -> [N, O, H/2, W/2]."""
        x = _with_colours(x, picture, self.fromrgb)
        features: torch.Tensor = self.conv1(self.conv0(x))
        if self.skip is None:
            return features
        return (features + self.skip.downsampled(x)) * ops.RESIDUAL_GAIN


class LastBlock(nn.Module):
    """b4: minibatch statistics, a convolution, two linear layers."""

    def __init__(self, geometry: DiscriminatorGeometry) -> None:
        super().__init__()
        channels, (height, width) = geometry.channels[0], geometry.block_size(0)
        clamp, self._statistics = geometry.conv_clamp, geometry.mbstd_num_channels
        self._group = geometry.mbstd_group_size
        self.fromrgb = None
        if geometry.takes_colours(0):
            self.fromrgb = Convolution(
                geometry.img_channels, channels, 1, conv_clamp=None
            )  # as published
        self.conv = Convolution(channels + self._statistics, channels, 3, conv_clamp=clamp)
        self.fc = FullyConnected(channels * height * width, channels, activate=True)
        self.out = FullyConnected(channels, geometry.cmap_dim if geometry.c_dim else 1)

    def forward(self, x: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
        """x [N, C, h, w] -> [N, 1 or cmap_dim]."""
        x = _with_colours(x, picture, self.fromrgb)
        if self._statistics:
            x = torch.cat([x, self._minibatch_deviation(x)], dim=1)
        out: torch.Tensor = self.out(self.fc(self.conv(x).flatten(1)))
        return out

    def _minibatch_deviation(self, x: torch.Tensor) -> torch.Tensor:
        """The mean standard deviation over each group of pictures [N, statistics, h, w].

        (arXiv 1710.10196, section 3.) Group k is made of the pictures k, k + N/G, k + 2N/G, ...
        """
        count, _, height, width = x.shape
        group = min(self._group or count, count)
        if count % group:
            raise ValueError(
                f"{count} pictures cannot be split into groups of {group}: give one, or a multiple."
            )
        grouped = x.view(group, count // group, self._statistics, -1, height, width)
        deviation = (grouped.var(dim=0, unbiased=False) + ops.EPSILON).sqrt()
        deviation = deviation.mean(dim=(2, 3, 4))  # [N / group, statistics]
        return deviation.repeat(group, 1)[:, :, None, None].expand(-1, -1, height, width)


class Discriminator(nn.Module):
    """A StyleGAN2 discriminator with frozen weights, numerically the published function."""

    def __init__(self, geometry: DiscriminatorGeometry) -> None:
        super().__init__()
        self.geometry = geometry
        if geometry.c_dim:
            self.mapping = LabelMapping(geometry)
        for resolution in geometry.resolutions[:-1]:
            index = resolution.bit_length() - 3
            self.add_module(f"b{resolution}", DiscriminatorBlock(geometry, index))
        self.b4 = LastBlock(geometry)

    @classmethod
    def from_tensors(
        cls, geometry: DiscriminatorGeometry, tensors: Mapping[str, torch.Tensor]
    ) -> Discriminator:
        """Build from tensors named as in `DiscriminatorGeometry.shapes`, not copied."""
        with torch.device("meta"):
            discriminator = cls(geometry)
        discriminator.load_state_dict(dict(tensors), strict=True, assign=True)
        return discriminator.requires_grad_(False).eval()

    def features(self, picture: torch.Tensor) -> list[torch.Tensor]:
        """Pictures [N, C, H, W] in [-1, 1] -> each block's output [N, C, h, w], largest first.

        The last is what b4 takes. Gradients flow to the picture.
        """
        return [x for x, _ in self._run(picture)]

    def forward(self, picture: torch.Tensor, c: torch.Tensor | None = None) -> torch.Tensor:
        """Pictures [N, C, H, W], labels c [N, c_dim] -> logits [N, 1], higher for real ones."""
        return self.judge(picture, c)[0]

    def judge(
        self, picture: torch.Tensor, c: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """The logits [N, 1] and the `features`, in one pass."""
        if self.geometry.c_dim:
            if c is None or c.shape != (len(picture), self.geometry.c_dim):
                raise ValueError(
                    "This discriminator is conditional: give c as "
                    f"[{len(picture)}, {self.geometry.c_dim}]."
                )
        elif c is not None:
            raise ValueError("This discriminator is not conditional: leave c out.")
        seen = self._run(picture)
        x, small = seen[-1]
        out: torch.Tensor = self.b4(x, small)
        if c is not None:
            projected = out * self.mapping(c.to(out))
            out = projected.sum(dim=1, keepdim=True) / math.sqrt(self.geometry.cmap_dim)
        return out, [x for x, _ in seen]

    def _run(self, picture: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Each block's output, and the picture at its size."""
        expected = (self.geometry.img_channels, *self.geometry.img_resolution)
        if picture.ndim != 4 or picture.shape[1:] != expected:
            raise ValueError(
                f"The picture has the shape {list(picture.shape)}; expected "
                f"[N, {', '.join(map(str, expected))}]."
            )
        x, seen = None, []
        for resolution in self.geometry.resolutions[:-1]:
            x = self.get_submodule(f"b{resolution}")(x, picture)
            if self.geometry.architecture == "skip":
                picture = ops.downsample(picture)
            seen.append((x, picture))
        return seen


def _with_colours(
    x: torch.Tensor | None, picture: torch.Tensor, fromrgb: nn.Module | None
) -> torch.Tensor:
    if fromrgb is None:
        assert x is not None
        return x
    colours: torch.Tensor = fromrgb(picture)
    return colours if x is None else x + colours
