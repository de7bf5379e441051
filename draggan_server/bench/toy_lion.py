"""The model that is measured."""

from __future__ import annotations

import stylegan2
from draggan_server.wire.errors import BadInput
from stylegan2.errors import StyleGAN2Error
from stylegan2.generator import Generator
from stylegan2.toy_lion.parameters import NAMES
from stylegan2.zoo import Model


def load_lion(name: str) -> tuple[Model, Generator]:
    """The toy lion of that name. Raises `BadInput` for another model, or none."""
    try:
        model = stylegan2.zoo.find(name)
        generator = stylegan2.load_generator(model.path)
    except StyleGAN2Error as error:
        raise BadInput(str(error)) from None
    if generator.z_dim != len(NAMES) or generator.c_dim:
        raise BadInput(
            f"{model.name} is no toy lion: z has {generator.z_dim} coordinates, not {len(NAMES)}. "
            "Landmarks are known for toy lions only."
        )
    return model, generator
