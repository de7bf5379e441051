"""The default model, whose pictures lie on the layers."""

from __future__ import annotations

import pytest

from draggan_server.models.loading import load_generator
from stylegan2.generator import Generator
from tests.unit.threads import one_thread

__all__ = ["lion", "one_thread"]


@pytest.fixture(scope="package")
def lion() -> Generator:
    return load_generator("toy-lion")
