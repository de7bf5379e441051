"""Between pictures [N, 3, H, W] in [-1, 1] and clean latents [N, C, h, w]."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import nn


class Autoencoder(Protocol):
    def encode(self, picture: torch.Tensor) -> torch.Tensor: ...

    def decode(self, clean: torch.Tensor) -> torch.Tensor: ...


class Pixels:
    """Of a model that works on the pixels themselves."""

    def encode(self, picture: torch.Tensor) -> torch.Tensor:
        return picture

    def decode(self, clean: torch.Tensor) -> torch.Tensor:
        return clean


class Vae:
    """An `AutoencoderKL` of diffusers: of a picture it takes the mean, which is not by chance.

    Pictures larger than it was trained for are done in tiles.
    """

    def __init__(self, vae: nn.Module, scale: float, shift: float) -> None:
        self._vae = vae.requires_grad_(False).eval()
        vae.enable_tiling()  # type: ignore[operator]
        self._scale = scale
        self._shift = shift
        self._dtype = next(vae.parameters()).dtype

    def encode(self, picture: torch.Tensor) -> torch.Tensor:
        encoded = self._vae.encode(picture.to(self._dtype))  # type: ignore[operator]
        mean: torch.Tensor = encoded.latent_dist.mode().to(picture)
        return (mean - self._shift) * self._scale

    def decode(self, clean: torch.Tensor) -> torch.Tensor:
        scaled = clean / self._scale + self._shift
        decoded = self._vae.decode(scaled.to(self._dtype))  # type: ignore[operator]
        picture: torch.Tensor = decoded.sample.to(clean)
        return picture
