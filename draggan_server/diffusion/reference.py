"""Reference-latent control (2306.14435, section 3.4): what is moved keeps what it is made of."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import nn

from draggan_server.diffusion.denoiser import Denoiser
from draggan_server.diffusion.schedule import Schedule


@contextlib.contextmanager
def keys_of_first(denoiser: Denoiser) -> Iterator[None]:
    """In self-attention all of a batch attend to the keys and values of its first meanwhile."""

    def replaced(_module: nn.Module, _inputs: object, out: torch.Tensor) -> torch.Tensor:
        return out[:1].expand_as(out)

    hooks = [
        projection.register_forward_hook(replaced)
        for attention in denoiser.self_attentions()
        for projection in (attention.get_submodule("to_k"), attention.get_submodule("to_v"))
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


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
