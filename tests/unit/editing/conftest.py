"""The default model and one of its pictures."""

from __future__ import annotations

import pytest
import torch

from draggan_server.editing.edit import open_sample
from draggan_server.editing.latents import w_plus_of_sample
from draggan_server.models import zoo
from draggan_server.models.loading import load_generator
from draggan_server.wire.state import EditState
from stylegan2.generator import Generator
from tests.unit.editing.lion import SOURCE
from tests.unit.threads import one_thread

__all__ = ["lion", "one_thread", "state", "w_plus"]


@pytest.fixture(scope="package")
def lion() -> Generator:
    return load_generator("toy-lion")


@pytest.fixture(scope="package")
def w_plus(lion: Generator) -> torch.Tensor:
    return w_plus_of_sample(lion, SOURCE)


@pytest.fixture(scope="package")
def state(lion: Generator) -> EditState:
    return open_sample(lion, zoo.find("toy-lion"), SOURCE)
