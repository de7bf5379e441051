"""Where the picture of a layer lies, and which layer is a copy of which."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

import pytest

from draggan_server.host.region import Region
from draggan_server.host.sheet import Sheet, copied_region, picture_region, record_of
from draggan_server.wire.errors import BadInput

PICTURE = Region(10, 20, 16, 16)
NOTHING = Region(0, 0, 0, 0)


@dataclass
class Paper:
    """A sheet of one byte a pixel, 0 where it is transparent; elsewhere a function of the place on
    the picture at `content`."""

    offset: tuple[int, int] = (0, 0)
    content: Region = PICTURE
    ink: int = 1
    space: object = "grey"
    clear_corner: bool = False
    name: str = "Lion"
    asked: list[Region] = field(default_factory=list)

    def pixels(self, region: Region) -> bytes:
        self.asked.append(region)
        return bytes(
            self._pixel(x, y)
            for y in range(region.y, region.y + region.height)
            for x in range(region.x, region.x + region.width)
        )

    def shows(self, x: int, y: int) -> bool:
        return self._pixel(x, y) > 0

    def fingerprint(self, region: Region) -> str:
        return hashlib.sha256(self.pixels(region)).hexdigest()

    def _pixel(self, x: int, y: int) -> int:
        column, row = x - self.content.x, y - self.content.y
        if not (0 <= column < self.content.width and 0 <= row < self.content.height):
            return 0
        if self.clear_corner and column == row == 0:
            return 0
        return 1 + (self.ink * (3 * column + 5 * row)) % 255


KEPT = record_of(Paper(), "state", PICTURE)


def moved(dx: int, dy: int, **changes: object) -> Paper:
    return replace(Paper(), offset=(dx, dy), content=PICTURE.moved(dx, dy), **changes)  # type: ignore[arg-type]


def test_a_sheet_is_what_its_protocol_says() -> None:
    sheet: Sheet = Paper()
    assert record_of(sheet, "state", PICTURE).filled
    assert not record_of(sheet, "state", PICTURE.moved(1, 0)).filled


def test_the_picture_moves_with_its_layer_and_leaves_out_what_was_painted_beside_it() -> None:
    assert picture_region(moved(5, -3), KEPT) == PICTURE.moved(5, -3)
    painted = replace(moved(5, -3), content=Region(0, 0, 90, 40))
    assert picture_region(painted, KEPT) == PICTURE.moved(5, -3)


def test_a_scaled_layer_is_the_picture_where_it_has_its_shape_and_opaque_corners() -> None:
    scaled = Region(3, 3, 40, 41)
    assert picture_region(Paper(content=scaled), KEPT) == scaled
    assert picture_region(Paper(content=scaled, clear_corner=True), KEPT) == PICTURE
    with_border = replace(KEPT, filled=False)
    assert picture_region(Paper(content=scaled), with_border) == PICTURE


def test_an_empty_layer_has_no_picture() -> None:
    with pytest.raises(BadInput, match="Lion"):
        picture_region(Paper(content=NOTHING), KEPT)


def test_a_copy_is_recognised_by_its_pixels_wherever_it_was_moved_to() -> None:
    assert copied_region(moved(7, 7), Paper(), KEPT) == PICTURE.moved(7, 7)
    put = Paper(content=PICTURE.moved(100, 0))  # by cut and paste, so that its offset says nothing
    assert copied_region(put, Paper(), KEPT) == PICTURE.moved(100, 0)
    assert copied_region(Paper(ink=2), Paper(ink=3), KEPT) is None


def test_a_copy_is_compared_with_what_its_origin_was_where_that_is_gone_or_other() -> None:
    assert copied_region(moved(7, 7), None, KEPT) == PICTURE.moved(7, 7)
    assert copied_region(moved(7, 7), Paper(ink=2), KEPT) == PICTURE.moved(7, 7)
    assert copied_region(moved(7, 7), Paper(space="colour"), KEPT) == PICTURE.moved(7, 7)
    assert copied_region(moved(7, 7), None, replace(KEPT, fingerprint="")) is None
    assert copied_region(moved(7, 7), Paper(content=NOTHING), KEPT) is None


def test_of_layers_that_differ_a_small_part_is_compared() -> None:
    paper, other = Paper(ink=2), Paper()
    assert copied_region(paper, other, replace(KEPT, fingerprint="")) is None
    assert max(region.width for region in paper.asked + other.asked) <= 8
