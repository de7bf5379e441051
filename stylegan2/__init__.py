"""StyleGAN2's networks (arXiv 1912.04958) in plain torch, and readers of their files.

    generator = stylegan2.load_generator("toy-lion.safetensors")
    w_plus = generator.mapping(z, truncation_psi=0.7)   # [N, num_ws, w_dim]
    picture = generator.synthesis(w_plus)               # [N, C, H, W] in [-1, 1]

Knows nothing of drags or sockets, nor where models lie. Importing this package does not import
torch: what needs it is imported when it is first asked for (PEP 562).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from stylegan2.errors import CheckpointError
from stylegan2.geometry import Geometry

if TYPE_CHECKING:
    from stylegan2.discriminator import Discriminator
    from stylegan2.generator import Generator
    from stylegan2.loading import load_discriminator, load_generator

__all__ = [
    "CheckpointError",
    "Discriminator",
    "Generator",
    "Geometry",
    "load_discriminator",
    "load_generator",
]

_NEEDS_TORCH = {
    "Discriminator": "stylegan2.discriminator",
    "Generator": "stylegan2.generator",
    "load_discriminator": "stylegan2.loading",
    "load_generator": "stylegan2.loading",
}


def __getattr__(name: str) -> object:
    if name not in _NEEDS_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_NEEDS_TORCH[name]), name)
