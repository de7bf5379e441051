"""Writes a fitted generator as a model of the product: safetensors with geometry and model card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from stylegan2.checkpoints.safetensors_header import DISCRIMINATOR_PREFIX, Header
from stylegan2.discriminator import Discriminator
from stylegan2.generator import Generator
from stylegan2.whole_file import written_whole

_SAMPLES = 20_000  # of w, for its mean
_BATCH = 2_000


@torch.no_grad()
def export(
    generator: Generator,
    card: Mapping[str, Any],
    path: Path,
    discriminator: Discriminator | None = None,
) -> None:
    """Write float16 weights in the published key layout, with w_avg estimated anew.

    `card` is what the file says of itself: name, subject, licence, figures.
    """
    random = torch.Generator().manual_seed(0)
    z = torch.randn((_SAMPLES, generator.z_dim), generator=random)
    w = [generator.mapping(part)[:, 0] for part in torch.split(z, _BATCH)]
    tensors = {
        "mapping.w_avg": torch.cat(w).mean(dim=0),
        **_named("mapping", generator.mapping_network),
        **_named("synthesis", generator.synthesis_network),
    }
    if discriminator is not None:
        for key, value in discriminator.state_dict().items():
            tensors[DISCRIMINATOR_PREFIX + key] = value
    halves = {key: value.detach().half().contiguous() for key, value in tensors.items()}
    other = None if discriminator is None else discriminator.geometry
    header = Header(generator.geometry, dict(card), other)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as unfinished:
        save_file(halves, unfinished, metadata=header.metadata())


def _named(prefix: str, network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {
        f"{prefix}.{key}": value for key, value in network.state_dict().items() if key != "w_avg"
    }
