"""What was found in a checkpoint: networks with their tensors in the published key layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from stylegan2.checkpoints.description import Description
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from stylegan2.errors import CheckpointError
from stylegan2.geometry import Geometry

Weights = npt.NDArray[np.floating[Any]]
Tensors = Mapping[str, Weights]

MAX_TENSORS = 20_000
"""Limit for one network. One for 1024 pixels has 170; the same tensor can be named many times."""

STYLEGAN2 = "StyleGAN2"
NOT_AVERAGE = "It holds the generator in training, not its average: pictures are less even."
NOT_RUN = "This program runs StyleGAN2 generators only."


@dataclass(frozen=True, slots=True)
class Contents:
    """A file's format, the family of its networks, and those that can be run."""

    format: str
    family: str = STYLEGAN2
    generator: tuple[Geometry, Tensors] | None = None
    discriminator: tuple[DiscriminatorGeometry, Tensors] | None = None
    card: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for network in (self.generator, self.discriminator):
            if network is not None:
                check_shapes(network[0].shapes(), network[1])

    def describe(self) -> Description:
        networks = [network for network in (self.generator, self.discriminator) if network]
        return Description(
            format=self.format,
            family=self.family,
            geometry=self.generator[0] if self.generator else None,
            has_generator=self.generator is not None,
            has_discriminator=self.discriminator is not None,
            card=self.card,
            tensor_count=sum(len(network[0].shapes()) for network in networks),
            warnings=self.warnings,
        )


def check_shapes(expected: Mapping[str, tuple[int, ...]], tensors: Tensors) -> None:
    """Raises `CheckpointError` that names the first tensor that is missing or of another shape."""
    for key, shape in expected.items():
        if key not in tensors:
            raise CheckpointError(
                "It lacks the tensor {name}: it does not match its own shape.", name=repr(key)
            )
        if tensors[key].shape != shape:
            raise CheckpointError(
                "Its tensor {name} has the shape {shape}; the others ask for {expected}.",
                name=repr(key),
                shape=list(tensors[key].shape),
                expected=list(shape),
            )
