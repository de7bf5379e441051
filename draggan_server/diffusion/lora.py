"""LoRA (arXiv 2106.09685) on the attention of a UNet, fitted to one picture (2306.14435, 3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import torch
from torch import nn

from draggan_server.diffusion.denoiser import Denoiser
from draggan_server.diffusion.hooks import Act, hooked

RANK = 16  # 2306.14435, section 4.1, as all that follows
LEARNING_RATE = 5e-4
BATCH = 4
_PROJECTIONS = ("to_q", "to_k", "to_v")


class Lora:
    """Low-rank changes of all queries, keys and values, none before `fit`."""

    def __init__(self, denoiser: Denoiser) -> None:
        random = torch.Generator().manual_seed(0)
        self._denoiser = denoiser
        self.pairs: list[tuple[nn.Linear, torch.Tensor, torch.Tensor]] = []
        for name, module in denoiser.unet.named_modules():
            if isinstance(module, nn.Linear) and name.rpartition(".")[2] in _PROJECTIONS:
                rank = min(RANK, module.in_features, module.out_features)
                down = torch.randn(rank, module.in_features, generator=random) / rank
                up = torch.zeros(module.out_features, rank)
                self.pairs.append((module, down.to(module.weight), up.to(module.weight)))

    def fit(self, clean: torch.Tensor, steps: int) -> Iterator[float]:
        """Fit to the latent `clean` [1, C, h, w], yielding how much is done, 0 to 1.

        The noise that the network sees in it at any timestep is to be what was added (equation 1).
        """
        weights = [w.requires_grad_(True) for _, down, up in self.pairs for w in (down, up)]
        if not weights:
            return
        random = torch.Generator().manual_seed(0)
        shares = self._denoiser.alphas_cumprod
        optimiser = torch.optim.AdamW(weights, lr=LEARNING_RATE)
        with self.on():
            for step in range(steps):
                timesteps = torch.randint(len(shares), (BATCH,), generator=random)
                noise = torch.randn(BATCH, *clean.shape[1:], generator=random).to(clean)
                share = shares[timesteps].to(clean).view(-1, 1, 1, 1)
                noisy = share.sqrt() * clean + (1 - share).sqrt() * noise
                loss = (self._denoiser.noise(noisy, timesteps) - noise).square().mean()
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                yield (step + 1) / steps
        for weight in weights:
            weight.requires_grad_(False)

    def on(self) -> AbstractContextManager[None]:
        """The network has these changes meanwhile."""
        return hooked((module, _added(down, up)) for module, down, up in self.pairs)


def _added(down: torch.Tensor, up: torch.Tensor) -> Act:
    return lambda inputs, out: out + inputs[0] @ down.T @ up.T
