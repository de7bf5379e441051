"""What the documents' moving pictures are made of; they themselves need the hosts."""

from __future__ import annotations

import struct
import time
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from tests.hosts.frame_buffer import Box, frame_buffer
from tests.hosts.hand import STEP_SECONDS, eased_way, moves
from tests.hosts.recording import Recording, recorded
from tests.protocol.daemons import wait_until

WIDTH, HEIGHT = 40, 30
RED, BLUE = (200, 10, 20), (20, 10, 200)


@pytest.fixture
def screen(tmp_path: Path) -> Path:
    """As Xvfb keeps it: 24 bits of 32, blue first."""
    header = [0] * 25
    header[0], header[4], header[5], header[11], header[12] = 100, WIDTH, HEIGHT, 32, 4 * WIDTH
    path = tmp_path / "Xvfb_screen0"
    path.write_bytes(struct.pack(">25I", *header) + bytes(4 * WIDTH * HEIGHT))
    return path


def paint(screen: Path, colour: tuple[int, int, int]) -> None:
    with screen.open("r+b") as file:
        file.seek(100)
        file.write(bytes([*reversed(colour), 0]) * (WIDTH * HEIGHT))


def test_a_screen_is_read_in_its_colours(screen: Path) -> None:
    paint(screen, RED)
    with frame_buffer(screen) as buffer:
        assert buffer.whole == Box(0, 0, WIDTH, HEIGHT)
        image = buffer.image(Box(5, 6, 7, 8))
    assert image.size == (7, 8)
    assert image.getpixel((3, 3)) == RED


def test_what_is_seen_alike_is_one_picture(screen: Path, tmp_path: Path) -> None:
    paint(screen, RED)
    with recorded(screen, width=20) as recording:
        wait_until(lambda: len(recording.frames) == 1)
        time.sleep(0.4)  # in which it is looked at a few times
        begin = time.monotonic()
        paint(screen, BLUE)
        wait_until(lambda: recording.frames[-1][1].getpixel((5, 5)) == BLUE)
    end = time.monotonic()
    colours = [image.getpixel((5, 5)) for _, image in recording.frames]
    # A picture that is half painted may be seen, too.
    assert (colours[0], colours[-1]) == (RED, BLUE)
    assert len(colours) <= 3
    recording.save(tmp_path / "live.webp", begin, end)
    with Image.open(tmp_path / "live.webp") as moving:
        assert moving.size == (20, 15)
        assert moving.n_frames == len(colours)


def test_where_nothing_was_seen_nothing_is_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing was seen"):
        Recording().save(tmp_path / "live.webp", 0, 1)


def test_a_hand_starts_and_ends_slowly() -> None:
    way = eased_way((0, 0), (100, 50), (100, 0), seconds=1)
    assert len(way) == 1 + 2 * round(1 / STEP_SECONDS)
    assert (way[0], way[30], way[-1]) == ((0, 0), (100, 50), (100, 0))
    paces = [b[0] - a[0] for a, b in pairwise(way[:31])]
    assert max(paces) > 10 * paces[0] > 0
    assert max(paces) > 10 * paces[-1] > 0
    assert moves([(1.4, 2.6)]) == ["mousemove", "1", "3", "sleep", "0.033"]
