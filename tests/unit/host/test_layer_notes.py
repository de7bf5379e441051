"""What a layer keeps as texts."""

from __future__ import annotations

import pytest

from draggan_server.host import layer_notes
from draggan_server.host.layer_notes import (
    read_fingerprint,
    read_pairs,
    read_region,
    read_state,
    write_pairs,
    write_region,
    write_state,
)
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.wire.messages import Pixels

PAIR = PointPair((8.0, 8.0), (12.0, 8.0))
SIZE = 32, 32
"""Of the picture on the layer."""


class Texts:
    """Notes in a dictionary; `writes` are what was written, in turn."""

    def __init__(self) -> None:
        self.sides = 64, 48
        self.ink = bytes((9, 9, 9, 255))
        self.texts: dict[str, str] = {}
        self.writes: list[tuple[str, bool]] = []

    def size(self) -> tuple[int, int]:
        return self.sides

    def rgba(self, region: Region) -> Pixels:
        size = region.width, region.height
        return Pixels(*size, 4, self.ink * (region.width * region.height))

    def read(self, name: str) -> str:
        return self.texts.get(name, "")

    def write(self, name: str, text: str, lasting: bool = True) -> None:
        self.writes.append((name, lasting))
        self.texts[name] = text


@pytest.fixture
def notes() -> Texts:
    return Texts()


def test_nothing_is_known_of_a_new_layer(notes: Texts) -> None:
    assert (read_state(notes), read_pairs(notes, SIZE)) == ("", [])
    assert read_region(notes) == Region(0, 0, 64, 48)


def test_what_is_kept_is_read_back(notes: Texts) -> None:
    write_state(notes, "state")
    write_region(notes, Region(4, 4, 32, 32))
    write_pairs(notes, [PAIR], SIZE)
    assert (read_state(notes), read_pairs(notes, SIZE)) == ("state", [PAIR])
    assert read_region(notes) == Region(4, 4, 32, 32)
    assert read_fingerprint(notes) == notes.rgba(Region(4, 4, 32, 32)).fingerprint()


def test_region_and_points_follow_a_layer_that_is_scaled(notes: Texts) -> None:
    write_region(notes, Region(4, 4, 32, 32))
    write_pairs(notes, [PAIR], SIZE)
    notes.sides = 128, 96
    assert read_region(notes) == Region(8, 8, 64, 64)
    assert read_pairs(notes, (64, 64)) == [PointPair((16.5, 16.5), (24.5, 16.5))]


def test_all_of_a_layer_is_known_again_and_follows_it_to_another_size(notes: Texts) -> None:
    write_region(notes, Region(0, 0, 64, 48))
    assert read_fingerprint(notes) == notes.rgba(Region(0, 0, 64, 48)).fingerprint()
    notes.sides = 65, 31
    assert read_region(notes) == Region(0, 0, 65, 31)


def test_what_is_kept_already_makes_no_step_and_what_passes_is_marked(notes: Texts) -> None:
    write_pairs(notes, [], SIZE)
    write_pairs(notes, [PAIR], SIZE, lasting=False)
    write_pairs(notes, [PAIR], SIZE)
    assert notes.writes == [(layer_notes.POINTS, False)]
    write_pairs(notes, [], SIZE)
    assert read_pairs(notes, SIZE) == []


def test_a_damaged_note_is_none(notes: Texts) -> None:
    for name in (layer_notes.REGION, layer_notes.POINTS):
        notes.texts[name] = '{"a": 1, "b'
    assert (read_region(notes), read_pairs(notes, SIZE)) == (Region(0, 0, 64, 48), [])
