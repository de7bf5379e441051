"""Pictures that carry state: what is written is read back; anything else is refused."""

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from draggan_server.files import openraster
from draggan_server.files.annotation import before_and_after, draw_arrows, write_animation
from draggan_server.files.picture import (
    Picture,
    read_mask,
    read_picture,
    to_image,
    to_pixels,
    write_png,
)
from draggan_server.wire.errors import BadInput

STATE = '{"draggan":1}'


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    return Image.fromarray(values)


def test_a_png_gives_back_pixels_and_state(tmp_path: Path) -> None:
    picture = Picture(noise(20, 30), STATE)
    write_png(tmp_path / "löwe 1.png", picture)
    read = read_picture(tmp_path / "löwe 1.png")
    assert read.saved_state == STATE
    assert read.image.tobytes() == picture.image.tobytes()


def test_an_openraster_gives_back_the_topmost_layer_with_state(tmp_path: Path) -> None:
    layers = [
        openraster.Layer("Arrows", noise(20, 30, 1)),
        openraster.Layer("Dragged & <done>", noise(20, 30, 2), STATE),
        openraster.Layer("Original", noise(20, 30, 3), '{"draggan":1,"seed":1}'),
    ]
    openraster.write(tmp_path / "a.ora", layers)
    read = read_picture(tmp_path / "a.ora")
    assert read.saved_state == STATE
    assert read.image.tobytes() == layers[1].image.tobytes()


def test_an_openraster_keeps_to_the_specification(tmp_path: Path) -> None:
    openraster.write(tmp_path / "a.ora", [openraster.Layer("only", noise(300, 200))])
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        first = archive.infolist()[0]
        assert first.filename == "mimetype"
        assert first.compress_type == zipfile.ZIP_STORED
        assert archive.read("mimetype") == b"image/openraster"
        stack = ElementTree.fromstring(archive.read("stack.xml"))
        assert (stack.get("w"), stack.get("h")) == ("300", "200")
        assert [layer.get("name") for layer in stack.iter("layer")] == ["only"]
        with archive.open("Thumbnails/thumbnail.png") as thumbnail:
            assert max(Image.open(thumbnail).size) == 256
        assert archive.testzip() is None


def test_a_file_without_state_is_refused_with_a_way_on(tmp_path: Path) -> None:
    noise(20, 30).save(tmp_path / "photo.png")
    with pytest.raises(BadInput, match="draggan sample"):
        read_picture(tmp_path / "photo.png")


@pytest.mark.parametrize("name", ["absent.png", "absent.ora", "text.png", "text.ora"])
def test_unreadable_files_are_bad_input(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "text.ora").write_text("no archive")
    with pytest.raises(BadInput, match=name):
        read_picture(tmp_path / name)


def test_a_mask_is_read_as_one_channel(tmp_path: Path) -> None:
    Image.new("RGB", (4, 3), "white").save(tmp_path / "mask.png")
    mask = read_mask(tmp_path / "mask.png")
    assert (mask.width, mask.height, mask.channels, mask.data) == (4, 3, 1, b"\xff" * 12)


def test_pixels_and_images_are_the_same_thing() -> None:
    image = noise(5, 7)
    assert to_image(to_pixels(image)).tobytes() == image.tobytes()


def test_arrows_are_drawn_where_the_points_are() -> None:
    arrows = np.asarray(draw_arrows((64, 64), [(10.0, 32.0)], [(50.0, 32.0)]))
    assert arrows[32, 10, 3] == 255
    assert arrows[32, 10, 0] > arrows[32, 10, 2]  # the handle is red
    assert arrows[32, 40, 2] > arrows[32, 40, 0]  # the way to the target is blue
    assert arrows[5:20].sum() == 0
    assert arrows[:, 55:].sum() == 0


def test_a_sheet_shows_before_and_after_side_by_side() -> None:
    before, after = noise(32, 32, 1), noise(32, 32, 2)
    sheet = before_and_after(before, after, [(4.0, 4.0)], [(8.0, 8.0)])
    assert sheet.height == 96
    assert sheet.width > 2 * 96


@pytest.mark.parametrize("ending", [".webp", ".gif"])
def test_an_animation_has_all_frames(tmp_path: Path, ending: str) -> None:
    write_animation(tmp_path / f"a{ending}", [noise(16, 16, n) for n in range(5)])
    with Image.open(tmp_path / f"a{ending}") as animation:
        assert getattr(animation, "n_frames", 1) == 5
