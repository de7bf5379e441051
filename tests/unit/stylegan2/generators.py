"""Small generators with random weights, of every shape that the geometry allows."""

from __future__ import annotations

import torch
from hypothesis import strategies as st

from stylegan2 import Geometry
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from stylegan2.generator import Generator

GEOMETRIES = st.builds(
    lambda size, channels, **rest: Geometry(
        img_resolution=(size[0] << (len(channels) - 1), size[1] << (len(channels) - 1)),
        channels=tuple(channels),
        **rest,
    ),
    size=st.sampled_from([(4, 4), (4, 2), (2, 4), (4, 3), (3, 5)]),
    channels=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    z_dim=st.integers(1, 5),
    c_dim=st.sampled_from([0, 0, 3]),
    embed_features=st.sampled_from([None, 2]),
    w_dim=st.integers(1, 6),
    mapping_layers=st.integers(1, 3),
    mapping_lr_multiplier=st.sampled_from([0.01, 1.0]),
    conv_clamp=st.sampled_from([None, 0.7]),
    use_noise=st.booleans(),
    mapping_features=st.sampled_from([None, 3]),
    architecture=st.sampled_from(["skip", "skip", "resnet", "orig"]),
    img_channels=st.sampled_from([1, 3, 3, 4]),
)


def random_tensors(
    geometry: Geometry | DiscriminatorGeometry, seed: int, dtype: torch.dtype = torch.float64
) -> dict[str, torch.Tensor]:
    """Weights as they are before training, with biases and noise that are not zero."""
    random = torch.Generator().manual_seed(seed)
    tensors = {}
    for key, shape in geometry.shapes().items():
        value = torch.randn(shape, generator=random, dtype=dtype)
        if key.startswith("mapping.") and not key.endswith(("w_avg", "embed.weight")):
            value = value / geometry.mapping_lr_multiplier
        if key.endswith("affine.bias"):
            value = 1 + 0.1 * value
        elif key.endswith(("bias", "noise_strength")):
            value = 0.2 * value
        tensors[key] = value
    return tensors


def random_generator(
    geometry: Geometry, seed: int = 0, dtype: torch.dtype = torch.float64
) -> Generator:
    return Generator.from_tensors(geometry, random_tensors(geometry, seed, dtype))


DISCRIMINATOR_GEOMETRIES = st.builds(
    lambda size, channels, c_dim, layers, embed, **rest: DiscriminatorGeometry(
        img_resolution=(size[0] << (len(channels) - 1), size[1] << (len(channels) - 1)),
        channels=tuple(channels),
        c_dim=c_dim,
        cmap_dim=3 if c_dim else 0,
        mapping_layers=layers if c_dim else 0,
        embed_features=embed if c_dim and layers else None,
        **rest,
    ),
    size=st.sampled_from([(4, 4), (4, 2), (3, 5)]),
    channels=st.lists(st.sampled_from([2, 4, 6]), min_size=2, max_size=4),
    c_dim=st.sampled_from([0, 0, 2]),
    layers=st.integers(0, 3),
    embed=st.sampled_from([None, 5]),
    mapping_features=st.sampled_from([None, 4]),
    mapping_lr_multiplier=st.sampled_from([0.01, 0.1]),
    conv_clamp=st.sampled_from([None, 0.7]),
    architecture=st.sampled_from(["resnet", "skip", "orig"]),
    mbstd_group_size=st.sampled_from([None, 1, 2, 4]),
    mbstd_num_channels=st.sampled_from([0, 1, 2]),
    img_channels=st.sampled_from([1, 3, 3, 4]),
)
