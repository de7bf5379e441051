"""What `ListModels` is answered with: looked up anew, small pictures included, broken ones not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from draggan_server.broker import catalogue
from draggan_server.models import zoo
from draggan_server.models.public_models import PUBLIC_MODELS
from draggan_server.wire.messages import THUMBNAIL_SIDE, ModelInfo
from tests.unit.diffusion.tiny import save_pixel_model
from tests.unit.stylegan2.generators import random_tensors
from tests.unit.stylegan2.test_checkpoints import GEOMETRY, write

LION = ModelInfo("toy-lion", "a procedural lion head", 256, 256, "CC0-1.0")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setattr(zoo, "user_folder", lambda: folder)
    return folder


def put(folder: Path, name: str) -> None:
    write(folder / f"{name}.safetensors", random_tensors(GEOMETRY, 0))


def test_a_new_model_is_seen_at_once(folder: Path) -> None:
    assert [model.name for model in catalogue.list_models().models] == ["toy-lion"]
    put(folder, "Löwe 7")
    assert [model.name for model in catalogue.list_models().models] == ["toy-lion", "Löwe 7"]


def test_what_changes_any_picture_is_listed_by_itself(folder: Path) -> None:
    assert catalogue.list_models().any_picture == ()
    save_pixel_model(folder / "any thing")
    (folder / "any thing" / "card.json").write_text('{"subject": "dots", "licence": "MIT"}')
    (folder / "broken" / "unet").mkdir(parents=True)
    listed = catalogue.list_models()
    assert [model.name for model in listed.models] == ["toy-lion"]
    assert listed.any_picture == (ModelInfo("any thing", "dots", 32, 32, "MIT"),)
    lion, anything = catalogue.catalogue().installed
    assert (lion.name, lion.removable, lion.learns) == ("toy-lion", False, True)
    assert (anything.name, anything.removable, anything.learns) == ("any thing", True, False)
    inside = (folder / "any thing").rglob("*.*")
    assert anything.size == sum(file.stat().st_size for file in inside)
    catalogue.remove("any thing")
    assert [model.name for model in catalogue.catalogue().installed] == ["toy-lion"]


def test_recommended_models_can_be_had_until_they_are_installed(folder: Path) -> None:
    recommended = [model.name for model in PUBLIC_MODELS if model.recommended]
    assert len(recommended) == 7
    assert [model.name for model in catalogue.list_models().available] == recommended
    put(folder, recommended[0])
    listed = catalogue.list_models()
    assert [model.name for model in listed.available] == recommended[1:]
    assert recommended[0] in [model.name for model in listed.models]
    assert {model.licence for model in listed.available} == {"CC-BY-4.0"}


def test_pictures_lie_in_the_order_of_the_models(folder: Path) -> None:
    for name, size in (("red", (128, 128)), ("tall", (64, 128))):
        put(folder, name)
        Image.new("RGB", size, (200, 30, 20)).save(folder / f"{name}.png")
    put(folder, "none")
    listed = catalogue.list_models()
    assert [model.name for model in listed.models] == ["toy-lion", "none", "red", "tall"]
    lion, none, red, tall = (listed.thumbnail(index) for index in range(4))
    assert lion is not None
    assert none is None
    assert red is not None
    assert red.data == bytes((200, 30, 20, 255)) * THUMBNAIL_SIDE**2
    assert tall is not None
    row = tall.data[: THUMBNAIL_SIDE * 4]
    assert row == bytes(16 * 4) + bytes((200, 30, 20, 255)) * 32 + bytes(16 * 4)


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"\x89PNG\r\n\x1a\n" + bytes(50), bytes(2**19)]
)
def test_a_broken_picture_is_left_out(
    folder: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    put(folder, "zebra")
    (folder / "zebra.png").write_bytes(content)
    listed = catalogue.list_models()
    assert listed.thumbnail(1) is None
    assert listed.thumbnail(0) is not None
    assert "zebra.png is not shown" in caplog.text


def test_a_picture_too_large_is_left_out(folder: Path) -> None:
    put(folder, "zebra")
    Image.new("L", (5000, 5000)).save(folder / "zebra.png")
    assert catalogue.list_models().thumbnail(1) is None


def test_more_models_than_pictures_fit_are_listed_without(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "MAX_THUMBNAILS", 1)
    assert catalogue.list_models().thumbnails is not None
    put(folder, "zebra")
    listed = catalogue.list_models()
    assert listed.thumbnails is None
    assert [model.name for model in listed.models] == ["toy-lion", "zebra"]
    face = zoo.find("toy-lion").face
    assert face is not None
    assert listed.models[0] == replace(LION, face=face)
