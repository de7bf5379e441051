"""The shape of a generator as data: read from a checkpoint's metadata, checked once, torch-free."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from stylegan2.errors import CheckpointError

MAX_SIDE = 4096
MAX_CHANNELS = 4096
MAX_LATENT = 8192
MAX_MAPPING_LAYERS = 64
RESAMPLE_FILTER = (1.0, 3.0, 3.0, 1.0)
"""The only low-pass filter that published StyleGAN2 models use."""

IMG_CHANNELS = {1: "gray", 3: "RGB", 4: "RGB with alpha"}
"""Numbers of colour channels that pictures may have, and what they are. Colours are not
premultiplied by alpha."""

ARCHITECTURES = ("skip", "resnet", "orig")
"""How blocks join (arXiv 1912.04958, figure 7): each adds its colours, each adds its input, or
neither. In the last two only the last block makes colours."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a StyleGAN2 generator is made of.

    `channels[i]` are the feature maps of block i, named b4, b8, b16, ... as in the published key
    layout. Block i is 2^i times as large as the constant input, whose size follows from
    `img_resolution` (height, width) and the number of blocks: 4 x 4 for a square model, 4 x 2 for
    one twice as high as wide. Raises `CheckpointError` where the values cannot be right.
    """

    z_dim: int
    w_dim: int
    mapping_layers: int
    img_resolution: tuple[int, int]
    channels: tuple[int, ...]
    c_dim: int = 0
    embed_features: int | None = None  # None: w_dim, as published
    mapping_features: int | None = None  # of the layers between; None: w_dim, as published
    mapping_lr_multiplier: float = 0.01
    conv_clamp: float | None = None
    use_noise: bool = True
    architecture: str = "skip"
    img_channels: int = 3

    def __post_init__(self) -> None:
        check_count("z_dim", self.z_dim, 1, MAX_LATENT)
        check_count("w_dim", self.w_dim, 1, MAX_LATENT)
        check_count("c_dim", self.c_dim, 0, MAX_LATENT)
        check_count("mapping_layers", self.mapping_layers, 1, MAX_MAPPING_LAYERS)
        for name in ("embed_features", "mapping_features"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name), 1, MAX_LATENT)
        check_architecture(self.architecture)
        check_img_channels(self.img_channels)
        check_count("number of blocks", len(self.channels), 1, 11)
        for count in self.channels:
            check_count("channels", count, 1, MAX_CHANNELS)
        scale = 2 ** (len(self.channels) - 1)
        for name, side in zip(("height", "width"), self.img_resolution, strict=True):
            check_count(f"picture {name}", side, 1, MAX_SIDE)
            if side % scale:
                raise CheckpointError(
                    "A picture {name} of {side} pixels does not fit {count} blocks: it must be a "
                    "multiple of {scale}.",
                    name=name,
                    side=side,
                    count=len(self.channels),
                    scale=scale,
                )
        check_positive("mapping_lr_multiplier", self.mapping_lr_multiplier)
        if self.conv_clamp is not None:
            check_positive("conv_clamp", self.conv_clamp)

    @property
    def num_ws(self) -> int:
        """Rows of w+: one a convolution, and one for the last block's colours."""
        return 2 * len(self.channels)

    @property
    def resolutions(self) -> tuple[int, ...]:
        """The blocks' names as numbers: 4, 8, 16, ..."""
        return tuple(4 << i for i in range(len(self.channels)))

    def block_size(self, index: int) -> tuple[int, int]:
        """(height, width) of block `index`'s feature maps."""
        shrink = len(self.channels) - 1 - index
        height, width = self.img_resolution
        return height >> shrink, width >> shrink

    def block_index(self, resolution: int) -> int:
        """Index of block b{resolution}. Raises `ValueError` if the model has none."""
        if resolution not in self.resolutions:
            raise ValueError(
                f"There is no block {resolution}; this model has "
                f"{', '.join(map(str, self.resolutions))}."
            )
        return self.resolutions.index(resolution)

    def mapping_sizes(self) -> tuple[int, ...]:
        """Inputs of each layer of the mapping network, then its outputs."""
        embed = (self.embed_features or self.w_dim) if self.c_dim else 0
        between = self.mapping_features or self.w_dim
        return self.z_dim + embed, *[between] * (self.mapping_layers - 1), self.w_dim

    def makes_colours(self, index: int) -> bool:
        """Whether block `index` has a ToRGB layer."""
        return self.architecture == "skip" or index == len(self.channels) - 1

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every tensor the generator needs, in the published key layout."""
        shapes: dict[str, tuple[int, ...]] = {"mapping.w_avg": (self.w_dim,)}
        if self.c_dim:
            embed = self.embed_features or self.w_dim
            shapes["mapping.embed.weight"] = (embed, self.c_dim)
            shapes["mapping.embed.bias"] = (embed,)
        for i, (inputs, outputs) in enumerate(pairwise(self.mapping_sizes())):
            shapes[f"mapping.fc{i}.weight"] = (outputs, inputs)
            shapes[f"mapping.fc{i}.bias"] = (outputs,)
        shapes["synthesis.b4.const"] = (self.channels[0], *self.block_size(0))
        for index, (resolution, outputs) in enumerate(
            zip(self.resolutions, self.channels, strict=True)
        ):
            layers = [("conv1", outputs, outputs, 3)]
            if self.makes_colours(index):
                layers.append(("torgb", outputs, self.img_channels, 1))
            if index:
                inputs = self.channels[index - 1]
                layers.insert(0, ("conv0", inputs, outputs, 3))
                if self.architecture == "resnet":
                    shapes[f"synthesis.b{resolution}.skip.weight"] = (outputs, inputs, 1, 1)
            for name, ins, outs, kernel in layers:
                prefix = f"synthesis.b{resolution}.{name}"
                shapes[f"{prefix}.weight"] = (outs, ins, kernel, kernel)
                shapes[f"{prefix}.bias"] = (outs,)
                shapes[f"{prefix}.affine.weight"] = (ins, self.w_dim)
                shapes[f"{prefix}.affine.bias"] = (ins,)
                if self.use_noise and name != "torgb":
                    shapes[f"{prefix}.noise_const"] = self.block_size(index)
                    shapes[f"{prefix}.noise_strength"] = ()
        return shapes

    @classmethod
    def from_json(cls, text: str) -> Geometry:
        """Read the `geometry` entry of a checkpoint's metadata. Raises `CheckpointError`."""
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise CheckpointError(
                "The geometry in the metadata is not JSON: {error}.", error=error
            ) from None
        if not isinstance(document, dict):
            raise CheckpointError("The geometry in the metadata is not a JSON object.")
        try:
            return cls._from_document(document)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise CheckpointError(
                "The geometry in the metadata is damaged: {error}.", error=repr(error)
            ) from None

    @classmethod
    def _from_document(cls, document: dict[str, Any]) -> Geometry:
        taps = tuple(float(tap) for tap in document.get("resample_filter", RESAMPLE_FILTER))
        if taps != RESAMPLE_FILTER:
            raise CheckpointError(
                "The resample filter is {taps}; only [1, 3, 3, 1] can be run.", taps=taps
            )
        by_name = {int(name): count for name, count in document["channels"].items()}
        names = sorted(by_name)
        if names != [4 << i for i in range(len(names))]:
            raise CheckpointError(
                "Channels are given for blocks {names}; expected 4, 8, 16, ...", names=names
            )
        height, width = document["img_resolution"]
        clamp = document.get("conv_clamp")
        return cls(
            z_dim=document["z_dim"],
            w_dim=document["w_dim"],
            c_dim=document.get("c_dim", 0),
            embed_features=document.get("embed_features"),
            mapping_features=document.get("mapping_features"),
            mapping_layers=document["mapping_layers"],
            mapping_lr_multiplier=float(document["mapping_lr_multiplier"]),
            img_resolution=(height, width),
            channels=tuple(by_name[name] for name in names),
            conv_clamp=None if clamp is None else float(clamp),
            use_noise=bool(document.get("use_noise", True)),
            architecture=document.get("architecture", "skip"),
            img_channels=document.get("img_channels", 3),
        )

    def to_json(self) -> str:
        """The `geometry` entry that `from_json` reads."""
        return json.dumps(
            {
                "z_dim": self.z_dim,
                "c_dim": self.c_dim,
                "w_dim": self.w_dim,
                "embed_features": self.embed_features,
                "mapping_features": self.mapping_features,
                "mapping_layers": self.mapping_layers,
                "mapping_lr_multiplier": self.mapping_lr_multiplier,
                "img_resolution": self.img_resolution,
                "img_channels": self.img_channels,
                "channels": dict(zip(map(str, self.resolutions), self.channels, strict=True)),
                "architecture": self.architecture,
                "resample_filter": RESAMPLE_FILTER,
                "conv_clamp": self.conv_clamp,
                "use_noise": self.use_noise,
            }
        )


def check_count(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise CheckpointError(
            "The model's {name} is {value}; expected {low} to {high}.",
            name=name,
            value=repr(value),
            low=low,
            high=high,
        )


def check_architecture(name: object) -> None:
    if name not in ARCHITECTURES:
        raise CheckpointError(
            "The network's architecture is {name}; {known} can be run.",
            name=repr(name),
            known=", ".join(ARCHITECTURES),
        )


def check_img_channels(count: object) -> None:
    if type(count) is not int or count not in IMG_CHANNELS:
        known = ", ".join(f"{number} ({name})" for number, name in IMG_CHANNELS.items())
        raise CheckpointError(
            "The network's pictures have {count} colour channels; what can be run: {known}.",
            count=repr(count),
            known=known,
        )


def check_positive(name: str, value: float) -> None:
    if not math.isfinite(value) or value <= 0:
        raise CheckpointError(
            "The model's {name} is {value}; expected a positive number.", name=name, value=value
        )
