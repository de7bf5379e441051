"""A diffusion model as layers, history and composition see it: it shows pictures of latents."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.nn import functional

from draggan_server.diffusion.autoencoder import Autoencoder
from draggan_server.diffusion.denoiser import Denoiser
from draggan_server.diffusion.lora import Lora
from draggan_server.diffusion.schedule import EXACT, Schedule
from stylegan2.generator import BlockOutput

SEEN_ON = 10
"""The rung on which features are read by which a place is known again in another picture."""
LEAST_FEATURES = 64
"""Features are read at half the picture's pixels a side, at no fewer than this or the picture's."""


def beside_latents(held: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
    """[1, 1 + C, h, w]: what a model for inpainting (2112.10752, section 4.5) sees beside noisy
    latents: cells that are not `held` [1, 1, H, W] whole, and the clean latents [1, C, h, w] of the
    picture with gray there."""
    kept = -functional.adaptive_max_pool2d(-held, shown.shape[2:])
    return torch.cat([1 - kept, shown], dim=1)


class DiffusionModel:
    """`DrawnByFeatures`: w+ [1, num_ws, w_dim] is a clean latent [1, channels, height * width].

    `latent` is (channels, height, width), `img_resolution` (height, width).
    """

    def __init__(
        self,
        denoiser: Denoiser,
        autoencoder: Autoencoder,
        latent: tuple[int, int, int],
        img_resolution: tuple[int, int],
        sha256: str,
    ) -> None:
        self.denoiser = denoiser
        exact = max(EXACT, torch.finfo(denoiser.dtype).eps)
        self.schedule = Schedule(denoiser.alphas_cumprod, exact)
        self.img_resolution = img_resolution
        self.sha256 = sha256
        self._autoencoder = autoencoder
        self._latent = latent
        self._fitted: tuple[torch.Tensor, int, Lora] | None = None

    @property
    def num_ws(self) -> int:
        return self._latent[0]

    @property
    def w_dim(self) -> int:
        return self._latent[1] * self._latent[2]

    @property
    def w_avg(self) -> torch.Tensor:
        """[w_dim]: zeros, for their type and device."""
        return torch.zeros(self.w_dim, device=self.denoiser.device)

    @property
    def feature_size(self) -> tuple[int, int]:
        """(height, width) of the features that drags go by."""
        height, width = self.img_resolution
        least = min(LEAST_FEATURES, height, width)
        return max(height // 2, least), max(width // 2, least)

    def map_of(self, w_plus: torch.Tensor) -> torch.Tensor:
        """w+ -> [1, C, h, w], as the network takes it."""
        return w_plus.view(1, *self._latent)

    def flat(self, latent: torch.Tensor) -> torch.Tensor:
        """[1, C, h, w] -> w+."""
        return latent.detach().flatten(2)

    @torch.no_grad()
    def encode(self, picture: torch.Tensor) -> torch.Tensor:
        """A picture [1, 3, H, W] in [0, 1] of the model's size -> w+."""
        picture = picture.to(self.w_avg) * 2 - 1
        return self.flat(self._autoencoder.encode(picture))

    @torch.no_grad()
    def painting(self, w_plus: torch.Tensor, movable: torch.Tensor | None) -> Denoiser:
        """The network as it sees the picture of `w_plus`, of which `movable` [H, W] in [0, 1] may
        change: one for inpainting is shown all the rest, others are as they are."""
        if movable is None or self.denoiser.beside is None:
            return self.denoiser
        held = 1 - movable.to(w_plus)[None, None].ceil()
        picture = self._autoencoder.decode(self.map_of(w_plus)).clamp(-1, 1)
        shown = self._autoencoder.encode(picture * held)
        return self.denoiser.seeing(beside_latents(held, shown))

    def outputs(self, w_plus: torch.Tensor) -> Iterator[BlockOutput]:
        """The whole picture [1, 3, H, W] in about [-1, 1] at once."""
        picture = self._autoencoder.decode(self.map_of(w_plus))
        yield BlockOutput(0, picture, picture)

    @torch.no_grad()
    def seen(self, w_plus: torch.Tensor) -> torch.Tensor:
        """[1, C, h, w]: the network's features of the latent, dimmed as if there were noise."""
        dimmed = self.map_of(w_plus) * self.schedule.share(SEEN_ON) ** 0.5
        timestep = self.schedule.timestep(SEEN_ON)
        return self.denoiser.look(dimmed, timestep, self.feature_size).features

    def fitted(self, w_plus: torch.Tensor, steps: int) -> Iterator[tuple[float, Lora]]:
        """A LoRA of the picture of `w_plus`, and how much of its fit is done, 0 to 1; the last one
        is kept for the next drag of the same edit."""
        known = self._fitted
        if known is not None and known[1] == steps and torch.equal(known[0], w_plus):
            yield 1.0, known[2]
            return
        lora = Lora(self.denoiser)
        for share in lora.fit(self.map_of(w_plus), steps):
            yield share, lora
        self._fitted = w_plus, steps, lora
        yield 1.0, lora
