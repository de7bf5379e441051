"""Where a picture lies on its layer, kept and found again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from draggan_server.host.region import KeptRegion, Region

sides = st.integers(1, 5000)


@st.composite
def kept_regions(draw: st.DrawFn) -> KeptRegion:
    width, height = draw(sides), draw(sides)
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    region = Region(x, y, draw(st.integers(1, width - x)), draw(st.integers(1, height - y)))
    return KeptRegion(region, width, height)


@given(kept_regions())
def test_what_is_kept_is_read_back(kept: KeptRegion) -> None:
    read = KeptRegion.from_json(kept.to_json())
    assert read == kept
    assert read.at_size(kept.width, kept.height) == kept.region


def test_a_region_follows_its_layer_when_that_is_scaled() -> None:
    kept = KeptRegion(Region(10, 20, 30, 40), 100, 80)
    assert kept.at_size(200, 40) == Region(20, 10, 60, 20)


@example(KeptRegion(Region(99, 0, 1, 1), 100, 80), 10, 80)
@given(kept_regions(), sides, sides)
def test_a_region_stays_inside_of_the_scaled_layer(
    kept: KeptRegion, width: int, height: int
) -> None:
    region = kept.at_size(width, height)
    assert min(region.width, region.height) >= 1
    assert region.overlap(Region(0, 0, width, height)) == region


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"region": [0, 0, 4, 4]}',
        '{"region": [0, 0, 4], "size": [8, 8]}',
        '{"region": [0, 0, 4, 0], "size": [8, 8]}',
        '{"region": [6, 0, 4, 4], "size": [8, 8]}',
        '{"region": [-1, 0, 4, 4], "size": [8, 8]}',
        '{"region": [0, 0, 4, "x"], "size": [8, 8]}',
        '{"region": [0, 0, 1e999, 4], "size": [8, 8]}',
    ],
)
def test_what_is_damaged_is_none(text: str) -> None:
    assert KeptRegion.from_json(text) is None


def test_what_does_not_overlap_is_of_no_size() -> None:
    apart = Region(0, 0, 4, 4).overlap(Region(10, 1, 4, 2))
    assert apart.width == 0
    assert apart.height == 2
