"""Photos in and out of a model's world: drawn cats, lions in other colours, and how they are
dragged, by a tiny diffusion model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from draggan_server.bench.quality import drawn_cat, photos
from draggan_server.bench.quality.lions import PlainLions
from draggan_server.bench.quality.quality import PHOTO_KINDS
from draggan_server.bench.reader.reader import Reader
from draggan_server.cli.bench import bench
from draggan_server.models.loading import load_generator
from tests.unit.diffusion.tiny import save_pixel_model

SIDE = 128
SHORT = "short:method=dragdiffusion,max_steps=2,lora_steps=0,noise=0.1"


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("way", [0.1, 0.35])
def test_a_cats_nose_goes_the_way_and_is_where_it_is_said_to_be(number: int, way: float) -> None:
    before, after = drawn_cat.draw_cats(number, way)
    assert (before, after) == drawn_cat.draw_cats(number, way)
    handle, target = before.nose_at(SIDE), after.nose_at(SIDE)
    torch.testing.assert_close((target - handle).norm(), torch.tensor(way * SIDE))
    for cat, (point,) in ((before, handle), (after, target)):
        x, y = (round(value) for value in point.tolist())
        seen = (cat.picture(SIDE)[:, y, x] + 1) / 2
        torch.testing.assert_close(seen, torch.tensor(cat.nose))


@pytest.mark.parametrize("shift", [(0, 0), (5, -3), (-9, 6)])
def test_a_nose_is_found_wherever_it_is(shift: tuple[int, int]) -> None:
    _, after = drawn_cat.draw_cats(2, 0.1)
    right, at = after.picture(SIDE), after.nose_at(SIDE)
    found = drawn_cat.find_nose(right.roll(shift, dims=(2, 1)), right, at)
    torch.testing.assert_close(found, at + torch.tensor(shift))


def test_a_nose_that_stayed_is_found_where_it_was() -> None:
    before, after = drawn_cat.draw_cats(1, 0.2)
    found = drawn_cat.find_nose(before.picture(SIDE), after.picture(SIDE), after.nose_at(SIDE))
    assert float((found - before.nose_at(SIDE)).norm()) < 1


def test_of_each_number_there_are_a_lion_one_in_other_colours_and_a_cat() -> None:
    lions = PlainLions(load_generator("toy-lion"))
    reader = Reader.load()
    lion, violet, cat = photos.draw_photos(lions, reader, 0.1, 3)
    assert [photo.kind for photo in (lion, violet, cat)] == [
        "a lion, 10%",
        "a lion in other colours, 10%",
        "a drawn cat, 10%",
    ]
    assert torch.equal(violet.right, lion.right[photos.EXCHANGED])
    for photo in (lion, violet, cat):
        unmoved, right = photo.judge(photo.before), photo.judge(photo.right)
        assert unmoved["way"] == pytest.approx(0.1 * photo.before.shape[1], rel=0.01)
        assert unmoved["distance"] == pytest.approx(unmoved["way"], abs=3)
        assert right["distance"] < 3
    assert violet.judge(violet.right) == lion.judge(lion.right)


def test_what_no_nose_can_do_is_not_drawn() -> None:
    lions = PlainLions(load_generator("toy-lion"))
    assert not list(photos.draw_photos(lions, Reader.load(), 0.9, 0))


def test_the_command_drags_them_as_layers(tmp_path: Path) -> None:
    folder = save_pixel_model(tmp_path / "tiny")
    arguments = ["quality", "--methods", "", "--variant", SHORT, "--diffusion", str(folder)]
    arguments += ["--kinds", "photos", "--ways", "10", "--drags", "1", "--out", str(tmp_path)]
    done = CliRunner().invoke(bench, arguments)
    assert done.exit_code == 0, done.output
    document = json.loads((tmp_path / "quality.json").read_text())
    records = [one for one in document["records"] if one["variant"] == "short"]
    assert len(records) == PHOTO_KINDS
    for record in records:
        assert record["values"]["outside"] == 0  # any picture is one that it can show
        assert record["values"]["steps"] <= 2
        assert {"distance", "mse", "elsewhere", "looked"} <= set(record["values"])
    assert (tmp_path / "sheet-photos.png").exists()
