"""The blocks of the synthesis network in which `newton` looks for handles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from draggan_server.editing.problem import feature_resolution
from draggan_server.wire.drag_config import GeneratorConfig
from stylegan2.generator import Generator

COARSE = 32
"""The coarse block where neither the configuration nor the model's card says one. A cell is then
the same share of the picture as on the toy lion, whatever the picture's size."""
COARSE_RADIUS, FINE_RADIUS, FINEST_RADIUS = 1, 2, 4
"""Cells from a disc's centre to its rim: about as many pixels in all blocks. Larger discs see more
of what moves otherwise, and lose far drags."""


@dataclass(frozen=True, slots=True)
class Level:
    """A block that discs are read from, and their radius in its cells."""

    resolution: int
    radius: int


def levels(generator: Generator, config: GeneratorConfig) -> list[Level]:
    """The coarse block and, where the model has it, the next one.

    Raises `BadInput` if the block that the configuration asks for does not exist.
    """
    asked = config.feature_resolution or generator.card.get("feature_resolution")
    coarse = feature_resolution(generator, config)
    if not asked:
        coarse = min(COARSE, coarse)
    found = [Level(coarse, COARSE_RADIUS), Level(2 * coarse, FINE_RADIUS)]
    if found[-1].resolution not in generator.geometry.resolutions:
        return [Level(coarse, FINE_RADIUS)]
    return found


def near_levels(generator: Generator, config: GeneratorConfig) -> list[Level]:
    """`levels` and, where the model has it, the next finer block: for drags that are near.

    There it places handles more exactly; in far ones what it shows changes on the way.
    """
    found = levels(generator, config)
    finer = 2 * found[-1].resolution
    if finer in generator.geometry.resolutions:
        found.append(Level(finer, FINEST_RADIUS))
    return found


def sees_details(every: Sequence[Level]) -> bool:
    """Whether the finest of these is that of near drags."""
    return every[-1].radius == FINEST_RADIUS
