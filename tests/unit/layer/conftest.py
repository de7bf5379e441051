"""The default model, whose pictures lie on the layers."""

from __future__ import annotations

import pytest

import stylegan2
from stylegan2.generator import Generator
from tests.unit.threads import one_thread

__all__ = ["lion", "one_thread"]


@pytest.fixture(scope="package")
def lion() -> Generator:
    return stylegan2.load_generator("toy-lion")
