"""A layer of an OpenRaster file: read by its name, and its result put above it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from draggan_server.files.photo_file import PhotoFile
from draggan_server.files.picture import Picture, read_picture, write_photo
from draggan_server.files.region import Region
from draggan_server.wire.errors import BadInput
from tests.unit.files import photos

CANVAS = (100, 80)
STACK = """<?xml version='1.0' encoding='UTF-8'?>
<image version="0.0.3" w="100" h="80" xres="300">
 <stack>
  <layer name="glow" src="data/glow.png" x="3" y="4" composite-op="svg:screen" opacity="0.4"/>
  <stack name="group" opacity="0.5">
   <layer name="lion" src="data/lion.png" x="-7" y="12" draggan-other="1"/>
   <layer name="twice" src="data/a.png"/>
  </stack>
  <layer name="twice" src="data/a.png"/>
  <layer name="drawn" src="data/drawn.svg"/>
  <layer name="hidden" src="data/hidden.png" visibility="hidden"/>
 </stack>
</image>
"""


def png(tmp_path: Path, channels: int, dtype: type = np.uint8, seed: int = 0) -> bytes:
    photos.png(tmp_path / "part.png", photos.values(channels, dtype, seed))
    return (tmp_path / "part.png").read_bytes()


@pytest.fixture
def ora(tmp_path: Path) -> Path:
    """As other programs write it: members that nobody knows, odd compression, 16 bits."""
    with zipfile.ZipFile(tmp_path / "in.ora", "w") as archive:
        archive.writestr("mimetype", b"image/openraster", zipfile.ZIP_STORED)
        archive.writestr("stack.xml", STACK, zipfile.ZIP_DEFLATED)
        archive.writestr("data/lion.png", png(tmp_path, 3, np.uint16), zipfile.ZIP_STORED)
        archive.writestr("data/glow.png", png(tmp_path, 4, seed=1), zipfile.ZIP_DEFLATED)
        archive.writestr("data/a.png", png(tmp_path, 3, seed=2))
        archive.writestr("data/hidden.png", png(tmp_path, 3, seed=3))
        archive.writestr("data/drawn.svg", b"<svg/>")
        archive.writestr("program/notes.bin", bytes(range(256)))
        archive.writestr("draggan0.png", b"a name that is taken")
        archive.writestr("mergedimage.png", png(tmp_path, 3, seed=4))
    return tmp_path / "in.ora"


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(set(archive.namelist()))
        return {name: archive.read(name) for name in archive.namelist()}


def stack_of(path: Path) -> ElementTree.Element:
    return ElementTree.fromstring(members(path)["stack.xml"])


OURS = ("stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png")


def dragged(ora: Path, name: str, green: int = 200) -> Path:
    file, out = PhotoFile.read(ora, name), ora.with_name("out.ora")
    after = file.image.copy()
    after.paste((10, green, 30, 255), (10, 10, 30, 25))
    write_photo(out, Picture(after, "state", Region(1, 2, 40, 30), file))
    return out


def test_a_result_is_a_new_layer_and_all_others_are_the_same_bytes(ora: Path) -> None:
    out = dragged(ora, "lion")
    old, new = members(ora), members(out)
    added = set(new) - set(old) - {"Thumbnails/thumbnail.png"}
    assert added == {"data/draggan0.png", "draggan/state0.json"}
    for name, data in old.items():
        assert name in OURS or new[name] == data
    before, after = (imagecodecs.png_decode(m) for m in (old["data/lion.png"], new[min(added)]))
    assert after.dtype == np.uint16
    held = np.ones(before.shape[:2], bool)
    held[10:25, 10:30] = False
    assert np.array_equal(before[held], after[held])
    assert (after[~held] // 257 == (10, 200, 30)).all()
    group = stack_of(out).find(".//stack[@name='group']")
    assert group is not None
    layer, below = list(group)[:2]
    assert (layer.get("name"), below.get("name")) == ("Dragged: lion", "lion")
    assert (layer.get("x"), layer.get("y"), layer.get("draggan-other")) == ("-7", "12", "1")
    assert below.get("visibility") is None  # it is covered
    read = read_picture(out)
    assert (read.saved_state, read.region) == ("state", Region(1, 2, 40, 30))
    assert read.file is not None
    assert read.file.place == Region(-7, 12, photos.WIDTH, photos.HEIGHT)
    assert read.file.canvas == CANVAS


def test_the_next_drag_is_above_the_last_and_can_be_named(ora: Path) -> None:
    out = dragged(ora, "lion")
    again = dragged(out, "Dragged: lion", 90)
    names = [layer.get("name") for layer in stack_of(again).iter("layer")]
    assert names[1:4] == ["Dragged: lion 2", "Dragged: lion", "lion"]
    assert "data/draggan1.png" in members(again)
    assert read_picture(again).image.getpixel((12, 12)) == (10, 90, 30, 255)


def test_what_would_show_through_is_hidden(ora: Path) -> None:
    out = dragged(ora, "glow")
    layers = {layer.get("name"): layer for layer in stack_of(out).iter("layer")}
    assert layers["glow"].get("visibility") == "hidden"
    assert layers["Dragged: glow"].get("composite-op") == "svg:screen"
    assert layers["Dragged: glow"].get("visibility") == "visible"


def test_a_state_alone_changes_no_picture(ora: Path) -> None:
    file, out = PhotoFile.read(ora, "lion"), ora.with_name("out.ora")
    write_photo(out, Picture(file.image, "state", None, file))
    old, new = members(ora), members(out)
    assert all(new[name] == data for name, data in old.items() if name not in OURS)
    assert read_picture(out).saved_state == "state"
    assert read_picture(out, "lion").region is None
    assert len(list(stack_of(out).iter("layer"))) == len(list(stack_of(ora).iter("layer")))


def test_the_merged_picture_has_places_groups_and_opacity(ora: Path) -> None:
    merged = Image.open(io.BytesIO(members(dragged(ora, "lion"))["mergedimage.png"]))
    assert merged.size == CANVAS
    assert merged.getpixel((90, 70)) == (0, 0, 0, 0)
    with Image.open(io.BytesIO(members(ora)["data/a.png"])) as image:
        lower = np.array(image.getpixel((2, 40)), float)
    at = np.array(merged.getpixel((2, 40)), float)[:3]
    with Image.open(io.BytesIO(members(ora)["data/lion.png"])) as image:
        upper = np.array(image.getpixel((9, 28)), float)
    # The group is half transparent.
    assert np.abs(at - (upper + lower) / 2).max() < 3


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("dog", "No layer is called 'dog'. The layers are: 'glow', 'lion', 'twice', 'twice', "),
        ("twice", "2 layers are called 'twice'"),
        (None, "No layer of the file carries a DragGAN state"),
        ("drawn", "cannot be read as an image: it is no PNG"),
    ],
)
def test_which_layer_cannot_be_read_is_said(ora: Path, name: str | None, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        PhotoFile.read(ora, name)


def test_only_openraster_has_layers_with_names(tmp_path: Path) -> None:
    photos.png(tmp_path / "a.png", photos.values(3))
    with pytest.raises(BadInput, match="--layer is for"):
        PhotoFile.read(tmp_path / "a.png", "lion")


def test_damaged_archives_are_said(tmp_path: Path) -> None:
    for number, stack in enumerate((b"<image", b"<image><stack/></image>", None)):
        path = tmp_path / f"{number}.ora"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", b"image/openraster")
            if stack is not None:
                archive.writestr("stack.xml", stack)
        with pytest.raises(BadInput):
            PhotoFile.read(path, None)
