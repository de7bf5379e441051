"""Where encoders come from and how they are kept: beside the surveys of models."""

from __future__ import annotations

from functools import partial

from draggan_server.editing.inversion.encoder import STEPS, Encoder
from draggan_server.layer.homography import Size
from draggan_server.models import surveys
from draggan_server.models.surveys import Part
from stylegan2.generator import Generator

PART = Part("encoder", 3)


def learned(generator: Generator, size: Size) -> Encoder | None:
    """The generator's encoder for pictures of `size`, if it has learned enough."""
    found = begun(generator, size)
    if found is None or found.steps < STEPS:
        return None
    return found.to(generator.w_avg)


def begun(generator: Generator, size: Size) -> Encoder | None:
    """The generator's encoder as far as it has learned."""
    geometry = generator.geometry
    read = partial(
        Encoder.of_stored, channels=geometry.img_channels, size=size, w_dim=geometry.w_dim
    )
    return surveys.find(generator.sha256, PART, read)


def keep(generator: Generator, encoder: Encoder) -> None:
    """So that `begun` finds it."""
    surveys.keep(generator.sha256, PART, encoder.stored())
