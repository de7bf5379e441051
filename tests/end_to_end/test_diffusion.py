"""A photo dragged by a diffusion model, on the command line against a real daemon."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from draggan_server.files.picture import read_picture
from draggan_server.wire.state import EditState
from tests.end_to_end.work import Work, place_to_work
from tests.unit.diffusion.tiny import save_latent_model, save_pixel_model, save_told_model

SIZE = (90, 60)
DRAG = ("--point", "40,30:52,34", "--max-steps", "2", "--lora-steps", "2")
METHOD = ("--method", "dragdiffusion")


class DiffusionWork(Work):
    """A folder with a photo, a mask and models, and the command."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(folder, environment)
        random = np.random.default_rng(1)
        y, x = np.mgrid[: SIZE[1], : SIZE[0]]
        photo = 128 + 90 * np.stack([np.sin(x / 9), np.cos(y / 8), np.sin((x + y) / 7)], axis=2)
        photo += random.normal(0, 5, (*photo.shape[:2], 1))
        Image.fromarray(photo.clip(0, 255).astype(np.uint8)).save(folder / "photo.png")
        mask = Image.new("L", SIZE)
        mask.paste(255, (24, 16, 70, 50))
        mask.save(folder / "mask.png")
        save_pixel_model(folder / "tiny")
        save_latent_model(folder / "latent")
        save_told_model(folder / "stable")
        save_told_model(folder / "inpainting", inpainting=True)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DiffusionWork]:
    with place_to_work(tmp_path_factory) as (folder, environment):
        yield DiffusionWork(folder, environment)


@pytest.mark.parametrize("model", ["tiny", "latent", "stable", "inpainting"])
def test_a_photo_is_dragged_where_it_may_move_and_back(work: DiffusionWork, model: str) -> None:
    said = work.run(
        *("drag", "photo.png", "--model", model, *DRAG, *METHOD, "--mask", "mask.png", "--json"),
        *("-o", "dragged.png"),
    )
    summary = json.loads(said)
    assert summary["method"] == "dragdiffusion"
    assert 1 <= summary["steps"] <= 2
    before, after, mask = (work.pixels(n) for n in ("photo.png", "dragged.png", "mask.png"))
    held = mask[..., 0] == 0
    assert np.array_equal(before[held], after[held])
    assert (before != after)[~held].any()
    state = EditState.from_json(read_picture(work.folder / "dragged.png").saved_state)
    assert [drag.method for drag in state.drags] == ["dragdiffusion"]
    assert state.model == str(work.folder / model)


def test_it_is_dragged_again_and_gone_back_to_bit_for_bit(work: DiffusionWork) -> None:
    work.run("drag", "photo.png", "--model", "tiny", *DRAG, *METHOD, "-o", "dragged.png")
    work.run("drag", "dragged.png", *DRAG, *METHOD, "-o", "twice.png")
    work.run("history", "twice.png", "--go-back", 0, "-o", "back.png")
    assert (work.pixels("twice.png") != work.pixels("photo.png")).any()
    assert np.array_equal(work.pixels("back.png"), work.pixels("photo.png"))


def test_going_to_what_is_shown_leaves_it_bit_for_bit(work: DiffusionWork) -> None:
    work.run("drag", "photo.png", "--model", "tiny", *DRAG, *METHOD, "-o", "dragged.png")
    work.run("drag", "dragged.png", *DRAG, *METHOD, "-o", "twice.png")
    work.run("history", "twice.png", "--go-back", 2, "-o", "same.png")
    assert (work.pixels("twice.png") != work.pixels("dragged.png")).any()
    assert np.array_equal(work.pixels("same.png"), work.pixels("twice.png"))
    state = EditState.from_json(read_picture(work.folder / "same.png").saved_state)
    assert (state.position, len(state.drags)) == (2, 2)


def test_its_method_goes_without_saying(work: DiffusionWork) -> None:
    said = work.run(
        *("drag", "photo.png", "--model", "tiny", "--point", "40,30:52,34", "--max-steps", 1),
        *("--json", "-o", "one.png"),
    )
    assert json.loads(said)["method"] == "dragdiffusion"


def test_an_added_folder_is_recommended_where_a_gan_shows_too_little(work: DiffusionWork) -> None:
    invert = ("invert", "photo.png", "--model", "toy-lion", "--quality", "fast", "-o", "lion.png")
    assert "That is little" in (alone := work.run(*invert))
    assert "which changes any picture" not in alone
    assert "anything is installed" in work.run("models", "add", "tiny", "--name", "anything")
    try:
        wanted = (
            "Choose “anything”, which changes any picture but takes longer. "
            "So: draggan drag PHOTO --model 'anything'"
        )
        assert wanted in work.run(*invert)
        point = ("--point", "40,30:52,34", "--max-steps", 1)
        fast = ("--quality", "fast")
        assert wanted in work.run(
            "drag", "photo.png", "--model", "toy-lion", *fast, *point, "-o", "x.png"
        )
        said = work.run("drag", "photo.png", "--model", "anything", *point, "-o", "x.png")
        assert "Choose" not in said
    finally:
        assert "anything is removed" in work.run("models", "remove", "anything")
    assert "any picture" not in work.run("models", "list").partition("Recommended")[0]
    (work.folder / "x.png").unlink()


def test_what_is_refused_leaves_no_file(work: DiffusionWork) -> None:
    def refused(model: str, *more: str) -> str:
        said = work.refused("drag", "photo.png", "--model", model, *DRAG[:2], *more, "-o", "x.png")
        assert not (work.folder / "x.png").exists()
        return said

    assert "draggan is for generators" in refused("tiny", "--method", "draggan")
    assert "has no option lora_steps" in refused("tiny", "--lora-steps", "3")
    shutil.copytree(work.folder / "tiny", work.folder / "unsafe")
    weights = work.folder / "unsafe/unet/diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    assert "unet/diffusion_pytorch_model.bin may run code" in refused("unsafe")
    assert "for diffusion models, and this is none" in work.refused(
        "drag", "--seed", 5, "--point", "128,180:128,196", *METHOD, "-o", "x.png"
    )
