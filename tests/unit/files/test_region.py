from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from draggan_server.files.picture import Picture, read_picture, write_photo
from draggan_server.files.region import Region
from draggan_server.wire.errors import BadInput


def noise(width: int, height: int) -> Image.Image:
    values = np.random.default_rng(3).integers(0, 256, (height, width, 4), np.uint8)
    return Image.fromarray(values)


def test_a_region_is_read_and_written() -> None:
    region = Region.parse(" -5,7, 40,32")
    assert region == Region(-5, 7, 40, 32)
    assert Region.parse(str(region)) == region


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1,2,3", "give X,Y,WIDTH,HEIGHT"),
        ("a,b,c,d", "give X,Y,WIDTH,HEIGHT"),
        ("0,0,8,200", "needs at least 16 x 16"),
        ("0,0,64,-64", "needs at least 16 x 16"),
        ("0,0,20000,20000", "larger than the limit of 16384"),
    ],
)
def test_what_is_no_region_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        Region.parse(text)


@pytest.mark.parametrize(
    "region", [Region(5, 6, 20, 16), Region(-8, -4, 30, 20), Region(20, 0, 40, 30)]
)
def test_what_was_cut_is_put_back_bit_for_bit(region: Region) -> None:
    image = noise(40, 30)
    part = region.cut(image)
    assert part.size == (region.width, region.height)
    assert region.put(part, image).tobytes() == image.tobytes()


def test_only_the_region_changes() -> None:
    image, region = noise(40, 30), Region(30, 20, 20, 20)
    changed = np.asarray(region.put(Image.new("RGBA", (20, 20), (1, 2, 3, 4)), image))
    before = np.asarray(image)
    assert (changed[20:, 30:] == (1, 2, 3, 4)).all()
    assert np.array_equal(changed[:20], before[:20])
    assert np.array_equal(changed[:, :30], before[:, :30])


def test_beyond_the_image_a_region_is_transparent_and_it_may_not_lie_there_altogether() -> None:
    image = noise(40, 30)
    assert Region(-16, 0, 16, 16).cut(image).getextrema()[3] == (0, 0)
    with pytest.raises(BadInput, match="lies outside the picture of 40 x 30"):
        Region(-16, 0, 16, 16).check(image)
    Region(-15, 0, 16, 16).check(image)


def test_points_go_in_and_out() -> None:
    region = Region(5, -6, 20, 16)
    assert region.inwards((7.5, 2.0)) == (2.5, 8.0)
    assert region.outwards(region.inwards((7.5, 2.0))) == (7.5, 2.0)


def test_a_png_keeps_the_region(tmp_path: Path) -> None:
    image = noise(40, 30)
    write_photo(tmp_path / "photo.png", Picture(image, "state", Region(3, 4, 20, 16)))
    read = read_picture(tmp_path / "photo.png")
    assert read.region == Region(3, 4, 20, 16)
