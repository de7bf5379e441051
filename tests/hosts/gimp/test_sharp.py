"""Pictures in GIMP's dialogs are drawn in the screen's own pixels, at 100 and at 200%."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from draggan_server.host.sentences import words
from tests.hosts.frame_buffer import Box
from tests.hosts.gimp.drag_window import TITLE, forgotten, image_file
from tests.hosts.gimp.gimp_host import GimpHost
from tests.hosts.gimp.screen import virtual_screen
from tests.hosts.gimp.watched import Watched
from tests.hosts.pace import pause
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

_LAYER = (1400, 1300)
"""Larger than the dialog's picture is on either screen."""
_SIDE = 64
"""Of the parts of the screen that are looked at."""
_THUMBNAIL = (14, 12, 32, 24)
"""Left, top, width and height of a part of it, within the choice of a model and in GTK's pixels."""
_LEAST_DETAIL = 4.0


def chequered(size: tuple[int, int], first: int) -> Image.Image:
    """Black and white, pixel by pixel; `first` is in the corner."""
    width, height = size
    rows = bytes((0, 255)) * width
    data = b"".join(rows[(y + bool(first)) % 2 :][:width] for y in range(height))
    return Image.frombytes("L", size, data)


def detail(seen: Image.Image) -> float:
    """How much of it would be lost in a picture of half its size, in levels a pixel."""
    half = seen.reduce(2).resize(seen.size, Image.Resampling.BILINEAR)
    return max(ImageStat.Stat(ImageChops.difference(seen, half)).mean)


@pytest.mark.parametrize("scale", [1, 2])
def test_at_100_percent_each_pixel_of_the_layer_is_one_of_the_screen(
    gimp: GimpHost, daemon: dict[str, str], scale: int
) -> None:
    forgotten(daemon)
    watched = Watched(gimp.home / f"watched-sharp-{scale}")
    environment = {**daemon, **watched.environment, "GDK_SCALE": str(scale)}
    image: Path = image_file(gimp, "sharp", chequered(_LAYER, 0).convert("RGB"))
    with (
        virtual_screen(gimp.command, gimp.home, (1600 * scale, 1000 * scale)) as screen,
        gimp.session(screen, image, environment),
    ):
        screen.key(screen.wait_for("sharp.*GIMP"), "ctrl+alt+g")
        dialog = screen.wait_for(TITLE)
        watched.wait_for(TITLE, words.PICTURE)
        screen.run("xdotool", "mousemove", "5", "5")
        screen.key(dialog, "1")

        def is_chequered() -> bool:
            box = watched.wait_for(TITLE, words.PICTURE).box
            left, top = box.left + box.width // 2, box.top + box.height // 2
            seen = screen.image_of(Box(left - _SIDE, top, _SIDE, _SIDE)).convert("L")
            return seen == chequered(seen.size, int(seen.getpixel((0, 0))))  # type: ignore[arg-type]

        wait_until(is_chequered)
        (choice,) = (one for one in watched.controls(TITLE) if one.kind == "ComboBox" and one.seen)
        pause(1.0)
        left, top, width, height = (scale * side for side in _THUMBNAIL)
        seen = screen.image_of(Box(choice.box.left + left, choice.box.top + top, width, height))
        assert detail(seen) > _LEAST_DETAIL
