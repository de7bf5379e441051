"""What the benchmarks of the hosts count and how they say it; they themselves need the hosts."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest

from tests.benchmarks.besides import besides
from tests.benchmarks.figure import Figure, table
from tests.hosts.film import filmed
from tests.hosts.frame_buffer import Box
from tests.protocol.daemons import wait_until

_WIDTH, _HEIGHT = 40, 30
_COLOURS = 2


def test_a_goal_is_the_most_or_the_least() -> None:
    quick, slow = (Figure("Krita", "layer", value, "ms", 50) for value in (26.7, 61))
    many, few = (Figure("GIMP", "pictures", value, "", 12, rising=True) for value in (12, 2.8))
    assert [each.reached for each in (quick, slow, many, few)] == [True, False, True, False]
    assert table([quick, few]).splitlines()[2:] == [
        "| Krita | layer | 26.7 ms | at most 50 | yes |",
        "| GIMP | pictures | 2.8  | at least 12 | no |",
    ]


def test_acts_are_compared_round_by_round() -> None:
    without = {"a stroke": [0.2, 0.1, 9.0], "a pan": [0.1, 0.1, 0.1]}
    beside = {"a stroke": [0.21, 0.21, 0.1], "a pan": [0.1, 0.2, 0.3]}  # 1.05, 2.1, 0.01
    stroke, pan = besides("GIMP", without, beside)
    assert (stroke.what, stroke.value) == (
        "a stroke, beside us over without us (200 ms)",
        pytest.approx(1.05),
    )
    assert (stroke.reached, pan.value, pan.reached) == (True, 2.0, False)


def test_pictures_are_counted_where_they_are_looked_for(tmp_path: Path) -> None:
    header = [0] * 25
    header[0], header[11], header[12], header[19] = 100, 32, 4 * _WIDTH, _COLOURS
    start = 100 + 12 * _COLOURS
    screen = tmp_path / "Xvfb_screen0"
    screen.write_bytes(struct.pack(">25I", *header) + bytes(start - 100 + 4 * _WIDTH * _HEIGHT))

    def paint(x: int, y: int, ink: int) -> None:
        with screen.open("r+b") as file:
            file.seek(start + 4 * (y * _WIDTH + x))
            file.write(bytes([ink]))

    with filmed(screen, Box(10, 5, 20, 10)) as film:
        wait_until(lambda: film._last is not None)
        for number, ink in enumerate((1, 2, 3)):
            paint(10, 5, ink)
            wait_until(lambda due=2 * number + 1: film.frames == due)
            paint(29, 14, ink)
            wait_until(lambda due=2 * number + 2: film.frames == due)
        for x, y in ((9, 5), (30, 5), (10, 4), (10, 15)):
            paint(x, y, 9)
            time.sleep(0.1)
        assert film.frames == 6
    assert film.times == sorted(film.times)
