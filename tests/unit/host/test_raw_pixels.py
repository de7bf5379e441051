from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.host.raw_pixels import (
    is_opaque,
    keep_held,
    swap_red_and_blue,
    veil_over_held,
)
from draggan_server.wire.messages import Pixels


def test_red_and_blue_change_places() -> None:
    assert (
        swap_red_and_blue(b"\x01\x02\x03\x04\x05\x06\x07\x08")
        == b"\x03\x02\x01\x04\x07\x06\x05\x08"
    )


@given(st.binary(max_size=400).map(lambda data: data[: len(data) // 4 * 4]))
def test_exchanging_twice_is_nothing(data: bytes) -> None:
    assert swap_red_and_blue(swap_red_and_blue(data)) == data


@given(
    st.lists(st.sampled_from((0, 1, 128, 255)), min_size=1, max_size=300),
    st.sampled_from((4, 8, 16)),
)
def test_held_pixels_are_the_source_s_and_all_others_the_result_s(
    mask: list[int], size: int
) -> None:
    rng = np.random.default_rng(len(mask))
    source, result = rng.integers(0, 256, (2, len(mask), size), np.uint8)
    kept = keep_held(result.tobytes(), source.tobytes(), bytes(mask))
    expected = np.where(np.array(mask)[:, None] == 0, source, result)
    assert kept == expected.tobytes()


def test_what_does_not_belong_together_is_refused() -> None:
    with pytest.raises(ValueError, match="do not belong together"):
        keep_held(bytes(8), bytes(4), bytes(1))
    with pytest.raises(ValueError, match="do not belong together"):
        keep_held(bytes(8), bytes(8), bytes(3))


def test_one_pixel_is_enough_to_be_seen_through() -> None:
    assert is_opaque(Pixels(2, 1, 4, b"\0\0\0\xff" * 2))
    assert not is_opaque(Pixels(2, 1, 4, b"\xff\xff\xff\xff\xff\xff\xff\xfe"))


def test_what_may_move_lies_under_no_veil() -> None:
    held, half, movable = veil_over_held(b"\x00\x80\xff")
    assert movable == 0 < half < held < 200
