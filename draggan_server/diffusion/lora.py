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
LOSS_SCALE = 1024.0
"""So that gradients are not lost on their way through a network of half precision."""
_PROJECTIONS = ("to_q", "to_k", "to_v")


class Lora:
    """Low-rank changes of all queries, keys and values, none before `fit`.

    They are float32, whatever the type of the network's weights.
    """

    def __init__(self, denoiser: Denoiser) -> None:
        random = torch.Generator().manual_seed(0)
        self._denoiser = denoiser
        self.pairs: list[tuple[nn.Linear, torch.Tensor, torch.Tensor]] = []
        for name, module in denoiser.unet.named_modules():
            if isinstance(module, nn.Linear) and name.rpartition(".")[2] in _PROJECTIONS:
                rank = min(RANK, module.in_features, module.out_features)
                down = torch.randn(rank, module.in_features, generator=random) / rank
                up = torch.zeros(module.out_features, rank)
                device = module.weight.device
                self.pairs.append((module, down.to(device), up.to(device)))

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
                optimiser.zero_grad()
                for one in range(BATCH):  # one by one they need no more memory than a drag's step
                    part = slice(one, one + 1)
                    seen = self._denoiser.noise(noisy[part], timesteps[part])
                    loss = (seen - noise[part]).square().mean() * (LOSS_SCALE / BATCH)
                    loss.backward()  # type: ignore[no-untyped-call]
                for weight in weights:
                    assert weight.grad is not None
                    weight.grad /= LOSS_SCALE
                optimiser.step()
                yield (step + 1) / steps
        for weight in weights:
            weight.requires_grad_(False)

    def on(self) -> AbstractContextManager[None]:
        """The network has these changes meanwhile."""
        return hooked((module, _added(down, up)) for module, down, up in self.pairs)


def _added(down: torch.Tensor, up: torch.Tensor) -> Act:
    return lambda inputs, out: out + (inputs[0].to(down) @ down.T @ up.T).to(out)
