"""Which models there are, without importing torch."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from draggan_server.host.sentences import words
from draggan_server.models import zoo
from draggan_server.models.errors import ModelNotFoundError
from draggan_server.models.name import check_name
from draggan_server.models.public_models import PUBLIC_MODELS, find_public
from draggan_server.models.thumbnail import sample_thumbnail
from stylegan2 import CheckpointError
from tests.unit.diffusion.tiny import save_pixel_model
from tests.unit.stylegan2.generators import random_tensors
from tests.unit.stylegan2.test_checkpoints import GEOMETRY, write

TOY_LION = "961a2908c028fdf4e290dac82d965da29eaaffbeddcf5471da8e17e240906b27"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's models folder, not made yet."""
    folder = tmp_path / "models"
    monkeypatch.setattr(zoo, "user_folder", lambda: folder)
    return folder


def test_the_toy_lion_is_the_file_that_its_recipe_made() -> None:
    model = zoo.find("toy-lion")
    assert model.sha256 == TOY_LION
    assert model.licence == "CC0-1.0"
    assert model.img_resolution == (256, 256)


def test_what_the_toy_lion_shows_can_be_said_in_other_languages() -> None:
    assert zoo.find("toy-lion").subject == words.TOY_LION


def test_the_toy_lion_s_small_picture_shows_it() -> None:
    model = zoo.find("toy-lion")
    shown, sampled = (
        np.asarray(image.convert("RGB"), float)
        for image in (Image.open(model.thumbnail), sample_thumbnail(model.path))
    )
    assert np.abs(shown - sampled).max() < 6, (
        "The model was made anew: the recipe writes its small picture beside it, put both here."
    )


def test_a_folder_of_diffusers_is_found_by_its_name_and_path(folder: Path) -> None:
    save_pixel_model(folder / "photo.v1")
    assert [model.name for model in zoo.list_models()] == ["toy-lion"]
    (listed,) = zoo.list_diffusion()
    assert (listed.name, listed.kind, listed.img_resolution) == ("photo.v1", "diffusion", (32, 32))
    assert zoo.find("photo.v1") == zoo.find_installed("photo.v1") == listed
    assert zoo.find(folder / "photo.v1").name == str(folder / "photo.v1")
    with pytest.raises(ModelNotFoundError, match=r"toy-lion, photo\.v1"):
        zoo.find("another")


def test_default_model_comes_first_then_the_users_own(folder: Path) -> None:
    assert [model.name for model in zoo.list_models()] == ["toy-lion"]
    folder.mkdir()
    for name in ("zebra", "ant"):
        write(folder / f"{name}.safetensors", random_tensors(GEOMETRY, 0))
    assert [model.name for model in zoo.list_models()] == ["toy-lion", "ant", "zebra"]
    assert zoo.find("zebra").img_resolution == (8, 8)


def test_a_broken_file_is_left_out_with_a_warning(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.mkdir()
    (folder / "broken.safetensors").write_bytes(b"nothing")
    assert [model.name for model in zoo.list_models()] == ["toy-lion"]
    assert "broken.safetensors is left out" in caplog.text


def test_a_user_cannot_hide_the_packaged_model(folder: Path) -> None:
    folder.mkdir()
    write(folder / "toy-lion.safetensors", random_tensors(GEOMETRY, 0))
    assert [model.sha256 for model in zoo.list_models()] == [TOY_LION]
    assert zoo.find("toy-lion").sha256 == TOY_LION


def test_a_model_is_found_by_its_path_too_which_is_its_name_then(tmp_path: Path) -> None:
    path = write(tmp_path / "löwe.safetensors", random_tensors(GEOMETRY, 0))
    model = zoo.find(path)
    assert model.name == str(path)
    assert zoo.find(model.name) == model
    assert model.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_another_format_is_to_be_added_first(tmp_path: Path) -> None:
    path = tmp_path / "lions.pkl"
    path.write_bytes(b"")
    with pytest.raises(
        CheckpointError, match=r"converted first: draggan models add '.*lions\.pkl'"
    ):
        zoo.find(path)


def test_a_name_is_the_same_however_its_letters_are_written(folder: Path) -> None:
    folder.mkdir()
    write(folder / "lo\u0308we.safetensors", random_tensors(GEOMETRY, 0))
    assert zoo.list_models()[1].name == "löwe"
    assert zoo.find("löwe") == zoo.find("lo\u0308we")


def test_the_digest_follows_a_changed_file(tmp_path: Path) -> None:
    path = write(tmp_path / "m.safetensors", random_tensors(GEOMETRY, 0))
    model = zoo.find(path)
    first = model.sha256
    write(path, random_tensors(GEOMETRY, 1, torch.float32))
    assert model.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() != first


def test_an_unknown_model_gets_the_names_that_there_are(folder: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"no model “tiger”\. Installed: toy-lion\."):
        zoo.find("tiger")


def test_a_model_that_can_be_had_is_no_unknown_one(folder: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"not installed.*draggan models pull lions-512"):
        zoo.find("lions-512")


def test_the_table_of_public_models_is_sound() -> None:
    names = [model.name for model in PUBLIC_MODELS]
    assert len(set(names)) == len(names) == 24
    assert "toy-lion" not in names
    assert len({model.url for model in PUBLIC_MODELS}) == len(names)
    for model in PUBLIC_MODELS:
        assert check_name(model.name) == model.name
        assert model.url.startswith("https://")
        assert model.files or str(model.img_resolution[0]) in model.name
        assert find_public(model.name) is model
    recommended = [model.recommended for model in PUBLIC_MODELS]
    assert recommended == sorted(recommended, reverse=True)


def test_the_zoo_needs_no_torch() -> None:
    blocked = "import sys; sys.modules['torch'] = None"
    code = f"{blocked}; from draggan_server.models import zoo; zoo.list_models()"
    subprocess.run([sys.executable, "-c", code], check=True)
