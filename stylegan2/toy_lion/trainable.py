"""StyleGAN2 networks that can be fitted: weights drawn anew, or grown from a smaller generator."""

from __future__ import annotations

import torch
from torch import nn

from stylegan2.discriminator import Discriminator
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from stylegan2.generator import Generator
from stylegan2.geometry import Geometry
from stylegan2.layers import FullyConnected
from stylegan2.toy_lion.waves import start_with_waves

W_DIM = 256
MAPPING_LAYERS = 4
MAPPING_RATE = 10.0
CHANNELS = {4: 192, 8: 192, 16: 160, 32: 128, 64: 96, 128: 48, 256: 24}
"""Many at low resolutions, which say what the lion does; few at high ones, which cost the time."""


def geometry_for(z_dim: int, resolution: int) -> Geometry:
    """The generator's shape at a resolution of the progressive fit."""
    channels = tuple(count for size, count in CHANNELS.items() if size <= resolution)
    return Geometry(
        z_dim=z_dim,
        w_dim=W_DIM,
        mapping_layers=MAPPING_LAYERS,
        img_resolution=(resolution, resolution),
        channels=channels,
        # Published mapping networks learn a hundred times slower than the rest, for the sake of
        # adversarial training. Plain regression wants the opposite.
        mapping_lr_multiplier=MAPPING_RATE,
        use_noise=False,
    )


def new_generator(geometry: Geometry, seed: int) -> Generator:
    """A generator with the published initialisation; its weights take gradients."""
    random = torch.Generator().manual_seed(seed)
    generator = Generator(geometry)
    for name, weight in generator.named_parameters():
        weight.requires_grad_(True)
        with torch.no_grad():
            if name.endswith("bias"):
                # A style of 1 changes nothing: that is where the affine layers begin.
                weight.fill_(1.0 if "affine" in name else 0.0)
            else:
                weight.copy_(torch.randn(weight.shape, generator=random))
    for layer in generator.mapping_network.children():
        assert isinstance(layer, FullyConnected)
        nn.init.zeros_(layer.bias)
        with torch.no_grad():
            layer.weight.div_(geometry.mapping_lr_multiplier)
    start_with_waves(generator.mapping_network, geometry.mapping_lr_multiplier, random)
    generator.w_avg.zero_()
    return generator


def discriminator_geometry_for(resolution: int) -> DiscriminatorGeometry:
    """The discriminator's shape: the generator's, the other way round."""
    channels = tuple(count for size, count in CHANNELS.items() if size <= resolution)
    return DiscriminatorGeometry((resolution, resolution), channels)


def new_discriminator(geometry: DiscriminatorGeometry, seed: int) -> Discriminator:
    """A discriminator with the published initialisation; its weights take gradients."""
    random = torch.Generator().manual_seed(seed)
    discriminator = Discriminator(geometry)
    for name, weight in discriminator.named_parameters():
        weight.requires_grad_(True)
        with torch.no_grad():
            if name.endswith("bias"):
                weight.zero_()
            else:
                weight.copy_(torch.randn(weight.shape, generator=random))
    return discriminator


def grow(smaller: Generator, resolution: int, seed: int) -> Generator:
    """A generator with more blocks that makes, at first, the smaller one's pictures enlarged.

    At the same resolution, the same one.
    """
    larger = new_generator(geometry_for(smaller.z_dim, resolution), seed)
    known = smaller.state_dict()
    own = larger.state_dict()
    with torch.no_grad():
        for name, weight in own.items():
            if name in known:
                weight.copy_(known[name])
            elif ".torgb.weight" in name:
                weight.zero_()
    return larger
