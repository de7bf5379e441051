"""Pictures that carry state: what is written is read back; anything else is refused."""

import errno
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import ExifTags, Image, PngImagePlugin

from draggan_server.files import openraster
from draggan_server.files.annotation import (
    before_and_after,
    contact_sheet,
    draw_arrows,
    write_animation,
)
from draggan_server.files.picture import (
    Picture,
    read_image,
    read_mask,
    read_picture,
    to_image,
    to_pixels,
    write_photo,
)
from draggan_server.wire.errors import BadInput
from draggan_server.wire.state import MAX_STATE_CHARS

STATE = '{"draggan":1}'


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    return Image.fromarray(values)


def test_a_png_holds_the_longest_history(tmp_path: Path) -> None:
    state = "s" * MAX_STATE_CHARS
    write_photo(tmp_path / "long.png", Picture(noise(8, 8), state))
    assert read_picture(tmp_path / "long.png").saved_state == state


@pytest.mark.parametrize("count", [1, 8, 9])
def test_a_sheet_shows_every_picture_with_its_caption(count: int) -> None:
    pictures = [noise(16, 16, seed) for seed in range(count)]
    for picture in pictures:
        picture.putalpha(255)
    sheet = contact_sheet(pictures, [str(number) for number in range(count)])
    for number, picture in enumerate(pictures):
        row, column = divmod(number, 8)
        x, y = 8 + 24 * column, 8 + 38 * row
        assert sheet.crop((x, y, x + 16, y + 16)).tobytes() == picture.tobytes()
        caption = np.asarray(sheet.crop((x, y + 16, x + 16, y + 30)).convert("L"))
        assert caption.min() < 100


def test_a_png_gives_back_pixels_and_state(tmp_path: Path) -> None:
    picture = Picture(noise(20, 30), STATE)
    write_photo(tmp_path / "löwe 1.png", picture)
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
    assert (mask.width, mask.height, mask.image.mode, mask.data) == (4, 3, "L", b"\xff" * 12)


def lion_colours() -> Image.Image:
    """Wider than high, red at the left, light at the right, opaque."""
    image = Image.new("RGB", (8, 4), (200, 40, 10))
    image.paste((240, 240, 240), (4, 0, 8, 4))
    return image


def test_a_palette_is_read_as_its_colours(tmp_path: Path) -> None:
    image = lion_colours().quantize(4)
    image.save(tmp_path / "a.png", transparency=image.getpixel((7, 0)))
    read = read_image(tmp_path / "a.png")
    assert read.getpixel((0, 0)) == (200, 40, 10, 255)
    assert read.getpixel((7, 0)) == (240, 240, 240, 0)


def test_gray_is_read_as_gray(tmp_path: Path) -> None:
    lion_colours().convert("L").save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png").getpixel((7, 0)) == (240, 240, 240, 255)


def test_of_16_bits_the_upper_8_are_read(tmp_path: Path) -> None:
    values = np.array([[0, 255, 256, 65535, 0x8040]], np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    read = np.asarray(read_image(tmp_path / "a.png"))
    assert read[0, :, 0].tolist() == [0, 0, 1, 255, 0x80]
    assert (read[..., 0] == read[..., 2]).all()
    assert read_mask(tmp_path / "a.png").data == bytes([0, 1, 1, 255, 0x80])  # what is not black


@pytest.mark.parametrize("profiled", [False, True])
def test_cmyk_is_read_as_colours(tmp_path: Path, profiled: bool) -> None:
    options = {"icc_profile": b"no profile"} if profiled else {}  # a damaged one is passed over
    lion_colours().convert("CMYK").save(tmp_path / "a.tif", **options)
    assert read_image(tmp_path / "a.tif").getpixel((0, 0)) == (200, 40, 10, 255)


def test_a_turned_photo_is_read_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # the camera was held upright
    lion_colours().save(tmp_path / "a.png", exif=exif)
    read = read_image(tmp_path / "a.png")
    assert read.size == (4, 8)
    assert read.getpixel((0, 0)) == (200, 40, 10, 255)
    assert read.getpixel((0, 7)) == (240, 240, 240, 255)


def test_values_without_a_white_are_refused(tmp_path: Path) -> None:
    Image.new("I", (4, 4)).save(tmp_path / "a.tif")
    with pytest.raises(BadInput, match="32 bits a channel"):
        read_image(tmp_path / "a.tif")


def test_a_dark_colour_of_a_mask_is_not_black(tmp_path: Path) -> None:
    image = Image.new("RGB", (2, 1))
    image.putpixel((1, 0), (0, 0, 1))
    image.save(tmp_path / "a.png")
    assert read_mask(tmp_path / "a.png").data == b"\0\1"


def test_a_state_survives_a_palette(tmp_path: Path) -> None:
    """As after another program has saved the picture with fewer colours."""
    info = PngImagePlugin.PngInfo()
    info.add_text("draggan-state", STATE, zip=True)
    lion_colours().quantize(4).save(tmp_path / "a.png", pnginfo=info)
    picture = read_picture(tmp_path / "a.png")
    assert picture.saved_state == STATE
    assert picture.image.getpixel((0, 0)) == (200, 40, 10, 255)


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


@pytest.mark.parametrize("name", ["a.png", "a.ora", "a.webp", "a.gif"])
def test_a_file_that_cannot_be_written_is_said_and_the_old_one_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("draggan_server.wire.whole_file.os.replace", full)
    write = {
        ".png": lambda: write_photo(path, Picture(noise(8, 8), STATE)),
        ".ora": lambda: openraster.write(path, [openraster.Layer("one", noise(8, 8))]),
    }.get(path.suffix, lambda: write_animation(path, [noise(8, 8), noise(8, 8, 1)]))
    with pytest.raises(BadInput, match=f"{name} cannot be written: No space left on device"):
        write()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", [".webp", ".gif"])
def test_an_animation_has_all_frames(tmp_path: Path, ending: str) -> None:
    write_animation(tmp_path / f"a{ending}", [noise(16, 16, n) for n in range(5)])
    with Image.open(tmp_path / f"a{ending}") as animation:
        assert getattr(animation, "n_frames", 1) == 5
