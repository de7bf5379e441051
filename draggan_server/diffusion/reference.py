"""Reference-latent control (2306.14435, section 3.4): what is moved keeps what it is made of."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch

from draggan_server.diffusion.denoiser import Denoiser
from draggan_server.diffusion.hooks import hooked
from draggan_server.diffusion.schedule import Schedule


def keys_of_first(denoiser: Denoiser) -> AbstractContextManager[None]:
    """In self-attention all of a batch attend to the keys and values of its first meanwhile."""
    return hooked(
        (attention.get_submodule(projection), lambda _inputs, out: out[:1].expand_as(out))
        for attention in denoiser.self_attentions()
        for projection in ("to_k", "to_v")
    )


@torch.no_grad()
def denoised(
    denoiser: Denoiser, schedule: Schedule, start: torch.Tensor, moved: torch.Tensor, rung: int
) -> torch.Tensor:
    """The clean latent [1, C, h, w] of `moved`, a noisy one of a rung, by the keys and values that
    `start`, where the drag began, has on its own way down."""
    both = torch.cat([start, moved])
    with keys_of_first(denoiser):
        for number in range(rung, 0, -1):
            both = schedule.down(both, denoiser.noise, number)
    return both[1:]
