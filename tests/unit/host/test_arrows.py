"""The points of a drag as a picture."""

from __future__ import annotations

import pytest

from draggan_server.host.arrows import draw_arrows
from draggan_server.host.pairs import PointPair
from draggan_server.host.shapes import Ink
from draggan_server.wire.messages import Pixels


def pixel(picture: Pixels, x: int, y: int) -> tuple[int, ...]:
    at = 4 * (y * picture.width + x)
    return tuple(picture.data[at : at + 4])


@pytest.mark.parametrize("side", [256, 512, 1024])
def test_rings_lie_around_the_points_and_grow_with_the_picture(side: int) -> None:
    factor = side // 256
    pair = PointPair((64.0 * factor, 128.0 * factor), (192.0 * factor, 128.0 * factor))
    picture = draw_arrows([pair], side, side)
    assert (picture.width, picture.height, picture.channels) == (side, side, 4)
    radius = round(6.5 * side / 512)
    for point, ink in ((pair.handle, Ink.HANDLE), (pair.target, Ink.TARGET)):
        x, y = round(point[0]), round(point[1])
        around = [pixel(picture, x, y + away) for away in (-radius, radius)]
        assert pytest.approx(ink.value, abs=40) in around
    assert pixel(picture, 128 * factor, 128 * factor)[3] > 200  # the arrow
    assert pixel(picture, 128 * factor, 100 * factor) == (0, 0, 0, 0)


def test_what_is_pinned_has_one_ring_of_its_own() -> None:
    picture = draw_arrows([PointPair.pin((100.0, 100.0))], 512, 300)
    colours = {picture.data[at : at + 3] for at in range(0, len(picture.data), 4)}
    assert bytes(Ink.PINNED.value[:3]) in colours
    assert bytes(Ink.TARGET.value[:3]) not in colours


def test_without_points_there_is_nothing() -> None:
    assert not any(draw_arrows([], 40, 30).data)
