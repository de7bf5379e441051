"""A model's small picture for lists: its sample of seed 0. Needs torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from draggan_server.models.zoo import THUMBNAIL_SIDE
from draggan_server.wire.messages import DEFAULT_PSI
from stylegan2.errors import CheckpointError
from stylegan2.generator import Generator
from stylegan2.loading import load_generator


def sample_thumbnail(model_path: Path) -> Image.Image:
    """The whole picture of seed 0, its longer side `zoo.THUMBNAIL_SIDE` pixels.

    Raises `CheckpointError` for a file that is no sound model, or one too large for the memory.
    """
    try:
        image = _sample(load_generator(model_path))
    except (MemoryError, RuntimeError) as error:
        # What torch's CPU allocator raises has no class of its own.
        if isinstance(error, RuntimeError) and "can't allocate memory" not in str(error):
            raise
        raise CheckpointError(
            "Drawing a picture takes more memory than is free: close other programs and try again, "
            "or take a smaller model."
        ) from None
    scale = THUMBNAIL_SIDE / max(image.size)
    size = tuple(max(1, round(side * scale)) for side in image.size)
    return image.resize((size[0], size[1]), Image.Resampling.LANCZOS)


def _sample(generator: Generator) -> Image.Image:
    z = torch.from_numpy(np.random.RandomState(0).randn(1, generator.z_dim))
    label = torch.eye(generator.c_dim)[:1] if generator.c_dim else None
    with torch.no_grad():
        picture = generator.synthesis(generator.mapping(z, label, truncation_psi=DEFAULT_PSI))
    values = ((picture[0] + 1) * 127.5).clamp(0, 255).round().to(torch.uint8)
    # Gray, RGB or RGBA, as Pillow takes it: it knows no axis of one channel.
    return Image.fromarray(values.permute(1, 2, 0).squeeze(2).numpy())
