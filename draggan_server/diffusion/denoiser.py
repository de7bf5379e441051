"""The network: the noise that it sees, and its decoder's features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from draggan_server.diffusion.hooks import hooked

FEATURE_BLOCK = 2  # 2306.14435, section 4.1: the third of the decoder's blocks

PREDICTIONS = ("epsilon", "v_prediction", "sample")


class Look(NamedTuple):
    """What the network makes of noisy latents [N, C, h, w]: the `noise` that it sees in them, and
    the `features` [N, D, h', w'] of a block of its decoder."""

    noise: torch.Tensor
    features: torch.Tensor


class Denoiser:
    """A UNet of diffusers with frozen weights.

    `prediction` says what it was trained to give: one of `PREDICTIONS`. `alphas_cumprod` [T]
    are the shares of the picture in the variance of its timesteps.
    """

    def __init__(
        self,
        unet: nn.Module,
        alphas_cumprod: torch.Tensor,
        prediction: str,
    ) -> None:
        self.unet = unet.requires_grad_(False).eval()
        self.alphas_cumprod = alphas_cumprod
        self._prediction = prediction
        blocks: nn.ModuleList = unet.get_submodule("up_blocks")  # type: ignore[assignment]
        self._block = blocks[min(FEATURE_BLOCK, len(blocks) - 1)]

    @property
    def device(self) -> torch.device:
        return next(self.unet.parameters()).device

    def noise(self, z: torch.Tensor, timesteps: int | torch.Tensor) -> torch.Tensor:
        """The noise [N, C, h, w] in `z` [N, C, h, w], at a timestep or at one for each [N]."""
        times = torch.as_tensor(timesteps).to(z.device).expand(len(z))
        given: torch.Tensor = self.unet(z, times, return_dict=False)[0]
        if self._prediction == "epsilon":
            return given
        share = self.alphas_cumprod.to(z)[times].view(-1, 1, 1, 1)
        picture, noise = share.sqrt(), (1 - share).sqrt()
        if self._prediction == "v_prediction":  # arXiv 2202.00512: picture * noise - noise * clean
            return picture * given + noise * z
        return (z - picture * given) / noise

    def look(self, z: torch.Tensor, timestep: int, size: tuple[int, int]) -> Look:
        """The noise in `z` and features of `size` (h', w'), linear between those that there are."""
        seen: list[torch.Tensor] = []
        with hooked([(self._block, lambda _inputs, out: seen.append(out))]):
            noise = self.noise(z, timestep)
        features = functional.interpolate(seen[0], size, mode="bilinear", align_corners=False)
        return Look(noise, features)

    def self_attentions(self) -> Iterator[nn.Module]:
        """Those whose keys and values are of the picture itself, not of a text."""
        for module in self.unet.modules():
            if hasattr(module, "to_k") and not getattr(module, "is_cross_attention", False):
                yield module
