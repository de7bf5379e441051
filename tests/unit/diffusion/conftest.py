from __future__ import annotations

from pathlib import Path

import pytest

from draggan_server.diffusion.loading import load_diffusion
from draggan_server.diffusion.model import DiffusionModel
from tests.unit.diffusion.tiny import save_latent_model, save_pixel_model


@pytest.fixture(scope="session")
def pixel_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_pixel_model(tmp_path_factory.mktemp("diffusion") / "tiny")


@pytest.fixture(scope="session")
def pixel_model(pixel_folder: Path) -> DiffusionModel:
    return load_diffusion(pixel_folder)


@pytest.fixture(scope="session")
def latent_model(tmp_path_factory: pytest.TempPathFactory) -> DiffusionModel:
    return load_diffusion(save_latent_model(tmp_path_factory.mktemp("diffusion") / "latent"))
