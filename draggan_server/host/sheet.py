"""A layer of an editor that moves with its pixels, and where DragGAN's picture lies on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from draggan_server.host.layer_records import LayerRecord
from draggan_server.host.region import Region
from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput

_PATCH = 8  # pixels a side, compared before whole pictures are


class Sheet(Protocol):
    """Regions are in pixels of the image."""

    @property
    def name(self) -> str:
        """As the user knows it."""

    @property
    def offset(self) -> tuple[int, int]:
        """How far it has been moved from where its pixels were first put."""

    @property
    def content(self) -> Region:
        """The smallest rectangle that holds all of its pixels; of no size for an empty one."""

    @property
    def space(self) -> object:
        """What its bytes mean; those of equal spaces can be compared."""

    def pixels(self, region: Region) -> bytes:
        """As the editor keeps them."""

    def shows(self, x: int, y: int) -> bool:
        """Whether there is anything of it in a pixel."""

    def fingerprint(self, region: Region) -> str:
        """Of the picture that it shows there."""


def content_of(sheet: Sheet) -> Region:
    """What a layer holds. Raises `BadInput` for an empty one."""
    content = sheet.content
    if content.is_empty:
        raise BadInput(refusals.EMPTY_LAYER, name=sheet.name)
    return content


def record_of(sheet: Sheet, saved_state: str, region: Region) -> LayerRecord:
    """What is to be remembered of a layer whose picture lies in `region`."""
    filled = sheet.content == region
    return LayerRecord(saved_state, region, sheet.offset, filled, sheet.fingerprint(region))


def picture_region(sheet: Sheet, record: LayerRecord) -> Region:
    """Where the picture of a layer lies now. Raises `BadInput` for an empty layer.

    It follows the layer when that is moved. What was painted beyond the picture does not belong
    to it. A layer that was scaled, or moved by the Transform tool, fills a rectangle of the same
    proportions, if the picture has no transparent borders. The daemon compares the picture in any
    case, and says so where it does not recognise it.
    """
    expected, content = record.region_at(sheet.offset), content_of(sheet)
    whole = record.filled and _is_whole_picture(sheet, expected, content)
    return content if whole else expected


def copied_region(sheet: Sheet, origin: Sheet | None, record: LayerRecord) -> Region | None:
    """Where a layer has the picture of `record`, if it is a copy of that one's layer `origin`,
    which may be gone (None). A copy is recognised by its pixels: those that its origin has now, or
    those that it had when the record was made."""
    if origin is not None and origin.space == sheet.space:
        try:
            region = picture_region(origin, record)
        except BadInput:  # it was emptied
            return None
        for place in _places(sheet, region, origin.offset):
            if _same_pixels(sheet, place, origin, region):
                return place
    if record.fingerprint:
        for place in _places(sheet, record.region, record.offset):
            if sheet.fingerprint(place) == record.fingerprint:
                return place
    return None


def _is_whole_picture(sheet: Sheet, expected: Region, content: Region) -> bool:
    """Whether `content` has the picture's proportions, at whatever size, and opaque corners.

    The corners tell it from a picture that was turned or cut out, whose bounds may be square too.
    """
    ratio = expected.width / expected.height
    if abs(content.width - content.height * ratio) > max(1.0, ratio):
        return False
    left, top = content.x, content.y
    right, bottom = left + content.width - 1, top + content.height - 1
    corners = ((left, top), (right, top), (left, bottom), (right, bottom))
    return all(sheet.shows(x, y) for x, y in corners)


def _places(sheet: Sheet, region: Region, offset: tuple[int, int]) -> Iterator[Region]:
    """Where a copy may have what lay in `region` of a layer of that offset."""
    moved = region.carried(offset, sheet.offset)
    content = sheet.content
    yield moved
    if (content.width, content.height) == (region.width, region.height) and content != moved:
        yield content


def _same_pixels(sheet: Sheet, place: Region, origin: Sheet, region: Region) -> bool:
    ours, theirs = _patch(place), _patch(region)
    if sheet.pixels(ours) != origin.pixels(theirs):
        return False
    return sheet.pixels(place) == origin.pixels(region)


def _patch(region: Region) -> Region:
    x, y = region.x + region.width // 2, region.y + region.height // 2
    return Region(x, y, _PATCH, _PATCH)
