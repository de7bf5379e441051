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
    are the shares of the picture in the variance of its timesteps. `prompt` [1, L, D] is what it is
    told, where it attends to a text; `beside` [1, C', h, w] are channels that it sees beside the
    noisy latents. Latents are taken and given as they are, whatever the type of the weights.
    """

    def __init__(
        self,
        unet: nn.Module,
        alphas_cumprod: torch.Tensor,
        prediction: str,
        prompt: torch.Tensor | None = None,
        beside: torch.Tensor | None = None,
    ) -> None:
        self.unet = unet.requires_grad_(False).eval()
        self.alphas_cumprod = alphas_cumprod
        self.beside = beside
        self._prediction = prediction
        self._prompt = prompt
        blocks: nn.ModuleList = unet.get_submodule("up_blocks")  # type: ignore[assignment]
        self._block = blocks[min(FEATURE_BLOCK, len(blocks) - 1)]

    @property
    def device(self) -> torch.device:
        return next(self.unet.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """Of its weights."""
        return next(self.unet.parameters()).dtype

    def seeing(self, beside: torch.Tensor) -> Denoiser:
        """The same network with other channels beside the latents."""
        shares = self.alphas_cumprod
        return Denoiser(self.unet, shares, self._prediction, self._prompt, beside)

    def noise(self, z: torch.Tensor, timesteps: int | torch.Tensor) -> torch.Tensor:
        """The noise [N, C, h, w] in `z` [N, C, h, w], at a timestep or at one for each [N]."""
        times = torch.as_tensor(timesteps).to(z.device).expand(len(z))
        given = self._given(z, times)
        if self._prediction == "epsilon":
            return given
        share = self.alphas_cumprod.to(z)[times].view(-1, 1, 1, 1)
        picture, noise = share.sqrt(), (1 - share).sqrt()
        if self._prediction == "v_prediction":  # arXiv 2202.00512: picture * noise - noise * clean
            return picture * given + noise * z
        return (z - picture * given) / noise

    def _given(self, z: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        seen = z
        if self.beside is not None:
            seen = torch.cat([z, self.beside.to(z).expand(len(z), -1, -1, -1)], dim=1)
        told = {}
        if self._prompt is not None:
            told["encoder_hidden_states"] = self._prompt.to(self.dtype).expand(len(z), -1, -1)
        given: torch.Tensor = self.unet(seen.to(self.dtype), times, **told, return_dict=False)[0]
        return given.to(z)

    def look(self, z: torch.Tensor, timestep: int, size: tuple[int, int]) -> Look:
        """The noise in `z` and features of `size` (h', w'), linear between those that there are."""
        seen: list[torch.Tensor] = []
        with hooked([(self._block, lambda _inputs, out: seen.append(out))]):
            noise = self.noise(z, timestep)
        features = functional.interpolate(seen[0].to(z), size, mode="bilinear", align_corners=False)
        return Look(noise, features)

    def self_attentions(self) -> Iterator[nn.Module]:
        """Those whose keys and values are of the picture itself, not of a text."""
        for module in self.unet.modules():
            if hasattr(module, "to_k") and not getattr(module, "is_cross_attention", False):
                yield module
