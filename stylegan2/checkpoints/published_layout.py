"""The key layout that NVIDIA published: geometry from the shapes of tensors.

Every format is renamed into this layout, which is also that of our own files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from stylegan2.checkpoints.contents import Tensors
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from stylegan2.errors import CheckpointError
from stylegan2.geometry import RESAMPLE_FILTER, Geometry


@dataclass(frozen=True, slots=True)
class Hints:
    """What shapes do not tell, where the file says it."""

    mapping_lr_multiplier: float = 0.01
    conv_clamp: float | None = None
    mbstd_group_size: int | None = 4
    img_resolution: tuple[int, int] | None = None  # (height, width)


def generator_geometry(tensors: Tensors, hints: Hints) -> Geometry:
    """Raises `CheckpointError` for tensors that are no StyleGAN2 generator's."""
    _check_filters(tensors)
    blocks = _blocks(tensors, r"synthesis\.b(\d+)\.conv1\.weight")
    channels = tuple(_size(tensors, f"synthesis.b{name}.conv1.weight", 0) for name in blocks)
    scale = 2 ** (len(blocks) - 1)
    architecture = "orig"
    if any(f"synthesis.b{name}.skip.weight" in tensors for name in blocks):
        architecture = "resnet"
    elif len(blocks) == 1 or f"synthesis.b{blocks[0]}.torgb.weight" in tensors:
        architecture = "skip"
    layers = _layers(tensors)
    c_dim, embed = _label(tensors)
    w_dim = _size(tensors, f"mapping.fc{layers - 1}.weight", 0)
    return Geometry(
        z_dim=_size(tensors, "mapping.fc0.weight", 1) - embed,
        w_dim=w_dim,
        mapping_layers=layers,
        img_resolution=(
            _size(tensors, "synthesis.b4.const", 1) * scale,
            _size(tensors, "synthesis.b4.const", 2) * scale,
        ),
        channels=channels,
        c_dim=c_dim,
        embed_features=_other(embed, w_dim),
        mapping_features=_between(tensors, layers, w_dim),
        mapping_lr_multiplier=hints.mapping_lr_multiplier,
        conv_clamp=hints.conv_clamp,
        use_noise=any(key.endswith(".noise_strength") for key in tensors),
        architecture=architecture,
        img_channels=_size(tensors, f"synthesis.b{blocks[-1]}.torgb.weight", 0),
    )


def discriminator_geometry(tensors: Tensors, hints: Hints) -> DiscriminatorGeometry:
    """Raises `CheckpointError` for tensors that are no StyleGAN2 discriminator's."""
    _check_filters(tensors)
    blocks = [
        4,
        *_blocks({**tensors, "b4.conv0.weight": np.empty(0)}, r"b(\d+)\.conv0\.weight")[1:],
    ]
    channels = tuple(
        _size(tensors, "b4.conv.weight" if name == 4 else f"b{name}.conv0.weight", 0)
        for name in blocks
    )
    scale = 2 ** (len(blocks) - 1)
    architecture = "orig"
    if any(f"b{name}.skip.weight" in tensors for name in blocks):
        architecture = "resnet"
    elif "b4.fromrgb.weight" in tensors:
        architecture = "skip"
    c_dim, embed = _label(tensors)
    layers = _layers(tensors)
    cmap_dim = _size(tensors, "b4.out.weight", 0) if c_dim else 0
    return DiscriminatorGeometry(
        img_resolution=hints.img_resolution or (4 * scale, 4 * scale),
        channels=channels,
        c_dim=c_dim,
        cmap_dim=cmap_dim,
        mapping_layers=layers,
        mapping_features=_between(tensors, layers, cmap_dim),
        embed_features=_other(embed, cmap_dim),
        mapping_lr_multiplier=hints.mapping_lr_multiplier,
        conv_clamp=hints.conv_clamp,
        architecture=architecture,
        mbstd_group_size=hints.mbstd_group_size,
        mbstd_num_channels=max(0, _size(tensors, "b4.conv.weight", 1) - channels[0]),
        img_channels=_size(tensors, f"b{blocks[-1]}.fromrgb.weight", 1),
    )


def _blocks(tensors: Tensors, pattern: str) -> list[int]:
    names = sorted(int(match[1]) for key in tensors if (match := re.fullmatch(pattern, key)))
    if not names or names != [4 << i for i in range(len(names))]:
        raise CheckpointError(
            "Its blocks are {names}; those of a StyleGAN2 network are 4, 8, 16, ...",
            names=names[:12],
        )
    return names


def _layers(tensors: Tensors) -> int:
    count = 0
    while f"mapping.fc{count}.weight" in tensors:
        count += 1
    return count


def _label(tensors: Tensors) -> tuple[int, int]:
    """Sizes of the label and of its embedding, 0 for a model that is not conditional."""
    if "mapping.embed.weight" not in tensors:
        return 0, 0
    return _size(tensors, "mapping.embed.weight", 1), _size(tensors, "mapping.embed.weight", 0)


def _between(tensors: Tensors, layers: int, usual: int) -> int | None:
    """Features of the mapping's layers but the last, None for the usual ones."""
    return _other(_size(tensors, "mapping.fc0.weight", 0), usual) if layers > 1 else None


def _other(value: int, usual: int) -> int | None:
    return value if value not in (0, usual) else None


def _size(tensors: Tensors, key: str, axis: int) -> int:
    if key not in tensors or tensors[key].ndim <= axis:
        raise CheckpointError(
            "It lacks the tensor {name}, or has it in another shape.", name=repr(key)
        )
    return int(tensors[key].shape[axis])


@np.errstate(all="ignore")
def _check_filters(tensors: Tensors) -> None:
    expected = np.outer(RESAMPLE_FILTER, RESAMPLE_FILTER)
    for key, value in tensors.items():
        if not key.endswith(".resample_filter"):
            continue
        # Layouts differ in its scale.
        if value.shape != expected.shape or not np.allclose(
            value * expected.sum(), expected * value.sum(), rtol=1e-4
        ):
            raise CheckpointError(
                "Its low-pass {name} is not [1, 3, 3, 1], the only one run.", name=repr(key)
            )
