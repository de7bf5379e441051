"""RAFT (Teed and Deng 2020, arXiv 2003.12039): dense motion from one picture to another.

Features of all pairs of cells are correlated once; a recurrent unit then looks up, again and again,
how well each cell fits about where it is thought to have gone, and moves it (sections 3.1 to 3.3).
This is the paper's small network (its supplement), of any width; tensors have the names that
torchvision's have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class RaftGeometry:
    """Channels and strides of the two encoders, and the widths of what updates the motion.

    `encoder` are channels after the first convolution and each of the three pairs of blocks, whose
    strides are `strides`; `features` those that are correlated, over `levels` halved resolutions,
    up to `radius` cells away.
    """

    encoder: tuple[int, int, int, int]
    strides: tuple[int, int, int, int]
    features: int
    hidden: int
    context: int
    levels: int
    radius: int
    correlation: int
    flow: tuple[int, int]
    motion: int
    head: int

    @property
    def stride(self) -> int:
        """Pixels a cell."""
        product = 1
        for stride in self.strides:
            product *= stride
        return product

    @property
    def looked_up(self) -> int:
        """Correlations that a cell is told."""
        return self.levels * (2 * self.radius + 1) ** 2


LION = RaftGeometry(
    encoder=(24, 24, 40, 56),
    strides=(2, 1, 2, 1),
    features=64,
    hidden=32,
    context=32,
    levels=3,
    radius=3,
    correlation=48,
    flow=(24, 12),
    motion=34,
    head=48,
)


PUBLISHED = RaftGeometry(
    encoder=(32, 32, 64, 96),
    strides=(2, 1, 2, 2),
    features=128,
    hidden=96,
    context=64,
    levels=4,
    radius=3,
    correlation=96,
    flow=(64, 32),
    motion=82,
    head=128,
)
"""The paper's small network, as torchvision has it."""


class Raft(nn.Module):
    """Pictures [N, 3, h, w] in [-1, 1], sides whole multiples of the stride, to motion in cells."""

    def __init__(self, geometry: RaftGeometry) -> None:
        super().__init__()
        self.geometry = geometry
        self.feature_encoder = _Encoder(geometry, geometry.features, normalised=True)
        self.context_encoder = _Encoder(
            geometry, geometry.hidden + geometry.context, normalised=False
        )
        self.update_block = _Update(geometry)

    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """[N, C, h, w]: the features that are correlated."""
        features: torch.Tensor = self.feature_encoder(pictures)
        return features

    def motions(
        self,
        before: torch.Tensor,
        features: tuple[torch.Tensor, torch.Tensor],
        updates: int,
        first: torch.Tensor | None = None,
    ) -> Iterator[torch.Tensor]:
        """[N, 2, h, w] (x, y) cells, after each update: where each cell of pictures `before` has
        gone, given both pictures' features. It begins with `first`, or where the cell was.
        """
        volumes = pyramid(*features, self.geometry.levels)
        encoded = self.context_encoder(before)
        hidden, context = encoded.split([self.geometry.hidden, self.geometry.context], dim=1)
        hidden, context = hidden.tanh(), context.relu()
        count, _, height, width = encoded.shape
        start = _grid(height, width, like=encoded).expand(count, -1, -1, -1)
        motion = torch.zeros_like(start) if first is None else first
        for _ in range(updates):
            motion = motion.detach()  # paper, section 3.3: no gradient through the place looked up
            correlations = look_up(volumes, start + motion, self.geometry.radius)
            hidden, change = self.update_block(hidden, context, correlations, motion)
            motion = motion + change
            yield motion


def pyramid(before: torch.Tensor, after: torch.Tensor, levels: int) -> list[torch.Tensor]:
    """Correlations of all cells [N * h * w, 1, h', w'], h' and w' halved from level to level."""
    count, channels, height, width = before.shape
    volume = before.flatten(2).transpose(1, 2) @ after.flatten(2) / channels**0.5
    volumes = [volume.reshape(count * height * width, 1, height, width)]
    for _ in range(levels - 1):
        volumes.append(functional.avg_pool2d(volumes[-1], 2))
    return volumes


def look_up(volumes: list[torch.Tensor], places: torch.Tensor, radius: int) -> torch.Tensor:
    """[N, K, h, w]: the correlations about places [N, 2, h, w] of the second picture's cells."""
    count, _, height, width = places.shape
    steps = torch.arange(-radius, radius + 1, dtype=places.dtype, device=places.device)
    # As the published network was trained: its first axis of a neighbourhood is x.
    about = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), dim=2)
    places = places.permute(0, 2, 3, 1).reshape(-1, 1, 1, 2)
    found = []
    for level, volume in enumerate(volumes):
        size = places.new_tensor([volume.shape[3] - 1, volume.shape[2] - 1])
        grid = 2 * (places / 2**level + about) / size - 1
        read = functional.grid_sample(volume, grid, align_corners=True)
        found.append(read.view(count, height, width, -1))
    return torch.cat(found, dim=3).permute(0, 3, 1, 2)


def _grid(height: int, width: int, like: torch.Tensor) -> torch.Tensor:
    """[1, 2, h, w]: the cells' own places (x, y)."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([x, y])[None].to(like)


def _convolution(
    inputs: int,
    outputs: int,
    kernel: int,
    stride: int = 1,
    *,
    normalised: bool = False,
    active: bool = True,
) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)]
    if normalised:
        layers.append(nn.InstanceNorm2d(outputs))
    if active:
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class _Block(nn.Module):
    """A bottleneck (He et al. 2016) of a quarter of the channels."""

    def __init__(self, inputs: int, outputs: int, stride: int, *, normalised: bool) -> None:
        super().__init__()
        narrow = outputs // 4
        self.convnormrelu1 = _convolution(inputs, narrow, 1, normalised=normalised)
        self.convnormrelu2 = _convolution(narrow, narrow, 3, stride, normalised=normalised)
        self.convnormrelu3 = _convolution(narrow, outputs, 1, normalised=normalised)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.downsample = _convolution(
                inputs, outputs, 1, stride, normalised=normalised, active=False
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.convnormrelu3(self.convnormrelu2(self.convnormrelu1(x)))
        total: torch.Tensor = self.downsample(x) + y
        return total.relu()


class _Encoder(nn.Module):
    def __init__(self, geometry: RaftGeometry, outputs: int, *, normalised: bool) -> None:
        super().__init__()
        channels, strides = geometry.encoder, geometry.strides
        self.convnormrelu = _convolution(3, channels[0], 7, strides[0], normalised=normalised)
        self.layer1, self.layer2, self.layer3 = (
            nn.Sequential(
                _Block(channels[k], channels[k + 1], strides[k + 1], normalised=normalised),
                _Block(channels[k + 1], channels[k + 1], 1, normalised=normalised),
            )
            for k in range(3)
        )
        self.conv = nn.Conv2d(channels[-1], outputs, 1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        x = self.layer3(self.layer2(self.layer1(self.convnormrelu(pictures))))
        encoded: torch.Tensor = self.conv(x)
        return encoded


class _Update(nn.Module):
    """Takes what is known of each cell's motion one step on."""

    def __init__(self, geometry: RaftGeometry) -> None:
        super().__init__()
        self.motion_encoder = _MotionEncoder(geometry)
        self.recurrent_block = _Recurrent(geometry)
        self.flow_head = _FlowHead(geometry)

    def forward(
        self,
        hidden: torch.Tensor,
        context: torch.Tensor,
        correlations: torch.Tensor,
        motion: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        encoded = self.motion_encoder(motion, correlations)
        hidden = self.recurrent_block(hidden, torch.cat([context, encoded], dim=1))
        return hidden, self.flow_head(hidden)


class _MotionEncoder(nn.Module):
    def __init__(self, geometry: RaftGeometry) -> None:
        super().__init__()
        wide, narrow = geometry.flow
        self.convcorr1 = _convolution(geometry.looked_up, geometry.correlation, 1)
        self.convflow1 = _convolution(2, wide, 7)
        self.convflow2 = _convolution(wide, narrow, 3)
        self.conv = _convolution(geometry.correlation + narrow, geometry.motion - 2, 3)

    def forward(self, motion: torch.Tensor, correlations: torch.Tensor) -> torch.Tensor:
        flow = self.convflow2(self.convflow1(motion))
        both = self.conv(torch.cat([self.convcorr1(correlations), flow], dim=1))
        return torch.cat([both, motion], dim=1)


class _Recurrent(nn.Module):
    def __init__(self, geometry: RaftGeometry) -> None:
        super().__init__()
        self.convgru1 = _Gru(geometry.hidden, geometry.context + geometry.motion)

    def forward(self, hidden: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        new: torch.Tensor = self.convgru1(hidden, x)
        return new


class _Gru(nn.Module):
    """A gated recurrent unit whose products are convolutions (section 3.3, equations 3 to 6)."""

    def __init__(self, hidden: int, inputs: int) -> None:
        super().__init__()
        self.convz = nn.Conv2d(hidden + inputs, hidden, 3, padding=1)
        self.convr = nn.Conv2d(hidden + inputs, hidden, 3, padding=1)
        self.convq = nn.Conv2d(hidden + inputs, hidden, 3, padding=1)

    def forward(self, hidden: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        both = torch.cat([hidden, x], dim=1)
        kept = self.convz(both).sigmoid()
        reset = self.convr(both).sigmoid()
        proposed = self.convq(torch.cat([reset * hidden, x], dim=1)).tanh()
        new: torch.Tensor = (1 - kept) * hidden + kept * proposed
        return new


class _FlowHead(nn.Module):
    def __init__(self, geometry: RaftGeometry) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(geometry.hidden, geometry.head, 3, padding=1)
        self.conv2 = nn.Conv2d(geometry.head, 2, 3, padding=1)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        change: torch.Tensor = self.conv2(self.conv1(hidden).relu())
        return change
