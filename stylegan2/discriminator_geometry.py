"""The shape of a discriminator as data, torch-free."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from itertools import pairwise

from stylegan2.errors import CheckpointError
from stylegan2.geometry import (
    MAX_CHANNELS,
    MAX_LATENT,
    MAX_MAPPING_LAYERS,
    MAX_SIDE,
    check_architecture,
    check_count,
    check_img_channels,
    check_positive,
)


@dataclass(frozen=True, slots=True)
class DiscriminatorGeometry:
    """What a StyleGAN2 discriminator is made of, in the published key layout.

    `channels[i]` are the feature maps at the resolution of block i (b4, b8, ...), of which b4 is
    the last to run and 2^i times smaller than the picture's block i. A conditional one (c_dim > 0)
    projects its output on the label's `cmap_dim` features, made by `mapping_layers` layers (0: by
    the embedding alone). Raises `CheckpointError` where the values cannot be right.
    """

    img_resolution: tuple[int, int]
    channels: tuple[int, ...]
    c_dim: int = 0
    cmap_dim: int = 0
    mapping_layers: int = 0
    mapping_features: int | None = None  # of the layers between; None: cmap_dim
    embed_features: int | None = None  # None: cmap_dim
    mapping_lr_multiplier: float = 0.01
    conv_clamp: float | None = None
    architecture: str = "resnet"
    mbstd_group_size: int | None = 4  # None: the whole batch
    mbstd_num_channels: int = 1  # 0: no minibatch statistics
    img_channels: int = 3

    def __post_init__(self) -> None:
        check_count("number of discriminator blocks", len(self.channels), 2, 11)
        for count in self.channels:
            check_count("channels", count, 1, MAX_CHANNELS)
        scale = 2 ** (len(self.channels) - 1)
        height, width = self.img_resolution
        for name, side in (("height", height), ("width", width)):
            check_count(f"picture {name}", side, scale, MAX_SIDE)
            if side % scale:
                raise CheckpointError(
                    "A picture {name} of {side} pixels does not fit {count} blocks.",
                    name=name,
                    side=side,
                    count=len(self.channels),
                )
        check_count("c_dim", self.c_dim, 0, MAX_LATENT)
        check_count("cmap_dim", self.cmap_dim, 1 if self.c_dim else 0, MAX_LATENT)
        check_count("mapping_layers", self.mapping_layers, 0, MAX_MAPPING_LAYERS)
        for name in ("mapping_features", "embed_features"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name), 1, MAX_LATENT)
        if not self.mapping_layers and self.embed_features not in (None, self.cmap_dim):
            raise CheckpointError(
                "The embedding of labels has {features} features, and nothing maps "
                "them to the {expected} of the output.",
                features=self.embed_features,
                expected=self.cmap_dim,
            )
        check_positive("mapping_lr_multiplier", self.mapping_lr_multiplier)
        if self.conv_clamp is not None:
            check_positive("conv_clamp", self.conv_clamp)
        check_architecture(self.architecture)
        check_img_channels(self.img_channels)
        if self.mbstd_group_size is not None:
            check_count("mbstd_group_size", self.mbstd_group_size, 1, MAX_LATENT)
        check_count("mbstd_num_channels", self.mbstd_num_channels, 0, self.channels[0])
        if self.mbstd_num_channels and self.channels[0] % self.mbstd_num_channels:
            raise CheckpointError(
                "{count} channels cannot be split into {groups} groups for the "
                "minibatch statistics.",
                count=self.channels[0],
                groups=self.mbstd_num_channels,
            )

    @property
    def resolutions(self) -> tuple[int, ...]:
        """The blocks' names as numbers, in the order in which they run: ..., 16, 8, 4."""
        return tuple(4 << i for i in reversed(range(len(self.channels))))

    def block_size(self, index: int) -> tuple[int, int]:
        """(height, width) of the maps that block `index` (0: b4) takes."""
        shrink = len(self.channels) - 1 - index
        height, width = self.img_resolution
        return height >> shrink, width >> shrink

    def mapping_sizes(self) -> tuple[int, ...]:
        """Features of the embedded label, then the outputs of each layer of the mapping."""
        embed = self.embed_features or self.cmap_dim
        if not self.mapping_layers:
            return (embed,)
        between = self.mapping_features or self.cmap_dim
        return embed, *[between] * (self.mapping_layers - 1), self.cmap_dim

    def takes_colours(self, index: int) -> bool:
        """Whether block `index` has a FromRGB layer."""
        return self.architecture == "skip" or index == len(self.channels) - 1

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every tensor the discriminator needs, in the published key layout."""
        shapes: dict[str, tuple[int, ...]] = {}
        if self.c_dim:
            sizes = self.mapping_sizes()
            shapes["mapping.embed.weight"] = (sizes[0], self.c_dim)
            shapes["mapping.embed.bias"] = (sizes[0],)
            for i, (inputs, outputs) in enumerate(pairwise(sizes)):
                shapes[f"mapping.fc{i}.weight"] = (outputs, inputs)
                shapes[f"mapping.fc{i}.bias"] = (outputs,)
        for index, inputs in enumerate(self.channels):
            block = f"b{4 << index}"
            layers = (
                [("fromrgb", self.img_channels, inputs, 1)] if self.takes_colours(index) else []
            )
            if index:
                outputs = self.channels[index - 1]
                layers += [("conv0", inputs, inputs, 3), ("conv1", inputs, outputs, 3)]
                if self.architecture == "resnet":
                    shapes[f"{block}.skip.weight"] = (outputs, inputs, 1, 1)
            else:
                layers.append(("conv", inputs + self.mbstd_num_channels, inputs, 3))
            for name, ins, outs, kernel in layers:
                shapes[f"{block}.{name}.weight"] = (outs, ins, kernel, kernel)
                shapes[f"{block}.{name}.bias"] = (outs,)
        last, (height, width) = self.channels[0], self.block_size(0)
        outputs = self.cmap_dim if self.c_dim else 1
        for name, ins, outs in (("fc", last * height * width, last), ("out", last, outputs)):
            shapes[f"b4.{name}.weight"] = (outs, ins)
            shapes[f"b4.{name}.bias"] = (outs,)
        return shapes

    @classmethod
    def from_json(cls, text: str) -> DiscriminatorGeometry:
        """Read the `discriminator` entry of a checkpoint's metadata. Raises `CheckpointError`."""
        try:
            document = json.loads(text)
            for name in ("img_resolution", "channels"):
                document[name] = tuple(document[name])
            return cls(**document)
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise CheckpointError(
                "The discriminator's geometry in the metadata is damaged: {error}.",
                error=repr(error),
            ) from None

    def to_json(self) -> str:
        """The `discriminator` entry that `from_json` reads."""
        return json.dumps(dataclasses.asdict(self))
