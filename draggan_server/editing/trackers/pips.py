"""PIPs (Harley et al. 2022, arXiv 2204.04153): points followed through a few pictures at once.

Every point is by itself. It begins where and as it was in the first picture (section 3.2), sees how
well it fits about where it is thought to be in each picture (3.3), and an MLP-Mixer over the
pictures moves it in all of them and changes what it looks like (3.4), again and again. Tensors have
the published names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class PipsGeometry:
    """The defaults are the published network's.

    It takes `frames` pictures. `encoder` are channels after the first convolution and each of the
    following pairs of blocks; features have a cell for `stride` pixels. They are correlated over
    `levels` halved resolutions, up to `radius` cells away. The mixer is `width` wide and `depth`
    deep; places and times are told to it by `embedding` waves each.
    """

    frames: int = 8
    stride: int = 4
    encoder: tuple[int, int, int, int] = (64, 96, 128, 128)
    features: int = 128
    levels: int = 4
    radius: int = 3
    width: int = 512
    depth: int = 12
    embedding: int = 64

    @property
    def looked_up(self) -> int:
        """Correlations that a point is told of a picture."""
        return self.levels * (2 * self.radius + 1) ** 2


LION = PipsGeometry(
    frames=4,
    encoder=(16, 24, 32, 32),
    features=32,
    levels=3,
    width=64,
    depth=3,
    embedding=2,
)

PUBLISHED = PipsGeometry()


class Tracks(NamedTuple):
    """`places` [N, S, P, 2] (x, y) in cells, and logits of being in sight, `seen` [N, S, P]."""

    places: torch.Tensor
    seen: torch.Tensor


class Pips(nn.Module):
    """Pictures [N, 3, h, w] in [-1, 1], sides whole multiples of the stride, to points' ways."""

    def __init__(self, geometry: PipsGeometry) -> None:
        super().__init__()
        self.geometry = geometry
        self.fnet = _Encoder(geometry)
        self.delta_block = _Delta(geometry)
        self.norm = nn.GroupNorm(1, geometry.features)
        self.ffeat_updater = nn.Sequential(
            nn.Linear(geometry.features, geometry.features), nn.GELU()
        )
        self.vis_predictor = nn.Sequential(nn.Linear(geometry.features, 1))

    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """[N, C, h / stride, w / stride]: the features that are correlated."""
        features: torch.Tensor = self.fnet(pictures)
        return features

    def tracks(
        self,
        features: torch.Tensor,
        points: torch.Tensor,
        updates: int,
        first: torch.Tensor | None = None,
    ) -> Iterator[Tracks]:
        """After each update, the ways of points [N, P, 2] (x, y), cells of the first pictures, in
        all pictures, whose features are [N, S, C, h, w]. They begin at `first` [N, S, P, 2], or
        stay; in the first pictures they do stay.
        """
        count, frames, channels = features.shape[:3]
        flat = features.flatten(0, 1)
        levels = [flat]
        for _ in range(self.geometry.levels - 1):
            levels.append(functional.avg_pool2d(levels[-1], 2))
        looks = read(features[:, 0], points)[:, None].expand(-1, frames, -1, -1)
        places = points[:, None].expand(-1, frames, -1, -1) if first is None else first
        times = torch.linspace(0, frames, frames).to(points).view(1, frames, 1, 1)
        for _ in range(updates):
            places = places.detach()
            fits = self._fits(levels, looks.flatten(0, 1), places.flatten(0, 1))
            way = places - places[:, :1]
            told = torch.cat([way, times.expand(*way.shape[:3], 1)], dim=3)
            told = embedded(told, self.geometry.embedding)
            told = torch.cat([looks, fits.view(count, frames, *fits.shape[1:]), told], dim=3)
            change = self.delta_block(told.transpose(1, 2).flatten(0, 1))
            change = change.view(count, -1, *change.shape[1:]).transpose(1, 2)
            moved, other = change.split([2, channels], dim=3)
            looks = looks + self._updated(other)
            places = torch.cat([points[:, None], (places + moved)[:, 1:]], dim=1)
            yield Tracks(places, self.vis_predictor(looks)[..., 0])

    def _updated(self, change: torch.Tensor) -> torch.Tensor:
        flat: torch.Tensor = self.ffeat_updater(self.norm(change.flatten(0, 2)))
        return flat.view(change.shape)

    def _fits(
        self, levels: list[torch.Tensor], looks: torch.Tensor, places: torch.Tensor
    ) -> torch.Tensor:
        """[M, P, K]: how well looks [M, P, C] fit pictures about places [M, P, 2]."""
        radius = self.geometry.radius
        steps = torch.arange(-radius, radius + 1).to(places)
        # As the published network was trained: its first axis of a neighbourhood is x.
        about = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), dim=2).view(-1, 2)
        found = []
        for level, values in enumerate(levels):
            near = (places / 2**level)[:, :, None] + about
            there = read(values, near.flatten(1, 2)).view(*near.shape[:3], -1)
            found.append((there @ looks[..., None])[..., 0] / looks.shape[2] ** 0.5)
        return torch.cat(found, dim=2)


def read(values: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """values [M, C, h, w] at points [M, K, 2] (x, y) -> [M, K, C]; nothing outside."""
    size = points.new_tensor([values.shape[3] - 1, values.shape[2] - 1])
    grid = (2 * points / size - 1)[:, None]
    return functional.grid_sample(values, grid, align_corners=True)[:, :, 0].transpose(1, 2)


def embedded(told: torch.Tensor, count: int) -> torch.Tensor:
    """[..., D] -> [..., D * count + D]: sine and cosine by turns, of ever faster waves of each,
    and the numbers themselves."""
    speeds = torch.arange(0, count, 2).to(told) * (1000 / count)
    waves = told[..., None] * speeds
    both = torch.stack([waves.sin(), waves.cos()], dim=-1)
    return torch.cat([both.flatten(-3), told], dim=-1)


class _Block(nn.Module):
    """A residual block (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.norm = nn.InstanceNorm2d(outputs)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride), nn.InstanceNorm2d(outputs)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm(self.conv1(x)).relu()
        y = self.norm(self.conv2(y)).relu()
        total: torch.Tensor = self.downsample(x) + y
        return total.relu()


class _Encoder(nn.Module):
    """Resolutions halved from pair to pair of blocks, brought to one and mixed."""

    def __init__(self, geometry: PipsGeometry) -> None:
        super().__init__()
        channels = geometry.encoder
        self._stride = geometry.stride
        self.conv1 = nn.Conv2d(3, channels[0], 7, 2, 3)
        self.layer1, self.layer2, self.layer3, self.layer4 = (
            nn.Sequential(
                _Block(channels[max(k - 1, 0)], channels[k], 2 if k else 1),
                _Block(channels[k], channels[k], 1),
            )
            for k in range(4)
        )
        self.norm1 = nn.InstanceNorm2d(channels[0])
        self.conv2 = nn.Conv2d(sum(channels), 2 * geometry.features, 3, padding=1)
        self.norm2 = nn.InstanceNorm2d(2 * geometry.features)
        self.conv3 = nn.Conv2d(2 * geometry.features, geometry.features, 1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        size = [side // self._stride for side in pictures.shape[2:]]
        x, parts = self.norm1(self.conv1(pictures)).relu(), []
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            parts.append(functional.interpolate(x, size, mode="bilinear", align_corners=True))
        mixed: torch.Tensor = self.norm2(self.conv2(torch.cat(parts, dim=1))).relu()
        features: torch.Tensor = self.conv3(mixed)
        return features


class _Delta(nn.Module):
    """What is told of a point in each picture [M, S, D] -> its change in each [M, S, 2 + C]."""

    def __init__(self, geometry: PipsGeometry) -> None:
        super().__init__()
        told = geometry.features + geometry.looked_up + 3 * geometry.embedding + 3
        width, frames = geometry.width, geometry.frames
        self._outputs = geometry.features + 2
        self.to_delta = nn.Sequential(
            nn.Linear(told, width),
            *(
                nn.Sequential(_Mixing(width, frames, across=True), _Mixing(width, width))
                for _ in range(geometry.depth)
            ),
            nn.LayerNorm(width),
            _Mean(),
            nn.Linear(width, frames * self._outputs),
        )

    def forward(self, told: torch.Tensor) -> torch.Tensor:
        change: torch.Tensor = self.to_delta(told)
        return change.view(*told.shape[:2], self._outputs)


class _Mixing(nn.Module):
    """Of an MLP-Mixer (2105.01601): of the pictures, for each channel, where it goes `across`
    them, else of the channels of each picture."""

    def __init__(self, width: int, mixed: int, *, across: bool = False) -> None:
        super().__init__()
        self._across = across
        self.norm = nn.LayerNorm(width)
        first, last = (
            nn.Conv1d(*sides, 1) if across else nn.Linear(*sides)
            for sides in ((mixed, 4 * mixed), (4 * mixed, mixed))
        )
        # Published numbers: what has none of its own in between are activation and dropout.
        self.fn = nn.ModuleDict({"0": first, "3": last})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inside = functional.gelu(self.fn["0"](self.norm(x)))
        mixed: torch.Tensor = x + self.fn["3"](inside)
        return mixed


class _Mean(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(dim=1)
