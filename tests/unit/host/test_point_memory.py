"""Points kept with a document, by layers."""

from __future__ import annotations

import pytest

from draggan_server.host.pairs import PointPair
from draggan_server.host.point_memory import keep, read
from draggan_server.host.region import Region

PAIRS = [PointPair((12.0, 14.5), (20.0, 14.5))]
PLACE = Region(10, 10, 32, 32)
KNOWN = ("one", "two")


def test_what_was_kept_is_read_back_wherever_the_layer_was_moved_to() -> None:
    annotation = keep(b"", "one", PLACE, (0, 0), PAIRS, KNOWN)
    assert annotation is not None
    assert read(annotation, "one", PLACE, (0, 0)) == PAIRS
    assert read(annotation, "one", PLACE.moved(5, 7), (5, 7)) == PAIRS  # they go along with it
    assert read(annotation, "two", PLACE, (0, 0)) == []


def test_points_go_along_with_a_picture_that_is_scaled() -> None:
    annotation = keep(b"", "one", PLACE, (10, 10), [PointPair((0.0, 0.0), (15.5, 15.5))], KNOWN)
    assert annotation is not None
    (pair,) = read(annotation, "one", Region(10, 10, 64, 64), (10, 10))
    assert pair == PointPair((0.5, 0.5), (31.5, 31.5))


def test_nothing_is_written_where_it_is_kept_already() -> None:
    annotation = keep(b"", "one", PLACE, (3, 4), PAIRS, KNOWN)
    assert annotation is not None
    assert keep(annotation, "one", PLACE, (3, 4), PAIRS, KNOWN) is None
    assert keep(b"", "one", PLACE, (3, 4), [], KNOWN) is None
    emptied = keep(annotation, "one", PLACE, (3, 4), [], KNOWN)
    assert emptied is not None
    assert read(emptied, "one", PLACE, (3, 4)) == []


def test_those_of_layers_that_are_not_known_any_more_are_dropped() -> None:
    first = keep(b"", "gone", PLACE, (0, 0), PAIRS, ("gone",))
    assert first is not None
    second = keep(first, "one", PLACE, (0, 0), PAIRS, KNOWN)
    assert second is not None
    assert read(second, "gone", PLACE, (0, 0)) == []
    assert read(second, "one", PLACE, (0, 0)) == PAIRS


@pytest.mark.parametrize("damaged", [b"{", b"[]", b'{"one": 5}', b'{"one": "lion"}'])
def test_what_is_damaged_is_as_good_as_none(damaged: bytes) -> None:
    assert read(damaged, "one", PLACE, (0, 0)) == []
    assert keep(damaged, "one", PLACE, (0, 0), PAIRS, KNOWN) is not None
