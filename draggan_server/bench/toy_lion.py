"""The model that is measured."""

from __future__ import annotations

from draggan_server.models import zoo
from draggan_server.models.errors import ModelError
from draggan_server.models.loading import load_generator
from draggan_server.models.zoo import Model
from draggan_server.wire.errors import BadInput
from stylegan2.errors import CheckpointError
from stylegan2.generator import Generator
from stylegan2.toy_lion.parameters import NAMES


def load_lion(name: str) -> tuple[Model, Generator]:
    """The toy lion of that name. Raises `BadInput` for another model, or none."""
    try:
        model = zoo.find(name)
        generator = load_generator(model.path)
    except (ModelError, CheckpointError) as error:
        raise BadInput(str(error)) from None
    if generator.z_dim != len(NAMES) or generator.c_dim:
        raise BadInput(
            f"{model.name} is no toy lion: z has {generator.z_dim} coordinates, not {len(NAMES)}. "
            "Landmarks are known for toy lions only."
        )
    return model, generator
